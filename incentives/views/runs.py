"""Runs: the list, a new one with its progress, the page where a run is checked and approved, and its spreadsheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.models import User
from core import formats, jobs
from core.charts import Chart, Histogram, Scatter, ScatterPoint, Values
from core.errors import UnknownFilter
from core.keyset import next_page_url
from core.models import Job
from core.ui import Crumb, Delta, Fact, Kpi, Progress, Tab, Tone
from incentives import services
from incentives.forms.entries import MarkForm, ReasonForm, RunForm
from incentives.models import Run, Statement
from incentives.selectors.corrections import changed_people, waiting_corrections
from incentives.selectors.disputes import dispute_counts
from incentives.selectors.pay_history import APPROVED, RunPay, runs_seen, standing
from incentives.selectors.payroll import approved_run
from incentives.selectors.run_people import (
    ONLY_LABELS,
    PeopleQuestion,
    RunSums,
    pay_points,
    pay_spread,
    run_people,
    run_sums,
)
from incentives.selectors.silence import run_checks
from incentives.views.exports import journal_file, payroll_file, run_workbook
from incentives.views.statement_words import reason_of


def crumbs(*further: Crumb) -> list[Crumb]:
    home = Crumb(_("Incentives"), reverse("incentives:home"))
    return [home, Crumb(_("Runs"), reverse("incentives:run-list")), *further]


@require_GET
@requires("incentives.view_runs")
def run_list(request: UserRequest) -> HttpResponse:
    may_start = request.user.may("incentives.start_run")
    waiting = waiting_corrections(viewer=request.user).count()
    context = {"rows": shown_runs(request.user), "crumbs": crumbs(), "may_start": may_start, "waiting": waiting}
    context["disputes"] = dispute_counts(viewer=request.user)
    return render(request, "incentives/run_list.html", context)


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A row of the list of runs; people and sum are those of the statements that the viewer sees."""

    pay: RunPay
    title: str
    url: str
    prepared: str
    approved: str


def shown_runs(user: User) -> list[ShownRun]:
    """Runs that the user may see, latest first."""
    return [
        ShownRun(
            pay=pay,
            title=run_title(pay.run),
            url=reverse("incentives:run-detail", args=[pay.run.uid]),
            prepared=str(pay.run.prepared_by) if pay.run.prepared_by else _("the nightly schedule"),
            approved=str(pay.run.approved_by) if pay.run.approved_by else "",
        )
        for pay in runs_seen(viewer=user)
    ]


@requires("incentives.start_run")
def run_new(request: UserRequest) -> HttpResponse:
    """The form of a new run, as a page or in the dialog; a good one starts the job and shows the run."""
    form = RunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kind = Run.Kind(form.cleaned_data["kind"])
        run, _job = services.start_run(period=form.cleaned_data["period"], kind=kind, by=request.user)
        return redirect("incentives:run-detail", run.uid)
    template = "incentives/_run_form.html" if wants_fragment(request) else "incentives/run_form.html"
    context = {"form": form, "crumbs": crumbs(Crumb(_("New run")))}
    return render(request, template, context, status=422 if form.is_bound else 200)


# The page of a run


@require_GET
@requires("incentives.view_runs")
def run_detail(request: UserRequest, uid: UUID) -> HttpResponse:
    """The run with its people; HTMX gets the table alone, or the next rows of it."""
    run = get_visible(Run, request.user, uid)
    question = pay_question(request.GET)
    if wants_fragment(request) and question.after:
        return render(request, "incentives/_pay_rows.html", pay_rows(request, run, question))
    sums = run_sums(viewer=request.user, run=run)
    context = {
        "run": run,
        "sums": sums,
        "kpis": _kpis(request, run, sums),
        "facts": _facts(run),
        "progress": run_progress_of(run),
        "charts": _charts(request, run),
        "only_tabs": only_tabs(request, sums),
        "crumbs": crumbs(Crumb(run_title(run))),
        "title": run_title(run),
        "subtitle": subtitle_of(run),
        "status_tone": TONES.get(run.status, "muted"),
        "actions": _actions(request, run),
        "return_form": ReasonForm(),
        "checks": run_checks(run) if request.user.may("incentives.view_draft_run") else (),
        "file_kinds": ("xlsx", "csv"),
        "changed": changed_people(viewer=request.user, run=run) if run.is_fixed else 0,
        **pay_rows(request, run, question),
    }
    return render(request, "incentives/run_detail.html", context)


