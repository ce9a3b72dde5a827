"""Facts as JSON: what they mean, what is refused at which field, and that the schema file says the same."""

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import incentives
from incentives import messages
from incentives.rules.facts_document import InvalidFacts, parse_facts, read_facts

SCHEMA = json.loads((Path(incentives.__file__).parent / "facts.schema.json").read_text("utf-8"))
FULL: dict[str, Any] = {
    "currency": "EUR",
    "quota": "30000",
    "target_pay": "5400.50",
    "quotas": {"P1": "10000"},
    "opening": "-20",
    "openings": {"commission": "5"},
    "period": {"starts": "2026-07-01", "ends": "2026-10-01"},
    "eligible": {"from": "2026-07-15", "until": "2026-09-30"},
    "part": 3,
    "tenure_months": "14",
    "leave": {"base": "4000", "hours": "8", "due_days": "20"},
    "credits": [
        {"id": 7, "on": "2026-07-03", "quantity": "3", "unit_price": "10.5", "share": "0.6", "product": "GTX"},
        {"id": 8, "on": "2026-07-04", "amount": "10", "fx": "3", "new_customer": True, "figures": {"margin": "-0.1"}},
        {"id": 9, "on": "2026-07-05", "amount": "-5"},
    ],
    "results": {"csat": {"value": "0.83", "n": 12}},
    "standings": {"booked_revenue": {"rank": 2, "tied": 3, "of": 9, "place": 1}},
    "pools": {"pool": {"credits": "300", "members": [{"key": "a"}, {"key": "b", "points": "2"}], "me": "b"}},
    "due_before": {"commission": "-2"},
    "balances": {"draw": "500"},
    "releases": [{"amount": "200", "of": "2026-Q1"}],
    "reversals": [{"paid": ["500"], "unpaid": ["100"], "served": {"from": "2026-01-01", "until": "2026-04-30"}}],
    "payment": {"currency": "JPY", "rate": "160"},
}


def test_a_full_document_fits_the_schema_and_is_read_exactly() -> None:
    jsonschema.validate(FULL, SCHEMA)
    facts = parse_facts(FULL)
    assert (facts.currency, facts.quota, facts.opening) == ("EUR", Decimal(30000), Decimal(-20))
    assert (facts.eligible_days, facts.period_days) == (78, 92)
    assert [credit[:2] for credit in facts.credits] == [
        (date(2026, 7, 3), 7),
        (date(2026, 7, 4), 8),
        (date(2026, 7, 5), 9),
    ]
    assert facts.credits[0].amount == Decimal("18.90")  # 3 x 10.5 x 60 %
    assert facts.deals[8].exact == Fraction(10, 3)  # never rounded on the way
    assert 9 not in facts.deals
    assert facts.results["csat"].n == 12
    assert facts.pools["pool"].members == [("a", Fraction(1)), ("b", Fraction(2))]
    assert facts.reversals[0].served_months == 4


def test_without_dates_the_period_counts_whole() -> None:
    facts = parse_facts({})
    assert (facts.eligible_days, facts.period_days, facts.currency) == (1, 1, "USD")


def test_a_leap_year_has_its_day() -> None:
    leap = {"starts": "2024-01-01", "ends": "2025-01-01"}
    facts = parse_facts({"period": leap, "eligible": {"from": "2024-02-29", "until": "2024-12-31"}})
    assert (facts.eligible_days, facts.period_days) == (307, 366)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ([], ("", "not_an_object")),
        ({"quota": 30000}, ("quota", "not_a_number")),
        ({"quota": "1e9"}, ("quota", "not_a_number")),
        ({"quota": "-1"}, ("quota", "too_small")),
        ({"qouta": "1"}, ("qouta", "unknown_field")),
        ({"currency": "dollars"}, ("currency", "not_a_currency")),
        ({"credits": [{"on": "yesterday", "amount": "1"}]}, ("credits.0.on", "not_a_day")),
        ({"credits": [{"on": "2026-01-01"}]}, ("credits.0.amount", "missing")),
        ({"credits": [{"on": "2026-01-01", "amount": "1", "fx": "0"}]}, ("credits.0.fx", "too_small")),
        ({"credits": [{"on": "2026-01-01", "amount": "1", "id": 1}] * 2}, ("credits.1.id", "id_twice")),
        ({"period": {"starts": "2026-07-01", "ends": "2026-07-01"}}, ("period.ends", "ends_before_it_starts")),
        ({"period_days": 0}, ("period_days", "too_small")),
        ({"pools": {"p": {"members": [{"key": "a"}], "me": "z"}}}, ("pools.p.me", "not_a_member")),
        ({"standings": {"x": {"rank": 1, "tied": 2, "place": 2}}}, ("standings.x.tied", "not_in_the_tie")),
        ({"results": {"csat": {"value": "1/0"}}}, ("results.csat.value", "not_a_number")),
    ],
)
def test_each_fault_is_named_at_its_field(content: Any, problem: tuple[str, str]) -> None:
    _facts, problems = read_facts(content)
    assert problem in [(each.path, each.code) for each in problems]
    with pytest.raises(InvalidFacts):
        parse_facts(content)
    for each in problems:
        assert "%(" not in messages.problem_text(each)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=6), children, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(FULL)), json_values)
@settings(max_examples=300)
def test_reading_never_raises_and_whatever_breaks_the_schema_is_a_problem(name: str, value: Any) -> None:
    content = FULL | {name: value}
    problems = read_facts(content)[1]
    if not jsonschema.Draft202012Validator(SCHEMA).is_valid(content):
        assert problems
