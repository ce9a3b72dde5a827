"""Conversion between currencies by dated rates."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.models import ExchangeRate
from core.money import Money

# Rates are not published on weekends and holidays; the last one counts, but not one older than this.
STALE_AFTER = timedelta(days=7)


class RateMissing(Invalid):
    code = "rate_missing"
    message = _("There is no exchange rate from %(base)s to %(quote)s for %(on)s. Add one under Settings, then try again.")


def rate(base: str, quote: str, on: date) -> Decimal:
    """Units of `quote` for one unit of `base` on a day: the last published within seven days. Raises RateMissing."""
    if base == quote:
        return Decimal(1)
    known = (
        ExchangeRate.objects.filter(base=base, quote=quote, on__lte=on, on__gt=on - STALE_AFTER)
        .order_by("-on")
        .values_list("rate", flat=True)
        .first()
    )
    if known is None:
        raise RateMissing(base=base, quote=quote, on=on.isoformat())
    return known


def convert(money: Money, currency: str, on: date) -> Money:
    """The money in another currency at the day's rate, unrounded. Raises RateMissing."""
    return Money(money.amount * rate(money.currency, currency, on), currency)
