"""A result opened: definition, formula with its numbers, target and basis, what it is made of, history."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core import calendar, formats
from core.explain import Explanation
from core.ui import Fact
from goals.models import Computation, Kpi, KpiResult
from goals.selectors.figures import HISTORY
from goals.selectors.targets import ResolvedTarget, resolved_target, who_is
from goals.sources import Term, source
from goals.values import text_full


def explanation(*, viewer: User, result: KpiResult) -> Explanation:
    """What the figure means and how it came about, as `viewer` may see it. About ten queries, whatever it is made
    of.
    """
    kpi, period = result.kpi, calendar.period(result.period)
    origin = source(kpi.source)
    drill = origin.drill(viewer, result.subject, period)
    target = resolved_target(kpi=kpi, who=who_is(result.subject), period=period)
    return Explanation(
        title=_("%(kpi)s, %(subject)s, %(period)s")
        % {"kpi": kpi.name, "subject": result.subject.name, "period": formats.period_label(period)},
        value=text_full(kpi, result.actual),
        definition=kpi.definition,
        formula=_formula(result, origin.numerator, origin.denominator),
        facts=_facts(result),
        target=text_full(kpi, target.value) if target else "",
        basis=_basis(kpi, target),
        as_of=_as_of(result),
        source=str(origin.label),
        parts=drill.parts,
        parts_total=drill.total,
        all_href=drill.all_href,
        export_href=drill.export_href,
        rule=_("%(kpi)s (%(code)s)") % {"kpi": kpi.name, "code": kpi.code},
        rule_version=str(kpi.version),
        history=history(result),
        ask_href=reverse("goals:result-ask", args=[result.uid]),
    )


def history(result: KpiResult) -> list[tuple[str, Decimal]]:
    """The last five periods of the same kind with a value, oldest first."""
    period = calendar.period(result.period)
    past = [period.shift(-steps).code for steps in reversed(range(HISTORY))]
    subject = Q(person=result.person_id) if result.person_id else Q(team=result.team_id)
    rows = KpiResult.objects.filter(subject, kpi=result.kpi_id, period__in=past)
    known = {code: actual for code, actual in rows.values_list("period", "actual") if actual is not None}
    return [(code, known[code]) for code in past if code in known]


def _formula(result: KpiResult, numerator: Term, denominator: Term | None) -> Sequence[str]:
    """Lines such as '1,254 deals won / 2,032 deals won or lost = 61.71 %' and '61.71 % / 60 % = 103 % attained'."""
    kpi = result.kpi
    value = text_full(kpi, result.actual)
    lines = [f"{_term(result.numerator, numerator)} = {value}"]
    if denominator is not None and result.denominator is not None:
        lines = [f"{_term(result.numerator, numerator)} / {_term(result.denominator, denominator)} = {value}"]
    if result.attainment is not None and result.target is not None:
        lines.append(_attainment_line(kpi, value, text_full(kpi, result.target), formats.percent(result.attainment, 1)))
    return lines


def _attainment_line(kpi: Kpi, actual: str, target: str, attainment: str) -> str:
    values = {"actual": actual, "target": target, "attainment": attainment}
    if kpi.direction == Kpi.Direction.LOWER:
        return _("1 − (%(actual)s − %(target)s) / %(target)s = %(attainment)s attained") % values
    return _("%(actual)s / %(target)s = %(attainment)s attained") % values


def _term(value: Decimal, term: Term) -> str:
    if term.unit == "money":
        return f"{formats.money_full(value, settings.COMPANY_CURRENCY)} {term.label}"
    return f"{formats.number(value)} {term.label}"


def _facts(result: KpiResult) -> list[Fact]:
    facts = [
        Fact(_("Subject"), result.subject.name, subject_href(result)),
        Fact(_("Period"), formats.day_range(result.starts, result.ends)),
    ]
    if result.attainment is not None:
        facts.append(Fact(_("Attainment"), formats.percent(result.attainment, 1)))
    return facts


def subject_href(result: KpiResult) -> str:
    """Where the subject's results stand: the person's tab, the team's scorecard."""
    if result.person is not None:
        return f"{reverse('goals:person-results', args=[result.person.uid])}?period={result.period}"
    code = result.team.code if result.team else ""
    return f"{reverse('goals:scorecard')}?team={code}&period={result.period}"


def _basis(kpi: Kpi, target: ResolvedTarget | None) -> str:
    if target is None:
        return ""
    parts = [target.basis]
    if target.threshold is not None:
        parts.append(_("Threshold %(value)s.") % {"value": text_full(kpi, target.threshold)})
    if target.stretch is not None:
        parts.append(_("Stretch %(value)s.") % {"value": text_full(kpi, target.stretch)})
    return " ".join(part for part in parts if part)


def _as_of(result: KpiResult) -> datetime:
    """When the value is known to hold: the last full run, or the later change of the row itself."""
    full = Computation.objects.filter(period=result.period).values_list("computed_at", flat=True).first()
    return max(full, result.computed_at) if full else result.computed_at
