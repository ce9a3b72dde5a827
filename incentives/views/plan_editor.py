"""The plan editor: a plain form that saves a draft, and the live answers to what is typed in it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

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
from goals import outcomes
from incentives import services
from incentives.errors import DraftChangedMeanwhile
from incentives.forms.entries import DraftForm
from incentives.forms.typed_case import ROOT, beginning_case
from incentives.forms.typed_plan import (
    Removed,
    TypedExample,
    TypedPlan,
    posted_plan,
    typed_plan,
    with_added,
    with_component,
    with_moved,
    with_restored,
    without,
)
from incentives.forms.typed_tree import list_of, object_of, posted_tree, text_of
from incentives.models import PlanVersion
from incentives.rules.kinds import KINDS
from incentives.selectors.plan_pages import paid_people, people_without_target, typical_case
from incentives.views.editor import (
    CaseTyped,
    Drag,
    EditorPage,
    ShownProblem,
    View,
    dragged,
    editor_page,
    number_or_none,
)
from incentives.views.editor.nodes import say
from incentives.views.editor.page import PLAN_PANEL
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
        page = editor_page(
            version, typed_plan(version.content), _opened_case(version), View(results=outcomes.offered())
        )
        return _shown(request, version, page, DraftForm(initial={"starts": version.starts}))
    form = DraftForm(request.POST)
    action, _sep, place = request.POST.get("action", "save").partition(":")
    if action in {"save", "review"}:
        return _save(request, version, form, then_review=action == "review")
    page = _changed(version, request.POST, action, place)
    return _shown(request, version, page, form, is_dirty=True)


def _opened_case(version: PlanVersion) -> CaseTyped:
    """An everyday case of the people on the plan."""
    case = typical_case(version.plan, calendar.today())
    return CaseTyped(start=beginning_case(Fraction(case.quota), Fraction(case.target_pay)))


def _posted_case(data: Mapping[str, str]) -> CaseTyped:
    typed = object_of(posted_tree(data, [ROOT]).get(ROOT))
    quota, pay = (number_or_none(text_of(typed.get(name))) for name in ("quota", "target_pay"))
    return CaseTyped(typed, beginning_case(Fraction(quota or 0), Fraction(pay or 0)))


def _posted(version: PlanVersion, data: Mapping[str, str]) -> EditorPage:
    """The page of what was posted."""
    return editor_page(version, posted_plan(data), _posted_case(data), _view(data))


def _view(data: Mapping[str, str]) -> View:
    removed = Removed.parse(data.get("removed", ""))
    selected = data.get("selected", "")
    return View(
        selected=_number(selected),
        on_plan=selected == PLAN_PANEL,
        tier=_tier(data),
        results=outcomes.offered(),
        removed=removed,
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() and len(text) < 4 else 0


def _tier(data: Mapping[str, str]) -> int | None:
    text = data.get("tier", "")
    return _number(text) if text.isdigit() else None


def _changed(version: PlanVersion, data: Mapping[str, str], action: str, place: str) -> EditorPage:
    """The page after a button: something added, taken away, put back or moved, another component chosen."""
    typed, case, view = posted_plan(data), _posted_case(data), _view(data)
    view = replace(view, tier=None)
    match action:
        case "add-component" if place in KINDS:
            typed = with_component(typed, place)
            last = len(typed.components) - 1
            view = replace(view, selected=last, on_plan=False, focus=f"components.{last}.name.en")
        case "add" if place.startswith(f"{ROOT}."):
            rows = list_of(case.typed.get("credits"))
            case = replace(case, typed={**case.typed, "credits": [*rows, dict(object_of(rows[-1])) if rows else {}]})
            view = replace(view, focus=f"{ROOT}.credits.{len(rows)}")
        case "remove" if place.startswith(f"{ROOT}."):
            rows = list_of(case.typed.get("credits"))
            left = [row for number, row in enumerate(rows) if place != f"{ROOT}.credits.{number}"]
            case = replace(case, typed={**case.typed, "credits": left})
        case "add":
            changed = with_added(typed, place)
            typed, view = changed.typed, replace(view, focus=changed.focus)
        case "remove":
            typed, removed = without(typed, place)
            view = replace(view, removed=removed, selected=_after_removal(view.selected, place))
        case "restore" if view.removed is not None:
            changed = with_restored(typed, view.removed)
            selected = _component_of(view.removed.path, view.selected)
            on_plan = view.on_plan and not view.removed.path.startswith("components")
            view = replace(view, removed=None, focus=changed.focus, selected=selected, on_plan=on_plan)
            typed = changed.typed
        case "move":
            path, _sep, to = place.partition(":")
            changed = with_moved(typed, path, _number(to))
            selected = _component_of(changed.focus, view.selected)
            typed, view = changed.typed, replace(view, focus=changed.focus, selected=selected)
        case "select":
            view = replace(view, selected=_number(place), on_plan=place == PLAN_PANEL)
        case "keep-example":
            typed, view = _with_example(version, typed, case, view)
    return editor_page(version, typed, case, view)


def _component_of(path: str, otherwise: int) -> int:
    parts = path.split(".")
    return _number(parts[1]) if parts[0] == "components" and len(parts) > 1 else otherwise


def _after_removal(selected: int, path: str) -> int:
    """Whose panel is shown when a component is gone: the one before it."""
    parts = path.split(".")
    if len(parts) != 2 or parts[0] != "components" or _number(parts[1]) > selected:
        return selected
    return max(selected - 1, 0)


def _with_example(version: PlanVersion, typed: TypedPlan, case: CaseTyped, view: View) -> tuple[TypedPlan, View]:
    """The calculator's case as a worked example, expecting what it pays now."""
    page = editor_page(version, typed, case, view)
    if not page.example.can_be_kept:
        return typed, view
    kept = TypedExample(page.example.sentence.rstrip("."), page.example.pays, dict(page.example.facts))
    typed = replace(typed, examples=[*typed.examples, kept])
    return typed, replace(view, focus=f"examples.{len(typed.examples) - 1}.name")


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
        kept = editor_page(saved, typed_plan(saved.content), _posted_case(request.POST), _view(request.POST))
        return _shown(request, saved, kept, DraftForm(initial={"starts": saved.starts}))
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
        "kinds": [(kind, say(component.label), say(component.purpose)) for kind, component in KINDS.items()],
        "is_dirty": is_dirty,
        "conflict": conflict,
        # Whoever goes on after a conflict has seen the other's state and replaces it knowingly.
        "seen": version.saved_at.isoformat(),
        "saved": saved_text(version),
        "subtitle": _subtitle(version, people),
        "hints": _hints(version, page),
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


