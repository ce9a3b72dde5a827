"""Cards of figures, for the pages of goals and for dashboards."""

from django.utils.translation import gettext as _

from core import formats
from core.periods import Period
from core.ui import Delta
from core.ui import Kpi as Card
from goals.models import Kpi
from goals.selectors import Figure, Pace
from goals.values import text, text_full, values

__all__ = ["delta", "kpi_card", "target_text", "text", "text_full", "values"]


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
    places = {"target": text(figure.kpi, figure.target)}
    if figure.kpi.aggregation == Kpi.Aggregation.SUM:
        return _("of %(target)s target") % places
    return _("target %(target)s") % places


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