TONES: dict[str, Tone] = {
    Run.Status.APPROVED: "good",
    Run.Status.EXPORTED: "accent",
    Run.Status.PAID: "good",
    Run.Status.CLOSED: "muted",
    Run.Status.SUBMITTED: "accent",
    Run.Status.CALCULATED: "careful",
}


def subtitle_of(run: Run) -> str:
    """Period, who stands for it, and the digest to compare by eye."""
    parts = [formats.day_range(run.starts, run.ends)]
    if run.approved_by and run.approved_at:
        values = {"name": run.approved_by, "day": formats.day(run.approved_at)}
        parts.append(_("approved by %(name)s on %(day)s") % values)
    elif run.submitted_by and run.submitted_at:
        values = {"name": run.submitted_by, "day": formats.day(run.submitted_at)}
        parts.append(_("handed in by %(name)s on %(day)s") % values)
    if run.digest:
        parts.append(_("digest %(digest)s") % {"digest": short_digest(run.digest)})
    return " · ".join(parts)


def run_title(run: Run) -> str:
    period = formats.period_label(run.period)
    if run.kind == Run.Kind.FINAL:
        return _("Bonus run %(period)s") % {"period": period}
    if run.kind == Run.Kind.CORRECTION:
        return _("Correction run %(period)s, no. %(number)s") % {"period": period, "number": run.number}
    return _("Provisional run %(period)s") % {"period": period}


def pay_question(query: Mapping[str, str]) -> PeopleQuestion:
    return PeopleQuestion(
        words=query.get("q", "").strip()[:100],
        only=query.get("only", ""),
        sort=query.get("sort", "-total"),
        after=query.get("after", ""),
    )


@dataclass(frozen=True, slots=True)
class PayRow:
    """A person of the run; `reason` says why there is no pay."""

    statement: Statement
    reason: str


def pay_rows(request: UserRequest, run: Run, question: PeopleQuestion) -> dict[str, Any]:
    page = run_people(viewer=request.user, run=run, question=question)
    rows = [PayRow(statement, reason_of(statement)) for statement in page.rows]
    return {"run": run, "rows": rows, "question": question, "next_url": next_page_url(request, page.after)}


def only_tabs(request: UserRequest, sums: RunSums) -> list[Tab]:
    """The choices that hold somebody, with how many."""
    chosen = request.GET.get("only", "")
    kept = {key: request.GET[key] for key in ("q", "sort") if request.GET.get(key)}
    return [
        Tab(f"{label} {sums.counts[name]}", f"?{urlencode({'only': name, **kept} if name else kept)}", name == chosen)
        for name, label in ONLY_LABELS.items()
        if sums.counts[name] or not name or name == chosen
    ]


def _kpis(request: UserRequest, run: Run, sums: RunSums) -> list[Kpi]:
    before = _run_before(request, run)
    change = None
    if before:
        versus = formats.period_label(before.run.period)
        change = Delta((sums.total - before.total) / before.total, good="none", versus=versus)
    of_revenue = sums.of_revenue
    return [
        Kpi(
            _("Pay in total"),
            formats.money(sums.total, run.currency),
            full=formats.money_full(sums.total, run.currency),
            delta=change,
        ),
        Kpi(
            _("Against pay at target"),
            formats.DASH if sums.of_target_pay is None else formats.percent(sums.of_target_pay),
            note=_("of %(amount)s") % {"amount": formats.money(sums.target_pay, run.currency)},
        ),
        Kpi(
            _("Cost of credited bookings"),
            formats.DASH if of_revenue is None else formats.percent(of_revenue),
            note=_("of %(amount)s") % {"amount": formats.money(sums.credited, run.currency)},
        ),
        Kpi(
            _("People"),
            formats.number(sums.people),
            note=_("%(paid)s paid") % {"paid": formats.number(sums.counts["paid"])},
        ),
    ]


def _run_before(request: UserRequest, run: Run) -> RunPay | None:
    """The last approved run of an earlier period, summed over what the viewer sees in it."""
    earlier = (
        pay
        for pay in runs_seen(viewer=request.user)
        if standing(pay.run) == APPROVED and pay.run.starts < run.starts and pay.total > 0
    )
    return next(earlier, None)


