"""What deals are worth in the company's currency: closed ones at the rate of the closing day, open ones at today's."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db.models import DateField, Value
from django.db.models.functions import Coalesce

from core.money import places
from core.rates import converted, require_rates_of
from crm.models import Opportunity, OpportunityQuerySet


def with_value(rows: OpportunityQuerySet, *, on: date) -> OpportunityQuerySet:
    """Adds `value`, unrounded. It is null where a rate is missing: call `require_values` over the same rows first."""
    return _dated(rows, on).annotate(
        value=converted("amount", "currency", "valued_on", to=settings.COMPANY_CURRENCY),
    )


def require_values(rows: OpportunityQuerySet, *, on: date) -> None:
    """Raises RateMissing, which names currency and day, where a deal can't be converted. One query."""
    require_rates_of(_dated(rows, on), "amount", "currency", "valued_on", to=settings.COMPANY_CURRENCY)


def _dated(rows: OpportunityQuerySet, on: date) -> OpportunityQuerySet:
    return rows.annotate(valued_on=Coalesce("closed_on", Value(on), output_field=DateField()))


def value_of(deal: Opportunity) -> Decimal:
    """What `with_value` added."""
    value: Decimal = deal.value  # type: ignore[attr-defined]  # an annotation
    return value


def written(value: Decimal) -> Decimal:
    """A value to the minor unit, for a file that people read; sums add unrounded ones."""
    return value.quantize(Decimal(1).scaleb(-places(settings.COMPANY_CURRENCY)))
