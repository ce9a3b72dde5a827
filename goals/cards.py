"""How figures read: values by the KPI's unit, and the card of a figure. Used by the pages of goals and by dashboards."""

from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _

from core import formats
from core.charts import Values
from core.periods import Period
from core.ui import Delta
from core.ui import Kpi as Card
from goals.models import Kpi
from goals.selectors import Figure, Pace


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
            return formats.number(value, 1)
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


def delta(figure: Figure, compare: Period | None) -> Delta | None:
    """The change against the compared period, good or bad by the KPI's direction."""
    if compare is None or figure.change is None:
        return None
    kind = "points" if figure.kpi.unit == Kpi.Unit.PERCENT else "percent"
    good = "down" if figure.kpi.direction == Kpi.Direction.LOWER else "up"
    return Delta(figure.change, kind, good, formats.period_label(compare))  # type: ignore[arg-type]


def target_text(figure: Figure) -> str:
    """'of $3.13 M target', 'target 60 %'; without a target that it has none."""
    if figure.target is None:
        return _("no target yet")
    values = {"target": text(figure.kpi, figure.target)}
    if figure.kpi.aggregation == Kpi.Aggregation.SUM:
        return _("of %(target)s target") % values
    return _("target %(target)s") % values


def kpi_card(figure: Figure, compare: Period | None, pace: Pace | None) -> Card:
    """The card of the strip. `pace` speaks only for KPIs that add up over a period, and not once it is over."""
    parts = [target_text(figure)]
    ending = pace.on_pace(figure.attainment) if pace and figure.kpi.aggregation == Kpi.Aggregation.SUM else None
    if ending is not None and pace is not None and pace.basis != "over":
        parts.append(_("on pace for %(share)s") % {"share": formats.percent(ending)})
    elif figure.attainment is not None:
        parts.append(_("%(share)s attained") % {"share": formats.percent(figure.attainment)})
    return Card(
        label=figure.kpi.name,
        value=text(figure.kpi, figure.actual),
        explain_url=figure.explain_url,
        delta=delta(figure, compare),
        trend=figure.trend,
        sub=" · ".join(parts),
        full=text_full(figure.kpi, figure.actual),
    )
