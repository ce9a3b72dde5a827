"""What holds for every plan and every set of deals, and agreement with the independent slow calculation."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from incentives.rules.curve import payout_curve
from incentives.rules.document import PlanDocument
from incentives.rules.engine import CreditFact, Facts, evaluate, slices
from incentives.rules.exact import rounded
from tests.incentives.rules.oracle import Tiers, pay

START = date(2026, 7, 1)
money = st.decimals(min_value=Decimal("0.01"), max_value=Decimal(10**7), places=2)
signed_money = st.decimals(min_value=Decimal(-(10**6)), max_value=Decimal(10**6), places=2)
rates = st.decimals(min_value=0, max_value=20, places=4)
days = st.integers(0, 91)


@st.composite
def tier_tables(draw: st.DrawFn, *, rising: bool = False) -> list[dict[str, Any]]:
    """Contiguous tiers from 0, the last one open."""
    steps = draw(st.lists(st.decimals(min_value=Decimal("0.01"), max_value=2, places=2), max_size=4))
    bounds = [Decimal(0)]
    for step in steps:
        bounds.append(bounds[-1] + step)
    chosen = draw(st.lists(rates, min_size=len(bounds), max_size=len(bounds)))
    chosen = sorted(chosen) if rising else chosen
    ends: list[Decimal | None] = [*bounds[1:], None]
    return [
        {"from": str(low), "to": None if top is None else str(top), "rate": str(rate)}
        for low, top, rate in zip(bounds, ends, chosen, strict=True)
    ]


def plan_of(tiers: Sequence[dict[str, Any]], *, cap: str | None = None, **fields: Any) -> PlanDocument:
    component = {
        "key": "commission",
        "name": {"en": "Commission", "zh": "提成"},
        "kind": "marginal_tiers",
        "basis": "attainment",
        "weight": "1",
        "tiers": list(tiers),
    } | fields
    return PlanDocument.parse(
        {"schema": 1, "measure": "booked_revenue", "period": "quarter", "components": [component], "cap": cap}
    )


def deals(amounts: Sequence[tuple[Decimal, int]]) -> list[CreditFact]:
    return [CreditFact(START + timedelta(days=day), number, amount) for number, (amount, day) in enumerate(amounts)]


def as_fractions(tiers: Sequence[dict[str, Any]]) -> Tiers:
    return [(Fraction(t["from"]), None if t["to"] is None else Fraction(t["to"]), Fraction(t["rate"])) for t in tiers]


many_deals = st.lists(st.tuples(signed_money, days), max_size=12).map(deals)
sales = st.lists(st.tuples(money, days), max_size=12).map(deals)


@given(tier_tables(), money, money, many_deals, st.none() | st.decimals(min_value=1, max_value=3, places=2))
@settings(max_examples=300)
def test_the_engine_agrees_with_the_slow_calculation(
    tiers: list[dict[str, Any]], quota: Decimal, target: Decimal, deals_made: list[CreditFact], cap: Decimal | None
) -> None:
    outcome = evaluate(plan_of(tiers, cap=None if cap is None else str(cap)), Facts("USD", quota, target, deals_made))
    in_order = [Fraction(credit.amount) for credit in sorted(deals_made)]
    expected = pay(
        as_fractions(tiers), Fraction(quota), Fraction(target), in_order, None if cap is None else Fraction(cap)
    )
    amounts = [int(line.amount * 100) for line in outcome.lines if line.kind == "credit"]
    assert amounts == expected.lines
    assert outcome.total * 100 == expected.total


@given(tier_tables(), money, money, many_deals)
def test_a_total_is_the_sum_of_its_lines_and_a_line_that_of_its_slices(
    tiers: list[dict[str, Any]], quota: Decimal, target: Decimal, deals_made: list[CreditFact]
) -> None:
    plan, facts = plan_of(tiers, cap="1.5"), Facts("USD", quota, target, deals_made)
    outcome = evaluate(plan, facts)
    assert outcome.total == sum(line.amount for line in outcome.lines)
    for line in outcome.lines:
        if line.kind == "credit":
            parts = slices(plan, facts, line)
            assert sum(part.part for part in parts) == Fraction(line.base)
            assert rounded(sum((part.pay for part in parts), Fraction(0)), 2) == line.amount


@given(tier_tables(), money, money, many_deals, st.randoms())
def test_the_order_in_which_deals_are_given_does_not_matter(
    tiers: list[dict[str, Any]], quota: Decimal, target: Decimal, deals_made: list[CreditFact], random: Any
) -> None:
    plan = plan_of(tiers, cap="2")
    shuffled = list(deals_made)
    random.shuffle(shuffled)
    assert evaluate(plan, Facts("USD", quota, target, deals_made)) == evaluate(
        plan, Facts("USD", quota, target, shuffled)
    )


@given(tier_tables(), money, money, many_deals, st.randoms())
def test_another_order_of_the_days_moves_pay_between_deals_but_not_the_exact_sum(
    tiers: list[dict[str, Any]], quota: Decimal, target: Decimal, deals_made: list[CreditFact], random: Any
) -> None:
    plan = plan_of(tiers)
    order = list(range(len(deals_made)))
    random.shuffle(order)
    moved = [CreditFact(START, place, credit.amount) for place, credit in zip(order, deals_made, strict=True)]

    def exact(chosen: list[CreditFact]) -> Fraction:
        facts = Facts("USD", quota, target, chosen)
        parts = [part.pay for line in evaluate(plan, facts).lines for part in slices(plan, facts, line)]
        return sum(parts, Fraction(0))

    assert exact(deals_made) == exact(moved)


@given(tier_tables(rising=True), money, money, sales, st.tuples(money, days))
def test_more_credit_never_pays_less(
    tiers: list[dict[str, Any]],
    quota: Decimal,
    target: Decimal,
    deals_made: list[CreditFact],
    more: tuple[Decimal, int],
) -> None:
    plan = plan_of(tiers, cap="2")
    last = CreditFact(START + timedelta(days=91), 10**6, more[0])
    less = evaluate(plan, Facts("USD", quota, target, deals_made)).total
    assert evaluate(plan, Facts("USD", quota, target, [*deals_made, last])).total >= less


@given(tier_tables(), money, money)
def test_pay_does_not_jump_at_a_bound(tiers: list[dict[str, Any]], quota: Decimal, target: Decimal) -> None:
    """A cent of credit around a bound pays at most a cent's worth at the highest rate, and the rounding."""
    plan = plan_of(tiers)
    step = Decimal("0.01")
    steepest = max(Decimal(tier["rate"]) for tier in tiers) * target / quota * step

    def at(credit: Decimal) -> Decimal:
        return evaluate(plan, Facts("USD", quota, target, [CreditFact(START, 1, credit)])).total

    for tier in tiers[1:]:
        bound = (Decimal(tier["from"]) * quota).quantize(step)
        assert abs(at(bound + step) - at(bound)) <= steepest + step
        assert abs(at(bound) - at(bound - step)) <= steepest + step


