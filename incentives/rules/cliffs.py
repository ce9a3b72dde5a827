"""Where a plan tempts people to play with it: jumps, dead zones, falling pay, dates that a deal is better moved over.

Everything is read from the engine's answers for one person with one deal of growing size, so that gates, modifiers,
caps and floors are in it, whatever kind of component they belong to.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Literal

from incentives.rules.counting import Counts
from incentives.rules.document import PlanDocument
from incentives.rules.engine import case_of, evaluate
from incentives.rules.exact import EXACT, rounded
from incentives.rules.facts import CreditFact, Deal, Facts

STEP = Fraction(1, 100)
TO = Fraction(2)
FAR = Fraction(10)  # as far as anybody gets: what pays nothing more up to here never does
SHARE_PLACES = 6
ROUNDING = Decimal("0.02")
CREDIT_PLACES = 10

# Who moves a deal of a tenth of the target, next to a quarter that ends at target, for at least a hundredth of the pay.
DEAL = Fraction(1, 10)
USUAL = Fraction(1)
SHIFT_STEP = Fraction(1, 20)
SMALLEST_JUMP = Fraction(1, 1000)
SMALLEST_SHIFT = Fraction(1, 100)

Pay = Callable[[Fraction], Decimal]


@dataclass(frozen=True, slots=True)
class Jump:
    """At an attainment pay changes at once by more than a deal of one cent explains."""

    at: Decimal
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Zone:
    """From one attainment to another (None: for ever) more credit pays nothing, or less. `pay`: at its beginning."""

    kind: Literal["dead", "falls"]
    start: Decimal
    end: Decimal | None
    pay: Decimal


@dataclass(frozen=True, slots=True)
class Shift:
    """Moving a deal over the end of the period pays more.

    kind    "delay": into the next period; "pull": out of the next one into this
    start, end   attainment of this period without the deal
    at, gain     where it pays most, and how much more
    deal    size of the deal as a share of the target; the next period ends at `usual` without it
    """

    kind: Literal["delay", "pull"]
    start: Decimal
    end: Decimal
    at: Decimal
    gain: Decimal
    deal: Decimal
    usual: Decimal


@dataclass(frozen=True, slots=True)
class Window:
    """A component counts deals only up to or from a day: the same deal a day outside pays another amount."""

    component: int
    on: date
    day_inside: bool  # True: the window begins on this day; False: it ends with it
    inside: Decimal
    outside: Decimal
    deal: Decimal

    @property
    def change(self) -> Decimal:
        return self.inside - self.outside


@dataclass(frozen=True, slots=True)
class Cliffs:
    """What was found, lowest attainment first. `points`: attainment and pay, with both sides of each jump."""

    points: Sequence[tuple[Decimal, Decimal]] = ()
    jumps: Sequence[Jump] = ()
    zones: Sequence[Zone] = ()
    shifts: Sequence[Shift] = ()
    windows: Sequence[Window] = ()

    @property
    def count(self) -> int:
        return len(self.jumps) + len(self.zones) + len(self.shifts) + len(self.windows)


def cliffs(plan: PlanDocument, facts: Facts, starts: date, ends: date) -> Cliffs:
    """What one everyday person of the plan (`facts`, without deals) could make use of in a period.

    starts, ends  of the period, half-open: deals are closed on its first day

    Nothing is found without a target: then there is no attainment to look along.
    """
    with localcontext(EXACT):
        quota = case_of(plan, facts).quota
        if not quota or facts.target_pay is None:
            return Cliffs()
        pay = _pay(plan, facts, quota, starts)
        least = max(facts.target_pay * Decimal(SMALLEST_JUMP.numerator) / SMALLEST_JUMP.denominator, Decimal("0.05"))
        grid = _grid(plan, facts, quota)
        jumps = list(_jumps(pay, grid, least, Fraction(1, 100) / quota))
        worth = facts.target_pay * Decimal(SMALLEST_SHIFT.numerator) / SMALLEST_SHIFT.denominator
        return Cliffs(
            points=_points(pay, grid, jumps),
            jumps=jumps,
            zones=[*_zones(pay, grid, jumps)],
            shifts=[*_shifts(pay, worth)],
            windows=[*_windows(plan, facts, quota, starts, ends)],
        )


def _pay(plan: PlanDocument, facts: Facts, quota: Fraction, on: date) -> Pay:
    deal = _sample(plan)

    @cache
    def pay(attainment: Fraction) -> Decimal:
        if not attainment:
            return evaluate(plan, facts).total
        return _with_deal(plan, facts, attainment * quota, on, deal)

    return pay


def _with_deal(plan: PlanDocument, facts: Facts, amount: Fraction, on: date, deal: Deal) -> Decimal:
    credit = CreditFact(on, 1, _at_least(amount))
    deals = {} if deal == Deal() else {1: deal}
    return evaluate(plan, replace(facts, credits=[credit], deals=deals)).total


def _at_least(amount: Fraction) -> Decimal:
    """A quota that does not end must not be missed by the last digit."""
    found = rounded(amount, CREDIT_PLACES)
    return found if found >= amount else found + Decimal(1).scaleb(-CREDIT_PLACES)


def _sample(plan: PlanDocument) -> Deal:
    """A deal that as many components as possible count: the first product that one asks for, with a new customer."""
    restricted = [counts for counts in _counts(plan) if counts is not None]
    products = [counts.products[0] for counts in restricted if counts.products]
    if not products and not any(counts.customers != "all" for counts in restricted):
        return Deal()
    return Deal(product=products[0] if products else "", new_customer=True)


def _counts(plan: PlanDocument) -> list[Counts | None]:
    return [getattr(component, "counts", None) for component in plan.components]


def _grid(plan: PlanDocument, facts: Facts, quota: Fraction) -> list[Fraction]:
    case = case_of(plan, facts)
    bounds = {bound / quota for component in plan.components for bound in component.bounds(case)}
    whole = {STEP * number for number in range(int(TO / STEP) + 1)}
    return sorted(whole | {bound for bound in bounds if 0 < bound < TO})


# Along the attainment


def _jumps(pay: Pay, grid: Sequence[Fraction], least: Decimal, smallest: Fraction) -> Iterator[Jump]:
    for low, high in pairwise(grid):
        if abs(pay(high) - pay(low)) >= least:
            found = _jump(pay, low, high, least, smallest)
            if found is not None:
                yield found


def _jump(pay: Pay, low: Fraction, high: Fraction, least: Decimal, smallest: Fraction) -> Jump | None:
    """Halves the piece towards the steeper half until it is a cent wide; an even piece has no jump."""
    while high - low > smallest:
        middle = (low + high) / 2
        first, second = pay(middle) - pay(low), pay(high) - pay(middle)
        if abs(first) >= abs(second):
            high = middle
        else:
            low = middle
        if max(abs(first), abs(second)) < least:
            return None
    before, after = pay(low), pay(high)
    return Jump(_place(low, high), before, after) if abs(after - before) >= least else None


def _place(low: Fraction, high: Fraction) -> Decimal:
    """The roundest attainment in a piece of a cent: a bound is a round number."""
    for places in range(2, SHARE_PLACES):
        middle = rounded((low + high) / 2, places)
        if low <= middle <= high:
            return middle
    return rounded(high, SHARE_PLACES)


def _zones(pay: Pay, grid: Sequence[Fraction], jumps: Sequence[Jump]) -> Iterator[Zone]:
    """Pieces in which pay stands still or falls, joined where they touch."""
    jumped = [Fraction(jump.at) for jump in jumps]
    start: Fraction | None = None
    kind: Literal["dead", "falls"] | None = None
    for low, high in pairwise(grid):
        here = None if any(low < at <= high for at in jumped) else _kind(pay(high) - pay(low))
        if kind is not None and start is not None and here != kind:
            yield _zone(pay, kind, start, _end(pay, kind, low, high))
        if here != kind:
            start, kind = (None if here is None else low), here
    if kind is not None and start is not None:
        yield _zone(pay, kind, start, None if kind == "dead" and pay(FAR) == pay(grid[-1]) else grid[-1])


def _kind(change: Decimal) -> Literal["dead", "falls"] | None:
    if change:
        return "falls" if change < 0 else None
    return "dead"


def _zone(pay: Pay, kind: Literal["dead", "falls"], start: Fraction, end: Fraction | None) -> Zone:
    begins = _begins(pay, start) if kind == "dead" else start
    return Zone(kind, rounded(begins, 4), None if end is None else rounded(end, 4), pay(start))


def _begins(pay: Pay, start: Fraction) -> Fraction:
    """Where in the step before it pay comes to a stand, as at a cap that is reached between two steps."""
    low, high, stands = max(start - STEP, Fraction(0)), start, pay(start)
    if pay(low) == stands:
        return low
    while high - low > STEP / 1000:
        middle = (low + high) / 2
        low, high = (low, middle) if pay(middle) == stands else (middle, high)
    return high


def _end(pay: Pay, kind: str, low: Fraction, high: Fraction) -> Fraction:
    """Where in the next step pay moves again."""
    if kind != "dead":
        return low
    begin, stands = low, pay(low)
    while high - begin > STEP / 1000:
        middle = (begin + high) / 2
        begin, high = (middle, high) if pay(middle) == stands else (begin, middle)
    return begin


def _points(pay: Pay, grid: Sequence[Fraction], jumps: Sequence[Jump]) -> list[tuple[Decimal, Decimal]]:
    found = [(rounded(at, SHARE_PLACES), pay(at)) for at in grid]
    tiny = Decimal(1).scaleb(-SHARE_PLACES)
    both = [side for jump in jumps for side in ((jump.at - tiny, jump.before), (jump.at, jump.after))]
    return _bends(sorted({*found, *both}))


def _bends(points: Sequence[tuple[Decimal, Decimal]]) -> list[tuple[Decimal, Decimal]]:
    """Both ends and the points between which the line bends by more than rounding does."""
    inner = []
    for (x0, y0), (x1, y1), (x2, y2) in zip(points, points[1:], points[2:], strict=False):
        off = abs((y2 - y0) * (x1 - x0) - (y1 - y0) * (x2 - x0))
        if off > ROUNDING * (x2 - x0):
            inner.append((x1, y1))
    return [points[0], *inner, points[-1]]


# Over the end of the period


def _shifts(pay: Pay, worth: Decimal) -> Iterator[Shift]:
    """Each range of this period's attainment in which a deal is better closed in the other period."""
    grid = [SHIFT_STEP * number for number in range(int(TO / SHIFT_STEP) + 1)]
    delayed = [(at, _gain_of_delay(pay, at)) for at in grid]
    yield from _ranges("delay", delayed, worth)
    yield from _ranges("pull", [(at, -gain) for at, gain in delayed], worth)


