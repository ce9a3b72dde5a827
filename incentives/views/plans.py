"""Plans: the list, one plan with its versions and people, a version beside the one before, and publishing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.doors import UserRequest, requires, wants_fragment
from core import calendar, formats
from core.charts import Chart
from core.errors import DomainError, NotFound
from core.keyset import next_page_url
from core.periods import PeriodKind
from core.ui import Crumb, Fact, Tone
from incentives import services
from incentives.errors import PlanHasProblems
from incentives.forms.entries import AssignmentForm, EndForm, PlanForm
from incentives.messages import problem_text
from incentives.models import Plan, PlanAssignment, PlanVersion
from incentives.rules.checks import problems
from incentives.selectors.plan_pages import (
    assignments,
    in_force,
    paid_people,
    people_without_target,
    plan_rows,
    previous_version,
    typical_case,
)
from incentives.views.editor.curve import whole_curve
from incentives.views.editor.example import everyday_facts
from incentives.views.plan_words import ComponentWords, compared, document_words
from incentives.views.simulation import simulation_of


def crumbs(*further: Crumb) -> list[Crumb]:
    home = Crumb(_("Incentives"), reverse("incentives:home"))
    return [home, Crumb(_("Plans"), reverse("incentives:plan-list")), *further]


def plan_or_404(code: str) -> Plan:
    """Plans are read by whoever may see plans at all; they hold no person's pay."""
    plan = Plan.objects.filter(code=code).first()
    if plan is None:
        raise NotFound
    return plan


def version_or_404(code: str, number: int) -> PlanVersion:
    rows = PlanVersion.objects.select_related("plan", "based_on", "published_by", "saved_by", "created_by")
    version = rows.filter(plan__code=code, number=number).first()
    if version is None:
        raise NotFound
    return version


@require_GET
@requires("incentives.view_plans")
def plan_list(request: UserRequest) -> HttpResponse:
    context = {
        "rows": plan_rows(calendar.today()),
        "may_edit": request.user.may("incentives.edit_plans"),
        "crumbs": crumbs(),
    }
    return render(request, "incentives/plan_list.html", context)


@requires("incentives.edit_plans")
def plan_new(request: UserRequest) -> HttpResponse:
    """A new plan with a first draft of one component, opened in the editor."""
    form = PlanForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        plan = services.create_plan(code=form.cleaned_data["code"], name=form.cleaned_data["name"], by=request.user)
        draft = services.create_draft(
            plan=plan,
            starts=form.cleaned_data["starts"],
            content=FIRST_CONTENT,
            currency=settings.COMPANY_CURRENCY,
            by=request.user,
        )
        return redirect("incentives:plan-edit", plan.code, draft.number)
    template = "incentives/_plan_form.html" if wants_fragment(request) else "incentives/plan_form.html"
    context = {"form": form, "crumbs": crumbs(Crumb(_("New plan")))}
    return render(request, template, context, status=422 if form.is_bound else 200)


# What HR begins with: everything at target is paid by one component, half as much again above it.
FIRST_CONTENT: dict[str, Any] = {
    "schema": 1,
    "measure": "booked_revenue",
    "period": "quarter",
    "components": [
        {
            "key": "commission",
            "name": {"en": "Commission", "zh": "业绩提成"},
            "kind": "marginal_tiers",
            "basis": "attainment",
            "weight": "1",
            "tiers": [{"from": "0", "to": "1", "rate": "1"}, {"from": "1", "to": None, "rate": "1.5"}],
        }
    ],
    "cap": "2",
}


@require_GET
@requires("incentives.view_plans")
def plan_detail(request: UserRequest, code: str) -> HttpResponse:
    """What the plan says now, all versions, and who is paid by it."""
    plan, today = plan_or_404(code), calendar.today()
    people = _people(request, plan)
    if wants_fragment(request) and request.GET.get("after"):
        return render(request, "incentives/_assignment_rows.html", people)
    versions = list(plan.versions.select_related("published_by", "based_on"))
    current = in_force(versions, today) or next(iter(versions), None)
    context = {
        "versions": versions,
        "current": current,
        "draft": next((v for v in versions if v.status == PlanVersion.Status.DRAFT), None),
        "words": document_words(current.content, current.currency) if current else None,
        "chart": plan_chart(plan, current) if current else None,
        "on_plan": paid_people(plan, today).count(),
        "may_edit": request.user.may("incentives.edit_plans"),
        **people,
        "crumbs": crumbs(Crumb(plan.name)),
    }
    return render(request, "incentives/plan_detail.html", context)


