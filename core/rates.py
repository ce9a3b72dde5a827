"""Conversion between currencies by dated rates."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models import Case, DateField, DecimalField, ExpressionWrapper, F, OuterRef, Q, Subquery, When
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.models import ExchangeRate
from core.money import Money

# Rates are not published on weekends and holidays; the last one counts, but not one older than this.
STALE_AFTER = timedelta(days=7)


class RateMissing(Invalid):
    code = "rate_missing"
    message = _(
        "There is no exchange rate from %(base)s to %(quote)s for %(on)s. Add one under Settings, then try again."
    )


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


def converted(amount: str, currency: str, on: str, *, to: str) -> Case:
    """`convert` as an expression over three columns or annotations: null where the rate is missing.

    Call `require_rates_of` over the same rows first: a sum skips nulls. Nothing is nothing in every currency.
    """
    unchanged = Q(**{currency: to}) | Q(**{amount: 0})
    return Case(
        When(unchanged, then=F(amount)),
        default=F(amount) * _rate_of_row(currency, on, to),
        output_field=DecimalField(max_digits=38, decimal_places=10),
    )


def require_rates_of(rows: "models.QuerySet[Any]", amount: str, currency: str, on: str, *, to: str) -> None:
    """Raises RateMissing for the first row that `converted` can't convert. One query."""
    foreign = rows.exclude(**{currency: to}).exclude(**{amount: 0}).annotate(rate_of_row=_rate_of_row(currency, on, to))
    missing = foreign.filter(rate_of_row=None).order_by(on, currency).values_list(currency, on).first()
    if missing:
        raise RateMissing(base=missing[0], quote=to, on=missing[1].isoformat())


def _rate_of_row(currency: str, on: str, to: str) -> "Subquery":
    earliest = ExpressionWrapper(OuterRef(on) - STALE_AFTER, output_field=DateField())
    known = ExchangeRate.objects.filter(base=OuterRef(currency), quote=to, on__lte=OuterRef(on), on__gt=earliest)
    return Subquery(known.order_by("-on").values("rate")[:1])


def converted_sql(amount: str, currency: str, on: str) -> str:
    """`convert` as an SQL expression over three columns, for set-based sums: null where the rate is missing.

    The statement's parameter `currency` names the wanted currency. Call `require_rates` over the same rows first: a
    sum skips nulls.
    """
    return f"""CASE WHEN {currency} = %(currency)s THEN {amount} ELSE {amount} * ({_rate_sql(currency, on)}) END"""


def _rate_sql(currency: str, on: str) -> str:
    return f"""SELECT known.rate FROM core_exchangerate known
        WHERE known.base = {currency} AND known.quote = %(currency)s
          AND known."on" <= {on} AND known."on" > {on} - {STALE_AFTER.days}
        ORDER BY known."on" DESC LIMIT 1"""  # noqa: S608 (column names from our own code)


def require_rates(rows: str, params: Mapping[str, Any]) -> None:
    """Raises RateMissing where a row of `SELECT currency, day` (an SQL text with `params`) has no rate to
    `params["currency"]`.
    """
    missing = f"""SELECT needed.currency, needed.day FROM ({rows}) AS needed(currency, day)
        WHERE needed.currency <> %(currency)s AND ({_rate_sql("needed.currency", "needed.day")}) IS NULL
        ORDER BY 2, 1 LIMIT 1"""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(missing, params)
        found = cursor.fetchone()
    if found:
        raise RateMissing(base=found[0], quote=params["currency"], on=found[1].isoformat())
