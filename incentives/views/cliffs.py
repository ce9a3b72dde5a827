"""What a plan's wording tempts people to do, in words and numbers of an everyday case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.doors import UserRequest, requires, wants_fragment
from core import calendar, formats
from core.charts import Chart, Curve, Values
from core.periods import Period, PeriodKind
from core.ui import Crumb, Tone
from incentives.models import PlanVersion
from incentives.rules.cliffs import TO, USUAL, Cliffs, Jump, Shift, Window, Zone, cliffs
from incentives.rules.document import PlanDocument, read
from incentives.rules.facts import Facts
from incentives.selectors.plan_pages import TypicalCase, typical_case
from incentives.selectors.statements import component_name
from incentives.views.plans import crumbs, version_or_404

MOST = Decimal(TO.numerator) / TO.denominator


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know: what it is, the sentence with its numbers, and how much it tempts."""

    label: str
    text: str
    tone: Tone


@require_GET
@requires("incentives.view_plans")
def plan_cliffs(request: UserRequest, code: str, number: int) -> HttpResponse:
    """The findings with the curve: fetched by the version's page, or a page of its own."""
    version = version_or_404(code, number)
    context = cliffs_of(version) | {
        "version": version,
        "plan": version.plan,
        "crumbs": crumbs(
            Crumb(version.plan.name, reverse("incentives:plan-detail", args=[code])),
            Crumb(
                _("Version %(number)s") % {"number": number}, reverse("incentives:plan-version", args=[code, number])
            ),
            Crumb(_("Cliffs and loopholes")),
        ),
    }
    template = "incentives/_plan_cliffs.html" if wants_fragment(request) else "incentives/plan_cliffs.html"
    return render(request, template, context)


def cliffs_of(version: PlanVersion) -> dict[str, object]:
    """Findings, chart and case of a version; `unreadable` where the draft has mistakes."""
    document, problems = read(version.content)
    if document is None or any(problem.severity == "error" for problem in problems):
        return {"unreadable": True}
    case = typical_case(version.plan, calendar.today())
    period = calendar.period_on(max(version.starts, calendar.today()), PeriodKind.QUARTER)
    facts = Facts(version.currency, case.quota, case.target_pay, eligible_days=1, period_days=1)
    found = cliffs(document, facts, period.start, period.end)
    return {
        "findings": list(_findings(found, document, version.currency, period)),
        "chart": _chart(found, version.currency),
        "case": _case(case, version.currency),
    }


def _case(case: TypicalCase, currency: str) -> str:
    values = {
        "quota": _money(case.quota, currency),
        "pay": _money(case.target_pay, currency),
        "usual": formats.percent(Decimal(USUAL.numerator) / USUAL.denominator),
    }
    text = _(
        "For a target of %(quota)s and %(pay)s at target a quarter, the mean of the people on the plan; "
        "the next quarter ends at %(usual)s without the deal."
    )
    return text % values


def _findings(found: Cliffs, plan: PlanDocument, currency: str, period: Period) -> Iterator[Finding]:
    yield from (_jump(each, currency) for each in found.jumps)
    yield from (_zone(each, currency) for each in found.zones)
    yield from (_shift(each, currency, period) for each in found.shifts)
    yield from (_window(each, plan, currency) for each in found.windows)


def _jump(jump: Jump, currency: str) -> Finding:
    values = {
        "at": _percent(jump.at),
        "before": _money(jump.before, currency),
        "after": _money(jump.after, currency),
        "change": _money(abs(jump.change), currency),
    }
    if jump.change < 0:
        text = _("At %(at)s pay falls at once by %(change)s, from %(before)s to %(after)s.")
        return Finding(_("Fall"), text % values, "bad")
    text = _("At %(at)s pay jumps by %(change)s, from %(before)s to %(after)s.")
    return Finding(_("Jump"), text % values, "careful")


def _zone(zone: Zone, currency: str) -> Finding:
    values = {
        "start": _percent(zone.start),
        "end": "" if zone.end is None else _percent(zone.end),
        "pay": _money(zone.pay, currency),
    }
    if zone.kind == "falls":
        return Finding(_("Falling pay"), _("From %(start)s to %(end)s more credit pays less.") % values, "bad")
    if zone.end is None:
        return Finding(
            _("Dead zone"), _("From %(start)s on more credit pays nothing: pay stays at %(pay)s.") % values, "careful"
        )
    text = _("From %(start)s to %(end)s more credit pays nothing: pay stays at %(pay)s.")
    return Finding(_("Dead zone"), text % values, "careful")


def _shift(shift: Shift, currency: str, period: Period) -> Finding:
    values = {
        "start": _percent(shift.start),
        "end": _percent(shift.end),
        "at": _percent(shift.at),
        "gain": _money(shift.gain, currency),
        "deal": _percent(shift.deal),
        "last": formats.day(period.end - timedelta(days=1)),
        "next": formats.day(period.end),
    }
    where = _("At %(start)s or more") if shift.end >= MOST else _("From %(start)s to %(end)s")
    values["where"] = where % values
    if shift.kind == "delay":
        text = _(
            "%(where)s a deal of %(deal)s of the target pays more on %(next)s than on %(last)s: "
            "up to %(gain)s more, at %(at)s."
        )
        return Finding(_("Delaying pays"), text % values, "careful")
    text = _(
        "%(where)s a deal of %(deal)s of the target pays more if it is pulled from %(next)s to %(last)s: "
        "up to %(gain)s more, at %(at)s."
    )
    return Finding(_("Pulling forward pays"), text % values, "careful")


def _window(window: Window, plan: PlanDocument, currency: str) -> Finding:
    values = {
        "name": component_name(plan.components[window.component]),
        "day": formats.day(window.on),
        "change": _money(abs(window.change), currency),
        "deal": _percent(window.deal),
    }
    if window.day_inside:
        text = _("“%(name)s” begins on %(day)s: a deal of %(deal)s of the target pays %(change)s less a day earlier.")
    else:
        text = _("“%(name)s” ends on %(day)s: a deal of %(deal)s of the target pays %(change)s less a day later.")
    return Finding(_("Edge of a campaign"), text % values, "careful")


def _chart(found: Cliffs, currency: str) -> Chart | None:
    if len(found.points) < 2:
        return None
    points: Sequence[tuple[Decimal, Decimal]] = found.points
    body = Curve(points=points, x_label=_("Attainment"), y_label=_("Pay"))
    return Chart("cliffs", _("Pay as the engine computes it"), body, Values("money", currency), height=240)


def _money(amount: Decimal, currency: str) -> str:
    return formats.money_full(amount, currency)


def _percent(ratio: Decimal) -> str:
    """All digits that a bound has: '83.5 %'."""
    digits = f"{(ratio * 100).normalize():f}"
    return f"{digits}{formats.NBSP}%"
