"""Pace: what share of a period's result should be there by a day, by a past period's course or by working days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from core.periods import Period, PeriodKind

MONDAY_TO_FRIDAY = 5
# Below this share a single early deal would promise the moon.
LEAST_SHARE = Decimal("0.02")
CLOSE_FROM = Decimal("0.9")


class Basis(StrEnum):
    OVER = "over"
    SEASON = "season"
    WORKING_DAYS = "working_days"


@dataclass(frozen=True, slots=True)
class Share:
    """What should be reached by now, 0 to 1, and by which measure; `season`: the past period whose course was used."""

    share: Decimal
    basis: Basis
    season: Period | None = None


def working_days(start: date, end: date) -> int:
    """Mondays to Fridays in [start, end). Public holidays are not known to the portal and count as working days."""
    if end <= start:
        return 0
    weeks, rest = divmod((end - start).days, 7)
    extra = sum((start + timedelta(days=offset)).weekday() < MONDAY_TO_FRIDAY for offset in range(rest))
    return weeks * MONDAY_TO_FRIDAY + extra


def elapsed_share(period: Period, on: date) -> Decimal:
    """Share of the period's working days that are over at the end of `on`."""
    until = min(max(on + timedelta(days=1), period.start), period.end)
    return Decimal(working_days(period.start, until)) / Decimal(working_days(period.start, period.end))


def same_point(period: Period, on: date, past: Period) -> date:
    """The day of `past` up to which as large a share of working days had passed as of `period` at the end of `on`."""
    wanted = round(elapsed_share(period, on) * working_days(past.start, past.end))
    day, seen = past.start, 0
    while day < past.end:
        seen += day.weekday() < MONDAY_TO_FRIDAY
        if seen > wanted:
            break
        day += timedelta(days=1)
    return day - timedelta(days=1)


def is_whole(past: Period, booked: Mapping[date, Decimal]) -> bool:
    """Whether a past period's bookings show a season: some in each of its months; of a month, on five days at least."""
    if past.kind == PeriodKind.MONTH:
        return sum(1 for day, amount in booked.items() if day in past and amount > 0) >= 5
    return all(
        any(day in month and amount > 0 for day, amount in booked.items()) for month in past.parts(PeriodKind.MONTH)
    )


def season_share(period: Period, on: date, past: Period, booked: Mapping[date, Decimal]) -> Decimal | None:
    """Cumulative share of `past`'s bookings at the same point. None where `past` shows no season (see `is_whole`)."""
    if not is_whole(past, booked):
        return None
    point = same_point(period, on, past)
    total = sum((amount for day, amount in booked.items() if day in past), Decimal(0))
    by_then = sum((amount for day, amount in booked.items() if day in past and day <= point), Decimal(0))
    return by_then / total


def pace_share(period: Period, on: date, booked: Mapping[date, Decimal]) -> Share:
    """What should be reached by the end of `on`.

    booked  the company's bookings by day of the same period a year before and of the period just before
    return  by the course of the same period a year before where that is known, else of the period just before, else
            by working days
    """
    if on >= period.end - timedelta(days=1):
        return Share(Decimal(1), Basis.OVER)
    for past in (period.year_before, period.previous):
        share = season_share(period, on, past, booked)
        if share is not None:
            return Share(share, Basis.SEASON, past)
    return Share(elapsed_share(period, on), Basis.WORKING_DAYS)


def on_pace(attained: Decimal | None, share: Decimal) -> Decimal | None:
    """Where the period will end if it goes on so: attainment / share. None before anything can be said."""
    if attained is None or share < LEAST_SHARE:
        return None
    return attained / share
