"""A point of the payout curve is moved by hand: which bound and which rate that means.

The point at the end of a tier moves its bound and the rate that leads to it; the rates of the other tiers stay. So the
grid keeps round numbers: bounds snap to whole percents, rates to twentieths of the base rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

BOUND_STEP = Decimal("0.01")
RATE_STEP = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class TierEnd:
    """The end of a tier (None: open) as attainment, and its rate as a multiple of the base rate."""

    to: Decimal | None
    rate: Decimal


def moved(tiers: Sequence[TierEnd], *, point: int, x: Decimal, share: Decimal) -> list[TierEnd]:
    """The tiers after point number `point` (1: the end of the first tier) was moved to attainment `x`, pay `share`.

    share   of the component's pay at target, so that a base rate of one pays `x` at `x`
    return  all tiers; nothing changes for a point that is no tier's end (the origin)
    """
    tier = point - 1
    if not 0 <= tier < len(tiers):
        return list(tiers)
    start, below = _reached(tiers[:tier])
    end = tiers[tier].to
    top = _between(_snapped(x, BOUND_STEP), start, tiers[tier + 1].to if tier + 1 < len(tiers) else None)
    if end is None:
        top = max(x, start + BOUND_STEP)  # an open tier has no bound to move: only its slope follows the hand
    rate = max(_snapped((share - below) / (top - start), RATE_STEP), Decimal(0))
    changed = list(tiers)
    changed[tier] = TierEnd(None if end is None else top, rate)
    return changed


def _reached(tiers: Sequence[TierEnd]) -> tuple[Decimal, Decimal]:
    """Attainment and pay share at the end of closed tiers."""
    at, paid = Decimal(0), Decimal(0)
    for tier in tiers:
        end = at if tier.to is None else tier.to
        paid += (end - at) * tier.rate
        at = end
    return at, paid


def _between(x: Decimal, start: Decimal, ceiling: Decimal | None) -> Decimal:
    """A bound stays inside its neighbours."""
    low = start + BOUND_STEP
    return max(low, x) if ceiling is None else max(low, min(x, ceiling - BOUND_STEP))


def _snapped(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step
