"""Cards of figures, for the pages of goals and for dashboards."""

from decimal import Decimal

from django.utils.translation import gettext as _

from core import calendar, formats
from core.periods import Period
from core.ui import Delta
from core.ui import Kpi as Card
from goals.models import Kpi
from goals.selectors import Figure, Pace
from goals.values import text, text_full, values

__all__ = ["delta", "kpi_card", "target_text", "text", "text_full", "values"]


def delta(figure: Figure, compare: Period | None, same_point: Decimal | None = None) -> Delta | None:
    """The change against the compared period, good or bad by the KPI's direction.

    A sum of a running period is only held against what the other period had reached by the same point of it
    (`same_point`); without that there is no delta, since half a quarter is no fall against a whole one.
    """
    if compare is None:
        return None
    change = figure.change
    if figure.kpi.aggregation == Kpi.Aggregation.SUM and calendar.period(figure.period).end > calendar.today():
        change = (figure.actual - same_point) / same_point if same_point and figure.actual is not None else None
    if change is None:
        return None
    kind = "points" if figure.kpi.unit == Kpi.Unit.PERCENT else "percent"
    good = "down" if figure.kpi.direction == Kpi.Direction.LOWER else "up"
    return Delta(change, kind, good, formats.period_label(compare))  # type: ignore[arg-type]


def target_text(figure: Figure) -> str:
    """'of $3.13 M target', 'target 60 %'; without a target that it has none."""
    if figure.target is None:
        return _("no target yet")
    places = {"target": text(figure.kpi, figure.target)}
    if figure.kpi.aggregation == Kpi.Aggregation.SUM:
        return _("of %(target)s target") % places
    return _("target %(target)s") % places


def kpi_card(figure: Figure, compare: Period | None, pace: Pace | None, same_point: Decimal | None = None) -> Card:
    """The card of the strip. `pace` speaks only for KPIs that add up over a period, and not once it is over.

    `same_point`  what the compared period had reached by the same point of it, see `delta`
    """
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
        delta=delta(figure, compare, same_point),
        trend=figure.trend,
        sub=" · ".join(parts),
        full=text_full(figure.kpi, figure.actual),
    )
