"""Pay against attainment: the straight pieces between the tiers' bounds, with the point where the cap begins to cut."""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

from incentives.rules.component import Case, Component
from incentives.rules.document import PlanDocument
from incentives.rules.engine import case_of
from incentives.rules.exact import EXACT, rounded
from incentives.rules.facts import Facts

DISPLAY_PLACES = 6

# So little attainment that no slope pays a hundredth for it; what changes by more has jumped.
JUST_BESIDE = Fraction(1, 10**15)
LEAST_JUMP = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Point:
    """Pay, rounded to the minor unit, at an attainment; `cut` where the cap holds it down."""

    attainment: Decimal
    pay: Decimal
    cut: bool


def payout_curve(  # noqa: PLR0917  (a case of a plan, in the order one says it)
    plan: PlanDocument,
    component_index: int | None,
    quota: Decimal,
    target_pay: Decimal,
    currency: str = "USD",
    to: Decimal = Decimal("1.6"),
) -> list[Point]:
    """The curve of one component (uncapped), or of the whole plan (None), from 0 to `to`. Empty without a quota.

    Between two points pay is straight: every bound and the point where the cap is reached are among them. Where pay
    jumps there are two points of the same attainment.
    """
    if quota <= 0:
        return []
    with localcontext(EXACT):
        case = case_of(plan, Facts(currency, quota, target_pay))
        chosen = plan.components if component_index is None else plan.components[component_index : component_index + 1]
        cap = plan.cap if component_index is None else None
        most = None if cap is None else Fraction(cap) * Fraction(target_pay)
        ends = _attainments(chosen, case, Fraction(quota), Fraction(to))
        points = [point for at in ends for point in _both_sides(chosen, case, Fraction(quota), at)]
        return [_point(at, pay, most, case.places) for at, pay in _with_cap_point(points, most)]


def _both_sides(
    chosen: tuple[Component, ...], case: Case, quota: Fraction, at: Fraction
) -> list[tuple[Fraction, Fraction]]:
    """Pay at an attainment, and where it jumps there also what is paid just below or just above it."""

    def pay(value: Fraction) -> Fraction:
        return sum((component.pay_at(case, value * quota) for component in chosen), Fraction(0))

    here = pay(at)
    below = pay(at - JUST_BESIDE) if at else here
    above = pay(at + JUST_BESIDE)
    jumps_below, jumps_above = abs(here - below) >= LEAST_JUMP, abs(above - here) >= LEAST_JUMP
    return [*([(at, below)] if jumps_below else []), (at, here), *([(at, above)] if jumps_above else [])]


def _attainments(chosen: tuple[Component, ...], case: Case, quota: Fraction, to: Fraction) -> list[Fraction]:
    bounds = {bound / quota for component in chosen for bound in component.bounds(case)}
    return sorted({Fraction(0), to} | {bound for bound in bounds if 0 < bound < to})


def _with_cap_point(points: list[tuple[Fraction, Fraction]], most: Fraction | None) -> list[tuple[Fraction, Fraction]]:
    if most is None:
        return points
    crossings = [
        (low_at + (high_at - low_at) * (most - low) / (high - low), most)
        for (low_at, low), (high_at, high) in pairwise(points)
        if min(low, high) < most < max(low, high)
    ]
    return sorted(points + crossings)


def _point(at: Fraction, pay: Fraction, most: Fraction | None, places: int) -> Point:
    cut = most is not None and pay >= most
    return Point(rounded(at, DISPLAY_PLACES), rounded(most if cut and most is not None else pay, places), cut)
