"""Pace: what should be reached by now."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from core import calendar
from core.periods import Period
from crm.models import SalesDay
from goals import selectors
from goals.rules.pace import Basis, elapsed_share, on_pace, pace_share, same_point, working_days
from tests.accounts.factories import the_company

Q2, Q1 = Period.parse("2026-Q2"), Period.parse("2026-Q1")


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 800))
def test_working_days_are_the_mondays_to_fridays(start: date, length: int) -> None:
    days = [start + timedelta(days=n) for n in range(length)]
    assert working_days(start, start + timedelta(days=length)) == sum(day.weekday() < 5 for day in days)


def test_the_share_runs_from_nothing_to_one() -> None:
    assert elapsed_share(Q2, date(2026, 3, 31)) == 0
    assert elapsed_share(Q2, date(2026, 6, 30)) == 1
    assert elapsed_share(Q2, date(2027, 1, 1)) == 1
    assert elapsed_share(Period.parse("2026-06"), date(2026, 6, 5)) == Decimal(5) / 22


@given(st.dates(date(2026, 4, 1), date(2026, 6, 29)))
def test_the_same_point_of_another_period_has_the_same_share_of_working_days(on: date) -> None:
    point = same_point(Q2, on, Q1)
    assert Q1.start - timedelta(days=1) <= point < Q1.end
    assert abs(elapsed_share(Q1, point) - elapsed_share(Q2, on)) <= Decimal(1) / 64


def test_without_a_past_working_days_count() -> None:
    found = pace_share(Q2, date(2026, 5, 15), {})
    assert (found.basis, found.season) == (Basis.WORKING_DAYS, None)
    assert found.share == elapsed_share(Q2, date(2026, 5, 15))


def test_a_past_quarter_with_bookings_in_each_month_gives_the_season() -> None:
    booked = {date(2026, 1, 10): Decimal(10), date(2026, 2, 10): Decimal(10), date(2026, 3, 30): Decimal(80)}
    found = pace_share(Q2, date(2026, 5, 29), booked)
    assert (found.basis, found.season) == (Basis.SEASON, Q1)
    assert found.share == Decimal("0.2")


def test_the_same_quarter_of_the_year_before_is_preferred() -> None:
    booked = {date(2026, month, 10): Decimal(1) for month in (1, 2, 3)}
    booked |= {date(2025, month, 10): Decimal(1) for month in (4, 5, 6)}
    assert pace_share(Q2, date(2026, 5, 15), booked).season == Q2.year_before


def test_an_incomplete_past_shows_no_season() -> None:
    booked = {date(2026, 3, day): Decimal(5) for day in range(1, 30)}
    assert pace_share(Q2, date(2026, 5, 15), booked).basis == Basis.WORKING_DAYS


def test_a_period_that_is_over_has_no_pace() -> None:
    assert pace_share(Q2, date(2026, 6, 30), {}).basis == Basis.OVER


@pytest.mark.parametrize(
    ("attained", "share", "wanted"),
    [("0.45", "0.5", "0.9"), ("0.1", "0.01", None), (None, "0.5", None), ("0.2", "1", "0.2")],
)
def test_on_pace_is_attainment_over_the_share(attained: str | None, share: str, wanted: str | None) -> None:
    found = on_pace(None if attained is None else Decimal(attained), Decimal(share))
    assert found == (None if wanted is None else Decimal(wanted))


@pytest.mark.django_db
def test_the_selector_reads_the_companys_days_in_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    company = the_company()
    for month in (1, 2, 3):
        SalesDay.objects.create(
            team=company,
            day=date(2026, month, 10),
            won=1,
            lost=0,
            booked=Decimal(10),
            won_cycle_days=1,
            won_with_cycle=1,
        )
    with django_assert_num_queries(1):
        pace = selectors.pace(period=calendar.period("2026-Q2"), on=date(2026, 5, 15))
    assert (pace.basis, pace.season) == ("season", "2026-Q1")
    assert "Q1\u00a02026" in pace.words
    assert pace.status(pace.share) == "ahead"
    assert pace.status(pace.share * Decimal("0.95")) == "close"
    assert pace.status(Decimal("0.1")) == "behind"
