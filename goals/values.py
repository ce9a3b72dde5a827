"""How a KPI's values read, by its unit: short, in full, and on the axis of a chart."""

from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from core import formats
from core.charts import Values
from goals.models import Kpi


def text(kpi: Kpi, value: Decimal | None) -> str:
    """Short: '$1.46 M', '52 %', '34 d'; a dash where there is none."""
    if value is None:
        return formats.DASH
    match kpi.unit:
        case Kpi.Unit.MONEY:
            return formats.money(value, settings.COMPANY_CURRENCY)
        case Kpi.Unit.PERCENT:
            return formats.percent(value)
        case Kpi.Unit.DAYS:
            return formats.days(value)
    return formats.number(value)


def text_full(kpi: Kpi, value: Decimal | None) -> str:
    """In full: '$1,461,037.00', '52.14 %', '51.8 d'."""
    if value is None:
        return formats.DASH
    match kpi.unit:
        case Kpi.Unit.MONEY:
            return formats.money_full(value, settings.COMPANY_CURRENCY)
        case Kpi.Unit.PERCENT:
            return formats.percent(value, 2)
        case Kpi.Unit.DAYS:
            return _("%(days)s days") % {"days": formats.number(value, 1)}
    return formats.number(value, 0 if value == value.to_integral_value() else 2)


def values(kpi: Kpi) -> Values:
    """How the KPI's numbers read on a chart's axis."""
    match kpi.unit:
        case Kpi.Unit.MONEY:
            return Values("money", settings.COMPANY_CURRENCY)
        case Kpi.Unit.PERCENT:
            return Values("percent")
        case Kpi.Unit.DAYS:
            return Values("days")
    return Values("number")
