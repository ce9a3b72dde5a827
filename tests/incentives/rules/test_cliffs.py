"""What tempts people to play with a plan is found, with the place and the amount; what is straight is left alone."""

# mypy: disable-error-code="comparison-overlap"

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from incentives.rules.cliffs import Cliffs, cliffs
from incentives.rules.document import PlanDocument
from incentives.rules.engine import Facts
from incentives.services.demo import kam_content
from tests.incentives.factories import tiers_content

Q3 = (date(2026, 7, 1), date(2026, 10, 1))
FACTS = Facts("USD", Decimal(30_000), Decimal(9000))


def found(content: dict[str, Any], facts: Facts = FACTS) -> Cliffs:
    return cliffs(PlanDocument.parse(content), facts, *Q3)


def component(kind: str, **fields: Any) -> dict[str, Any]:
    return {"key": kind.replace("_", "-"), "name": {"en": kind, "zh": kind}, "kind": kind} | fields


def plan_of(*components: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"schema": 1, "measure": "booked_revenue", "period": "quarter", "components": list(components)} | fields


def slab(*tiers: tuple[str, str | None, str]) -> dict[str, Any]:
    rows = [{"from": start, "to": end, "rate": rate} for start, end, rate in tiers]
    return component("whole_tiers", basis="attainment", rates="target_pay", weight="1", tiers=rows)


# Jumps


def test_a_straight_plan_has_nothing_to_find() -> None:
    assert found(tiers_content(("0", None, "1"))).count == 0


def test_marginal_tiers_have_no_jump_but_whole_amount_tiers_jump_at_each_bound() -> None:
    assert found(kam_content()).jumps == []

    jumps = found(plan_of(slab(("0", "1", "0.5"), ("1", None, "1")))).jumps

    # just below 100 % half of 9,000 is paid, at 100 % all of it
    assert [(jump.at, jump.before, jump.after, jump.change) for jump in jumps] == [(1, 4500, 9000, 4500)]


def test_a_gate_is_a_jump_although_no_tier_has_that_bound() -> None:
    gate = {"measure": {"of": "attainment"}, "at_least": "0.835", "otherwise": "0"}
    content = tiers_content(("0", None, "1"))
    content["components"][0]["gates"] = [gate]

    result = found(content)

    assert [(jump.at, jump.before, jump.after) for jump in result.jumps] == [(Decimal("0.835"), 0, Decimal("7515.00"))]
    assert [(zone.kind, zone.start, zone.end) for zone in result.zones] == [("dead", 0, Decimal("0.835"))]


@given(at=st.integers(1, 199), pays=st.integers(100, 9000))
@settings(deadline=None, max_examples=30)
def test_a_jump_is_found_wherever_it_is_and_as_large_as_it_is(at: int, pays: int) -> None:
    bonus = component(
        "goal_bonus", measure={"of": "attainment"}, at_least=str(Decimal(at) / 100), below=None, amount=str(pays)
    )

    result = found(plan_of(tiers_content(("0", None, "1"))["components"][0], bonus))

    assert [jump.at for jump in result.jumps] == [Decimal(at) / 100]
    assert abs(result.jumps[0].change - pays) <= Decimal("0.02")


# Dead zones and falling pay


def test_a_cap_is_a_dead_zone_without_end_that_begins_where_it_is_reached() -> None:
    (zone,) = found(tiers_content(("0", None, "1"), cap="1.255")).zones
    assert (zone.kind, zone.start, zone.end, zone.pay) == ("dead", Decimal("1.255"), None, Decimal("11295.00"))


def test_a_threshold_is_a_dead_zone_that_ends_where_pay_begins() -> None:
    (zone,) = found(tiers_content(("0", "0.4", "0"), ("0.4", None, "1"))).zones
    assert (zone.start, zone.end, zone.pay) == (0, Decimal("0.4"), 0)


def test_pay_that_falls_with_more_credit_is_found() -> None:
    curve = component(
        "payout_curve",
        measure={"of": "attainment"},
        points=[{"at": "0", "pays": "0"}, {"at": "1", "pays": "1"}, {"at": "1.5", "pays": "0.8"}],
        weight="1",
    )
    zones = found(plan_of(curve)).zones
    assert [(zone.kind, zone.start, zone.end) for zone in zones] == [
        ("falls", 1, Decimal("1.5")),
        ("dead", Decimal("1.5"), None),
    ]


# Dates


def test_above_a_cap_a_deal_is_better_delayed_and_below_an_accelerator_better_pulled() -> None:
    shifts = found(tiers_content(("0", "1", "1"), ("1", None, "2"), cap="1.4")).shifts

    # At 120 % the cap is reached; next quarter 10 % above target pay twice 900.
    capped = next(shift for shift in shifts if shift.kind == "delay" and shift.start > 1)
    assert (capped.gain, capped.end) == (1800, Decimal(2))
    below = next(shift for shift in shifts if shift.kind == "delay" and shift.start == 0)
    assert (below.end, below.gain) == (Decimal("0.95"), 900)


def test_a_slab_makes_it_worth_while_to_pull_a_deal_forward_before_the_bound() -> None:
    shifts = found(plan_of(slab(("0", "1", "0.5"), ("1", None, "1")))).shifts
    pull = next(shift for shift in shifts if shift.kind == "pull")
    assert (pull.start, pull.end, pull.at) == (Decimal("0.9"), Decimal("0.95"), Decimal("0.95"))
    # 105 % here and 100 % there pay 9,450 and 9,000; 95 % here and 110 % there 4,275 and 9,900
    assert pull.gain == 9450 + 9000 - 4275 - 9900


def test_the_edges_of_a_campaign_pay_another_amount_a_day_outside() -> None:
    campaign = component(
        "spiff", per="deal", amount="300", counts={"products": ["GTX Pro"], "from": "2026-08-01", "until": "2026-09-30"}
    )

    windows = found(plan_of(tiers_content(("0", None, "1"))["components"][0], campaign)).windows

    # It ends with the period, so only its beginning is an edge inside.
    assert [(each.on, each.day_inside, each.change) for each in windows] == [(date(2026, 8, 1), True, Decimal(300))]


def test_without_a_target_nothing_is_looked_along() -> None:
    assert found(kam_content(), Facts("USD", None, Decimal(9000))) == Cliffs()


def test_the_curve_is_drawn_through_its_bends_and_both_sides_of_a_jump() -> None:
    points = found(plan_of(slab(("0", "1", "0.5"), ("1", None, "1")))).points
    assert points[0] == (Decimal(0), Decimal(0))
    assert (Decimal("0.999999"), Decimal(4500)) in points
    assert (Decimal(1), Decimal(9000)) in points
    assert points[-1] == (Decimal(2), Decimal(18000))
    assert len(points) <= 5
