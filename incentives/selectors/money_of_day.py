"""Money of one currency in another, at the rate of a day."""

from datetime import date
from decimal import Decimal

from core import rates
from core.money import Money


def in_currency(amount: Decimal, currency: str, wanted: str, on: date) -> Decimal:
    """The amount at the day's rate, unrounded. Raises RateMissing."""
    return amount if currency == wanted else rates.convert(Money(amount, currency), wanted, on).amount
