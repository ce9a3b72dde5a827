"""Sharing out and ranking: what is divided adds up to the cent, and ties are settled by a published order."""

from collections.abc import Sequence
from fractions import Fraction

LARGEST_REMAINDER, HIGHEST_POINTS_FIRST = "largest_remainder", "highest_points_first"
REMAINDERS = (LARGEST_REMAINDER, HIGHEST_POINTS_FIRST)


def shared_out(whole: int, points: Sequence[Fraction], remainder: str = LARGEST_REMAINDER) -> list[int]:
    """`whole` units by points: each the floor of the exact share, then one unit each of what is left.

    remainder  to the largest remainders, or to the highest points; ties in the order given
    return     adds up to `whole`; all 0 where nobody has points
    source     plan semantics, section 12
    """
    total = sum(points, Fraction(0))
    if not total:
        return [0] * len(points)
    exact = [abs(whole) * each / total for each in points]
    units = [share.numerator // share.denominator for share in exact]
    first = (
        points
        if remainder == HIGHEST_POINTS_FIRST
        else [share - unit for share, unit in zip(exact, units, strict=True)]
    )
    order = sorted(range(len(points)), key=lambda place: (-first[place], place))
    for place in order[: abs(whole) - sum(units)]:
        units[place] += 1
    return units if whole >= 0 else [-unit for unit in units]


def ranks(values: Sequence[Fraction]) -> list[int]:
    """Competition ranking, the highest first: ties share the better rank, and the next one is skipped."""
    first: dict[Fraction, int] = {}
    for place, value in enumerate(sorted(values, reverse=True), start=1):
        first.setdefault(value, place)
    return [first[value] for value in values]


def return_on_cost(revenue: Fraction, margin: Fraction, cost: Fraction) -> Fraction | None:
    """What a campaign brought for each unit that it cost, less that unit: 1.5 is 150 %. None where it cost nothing."""
    return revenue * margin / cost - 1 if cost else None