def _people(request: UserRequest, plan: Plan) -> dict[str, Any]:
    query = request.GET
    page = assignments(viewer=request.user, plan=plan, words=query.get("q", "")[:100], after=query.get("after", ""))
    return {
        "plan": plan,
        "assignments": page.rows,
        "next_url": next_page_url(request, page.after),
        "may_assign": request.user.may("incentives.assign_plans"),
    }


def plan_chart(plan: Plan, version: PlanVersion) -> Chart | None:
    """The whole plan's curve for an everyday case."""
    case = typical_case(plan, calendar.today())
    facts = everyday_facts(version.content, Fraction(case.quota), Fraction(case.target_pay), version.currency)
    chart = whole_curve(version, version.content, facts)
    if chart is None:
        return None
    values = {
        "quota": formats.money(case.quota, version.currency),
        "pay": formats.money(case.target_pay, version.currency),
    }
    sub = _("For a target of %(quota)s and %(pay)s at target a quarter, the mean of the people on the plan") % values
    return replace(chart, id="plan", title=_("What does attainment pay?"), sub=sub)


@require_POST
@requires("incentives.edit_plans")
def plan_draft(request: UserRequest, code: str) -> HttpResponse:
    """A new draft from the newest version, to hold from the next quarter on."""
    plan = plan_or_404(code)
    starts = calendar.current_period(PeriodKind.QUARTER).next.start
    draft = services.create_draft(plan=plan, starts=starts, by=request.user)
    return redirect("incentives:plan-edit", plan.code, draft.number)


@require_POST
@requires("incentives.edit_plans")
def plan_draft_delete(request: UserRequest, code: str, number: int) -> HttpResponse:
    version = version_or_404(code, number)
    services.delete_draft(version_uid=version.uid, by=request.user)
    messages.success(request, _("Draft %(number)s is deleted.") % {"number": number})
    return redirect("incentives:plan-detail", code)


@require_GET
@requires("incentives.view_plans")
def plan_version(request: UserRequest, code: str, number: int) -> HttpResponse:
    """A version as it is, with what changed against the one before it."""
    version = version_or_404(code, number)
    before = previous_version(version)
    context = {
        "plan": version.plan,
        "version": version,
        "status_tone": TONES[version.status],
        "before": before,
        "comparison": comparison_of(version, before),
        "chart": plan_chart(version.plan, version),
        "facts": _version_facts(version),
        "may_edit": request.user.may("incentives.edit_plans"),
        "may_simulate": request.user.may("incentives.simulate"),
        "crumbs": crumbs(
            Crumb(version.plan.name, reverse("incentives:plan-detail", args=[code])),
            Crumb(_("Version %(number)s") % {"number": number}),
        ),
    }
    return render(request, "incentives/plan_version.html", context)