def _hints(version: PlanVersion, page: EditorPage) -> list[ShownProblem]:
    """What to know before publishing beside the document itself: results that nobody measures, people who could not be
    paid by it."""
    hints = [_without_results(code, page) for code in outcomes.never_measured(page.result_codes)]
    names = people_without_target(version)
    if not names:
        return hints
    period = formats.period_label(calendar.period_on(version.starts).code)
    text = ngettext(
        "%(n)s person has no target for %(period)s", "%(n)s people have no target for %(period)s", len(names)
    ) % {"n": len(names), "period": period}
    return [*hints, ShownProblem(text, "careful")]


def _without_results(code: str, page: EditorPage) -> ShownProblem:
    """Nothing was ever measured for a code, so what reads it pays by no result."""
    text = _("There are no results of “%(code)s” yet: what reads it is not evaluated.") % {"code": code}
    named = (each for each in page.visible_fields if each.name.endswith(".code") and each.value == code)
    return page.located(ShownProblem(text, "careful", next((each.id for each in named), "")))


# Live answers


@require_POST
@requires("incentives.edit_plans")
def plan_preview(request: UserRequest, code: str, number: int) -> HttpResponse:
    """What changes beside the fields while one types or drags: reasons, sums, example, curve. Saves nothing."""
    version = draft_of(code, number)
    data = request.POST
    typed, case, view = posted_plan(data), _posted_case(data), _view(data)
    page = editor_page(version, typed, case, view)
    if move := _drag(data):
        page = editor_page(version, dragged(version, typed, page.facts.facts, page.view.selected, move), case, view)
    context = {
        "editor": page,
        "version": version,
        "plan": version.plan,
        "hints": _hints(version, page),
        "live": _live(page, was_dragged=move is not None),
        "send_chart": data.get("chart") == "missing",
        "send_case": data.get("case_key", page.case_key) != page.case_key,
    }
    return render(request, "incentives/_plan_preview.html", context)


def _drag(data: Mapping[str, str]) -> Drag | None:
    """The point that was moved, where one was."""
    point, x, y = (number_or_none(data.get(f"drag.{name}", "")) for name in ("point", "x", "y"))
    return None if point is None or x is None or y is None else Drag(int(point), x, y)


def _live(page: EditorPage, *, was_dragged: bool) -> str:
    """The curve as JSON for plan_editor.js; after a drag also the values that the fields now have."""
    moved: dict[str, str] = {}
    if was_dragged and page.components:
        component = page.components[page.view.selected]
        moved = {field.id: field.value for field in component.part.inputs if field.is_number}
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
