"""Where a period lands when it goes on as past ones did.

Booked so far is set over the share that past periods had booked by this day. The outcome is a range, not a promise:
the lowest and highest of the past periods bound it. Too few or too early gives no forecast.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

LEAST_PERIODS = 2
LEAST_SHARE = Decimal("0.1")  # before a tenth of a past period was booked, its share says too little


@dataclass(frozen=True, slots=True)
class Landing:
    """The period's expected total with the range that past seasons give; `periods` is how many were used."""

    low: Decimal
    middle: Decimal
    high: Decimal
    periods: int


def share_booked_by(curve: Sequence[Decimal], progress: Decimal) -> Decimal | None:
    """Share of a past period's total that was booked at a point of it.

    curve     cumulative booked, one value a day, last one the total
    progress  share of the period elapsed, 0 to 1
    return    0 to 1; None for a period without bookings
    """
    if not curve or curve[-1] <= 0:
        return None
    index = int(progress * len(curve)) - 1
    booked = curve[min(index, len(curve) - 1)] if index >= 0 else Decimal(0)
    return booked / curve[-1]


def landing(booked: Decimal, shares: Sequence[Decimal]) -> Landing | None:
    """Expected total of the running period from past periods' shares. None where they say too little."""
    usable = [share for share in shares if share >= LEAST_SHARE]
    if len(usable) < LEAST_PERIODS or booked <= 0:
        return None
    totals = sorted(booked / share for share in usable)
    return Landing(totals[0], Decimal(median(totals)), totals[-1], len(usable))


def paths(
    landing_: Landing, booked: Decimal, season: Sequence[Decimal], start: int
) -> list[tuple[Decimal, Decimal, Decimal]]:
    """Low, middle and high for each point from `start` on, following the past season's shape.

    season  mean share booked by each point, rising to 1; `start` is the index of the last known point
    """
    reached = season[start]
    left = 1 - reached
    points = []
    for share in season[start:]:
        done = (share - reached) / left if left > 0 else Decimal(1)
        low, middle, high = (
            booked + (total - booked) * done for total in (landing_.low, landing_.middle, landing_.high)
        )
        points.append((low, middle, high))
    return points