TONES: dict[str, Tone] = {
    PlanVersion.Status.DRAFT: "careful",
    PlanVersion.Status.PUBLISHED: "good",
    PlanVersion.Status.RETIRED: "muted",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A version in words beside the one before; `count` fields and tiers changed."""

    components: Sequence[ComponentWords]
    count: int


def comparison_of(version: PlanVersion, before: PlanVersion | None) -> Comparison:
    words = compared(before.content if before else version.content, version.content, version.currency)
    return Comparison(words, sum(component.changes for component in words))


def _version_facts(version: PlanVersion) -> list[Fact]:
    facts = [Fact(_("Valid from"), formats.day(version.starts))]
    if version.ends:
        facts.append(Fact(_("Valid until"), formats.day(version.ends)))
    facts.append(Fact(_("Currency"), version.currency))
    if version.created_by:
        facts.append(Fact(_("Written by"), str(version.created_by)))
    if version.published_by and version.published_at:
        facts.append(Fact(_("Published by"), f"{version.published_by}, {formats.moment(version.published_at)}"))
    if version.digest:
        facts.append(Fact(_("Digest"), f"{version.digest[:8]}…{version.digest[-8:]}"))
    return facts


# Publishing


@requires("incentives.publish_plan")
def plan_publish(request: UserRequest, code: str, number: int) -> HttpResponse:
    """What will change and what it would have cost; the post publishes. A plan with problems stays a draft."""
    version = version_or_404(code, number)
    if version.status != PlanVersion.Status.DRAFT:
        return redirect("incentives:plan-version", code, number)
    if request.method == "POST":
        try:
            services.publish(version_uid=version.uid, by=request.user)
        except PlanHasProblems as refused:
            return _publish_page(request, version, refused=refused, status=422)
        values = {"number": number, "day": formats.day(version.starts)}
        messages.success(request, _("Version %(number)s is published. It pays from %(day)s.") % values)
        return redirect("incentives:plan-detail", code)
    return _publish_page(request, version)


def _publish_page(
    request: UserRequest, version: PlanVersion, *, refused: DomainError | None = None, status: int = 200
) -> HttpResponse:
    before = previous_version(version)
    found = problems(version.content)
    context = {
        "plan": version.plan,
        "version": version,
        "before": before,
        "comparison": comparison_of(version, before),
        "errors": [problem_text(problem) for problem in found if problem.severity == "error"],
        "warnings": [problem_text(problem) for problem in found if problem.severity == "warning"],
        "refused": refused,
        "people": paid_people(version.plan, max(version.starts, calendar.today())).count(),
        "without_target": people_without_target(version),
        "period": calendar.period_on(version.starts).code,
        "crumbs": crumbs(
            Crumb(version.plan.name, reverse("incentives:plan-detail", args=[version.plan.code])),
            Crumb(_("Publish version %(number)s") % {"number": version.number}),
        ),
    }
    return render(request, "incentives/plan_publish.html", context, status=status)


@require_GET
@requires("incentives.publish_plan")
def plan_cost(request: UserRequest, code: str, number: int) -> HttpResponse:
    """What the saved version would have cost: the publish page fetches it after it is shown."""
    version = version_or_404(code, number)
    is_sound = not any(problem.severity == "error" for problem in problems(version.content))
    simulation = simulation_of(version, request.user) if is_sound else None
    return render(request, "incentives/_publish_cost.html", {"simulation": simulation, "version": version})


# People on the plan


@requires("incentives.assign_plans")
def plan_assign(request: UserRequest, code: str) -> HttpResponse:
    """Puts a person on the plan: a form in the dialog, or on a page of its own."""
    plan = plan_or_404(code)
    form = AssignmentForm(request.POST or None, by=request.user, initial={"starts": _next_start()})
    if request.method == "POST" and form.is_valid() and _assigned(request, plan, form):
        return redirect("incentives:plan-detail", code)
    template = "incentives/_assignment_form.html" if wants_fragment(request) else "incentives/assignment_form.html"
    name = Crumb(plan.name, reverse("incentives:plan-detail", args=[code]))
    context = {"form": form, "plan": plan, "crumbs": crumbs(name, Crumb(_("Put somebody on the plan")))}
    return render(request, template, context, status=422 if form.is_bound else 200)


def _next_start() -> str:
    return calendar.current_period(PeriodKind.QUARTER).start.isoformat()


def _assigned(request: UserRequest, plan: Plan, form: AssignmentForm) -> bool:
    """Whether it worked; what stood in the way is told at the form."""
    person = form.cleaned_data["person"]
    try:
        services.assign(
            plan_code=plan.code,
            person_uid=person.uid,
            target_pay=form.cleaned_data["target_pay"],
            starts=form.cleaned_data["starts"],
            by=request.user,
        )
    except DomainError as refused:
        form.add_error(None, str(refused))
        return False
    messages.success(request, _("%(person)s is on the plan.") % {"person": person.name})
    return True


@requires("incentives.assign_plans")
def assignment_end(request: UserRequest, uid: UUID) -> HttpResponse:
    assignment = PlanAssignment.objects.select_related("plan", "person").filter(uid=uid).first()
    if assignment is None:
        raise NotFound
    form = EndForm(request.POST or None, initial={"ends": calendar.current_period(PeriodKind.QUARTER).end.isoformat()})
    if request.method == "POST" and form.is_valid() and _ended(request, assignment, form):
        return redirect("incentives:plan-detail", assignment.plan.code)
    template = "incentives/_assignment_end.html" if wants_fragment(request) else "incentives/assignment_end.html"
    name = Crumb(assignment.plan.name, reverse("incentives:plan-detail", args=[assignment.plan.code]))
    context = {"form": form, "assignment": assignment, "crumbs": crumbs(name, Crumb(assignment.person.name))}
    return render(request, template, context, status=422 if form.is_bound else 200)


def _ended(request: UserRequest, assignment: PlanAssignment, form: EndForm) -> bool:
    try:
        services.end_assignment(assignment_uid=assignment.uid, ends=form.cleaned_data["ends"], by=request.user)
    except DomainError as refused:
        form.add_error("ends", str(refused))
        return False
    values = {"person": assignment.person.name, "day": formats.day(form.cleaned_data["ends"])}
    messages.success(request, _("%(person)s is off the plan from %(day)s.") % values)
    return True
