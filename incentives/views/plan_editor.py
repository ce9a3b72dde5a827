"""The plan editor: a plain form that saves a draft, and the live answers to what is typed in it."""

import json
from collections.abc import Mapping
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.doors import UserRequest, requires, wants_fragment
from core import calendar, formats
from core.errors import NotFound
from core.ui import Crumb
from incentives import services
from incentives.errors import DraftChangedMeanwhile
from incentives.forms.entries import DraftForm
from incentives.forms.typed_plan import (
    KINDS,
    TypedPlan,
    posted_plan,
    typed_plan,
    with_component,
    with_tier_after,
    without_component,
    without_tier,
)
from incentives.models import PlanVersion
from incentives.selectors.plan_pages import paid_people, people_without_target, typical_case
from incentives.views.editor import (
    Drag,
    EditorPage,
    ShownProblem,
    Typical,
    dragged,
    editor_page,
    number_or_none,
)
from incentives.views.simulation import simulation_of


def draft_of(code: str, number: int) -> PlanVersion:
    """The version that is edited. A published one is not found: it never changes."""
    version = (
        PlanVersion.objects.select_related("plan", "based_on", "saved_by")
        .filter(plan__code=code, number=number, status=PlanVersion.Status.DRAFT)
        .first()
    )
    if version is None:
        raise NotFound
    return version


@requires("incentives.edit_plans")
def plan_edit(request: UserRequest, code: str, number: int) -> HttpResponse:
    """The editor. A post saves, or changes rows by a button and shows the result without saving."""
    version = draft_of(code, number)
    if request.method != "POST":
        return _shown(request, version, _opened(version), DraftForm(initial={"starts": version.starts}))
    form = DraftForm(request.POST)
    action, _sep, place = request.POST.get("action", "save").partition(":")
    if action in {"save", "review"}:
        return _save(request, version, form, then_review=action == "review")
    page = _changed(version, request.POST, action, place)
    return _shown(request, version, page, form, is_dirty=True)


def _opened(version: PlanVersion) -> EditorPage:
    return editor_page(version, typed_plan(version.content), _typical_of(version))


def _typical_of(version: PlanVersion) -> Typical:
    case = typical_case(version.plan, calendar.today())
    quota, pay, team = (formats.number(amount) for amount in (case.quota, case.target_pay, case.quota * 5))
    return Typical(quota, pay, team=team)


def _posted(version: PlanVersion, data: Mapping[str, str]) -> EditorPage:
    """The page of what was posted."""
    selected = _number(data.get("selected"))
    return editor_page(version, posted_plan(data), _posted_typical(data), selected=selected, tier=_tier(data))


def _posted_typical(data: Mapping[str, str]) -> Typical:
    names = ("quota", "target_pay", "attainment", "team")
    return Typical(**{name: data.get(f"typical.{name}", "").strip() for name in names})


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 4 else 0


def _tier(data: Mapping[str, str]) -> int | None:
    text = data.get("tier", "")
    return _number(text) if text.isdigit() else None


def _changed(version: PlanVersion, data: Mapping[str, str], action: str, place: str) -> EditorPage:
    """The page after a button: a row or component added or taken away, another component chosen."""
    typed, typical = posted_plan(data), _posted_typical(data)
    selected, focus = _number(data.get("selected")), ""
    component, _sep, row = place.partition(":")
    at, tier = _number(component), _number(row)
    if action == "refresh":
        return editor_page(version, typed, typical, selected=selected)
    if action == "add-component" and place in KINDS:
        typed = with_component(typed, place)
        selected, focus = len(typed.components) - 1, f"f-components-{len(typed.components) - 1}-name-en"
    elif at < len(typed.components):
        typed, selected, focus = _changed_at(typed, action, at, tier)
    return editor_page(version, typed, typical, selected=selected, focus=focus)


def _changed_at(typed: TypedPlan, action: str, at: int, tier: int) -> tuple[TypedPlan, int, str]:
    """The plan, the component shown and the field to go to after a button inside component `at`."""
    rows = typed.components[at].tiers
    match action:
        case "add-tier" if tier < max(len(rows), 1):
            return with_tier_after(typed, at, tier), at, f"f-components-{at}-tiers-{min(tier + 1, len(rows))}-to"
        case "remove-tier" if tier < len(rows):
            left = max(len(rows) - 2, 0)
            return without_tier(typed, at, tier), at, f"f-components-{at}-tiers-{min(tier, left)}-to"
        case "remove-component":
            return without_component(typed, at), max(at - 1, 0), ""
    return typed, at, ""


def _save(request: UserRequest, version: PlanVersion, form: DraftForm, *, then_review: bool) -> HttpResponse:
    page = _posted(version, request.POST)
    if not form.is_valid() or not page.can_be_saved:
        return _shown(request, version, page, form, is_dirty=True, status=422)
    try:
        services.save_draft(
            version_uid=version.uid,
            content=page.written.content,
            seen=_seen(request.POST.get("seen", "")),
            starts=form.cleaned_data["starts"],
            by=request.user,
        )
    except DraftChangedMeanwhile as conflict:
        fresh = draft_of(version.plan.code, version.number)
        return _shown(request, fresh, page, form, is_dirty=True, conflict=str(conflict), status=409)
    if then_review:
        return redirect("incentives:plan-publish", version.plan.code, version.number)
    if wants_fragment(request):
        saved = draft_of(version.plan.code, version.number)
        return _shown(request, saved, page, DraftForm(initial={"starts": saved.starts}))
    messages.success(request, _("The draft is saved."))
    return redirect("incentives:plan-edit", version.plan.code, version.number)


