"""What holds for every composed plan, and agreement of whole statements with the independent slow calculation."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from incentives.reasons import REASONS, reason_text
from incentives.rules.curve import payout_curve
from incentives.rules.document import PlanDocument
from incentives.rules.engine import Facts, Outcome, evaluate, reason, slices
from incentives.rules.exact import rounded
from incentives.rules.facts_document import parse_facts
from incentives.rules.shares import HIGHEST_POINTS_FIRST, LARGEST_REMAINDER, ranks, shared_out
from tests.incentives.rules.oracle_of_plans import statement

START = date(2026, 7, 1)
NAME = {"en": "Part", "zh": "部分"}
ATTAINMENT = {"of": "attainment"}
CSAT = {"of": "kpi", "code": "csat", "read": "value"}
Json = dict[str, Any]


def texts(least: str, most: str, places: int = 2) -> st.SearchStrategy[str]:
    return st.decimals(Decimal(least), Decimal(most), places=places).map(lambda number: f"{number:f}")


rates = texts("0", "3", 4)
money = texts("0.01", "100000")
shares = texts("0", "2")
measures = st.sampled_from([ATTAINMENT, CSAT])


@st.composite
def rising(draw: st.DrawFn, *, least: int = 1, most: int = 4, first: str | None = None) -> list[str]:
    """Numbers that rise, from `first` on where it is given."""
    steps = draw(st.lists(st.integers(1, 60), min_size=least, max_size=most))
    at = Fraction(0) if first is not None else Fraction(draw(st.integers(0, 100)), 100)
    found = [first or str(rounded(at, 2))]
    for step in steps[1:]:
        at += Fraction(step, 50)
        found.append(str(rounded(at, 2)))
    return found


@st.composite
def tiers(draw: st.DrawFn, scale: int = 1) -> list[Json]:
    bounds = [str(Decimal(bound) * scale) for bound in draw(rising(first="0"))]
    ends = [*bounds[1:], None]
    return [{"from": low, "to": high, "rate": draw(rates)} for low, high in zip(bounds, ends, strict=True)]


@st.composite
def marginal(draw: st.DrawFn) -> Json:
    basis = draw(st.sampled_from(["attainment", "amount"]))
    rows = draw(tiers(1 if basis == "attainment" else 20000))
    return {"kind": "marginal_tiers", "basis": basis, "rates": "credit", "tiers": rows}


@st.composite
def whole(draw: st.DrawFn) -> Json:
    on = draw(st.sampled_from(["all", "above_target"]))
    basis = "attainment" if on == "above_target" else draw(st.sampled_from(["attainment", "amount"]))
    rates_are = "base_rate" if on == "above_target" else draw(st.sampled_from(["credit", "base_rate"]))
    return {
        "kind": "whole_tiers",
        "basis": basis,
        "bound": draw(st.sampled_from(["lower_inclusive", "upper_inclusive"])),
        "scope": "period" if on == "above_target" else draw(st.sampled_from(["period", "transaction"])),
        "rates": rates_are,
        "on": on,
        **({"rate": draw(rates)} if rates_are == "base_rate" else {}),
        "tiers": draw(tiers(1 if basis == "attainment" else 20000)),
    }


@st.composite
def flat(draw: st.DrawFn) -> Json:
    found: list[Json] = [{"rate": draw(rates)}, {"rate": draw(rates), "product": "GTX"}]
    return {"kind": "flat_rate", "rates": found, "deduct": draw(st.sampled_from(["0", "50.5"]))}


@st.composite
def curve(draw: st.DrawFn) -> Json:
    return {
        "kind": "payout_curve",
        "measure": draw(measures),
        "points": [{"at": at, "pays": draw(shares)} for at in draw(rising())],
        "between": draw(st.sampled_from(["line", "step"])),
        "below": draw(st.sampled_from(["zero", "first"])),
        "amount": draw(money),
    }


@st.composite
def bonus(draw: st.DrawFn) -> Json:
    return {"kind": "goal_bonus", "measure": draw(measures), "at_least": draw(shares), "share": draw(shares)}


@st.composite
def scored(draw: st.DrawFn) -> Json:
    return {"kind": "score", "measure": draw(measures), "score_most": draw(shares), "amount": draw(money)}


@st.composite
def gridded(draw: st.DrawFn) -> Json:
    rows, columns = draw(rising()), draw(rising())
    return {
        "kind": "matrix",
        "row": ATTAINMENT,
        "column": CSAT,
        "row_bounds": rows,
        "column_bounds": columns,
        "cells": [[draw(shares) for _column in columns] for _row in rows],
        "amount": draw(money),
    }


@st.composite
def campaign(draw: st.DrawFn) -> Json:
    firsts = sorted({1, *draw(st.lists(st.integers(2, 6), max_size=2))})
    ends = [*(str(first) for first in firsts[1:]), None]
    rows = [{"from": str(low), "to": high, "amount": draw(money)} for low, high in zip(firsts, ends, strict=True)]
    return {"kind": "spiff", "per": "deal", "tiers": rows}


gates = st.fixed_dictionaries(
    {
        "measure": measures,
        "at_least": shares,
        "otherwise": st.sampled_from(["0", "0.5"]),
        "minimum_n": st.sampled_from([None, "10"]),
    }
).filter(lambda gate: gate["minimum_n"] is None or gate["measure"] == CSAT)


@st.composite
def modifiers(draw: st.DrawFn) -> Json:
    bounds = draw(rising(first="0"))
    ends = [*bounds[1:], None]
    bands = [{"from": low, "to": high, "factor": draw(shares)} for low, high in zip(bounds, ends, strict=True)]
    return {"measure": draw(measures), "bands": bands}


@st.composite
def termed(draw: st.DrawFn) -> Json:
    part: Json = draw(st.one_of(marginal(), whole(), flat(), curve(), bonus(), scored(), gridded(), campaign()))
    if draw(st.booleans()):
        part |= {"gates": draw(st.lists(gates, max_size=2)), "modifiers": draw(st.lists(modifiers(), max_size=2))}
    if draw(st.booleans()):
        part |= {"pay_least": "10", "pay_most": draw(texts("10", "90000"))}
    return part


@st.composite
def plans(draw: st.DrawFn) -> Json:
    parts = draw(st.lists(termed(), min_size=1, max_size=4))
    content: Json = {"schema": 1, "measure": "booked_revenue", "period": "quarter"}
    content["components"] = [part | {"key": f"part-{place}", "name": NAME} for place, part in enumerate(parts)]
    content["cap"] = draw(st.sampled_from([None, "1", "2.5"]))
    if draw(st.booleans()):
        content |= {"gates": draw(st.lists(gates, max_size=1)), "modifiers": draw(st.lists(modifiers(), max_size=1))}
        content |= draw(st.sampled_from([{}, {"floor": "500"}, {"negative": "carried"}]))
        content |= draw(st.sampled_from([{}, {"holdback": {"rate": "0.15"}}]))
        content |= draw(st.sampled_from([{}, {"draw": {"kind": "recoverable", "amount": "2000"}}]))
        content |= {"clawback": {"method": draw(st.sampled_from(["percent", "pro_rata", "paid_only"])), "rate": "0.5"}}
    return content


@st.composite
def facts(draw: st.DrawFn, *, sales_only: bool = False) -> Json:
    amounts = draw(st.lists(texts("0.01" if sales_only else "-20000", "60000"), max_size=6))
    found: Json = {"quota": draw(texts("1", "90000")), "target_pay": draw(money)}
    found["credits"] = [
        {
            "id": place,
            "on": str(START + timedelta(days=draw(st.integers(0, 91)))),
            "amount": amount,
            "product": draw(st.sampled_from(["GTX", "MG"])),
        }
        for place, amount in enumerate(amounts, start=1)
    ]
    if draw(st.booleans()):
        found["results"] = {"csat": {"value": draw(shares), "n": draw(st.integers(0, 20))}}
    if draw(st.booleans()):
        found["balances"] = {"draw": draw(money)}
    if draw(st.booleans()):
        found["reversals"] = [{"paid": [draw(money), draw(money)], "term_months": "12", "served_months": "5"}]
    return found


def paid(plan: Json, given_facts: Json) -> tuple[PlanDocument, Facts, Outcome]:
    document, known = PlanDocument.parse(plan), parse_facts(given_facts)
    return document, known, evaluate(document, known)


def without_unasked(plan: Json, given_facts: Json) -> Json:
    """A plan without a draw or terms of its own settles no balances."""
    return given_facts if "draw" in plan else {name: value for name, value in given_facts.items() if name != "balances"}


@given(plans(), facts())
@settings(max_examples=400, deadline=None)
def test_whole_statements_agree_with_the_slow_calculation(plan: Json, known: Json) -> None:
    known = without_unasked(plan, known)
    if "clawback" not in plan:
        known = {name: value for name, value in known.items() if name != "reversals"}
    _document, _facts, outcome = paid(plan, known)
    found = [(line.component, line.kind, int(line.amount * 100)) for line in outcome.lines]
    assert found == statement(plan, known)


@given(plans(), facts())
@settings(max_examples=150, deadline=None)
def test_a_total_is_the_sum_of_its_lines_and_every_line_says_why(plan: Json, known: Json) -> None:
    document, read, outcome = paid(plan, known)
    assert outcome.total == sum(line.amount for line in outcome.lines)
    for line in outcome.lines:
        why = reason(document, read, line)
        assert why.code in REASONS
        assert "%(" not in reason_text(why, "USD")
        parts = slices(document, read, line)
        if parts:
            assert rounded(sum((part.pay for part in parts), Fraction(0)), 2) == line.amount


@given(plans(), facts(), st.randoms())
@settings(max_examples=100, deadline=None)
def test_the_order_in_which_deals_are_given_does_not_matter(plan: Json, known: Json, random: Any) -> None:
    shuffled = list(known["credits"])
    random.shuffle(shuffled)
    assert paid(plan, known)[2] == paid(plan, known | {"credits": shuffled})[2]


def one(part: Json, **terms: Any) -> Json:
    return {
        "schema": 1,
        "measure": "booked_revenue",
        "period": "quarter",
        "components": [part | {"key": "part", "name": NAME}],
        **terms,
    }


@given(whole(), facts(sales_only=True))
@settings(max_examples=150, deadline=None)
def test_whatever_the_order_of_days_whole_tiers_add_up_to_the_rate_of_the_sum(part: Json, known: Json) -> None:
    plan = one(part | {"scope": "period"}, rounding={"places": "9"})
    outcome = paid(plan, known)[2]
    total = sum((Fraction(deal["amount"]) for deal in known["credits"]), Fraction(0))
    at_once = paid(plan, known | {"credits": [{"on": str(START), "amount": str(rounded(total, 2))}]})[2]
    assert abs(outcome.total - at_once.total) < Decimal("0.00001")


@given(rising(least=2), st.lists(shares, min_size=4, max_size=4), money, texts("0", "4", 4), texts("0", "4", 4))
def test_more_attainment_never_pays_less_on_a_curve_that_rises(
    at: list[str], pays: list[str], size: str, one_value: str, other: str
) -> None:
    points = [{"at": here, "pays": pay} for here, pay in zip(at, sorted(pays, key=Decimal), strict=False)]
    plan = one({"kind": "payout_curve", "measure": CSAT, "points": points, "amount": size})
    low, high = sorted((one_value, other), key=Decimal)

    def total(value: str) -> Decimal:
        return paid(plan, {"results": {"csat": {"value": value}}})[2].total

    assert total(low) <= total(high)


@given(marginal(), facts(sales_only=True), texts("0.01", "0.99"))
def test_a_split_of_a_deal_conserves_its_credit(part: Json, known: Json, share: str) -> None:
    plan = one(part)
    split = [
        deal | {"id": 2 * deal["id"] + half, "share": str(part_of)}
        for deal in known["credits"]
        for half, part_of in enumerate((Decimal(share), 1 - Decimal(share)))
    ]
    whole_deals, shared = paid(plan, known)[2], paid(plan, known | {"credits": split})[2]
    assert whole_deals.credited == shared.credited
    assert whole_deals.attainment == shared.attainment


@given(money, st.sampled_from(["percent", "paid_only"]))
def test_a_clawback_of_all_that_was_paid_nets_to_zero(amount: str, method: str) -> None:
    plan = one({"kind": "flat_rate", "rates": [{"rate": "0.1"}]}, clawback={"method": method, "rate": "1"})
    first = paid(plan, {"credits": [{"on": str(START), "amount": amount}]})[2]
    later = paid(plan, {"reversals": [{"paid": [str(first.total)]}]})[2]
    assert first.total + later.total == 0


@given(st.integers(1, 366), st.integers(1, 366), money)
def test_two_parts_of_a_period_are_worth_the_whole(days: int, other: int, target: str) -> None:
    """Exact before each is rounded: the days of both together are paid like one span of so many days."""
    plan = one({"kind": "goal_bonus", "weight": "1"}, proration="days", rounding={"places": "9"})

    def worth(eligible: int) -> Decimal:
        given_facts = {"target_pay": target, "eligible_days": eligible, "period_days": days + other}
        return paid(plan, given_facts)[2].total

    assert abs(worth(days) + worth(other) - worth(days + other)) <= Decimal("0.00000001")
    assert abs(worth(days + other) - Decimal(target)) <= Decimal("0.00000001")


@given(st.lists(texts("0", "9000"), min_size=1, max_size=8), money)
def test_a_draw_lends_and_takes_back_but_never_loses_a_cent(earnings: list[str], amount: str) -> None:
    plan = one({"kind": "flat_rate", "rates": [{"rate": "1"}]}, draw={"kind": "recoverable", "amount": amount})
    owed = total = Decimal(0)
    for earned in earnings:
        known = {"credits": [{"on": str(START), "amount": earned}], "balances": {"draw": str(owed)}}
        outcome = paid(plan, known)[2]
        assert outcome.total >= Decimal(amount)
        owed, total = outcome.balances["draw"], total + outcome.total
        assert owed >= 0
    assert total - owed == sum(Decimal(earned) for earned in earnings)


@given(st.lists(texts("0.01", "30000"), min_size=1, max_size=5), tiers(), texts("1000", "90000"))
def test_year_to_date_pays_by_the_sum_however_it_is_cut_into_periods(
    amounts: list[str], rows: list[Json], quota: str
) -> None:
    """And a period that is computed twice pays nothing the second time."""
    part = {"kind": "whole_tiers", "basis": "attainment", "tiers": rows, "true_up": {"window": "year"}}
    due = opening = Decimal(0)
    for amount in amounts:
        known = {"quota": quota, "credits": [{"on": str(START), "amount": amount}], "opening": str(opening)}
        due += paid(one(part), known | {"due_before": {"part": str(due)}})[2].total
        opening += Decimal(amount)
    whole_year = {"quota": quota, "credits": [{"on": str(START), "amount": str(opening)}]}
    assert due == paid(one(part), whole_year)[2].total
    assert paid(one(part), whole_year | {"due_before": {"part": str(due)}})[2].total == 0


@given(whole(), texts("100", "90000"))
@settings(deadline=None)
def test_a_drawn_curve_shows_both_sides_of_every_jump(part: Json, quota: str) -> None:
    plan = PlanDocument.parse(one(part | {"scope": "period"}))
    drawn = payout_curve(plan, None, Decimal(quota), Decimal(1000), to=Decimal(3))
    for left, right in pairwise(drawn):
        at = (Fraction(left.attainment) + Fraction(right.attainment)) / 2
        if right.attainment - left.attainment < Decimal("0.001"):
            continue
        credit = str(rounded(at * Fraction(quota), 10))
        due = paid(one(part | {"scope": "period"}), {"quota": quota, "credits": [{"on": str(START), "amount": credit}]})
        assert abs(due[2].total - (left.pay + right.pay) / 2) < Decimal("0.05") + left.pay * Decimal("0.00001")


points_of = st.lists(st.integers(0, 50).map(Fraction), min_size=1, max_size=12)


@given(st.integers(0, 10**7), points_of, st.sampled_from([LARGEST_REMAINDER, HIGHEST_POINTS_FIRST]))
def test_shares_of_a_pool_add_up_and_differ_from_the_exact_by_a_unit_at_most(
    pool: int, points: list[Fraction], remainder: str
) -> None:
    found = shared_out(pool, points, remainder)
    total = sum(points, Fraction(0))
    assert sum(found) == (pool if total else 0)
    if total:
        furthest = max(abs(share - pool * each / total) for share, each in zip(found, points, strict=True))
        assert furthest < 1 or (furthest == 1 and remainder == HIGHEST_POINTS_FIRST)


@given(st.lists(st.integers(0, 5).map(Fraction), min_size=1, max_size=10))
def test_ranks_skip_after_ties(values: list[Fraction]) -> None:
    found = ranks(values)
    assert min(found) == 1
    for rank, value in zip(found, values, strict=True):
        assert rank == 1 + sum(other > value for other in values)
        assert found.count(rank) == values.count(value)
