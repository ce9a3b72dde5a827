"""What changed after an approval: the list, the search for it, and the way into a later run."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.doors import UserRequest, requires, wants_fragment
from core import formats
from core.errors import UnknownFilter
from core.keyset import keyset_page, next_page_url
from core.ui import Crumb, Tab
from incentives import services
from incentives.correction_messages import correction_reasons
from incentives.forms.entries import TakeForm
from incentives.models import Correction
from incentives.selectors.corrections import correction_periods, runs_that_take, waiting_corrections
from incentives.views.runs import crumbs, run_title

SORTS = {"name": "person__name", "period": "starts", "amount": "amount"}


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A person whose pay for a period is not what was paid, and why."""

    correction: Correction
    reasons: list[str]
    statement_url: str


@require_GET
@requires("incentives.view_draft_run")
def correction_list(request: UserRequest) -> HttpResponse:
    """All that waits, by period; HTMX gets the next rows."""
    period = request.GET.get("period", "")
    rows = waiting_corrections(viewer=request.user, period=period)
    sort = request.GET.get("sort", "-period")
    if sort.removeprefix("-") not in SORTS:
        raise UnknownFilter(name="sort", given=sort[:20], allowed=", ".join(SORTS))
    key = ("-" if sort.startswith("-") else "") + SORTS[sort.removeprefix("-")]
    page = keyset_page(rows, order=(key, "pk"), after=request.GET.get("after", ""))
    may_take = request.user.may("incentives.correct_run")
    context: dict[str, Any] = {
        "rows": [_row(row) for row in page.rows],
        "next_url": next_page_url(request, page.after),
        "may_take": may_take,
    }
    if wants_fragment(request) and request.GET.get("after"):
        return render(request, "incentives/_correction_rows.html", context)
    periods = correction_periods(viewer=request.user)
    latest = max((starts for code, starts, _count in periods if not period or code == period), default=None)
    choices = [(str(run.uid), run_title(run)) for run in runs_that_take(viewer=request.user, period_starts=latest)]
    context |= {
        "tabs": _tabs(periods, period),
        "form": TakeForm(runs=choices),
        "crumbs": crumbs(Crumb(_("Changes after approval"))),
        "period": period,
        "total": sum(count for code, _starts, count in periods if not period or code == period),
    }
    return render(request, "incentives/correction_list.html", context)


def _tabs(periods: list[tuple[str, date, int]], chosen: str) -> list[Tab]:
    whole = sum(count for _code, _starts, count in periods)
    tabs = [Tab(_("All"), "?", not chosen, whole)]
    return tabs + [
        Tab(formats.period_label(code), f"?period={code}", code == chosen, count) for code, _starts, count in periods
    ]


def _row(correction: Correction) -> CorrectionRow:
    of = correction.corrects
    url = reverse("incentives:statement-detail", args=[of.uid]) if of else ""
    return CorrectionRow(correction, correction_reasons(correction), url)


@require_POST
@requires("incentives.correct_run")
def correction_look(request: UserRequest) -> HttpResponse:
    """Search now, as a job whose progress is shown."""
    job = services.look_for_corrections(by=request.user)
    return redirect("job", job.uid)


@require_POST
@requires("incentives.correct_run")
def correction_take(request: UserRequest) -> HttpResponse:
    """The chosen ones, or all that wait, into a later run."""
    period = request.POST.get("period", "")
    waiting = waiting_corrections(viewer=request.user, period=period)
    latest = max(waiting.values_list("starts", flat=True), default=None)
    choices = [(str(run.uid), run.code) for run in runs_that_take(viewer=request.user, period_starts=latest)]
    form = TakeForm(request.POST, runs=choices)
    if not form.is_valid():
        messages.error(request, _("This run takes no corrections any more. Choose again."))
        return redirect(f"{reverse('incentives:correction-list')}?period={period}")
    chosen = form.cleaned_data["corrections"] or list(waiting.values_list("uid", flat=True))
    run_uid = None if form.cleaned_data["run"] == TakeForm.OWN_RUN else UUID(form.cleaned_data["run"])
    run, _job = services.take_corrections(correction_uids=chosen, run_uid=run_uid, by=request.user)
    taken = run.corrections.count()
    text = ngettext("%(run)s takes in %(count)s correction.", "%(run)s takes in %(count)s corrections.", taken)
    messages.success(request, text % {"run": run_title(run), "count": taken})
    return redirect("incentives:run-detail", run.uid)


@require_POST
@requires("incentives.correct_run")
def correction_release(request: UserRequest, uid: UUID) -> HttpResponse:
    """Leave it out of the run; it waits for another one."""
    run = services.release_correction(correction_uid=uid, by=request.user)
    messages.success(request, _("The correction is left out and waits for another run."))
    return redirect("incentives:run-detail", run.uid)