def _facts(run: Run) -> list[Fact]:
    """Who did what when, and what the run was made from."""
    facts = [Fact(_("Period"), formats.day_range(run.starts, run.ends))]
    prepared = str(run.prepared_by) if run.prepared_by else _("the nightly schedule")
    facts.append(Fact(_("Prepared by"), f"{prepared}, {formats.moment(run.created_at)}"))
    if run.calculated_at:
        facts.append(Fact(_("Calculated"), formats.moment(run.calculated_at)))
    if run.submitted_by and run.submitted_at:
        facts.append(Fact(_("Submitted by"), f"{run.submitted_by}, {formats.moment(run.submitted_at)}"))
    if run.returned_by and run.returned_at:
        facts.append(Fact(_("Returned by"), f"{run.returned_by}, {formats.moment(run.returned_at)}"))
    if run.approved_by and run.approved_at:
        facts.append(Fact(_("Approved by"), f"{run.approved_by}, {formats.moment(run.approved_at)}"))
    for label, who, when in (
        (_("Exported by"), run.exported_by, run.exported_at),
        (_("Marked paid by"), run.paid_by, run.paid_at),
        (_("Closed by"), run.closed_by, run.closed_at),
    ):
        if who and when:
            facts.append(Fact(label, f"{who}, {formats.moment(when)}"))
    facts.append(Fact(_("Lines"), formats.number(run.lines)))
    if run.digest:
        facts.append(Fact(_("Digest of inputs and results"), short_digest(run.digest)))
    return facts


def short_digest(digest: str) -> str:
    """'7f3a…c91e': enough to compare by eye."""
    return f"{digest[:4]}…{digest[-4:]}" if digest else ""


def _charts(request: UserRequest, run: Run) -> list[Chart]:
    points = pay_points(viewer=request.user, run=run)
    nobody = _("Nobody with a pay at target has a statement in this run.")
    spread = Histogram(pay_spread(points), x_values=Values("percent"), x_label=_("Share of pay at target"))
    cloud = Scatter(
        points=[
            ScatterPoint(point.name, point.attainment, point.total, n=1, href=_statement_url(point.statement))
            for point in points
            if point.attainment is not None
        ],
        x_label=_("Attainment"),
        y_label=_("Pay"),
        x_values=Values("percent"),
    )
    return [
        Chart(
            "pay-spread",
            _("How is pay spread over people?"),
            spread,
            sub=_("People by the share of their pay at target that they reached"),
            empty=nobody,
            height=240,
        ),
        Chart("pay-follows", _("Does pay follow attainment?"), cloud, Values("money", run.currency), empty=nobody),
    ]


def _statement_url(uid: UUID) -> str:
    return reverse("incentives:statement-detail", args=[uid])


# What may be done with it


def _actions(request: UserRequest, run: Run) -> dict[str, Any]:
    """Which buttons the viewer gets, and why one of them is off."""
    may = request.user.may
    is_draft = run.kind != Run.Kind.PROVISIONAL and run.status == Run.Status.CALCULATED
    return {
        "submit": is_draft and may("incentives.submit_run"),
        "approve": run.status == Run.Status.SUBMITTED and may("incentives.approve_run"),
        "approve_refused": approval_refused(request, run),
        "give_back": run.status == Run.Status.SUBMITTED and may("incentives.return_run"),
        "export": run.status != Run.Status.DRAFT,
        "payroll": run.is_fixed and may("incentives.pay_run"),
        "marks": _marks(run) if may("incentives.pay_run") else (),
        "recalculate": run.status in {Run.Status.DRAFT, Run.Status.CALCULATED} and may("incentives.start_run"),
    }


@dataclass(frozen=True, slots=True)
class Mark:
    """A step of payment that may be taken now."""

    status: str
    label: str
    icon: str


def _marks(run: Run) -> list[Mark]:
    labels = {
        Run.Status.EXPORTED: (_("Mark exported"), "file-spreadsheet"),
        Run.Status.PAID: (_("Mark paid"), "coin"),
        Run.Status.CLOSED: (_("Close run"), "lock"),
    }
    return [Mark(status, *labels[status]) for status in Run.NEXT.get(Run.Status(run.status), ())]


def approval_refused(request: UserRequest, run: Run) -> str:
    """Why the viewer can't approve this run; empty where nothing is in the way."""
    if run.prepared_by_id == request.user.pk:
        return _("You prepared this run. Somebody else approves it.")
    if run.submitted_by_id == request.user.pk:
        return _("You submitted this run. Somebody else approves it.")
    return ""


