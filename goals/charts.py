"""Charts of goals: each KPI over the last periods against its target."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from core import formats
from core.charts import Chart, Line, Trend
from goals.models import Kpi
from goals.selectors import Figure
from goals.values import text, values


def against_target(figures: Mapping[str, Figure]) -> list[Chart]:
    """One chart a KPI that has a history of two periods at least; its title says the finding."""
    return [_chart(figure) for figure in figures.values() if len(figure.history) > 1]


def _chart(figure: Figure) -> Chart:
    kpi, history = figure.kpi, figure.history
    lines = [Line(kpi.name, [past.actual for past in history], role="actual")]
    if any(past.target is not None for past in history):
        lines.append(Line(_("Target"), [past.target for past in history], role="target"))
    return Chart(
        id=f"goal-{kpi.code.replace('_', '-')}",
        title=_finding(figure),
        body=Trend([formats.period_label(past.period) for past in history], lines),
        values=values(kpi),
        sub=_sub(kpi),
        height=200,
    )


def _finding(figure: Figure) -> str:
    words = {"kpi": figure.kpi.name, "value": text(figure.kpi, figure.actual)}
    if figure.attainment is None:
        return _("%(kpi)s: %(value)s") % words
    words["attainment"] = formats.percent(figure.attainment)
    return _("%(kpi)s: %(value)s, %(attainment)s of target") % words


def _sub(kpi: Kpi) -> str:
    return _("Fewer is better") if kpi.direction == Kpi.Direction.LOWER else ""
