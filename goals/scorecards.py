"""What scorecards show: the strip of cards, each KPI against its target, its past, and the subjects below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from core.periods import Period
from core.ui import Kpi as Card
from goals.cards import kpi_card
from goals.models import Kpi
from goals.selectors import Figure, Pace, Past, Subject, SubjectFigures
from goals.values import text, text_full


@dataclass(frozen=True, slots=True)
class Line:
    """A KPI against its target. `pace` is where it should be by now, for those that add up over a period."""

    kpi: Kpi
    figure: Figure
    actual: str
    target: str
    missing: str
    pace: Decimal | None
    status: str
    past: Sequence["PastCell | None"]


@dataclass(frozen=True, slots=True)
class PastCell:
    """One earlier period of a line."""

    text: str
    attainment: Decimal | None
    explain_url: str | None


@dataclass(frozen=True, slots=True)
class Lines:
    """All KPIs against their targets; `past` are the codes of the earlier periods that have a value, oldest first."""

    past: Sequence[str]
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class BelowRow:
    """A team or person below, with one cell a KPI and the attainment of the first."""

    subject: Subject
    url: str
    figures: Sequence["BelowCell | None"]
    lead: Figure | None
    pace: Decimal
    status: str


@dataclass(frozen=True, slots=True)
class BelowCell:
    text: str
    full: str
    attainment: Decimal | None
    explain_url: str


def strip(
    figures: Mapping[str, Figure], compare: Period | None, pace: Pace, same_point: Mapping[str, Decimal]
) -> list[Card]:
    """One card a KPI. `same_point`: what the compared period had reached by now, by KPI code."""
    return [kpi_card(figure, compare, pace, same_point.get(code)) for code, figure in figures.items()]


def against_target(figures: Mapping[str, Figure], pace: Pace) -> Lines:
    codes = sorted({point.period for figure in figures.values() for point in figure.history[:-1]})
    return Lines(codes, [_line(figure, codes, pace) for figure in figures.values()])


def _line(figure: Figure, codes: Sequence[str], pace: Pace) -> Line:
    kpi, adds_up = figure.kpi, figure.kpi.aggregation == Kpi.Aggregation.SUM
    known = {point.period: point for point in figure.history}
    return Line(
        kpi=kpi,
        figure=figure,
        actual=text(kpi, figure.actual),
        target=text(kpi, figure.target) if figure.target is not None else "",
        missing=_missing(figure),
        pace=pace.share if adds_up and pace.basis != "over" else None,
        status=pace.status(figure.attainment) if adds_up else _reached(figure.attainment),
        past=[_past_cell(kpi, known.get(code)) for code in codes],
    )


def _past_cell(kpi: Kpi, past: Past | None) -> PastCell | None:
    return None if past is None else PastCell(text(kpi, past.actual), past.attainment, past.explain_url)


def _missing(figure: Figure) -> str:
    """In words: '$1.2 M to go', 'reached'; '' where there is nothing to compare."""
    if figure.attainment is None or figure.actual is None or figure.target is None:
        return ""
    if figure.attainment >= 1:
        return _("reached")
    if figure.kpi.unit == Kpi.Unit.PERCENT:
        from_target = abs(figure.target - figure.actual) * 100
        return _("%(points)s points short") % {"points": round(from_target, 1)}
    distance = text(figure.kpi, abs(figure.target - figure.actual))
    if figure.kpi.aggregation == Kpi.Aggregation.SUM:
        return _("%(amount)s to go") % {"amount": distance}
    if figure.kpi.direction == Kpi.Direction.LOWER:
        return _("%(amount)s over") % {"amount": distance}
    return _("%(amount)s short") % {"amount": distance}


def _reached(attainment: Decimal | None) -> str:
    if attainment is None:
        return ""
    return "ahead" if attainment >= 1 else "close" if attainment >= Decimal("0.9") else "behind"


def below(found: Sequence[SubjectFigures], kpis: Sequence[Kpi], period: Period, pace: Pace) -> list[BelowRow]:
    """Best attainment of the first KPI first; those without one last, by name."""
    rows = [_below_row(row, kpis, period, pace) for row in found]
    return sorted(rows, key=lambda row: (-(_attained(row.lead)), row.subject.name))


def _attained(figure: Figure | None) -> Decimal:
    return figure.attainment if figure is not None and figure.attainment is not None else Decimal(-1)


def _below_row(row: SubjectFigures, kpis: Sequence[Kpi], period: Period, pace: Pace) -> BelowRow:
    lead = row.figures.get(kpis[0].code) if kpis else None
    name = "person" if row.subject.kind == "person" else "team"
    url = f"{reverse('goals:scorecard')}?{urlencode({name: row.subject.key, 'period': period.code})}"
    if name == "person":
        url = f"{reverse('goals:person-results', args=[row.subject.key])}?period={period.code}"
    cells = [_below_cell(row.figures.get(kpi.code)) for kpi in kpis]
    return BelowRow(row.subject, url, cells, lead, pace.share, pace.status(lead.attainment) if lead else "")


def _below_cell(figure: Figure | None) -> BelowCell | None:
    if figure is None:
        return None
    kpi = figure.kpi
    return BelowCell(text(kpi, figure.actual), text_full(kpi, figure.actual), figure.attainment, figure.explain_url)
