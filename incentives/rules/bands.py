"""Bands of a value: contiguous, half-open, and which band owns its bound is said by the plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Protocol

from incentives.rules.words import Words

LOWER_INCLUSIVE, UPPER_INCLUSIVE = "lower_inclusive", "upper_inclusive"
BOUND = {
    LOWER_INCLUSIVE: Words("the higher band (from … on)", "上一档（含下限）"),
    UPPER_INCLUSIVE: Words("the lower band (up to …)", "下一档（含上限）"),
}


class Bounded(Protocol):
    @property
    def floor(self) -> Fraction: ...

    @property
    def ceiling(self) -> Fraction | None: ...


@dataclass(frozen=True, slots=True)
class Band:
    """From `floor` to `ceiling` (None: no upper bound); `gives` what the table says there: a factor, a rate, an
    amount."""

    floor: Fraction
    ceiling: Fraction | None
    gives: Fraction


def band_of(bands: Sequence[Bounded], value: Fraction, bound: str = LOWER_INCLUSIVE) -> int | None:
    """The place of the band in which a value lies; None below the lowest, and above a closed top.

    With `upper_inclusive` the lowest band also takes its own lower bound (plan semantics, section 2).
    """
    for place, band in enumerate(bands):
        if bound == UPPER_INCLUSIVE:
            above = value > band.floor or (place == 0 and value == band.floor)
            if above and (band.ceiling is None or value <= band.ceiling):
                return place
        elif value >= band.floor and (band.ceiling is None or value < band.ceiling):
            return place
    return None


def bound_problems(bands: Sequence[Bounded]) -> Iterator[tuple[str, str, dict[str, object]]]:
    """Field (such as '1.from'), code and values of what is wrong with the bounds: they must be contiguous."""
    for place, band in enumerate(bands):
        if band.ceiling is not None and band.ceiling <= band.floor:
            values = {"tier": place + 1, "start": band.floor, "end": band.ceiling, "basis": "number"}
            yield f"{place}.to", "tier_ends_before_it_starts", values
    for place, (lower, upper) in enumerate(pairwise(bands), start=1):
        if lower.ceiling is None:
            yield f"{place - 1}.to", "tier_open_in_the_middle", {"tier": place}
        elif upper.floor != lower.ceiling:
            code = "tier_gap" if upper.floor > lower.ceiling else "tier_overlap"
            values = {"tier": place + 1, "start": upper.floor, "end": lower.ceiling, "basis": "number"}
            yield f"{place}.from", code, values
