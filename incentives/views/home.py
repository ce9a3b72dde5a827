"""The start page of incentives: for a KAM the own statements, for all others what is paid, runs and plans."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.doors import UserRequest, requires
from core import calendar, formats
from core.charts import BarItem, Chart
from core.periods import PeriodKind
from core.ui import Crumb, Delta, Kpi
from incentives.models import PlanAssignment, Run
from incentives.selectors.pay_history import APPROVED, RunPay, pay_by_period, standing
from incentives.selectors.plan_pages import plan_rows
from incentives.views.runs import shown_runs
from incentives.views.statements import own_statements, pay_bars


@require_GET
@requires("incentives.view_awards")
def home(request: UserRequest) -> HttpResponse:
    """Pay for whom it concerns; for all others what everybody may see, the wall of recognition."""
    may = request.user.may
    if not may("incentives.view_statements"):
        return redirect("incentives:wall")
    if not (may("incentives.view_team_pay") or may("incentives.view_draft_run")):
        return own_statements(request)
    history = pay_by_period(viewer=request.user, until=calendar.current_period(PeriodKind.QUARTER))
    context = {
        "kpis": _kpis(request, history),
        "chart": pay_chart(history),
        "runs": shown_runs(request.user)[:8],
        "may_start": may("incentives.start_run"),
        "plans": plan_rows(calendar.today()) if may("incentives.view_plans") else (),
        "may_edit": may("incentives.edit_plans"),
        "may_see_letters": may("incentives.view_letters"),
        "crumbs": [Crumb(_("Incentives"))],
    }
    return render(request, "incentives/home.html", context)


def _kpis(request: UserRequest, history: Sequence[RunPay]) -> list[Kpi]:
    current = calendar.current_period(PeriodKind.QUARTER).code
    so_far = next((pay for pay in history if pay.run.period == current), None)
    done = [pay for pay in history if pay.run.is_fixed]
    trend = [pay.total for pay in reversed(done)]
    kpis = [_so_far(so_far, current), _last_paid(done, trend)]
    if done:
        last = done[0]
        share = last.total / last.credited if last.credited else None
        text = formats.DASH if share is None else formats.percent(share)
        label = _("Cost of credited bookings")
        kpis.append(Kpi(label, text, note=formats.period_label(last.run.period)))
    waiting = Run.objects.visible_to(request.user).filter(status=Run.Status.SUBMITTED).count()
    on_plans = PlanAssignment.objects.filter(during__contains=calendar.today()).count()
    if request.user.may("incentives.view_draft_run"):
        kpis.append(Kpi(_("Runs that wait for approval"), formats.number(waiting)))
        kpis.append(Kpi(_("People on a plan"), formats.number(on_plans), note=_("today")))
    return kpis


def _so_far(pay: RunPay | None, period: str) -> Kpi:
    label = _("Pay so far, %(period)s") % {"period": formats.period_label(period)}
    if pay is None:
        return Kpi(label, formats.DASH, note=_("not calculated yet"))
    note = ""
    if pay.target_pay:
        note = _("%(share)s of pay at target") % {"share": formats.percent(pay.total / pay.target_pay)}
    currency = pay.run.currency
    return Kpi(label, formats.money(pay.total, currency), full=formats.money_full(pay.total, currency), note=note)


def _last_paid(done: Sequence[RunPay], trend: Sequence[object]) -> Kpi:
    if not done:
        return Kpi(_("Last approved run"), formats.DASH, note=_("none yet"))
    last, currency = done[0], done[0].run.currency
    change = None
    if len(done) > 1 and done[1].total:
        versus = formats.period_label(done[1].run.period)
        change = Delta((last.total - done[1].total) / done[1].total, good="none", versus=versus)
    return Kpi(
        _("Approved, %(period)s") % {"period": formats.period_label(last.run.period)},
        formats.money(last.total, currency),
        full=formats.money_full(last.total, currency),
        delta=change,
        trend=[pay.total for pay in reversed(done)] if len(trend) > 1 else (),
    )


def pay_chart(history: Sequence[RunPay]) -> Chart:
    """Pay beside pay at target by quarter, latest first; what is not approved says so."""
    items = [
        BarItem(
            formats.period_label(pay.run.period),
            pay.total,
            compare=pay.target_pay or None,
            detail="" if standing(pay.run) == APPROVED else str(pay.run.get_status_display()).lower(),
            href=reverse("incentives:run-detail", args=[pay.run.uid]),
        )
        for pay in history
    ]
    return pay_bars(
        "pay-by-quarter",
        _("What is paid, quarter by quarter"),
        items,
        history[0].run.currency if history else "",
        _("There is no run yet. Start one, or wait for the nightly provisional run."),
    )
