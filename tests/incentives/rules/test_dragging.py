"""A point of the curve that is moved becomes a bound and a rate in round numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incentives.rules.dragging import TierEnd, moved

TIERS = [
    TierEnd(Decimal("0.5"), Decimal("0.5")),
    TierEnd(Decimal(1), Decimal("1.5")),
    TierEnd(Decimal("1.3"), Decimal(2)),
    TierEnd(None, Decimal("2.5")),
]


def test_the_end_of_a_tier_moves_its_bound_and_the_rate_that_leads_to_it() -> None:
    changed = moved(TIERS, point=1, x=Decimal("0.604"), share=Decimal("0.61"))

    assert changed[0] == TierEnd(Decimal("0.60"), Decimal("1.00"))
    assert changed[1:] == TIERS[1:]


def test_a_bound_stays_between_its_neighbours() -> None:
    assert moved(TIERS, point=2, x=Decimal("0.1"), share=Decimal("0.3"))[1].to == Decimal("0.51")
    assert moved(TIERS, point=2, x=Decimal(2), share=Decimal("0.3"))[1].to == Decimal("1.29")


def test_of_an_open_tier_only_the_slope_follows() -> None:
    # 1.6 of pay is earned at 130 %; 2.5 at 160 % is a rate of 3.
    assert moved(TIERS, point=4, x=Decimal("1.6"), share=Decimal("2.5"))[3] == TierEnd(None, Decimal("3.00"))


@pytest.mark.parametrize("point", [0, 5, -1])
def test_a_point_that_ends_no_tier_changes_nothing(point: int) -> None:
    assert moved(TIERS, point=point, x=Decimal("0.6"), share=Decimal(1)) == TIERS


@given(
    point=st.integers(1, 4),
    x=st.decimals(-1, 3, allow_nan=False, places=4),
    share=st.decimals(-1, 9, allow_nan=False, places=4),
)
def test_wherever_a_point_goes_the_tiers_stay_in_order_and_pay_never_falls(
    point: int, x: Decimal, share: Decimal
) -> None:
    changed = moved(TIERS, point=point, x=x, share=share)

    bounds = [tier.to for tier in changed if tier.to is not None]
    assert bounds == sorted(set(bounds))
    assert all(tier.rate >= 0 for tier in changed)