@given(tier_tables(), money, money, money, st.decimals(min_value=Decimal("0.01"), max_value=Decimal("0.99"), places=2))
def test_a_split_pays_on_the_whole_credit(
    tiers: list[dict[str, Any]], quota: Decimal, target: Decimal, amount: Decimal, share: Decimal
) -> None:
    """Two shares of a deal under one person's tiers carry exactly the credit of the deal."""
    plan = plan_of(tiers)
    halves = [CreditFact(START, 1, amount * share), CreditFact(START, 2, amount * (1 - share))]
    whole = Facts("USD", quota, target, [CreditFact(START, 1, amount)])
    split = Facts("USD", quota, target, halves)
    assert evaluate(plan, split).credited == amount
    assert sum(part.pay for line in evaluate(plan, split).lines for part in slices(plan, split, line)) == sum(
        part.pay for line in evaluate(plan, whole).lines for part in slices(plan, whole, line)
    )


@given(tier_tables(), money, money, st.integers(1, 91), st.lists(st.tuples(money, days), max_size=5).map(deals))
def test_proration_by_days_keeps_attainment_exact(
    tiers: list[dict[str, Any]], quota: Decimal, target: Decimal, eligible: int, deals_made: list[CreditFact]
) -> None:
    content = plan_of(tiers)
    prorated = PlanDocument(content.schema, content.measure, content.period, "days", content.components, None)
    facts = Facts("USD", quota, target, deals_made, eligible_days=eligible, period_days=92)
    outcome = evaluate(prorated, facts)
    ratio = Fraction(eligible, 92)
    in_order = [Fraction(credit.amount) for credit in sorted(deals_made)]
    expected = pay(as_fractions(tiers), Fraction(quota) * ratio, Fraction(target) * ratio, in_order)
    assert [int(line.amount * 100) for line in outcome.lines] == expected.lines
    assert outcome.attainment == sum(in_order, Fraction(0)) / (Fraction(quota) * ratio)


@given(tier_tables(), st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_curve_agrees_with_the_engine_at_its_points(tiers: list[dict[str, Any]], quota: int, target: int) -> None:
    plan = plan_of(tiers, cap="1.5")
    for point in payout_curve(plan, None, Decimal(quota), Decimal(target)):
        credit = CreditFact(START, 1, point.attainment * quota)
        due = evaluate(plan, Facts("USD", Decimal(quota), Decimal(target), [credit])).total
        # The cap's point is shown with six places of attainment, which moves its credit by a little.
        steepest = max(Decimal(tier["rate"]) for tier in tiers) * target * Decimal("0.000001")
        assert abs(due - point.pay) <= Decimal("0.01") + steepest