def _seen(text: str) -> datetime | None:
    return parse_datetime(text)


def _shown(
    request: UserRequest,
    version: PlanVersion,
    page: EditorPage,
    form: DraftForm,
    *,
    is_dirty: bool = False,
    conflict: str = "",
    status: int = 200,
) -> HttpResponse:
    people = paid_people(version.plan, max(version.starts, calendar.today())).count()
    context = {
        "editor": page,
        "version": version,
        "plan": version.plan,
        "form": form,
        "kinds": KINDS.items(),
        "is_dirty": is_dirty,
        "conflict": conflict,
        # Whoever goes on after a conflict has seen the other's state and replaces it knowingly.
        "seen": version.saved_at.isoformat(),
        "saved": saved_text(version),
        "subtitle": _subtitle(version, people),
        "hints": _hints(version),
        "crumbs": [
            Crumb(_("Incentives"), reverse("incentives:home")),
            Crumb(_("Plans"), reverse("incentives:plan-list")),
            Crumb(version.plan.name, reverse("incentives:plan-detail", args=[version.plan.code])),
            Crumb(_("Version %(number)s") % {"number": version.number}),
        ],
    }
    fragment = wants_fragment(request)
    template = "incentives/_plan_editor.html" if fragment else "incentives/plan_editor.html"
    response = render(request, template, context, status=status)
    if conflict and fragment:
        response["HX-Retarget"] = "#plan-editor"
    return response


def saved_text(version: PlanVersion) -> str:
    """'Saved 10:42', with the day where it was not today and the name where it was somebody else."""
    is_today = timezone.localdate(version.saved_at) == calendar.today()
    when = formats.clock(version.saved_at) if is_today else formats.moment(version.saved_at)
    if version.saved_by:
        return _("Saved %(when)s by %(name)s") % {"when": when, "name": version.saved_by}
    return _("Saved %(when)s") % {"when": when}


def _subtitle(version: PlanVersion, people: int) -> SafeString:
    """Currency, first day, people, and what it is based on with the way to compare."""
    parts = [
        version.currency,
        _("from %(day)s") % {"day": formats.day(version.starts)},
        ngettext("%(n)s person", "%(n)s people", people) % {"n": formats.number(people)},
    ]
    text = " · ".join(parts)
    if version.based_on is None:
        return format_html("{}", text)
    based = _("based on version %(number)s") % {"number": version.based_on.number}
    url = reverse("incentives:plan-version", args=[version.plan.code, version.number])
    return format_html('{} · {} <a class="link" href="{}">{}</a>', text, based, url, _("compare"))


def _hints(version: PlanVersion) -> list[ShownProblem]:
    """What to know before publishing beside the document itself: people who could not be paid by it."""
    names = people_without_target(version)
    if not names:
        return []
    period = formats.period_label(calendar.period_on(version.starts).code)
    text = ngettext(
        "%(n)s person has no target for %(period)s", "%(n)s people have no target for %(period)s", len(names)
    ) % {"n": len(names), "period": period}
    return [ShownProblem(text, "careful")]


# Live answers


@require_POST
@requires("incentives.edit_plans")
def plan_preview(request: UserRequest, code: str, number: int) -> HttpResponse:
    """What changes beside the fields while one types or drags: reasons, sums, example, curve. Saves nothing."""
    version = draft_of(code, number)
    data = request.POST
    typed, typical = posted_plan(data), _posted_typical(data)
    selected = _number(data.get("selected"))
    if move := _drag(data):
        typed = dragged(version, typed, typical, selected, move)
    page = editor_page(version, typed, typical, selected=selected, tier=_tier(data))
    context = {
        "editor": page,
        "version": version,
        "hints": _hints(version),
        "live": _live(page, was_dragged=move is not None),
        "send_chart": data.get("chart") == "missing",
    }
    return render(request, "incentives/_plan_preview.html", context)


def _drag(data: Mapping[str, str]) -> Drag | None:
    """The point that was moved, where one was."""
    point, x, y = (number_or_none(data.get(f"drag.{name}", "")) for name in ("point", "x", "y"))
    return None if point is None or x is None or y is None else Drag(int(point), x, y)


def _live(page: EditorPage, *, was_dragged: bool) -> str:
    """The curve as JSON for plan_editor.js; after a drag also the values that the fields now have."""
    moved = {}
    if was_dragged and page.components:
        tiers = page.components[page.selected].tiers
        moved = {field.id: field.value for tier in tiers for field in (tier.to, tier.rate)}
    return json.dumps({"spec": page.chart.spec() if page.chart else None, "fields": moved})


@require_POST
@requires("incentives.edit_plans")
def plan_simulate(request: UserRequest, code: str, number: int) -> HttpResponse:
    """What the typed plan would have cost over the last quarters, by the real engine on what their runs froze."""
    version = draft_of(code, number)
    page = _posted(version, request.POST)
    context = {"version": version, "page": page, "simulation": None}
    if page.can_be_saved and not page.blocking:
        context["simulation"] = simulation_of(version, request.user, page.written.content)
    return render(request, "incentives/_simulation.html", context)
