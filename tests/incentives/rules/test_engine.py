"""The engine's answers in single cases: bounds, refunds, what cannot be computed, currencies, rounding."""

# mypy: disable-error-code="comparison-overlap"
# A Decimal or Fraction equals a whole number here on purpose.

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from core.money import round_money
from incentives.rules.curve import payout_curve
from incentives.rules.document import PlanDocument
from incentives.rules.engine import CreditFact, Facts, Note, Outcome, evaluate, slices
from incentives.rules.exact import half_up, rounded
from incentives.rules.kinds.marginal_tiers import Tier, quick_deductions, shares_at_top
from incentives.services.demo import kam_content, manager_content
from tests.incentives.rules.test_engine_properties import plan_of

DAY = date(2026, 7, 1)
KAM_PLAN = PlanDocument.parse(kam_content())


def paid(plan: PlanDocument, *amounts: str, quota: str | None = "30000", target: str | None = "5400") -> Outcome:
    made = [CreditFact(DAY, number, Decimal(amount)) for number, amount in enumerate(amounts)]
    return evaluate(plan, Facts("USD", Decimal(quota) if quota else None, Decimal(target) if target else None, made))


def test_a_deal_on_the_bound_is_paid_wholly_below_it_and_the_next_above() -> None:
    assert [line.amount for line in paid(KAM_PLAN, "15000", "1").lines] == [Decimal("1350.00"), Decimal("0.27")]


def test_attainment_is_compared_exactly_and_never_as_a_rounded_percent() -> None:
    outcome = paid(KAM_PLAN, "14999.99", "0.01", "100")
    assert outcome.lines[-1].amount == 27
    assert outcome.lines[1].amount == 0  # a cent at 9 %
    assert outcome.attainment == Fraction(15100, 30000)


def test_a_deal_that_crosses_two_bounds_is_one_line_with_three_slices() -> None:
    facts = Facts("USD", Decimal(30000), Decimal(5400), [CreditFact(DAY, 1, Decimal(33600))])
    (line,) = evaluate(KAM_PLAN, facts).lines
    assert line.amount == Decimal("6696.00")
    assert [(part.tier, part.part, part.pay) for part in slices(KAM_PLAN, facts, line)] == [
        (0, 15000, 1350),
        (1, 15000, 4050),
        (2, 3600, 1296),
    ]


def test_a_sum_below_zero_is_taken_back_at_the_lowest_rate_and_not_clipped() -> None:
    outcome = paid(KAM_PLAN, "1000", "-3000")
    assert outcome.total == Decimal("-180.00")
    assert outcome.notes == (Note("negative_credit", {"credited": "-2000"}),)


def test_above_a_closed_top_nothing_more_is_paid() -> None:
    closed = plan_of([{"from": "0", "to": "1", "rate": "1"}])
    assert paid(closed, "40000", "10").total == 5400
    assert [line.amount for line in paid(closed, "40000", "10").lines] == [5400, 0]


def test_without_a_quota_nothing_is_paid_and_there_is_no_attainment() -> None:
    for quota in (None, "0"):
        outcome = paid(KAM_PLAN, "1000", quota=quota)
        assert (outcome.lines, outcome.attainment) == ([], None)
        assert [note.code for note in outcome.notes] == ["no_quota"]


def test_without_target_pay_nothing_is_paid() -> None:
    outcome = paid(KAM_PLAN, "1000", target=None)
    assert [note.code for note in outcome.notes] == ["no_target_pay"]


def test_weights_share_the_target_pay() -> None:
    content = kam_content()
    half = content["components"][0] | {"weight": "0.5"}
    content["components"] = [half, half | {"key": "second"}]
    two = PlanDocument.parse(content)
    assert paid(two, "30000").total == 5400
    assert [line.component for line in paid(two, "10", "20").lines] == [0, 0, 1, 1]


def test_an_override_pays_on_what_exceeds_the_threshold() -> None:
    content = manager_content()
    content["components"][0]["threshold"] = "225000"
    plan = PlanDocument.parse(content)
    paid_on = evaluate(plan, Facts("USD", None, None, team_credits=Decimal(300000)))
    assert paid_on.total == Decimal("300.00")
    below = evaluate(plan, Facts("USD", None, None, team_credits=Decimal(225000)))
    assert ([note.code for note in below.notes], below.total) == (["team_below_threshold"], 0)
    assert [note.code for note in evaluate(plan, Facts("USD", None, None)).notes] == ["leads_no_team"]


def test_the_cap_is_a_multiple_of_target_pay_and_cut_last() -> None:
    outcome = paid(KAM_PLAN, "60000")
    assert outcome.lines[-1].kind == "cap"
    assert (outcome.uncapped, outcome.total) == (Decimal("18090.00"), 10800)


def test_a_currency_without_minor_unit_is_paid_in_whole_units() -> None:
    made = [CreditFact(DAY, 1, Decimal(1234))]
    outcome = evaluate(KAM_PLAN, Facts("JPY", Decimal(30000), Decimal(5400), made))
    assert outcome.total == Decimal(111)  # 111.06


def test_a_base_rate_that_never_ends_is_rounded_only_at_the_line() -> None:
    third = plan_of([{"from": "0", "to": None, "rate": "1"}])
    outcome = paid(third, *["1"] * 3, quota="3", target="1")
    assert [line.amount for line in outcome.lines] == [Decimal("0.33")] * 3
    assert paid(third, "0.015", quota="3", target="1").total == Decimal("0.01")  # exactly half a cent


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_rounding_is_that_of_money(amount: Decimal) -> None:
    by_money = round_money(amount, "USD")
    assert rounded(Fraction(amount), 2) == by_money
    assert half_up(amount * 100, Decimal(1)).scaleb(-2) == by_money


def test_the_curve_has_every_bound_and_the_point_where_the_cap_begins() -> None:
    points = payout_curve(KAM_PLAN, None, Decimal(30000), Decimal(5400))
    assert [(str(point.attainment), point.pay, point.cut) for point in points] == [
        ("0.000000", 0, False),
        ("0.500000", 1350, False),
        ("1.000000", 5400, False),
        ("1.300000", 8640, False),
        ("1.460000", 10800, True),
        ("1.600000", 10800, True),
    ]
    assert payout_curve(KAM_PLAN, 0, Decimal(30000), Decimal(5400))[-1].pay == Decimal("12690.00")


def test_the_quick_deduction_form_agrees_with_the_tiers() -> None:
    bounds = [("0", "500", "0.05"), ("500", "2000", "0.10"), ("2000", "5000", "0.15")]
    tiers = [Tier(Decimal(low), Decimal(top), Decimal(rate)) for low, top, rate in bounds]
    assert quick_deductions(tiers) == [0, 25, 125]


def test_the_share_of_target_pay_at_each_top_adds_up() -> None:
    component = KAM_PLAN.components[0]
    assert shares_at_top(component.tiers) == [Decimal("0.25"), 1, Decimal("1.6"), None]  # type: ignore[attr-defined]
