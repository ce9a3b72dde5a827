from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from dashboards.rules.forecast import landing, paths, share_booked_by

D = Decimal


def test_a_period_that_goes_on_as_the_past_ones_lands_where_they_would() -> None:
    found = landing(D(500), [D("0.5"), D("0.4"), D("0.625")])

    assert found is not None
    assert (found.low, found.middle, found.high) == (D(800), D(1000), D(1250))
    assert found.periods == 3


def test_one_past_period_is_too_little_for_a_forecast() -> None:
    assert landing(D(500), [D("0.5")]) is None


def test_the_first_days_of_a_period_say_too_little() -> None:
    assert landing(D(5), [D("0.01"), D("0.02"), D("0.03")]) is None


def test_nothing_booked_gives_no_forecast() -> None:
    assert landing(D(0), [D("0.5"), D("0.5")]) is None


def test_the_share_booked_by_a_point_is_read_from_the_day_before_it_ends() -> None:
    curve = [D(10), D(20), D(60), D(100)]

    assert share_booked_by(curve, D("0.5")) == D("0.2")
    assert share_booked_by(curve, D(1)) == D(1)
    assert share_booked_by(curve, D(0)) == D(0)


def test_a_past_period_without_bookings_has_no_share() -> None:
    assert share_booked_by([D(0), D(0)], D("0.5")) is None


@given(
    st.decimals(min_value=1, max_value=10**9, places=2),
    st.lists(st.decimals(min_value="0.1", max_value=1, places=3), min_size=2, max_size=4),
)
def test_the_middle_lies_between_low_and_high_and_none_is_below_what_is_booked(
    booked: Decimal, shares: list[Decimal]
) -> None:
    found = landing(booked, shares)

    assert found is not None
    low, middle, high = (
        round(value, 6) for value in (found.low, found.middle, found.high)
    )  # the 28th digit is rounded
    assert booked <= low <= middle <= high


def test_the_forecast_starts_at_what_is_booked_and_ends_where_it_lands() -> None:
    found = landing(D(500), [D("0.5"), D("0.4")])
    assert found is not None

    points = paths(found, D(500), [D("0.2"), D("0.5"), D("0.8"), D(1)], 1)

    assert points[0] == (D(500), D(500), D(500))
    assert points[-1] == (found.low, found.middle, found.high)
    assert len(points) == 3