def _gain_of_delay(pay: Pay, at: Fraction) -> Decimal:
    """This period without the deal and the next with it, less the other way round."""
    return pay(at) + pay(USUAL + DEAL) - pay(at + DEAL) - pay(USUAL)


def _ranges(
    kind: Literal["delay", "pull"], gains: Sequence[tuple[Fraction, Decimal]], worth: Decimal
) -> Iterator[Shift]:
    found: list[tuple[Fraction, Decimal]] = []
    for at, gain in [*gains, (TO, Decimal(0))]:
        if gain >= worth:
            found.append((at, gain))
        elif found:
            best, most = max(found, key=lambda each: each[1])
            start, end, place = (rounded(each, 4) for each in (found[0][0], found[-1][0], best))
            yield Shift(kind, start, end, place, most, rounded(DEAL, 4), rounded(USUAL, 4))
            found = []


# Over the edge of a window inside the period


def _windows(plan: PlanDocument, facts: Facts, quota: Fraction, starts: date, ends: date) -> Iterator[Window]:
    for index, counts in enumerate(_counts(plan)):
        if counts is None:
            continue
        deal = Deal(product=counts.products[0] if counts.products else "", new_customer=True, quantity=Fraction(1))
        for inside, outside, begins in _edges(counts):
            if not (starts <= inside < ends and starts <= outside < ends):
                continue
            pays = [_with_deal(plan, facts, DEAL * quota, day, deal) for day in (inside, outside)]
            if pays[0] != pays[1]:
                yield Window(index, inside, begins, pays[0], pays[1], rounded(DEAL, 4))


def _edges(counts: Counts) -> Iterable[tuple[date, date, bool]]:
    """The last day inside, the day beside it, and whether the window begins there."""
    one = timedelta(days=1)
    if counts.starts is not None:
        yield counts.starts, counts.starts - one, True
    if counts.until is not None:
        yield counts.until, counts.until + one, False
