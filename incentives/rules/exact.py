"""Exact arithmetic on money: decimals that refuse to lose a digit, and the one place where an amount becomes minor
units."""

from decimal import Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction

ZERO = Decimal(0)
INFINITY = Decimal("Infinity")

# An operation that would need more digits than this raises Inexact instead of rounding silently.
EXACT = Context(prec=120, traps=[Inexact, InvalidOperation])


def half_up(numerator: Decimal, denominator: Decimal) -> Decimal:
    """`numerator / denominator` to a whole number, half away from zero, without an inexact step on the way.

    denominator  above 0. Meant to be called under `EXACT`.
    """
    if numerator >= 0:
        return (numerator + denominator / 2) // denominator
    return -((denominator / 2 - numerator) // denominator)


def rounded(amount: Fraction, places: int) -> Decimal:
    """An exact amount to so many places, half away from zero. For lines, and for what is shown."""
    scaled = abs(amount) * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(-whole if amount < 0 else whole).scaleb(-places)