@require_POST
@requires("incentives.start_run")
def run_recalculate(request: UserRequest, uid: UUID) -> HttpResponse:
    """The same run once more, by what is known now."""
    services.recalculate_run(run_uid=uid, by=request.user)
    return redirect("incentives:run-detail", uid)


@require_POST
@requires("incentives.submit_run")
def run_submit(request: UserRequest, uid: UUID) -> HttpResponse:
    run = services.submit_run(run_uid=uid, by=request.user)
    messages.success(request, _("%(run)s waits for approval now. The directors were told.") % {"run": run_title(run)})
    return redirect("incentives:run-detail", uid)


@require_POST
@requires("incentives.approve_run")
def run_approve(request: UserRequest, uid: UUID) -> HttpResponse:
    run = services.approve_run(run_uid=uid, by=request.user)
    text = _("%(run)s is approved. Each person was told about the statement.") % {"run": run_title(run)}
    messages.success(request, text)
    return redirect("incentives:run-detail", uid)


@require_POST
@requires("incentives.return_run")
def run_return(request: UserRequest, uid: UUID) -> HttpResponse:
    """Back to whoever prepared it, with the reason."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        run = get_visible(Run, request.user, uid)
        context = {"run": run, "form": form, "title": run_title(run)}
        return render(request, "incentives/run_return.html", context, status=422)
    run = services.return_run(run_uid=uid, reason=form.cleaned_data["reason"], by=request.user)
    messages.success(request, _("%(run)s went back with your reason.") % {"run": run_title(run)})
    return redirect("incentives:run-detail", uid)


@require_POST
@requires("incentives.pay_run")
def run_mark(request: UserRequest, uid: UUID) -> HttpResponse:
    """How far payment has come: exported, paid, closed."""
    form = MarkForm(request.POST)
    if not form.is_valid():
        raise UnknownFilter(name="status", given=request.POST.get("status", "")[:20], allowed="exported, paid, closed")
    run = services.mark_run(run_uid=uid, status=Run.Status(form.cleaned_data["status"]), by=request.user)
    values = {"run": run_title(run), "status": run.get_status_display().lower()}
    messages.success(request, _("%(run)s is %(status)s now.") % values)
    return redirect("incentives:run-detail", uid)


# Files for payroll and accounting


@require_GET
@requires("incentives.pay_run")
def run_payroll(request: UserRequest, uid: UUID, kind: str) -> HttpResponseBase:
    return payroll_file(run=approved_run(viewer=request.user, run_uid=uid), kind=kind)


@require_GET
@requires("incentives.pay_run")
def run_journal(request: UserRequest, uid: UUID, kind: str) -> HttpResponseBase:
    return journal_file(run=approved_run(viewer=request.user, run_uid=uid), kind=kind)


# Progress


def run_progress_of(run: Run) -> Progress | None:
    """The job of a run while it works, and why it ended where it failed; None once there are results."""
    job = run.job
    if job is None or job.state == Job.State.DONE:
        return None
    url = reverse("incentives:run-progress", args=[run.uid])
    return Progress(
        id="run",
        url=url,
        label=_("Calculating statements"),
        done=job.done,
        total=job.total,
        state=_progress_state(job),
        cancel_url=None if job.is_over else reverse("incentives:run-cancel", args=[run.uid]),
        message=job.message,
    )


def _progress_state(job: Job) -> Any:
    return "running" if job.state in {Job.State.QUEUED, Job.State.RUNNING} else str(job.state)


@require_GET
@requires("incentives.view_runs")
def run_progress(request: UserRequest, uid: UUID) -> HttpResponse:
    """What the progress bar asks each second. When the job is over the page loads again and shows what came of it."""
    run = get_visible(Run, request.user, uid)
    response = render(request, "incentives/_run_progress.html", {"progress": run_progress_of(run)})
    if run.job is None or run.job.is_over:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@requires("incentives.start_run")
def run_cancel(request: UserRequest, uid: UUID) -> HttpResponse:
    run = get_visible(Run, request.user, uid)
    if run.job is not None:
        jobs.cancel(job=run.job)
    if wants_fragment(request):
        return render(request, "incentives/_run_progress.html", {"progress": run_progress_of(run)})
    return redirect("incentives:run-detail", uid)


@require_GET
@requires("incentives.view_runs")
def run_export(request: UserRequest, uid: UUID) -> HttpResponseBase:
    """The run as a spreadsheet: statements, and every line of them."""
    run = get_visible(Run, request.user, uid)
    return run_workbook(viewer=request.user, run=run)
