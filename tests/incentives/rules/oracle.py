"""An independent slow calculation of the plan semantics in fractions. Shares no code with the engine, on purpose."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Tiers = Sequence[tuple[Fraction, Fraction | None, Fraction]]


@dataclass(frozen=True)
class Paid:
    """Line amounts in cents, the cap's cut (0 or negative), and their sum."""

    lines: list[int]
    cut: int

    @property
    def total(self) -> int:
        return sum(self.lines) + self.cut


def cents(amount: Fraction) -> int:
    """Half away from zero."""
    scaled = abs(amount) * 100
    whole = scaled.numerator // scaled.denominator
    if scaled - whole >= Fraction(1, 2):
        whole += 1
    return whole if amount >= 0 else -whole


def marginal(tiers: Tiers, credit: Fraction) -> Fraction:
    """Sum over the tiers of rate times what lies inside; below zero the lowest rate holds."""
    if credit < 0:
        return tiers[0][2] * credit
    return sum(
        (rate * max(Fraction(0), (credit if top is None else min(credit, top)) - low) for low, top, rate in tiers),
        Fraction(0),
    )


def pay(
    tiers: Tiers, quota: Fraction, target_pay: Fraction, amounts: Sequence[Fraction], cap: Fraction | None = None
) -> Paid:
    """Tiers on attainment, rates as multiples of target_pay / quota, credits in the order of their lines."""
    base_rate = target_pay / quota
    in_money = [(low * quota, None if top is None else top * quota, rate * base_rate) for low, top, rate in tiers]
    lines, running = [], Fraction(0)
    for credit in amounts:
        lines.append(cents(marginal(in_money, running + credit) - marginal(in_money, running)))
        running += credit
    most = None if cap is None else cents(cap * target_pay)
    cut = 0 if most is None else min(0, most - sum(lines))
    return Paid(lines, cut)
