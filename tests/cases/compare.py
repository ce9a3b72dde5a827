"""What a case expects against what the engine answered: numbers at the places that the case shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from incentives.rules.exact import rounded

Path = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    path: str
    expected: str
    got: str


def places_of(expected: Any) -> int:
    """Digits after the point."""
    _whole, _point, digits = str(expected).partition(".")
    return len(digits)


def differences(expected: Any, found: Any, not_built: set[str]) -> list[Difference]:
    """Every value of `expected` that differs or is missing in the answer."""
    wanted = ((path, value) for path, value in leaves(expected) if not not_built & {str(part) for part in path})
    return [
        Difference(".".join(map(str, path)), str(value), shown(leaf(expected, found, path), value))
        for path, value in wanted
        if not same(leaf(expected, found, path), value)
    ]


def leaves(expected: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Each plain value with its path."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            yield from leaves(value, (*path, key))
    elif isinstance(expected, list):
        for place, value in enumerate(expected):
            yield from leaves(value, (*path, place))
    else:
        yield path, expected


class Absent:
    """Nothing was answered under that name."""


def leaf(expected: Any, found: Any, path: Path) -> Any:
    """The answer at a path. A kind with one answer of that shape may be asked for it by another name."""
    first, *rest = path
    at: Any = found.get(first, Absent) if isinstance(found, dict) else Absent
    if at is Absent or shape(at) != shape(expected[first]):
        at = _otherwise_named(found, str(first), expected)
    for key in rest:
        try:
            at = at[key]
        except (KeyError, IndexError, TypeError):
            return Absent
    return at


# What cases call the same thing.
SYNONYMS = (
    {"payout", "commission", "bonus", "amount", "pay", "incentive", "total"},
    {"payouts", "commissions", "bonuses", "amounts", "pays", "incentives"},
    {"attainment", "attainments", "attainment_after", "attainment_by_event"},
    {"percent", "percents", "total_percent", "cell_percent", "cells_percent", "cell_percents"},
)


def _otherwise_named(found: Any, name: str, expected: Any) -> Any:
    """The answer by another name of the same thing, else the one of that shape that nobody asked for by its name."""
    wanted = shape(expected[name])
    same_thing = set().union(*(group for group in SYNONYMS if name in group))
    named = [value for key, value in found.items() if key in same_thing and shape(value) == wanted]
    spare = named or [value for key, value in found.items() if key not in expected and shape(value) == wanted]
    different = [value for place, value in enumerate(spare) if value not in spare[:place]]
    return different[0] if len(different) == 1 else Absent


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return set(value)
    if isinstance(value, list):
        return len(value)
    return "flag" if isinstance(value, bool) else "value"


def same(got: Any, expected: Any) -> bool:
    if isinstance(expected, bool) or expected is None or isinstance(got, bool) or got is None:
        return got is expected
    if got is Absent:
        return False
    try:
        wanted = Fraction(str(expected))
    except ValueError:
        return str(got) == str(expected)
    return Fraction(at_places(got, expected)) == wanted


def at_places(got: Any, expected: Any) -> Decimal:
    return rounded(Fraction(got), places_of(expected))


def shown(got: Any, expected: Any) -> str:
    if got is Absent:
        return "no answer"
    if isinstance(got, bool) or got is None or isinstance(got, str):
        return str(got)
    try:
        return f"{at_places(got, expected)}"
    except (ValueError, TypeError):
        return str(got)
