"""Exact arithmetic on money: decimals that refuse to lose a digit, and the one place where an amount becomes minor
units."""

from decimal import Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from typing import Final

ZERO = Decimal(0)
INFINITY = Decimal("Infinity")

HALF_UP: Final = "half_up"
HALF_EVEN: Final = "half_even"

# The places in which the columns of a line keep what a rule applied to.
KEPT_PLACES = 10

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


def rounded_to_even(amount: Fraction, places: int) -> Decimal:
    """As `rounded`, where an exact half goes to the even neighbour (四舍六入五成双)."""
    return Decimal(round(amount * 10**places)).scaleb(-places)


def kept(amount: Fraction) -> Decimal:
    """An exact amount as a line keeps it beside its pay: all digits where they end within ten places."""
    found = rounded(amount, KEPT_PLACES).normalize()
    exponent = found.as_tuple().exponent
    return found.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else found


def number_text(value: object) -> str:
    """A number for a sentence: all digits where they end within twelve places, else six of them; others as they are."""
    if not isinstance(value, Fraction):
        return str(value)
    exact = rounded(value, 12)
    found = exact if Fraction(exact) == value else rounded(value, 6)
    text = f"{found:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
