"""Targets: the grid, one target with its history, derivation from history, import with a preview, export."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reswap, retarget

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.form_pages import FormPage, Saved, form_page
from accounts.models import Person, Team
from core import exports
from core.errors import DomainError, NotFound
from core.imports import quarantine_lines, reason_text
from core.models import ImportBatch
from core.period_choice import PeriodChoice
from core.periods import PeriodKind
from core.ui import Crumb
from goals import selectors, services
from goals.errors import ImportIsOver
from goals.forms import DeriveForm, TargetFileForm, TargetForm
from goals.models import Kpi, Target
from goals.selectors.grid import grid, target_history
from goals.services.target_import import KIND, PREVIEW_ROWS
from goals.values import text_full
from goals.views.subjects import period_choice, person_of, topmost_team

FILE_HEADINGS = ("kpi", "subject", "period", "target", "threshold", "stretch", "reason", "name")


@requires("goals.view_results")
@require_safe
def target_grid(request: UserRequest) -> HttpResponse:
    return render(request, "goals/targets.html", _grid_context(request, period_choice(request), _team(request)))


def _grid_context(request: UserRequest, choice: PeriodChoice, chosen: Team | None) -> dict[str, Any]:
    may_edit = request.user.may("goals.edit_targets")
    found = grid(viewer=request.user, chosen=chosen, period=choice.period, kpis=selectors.kpis())
    teams = Team.objects.visible_to(request.user).order_by("path") if chosen else Team.objects.none()
    return {
        "grid": found,
        "chosen": chosen,
        "teams": teams,
        "may_edit": may_edit,
        "may_derive": may_edit and choice.period.kind == PeriodKind.QUARTER,
        "period": choice.period,
        "period_bar": choice.bar,
        "query": urlencode({"period": choice.period.code, **({"team": chosen.code} if chosen else {})}),
        "crumbs": [Crumb(_("Goals"), reverse("goals:scorecard")), Crumb(_("Targets"))],
    }


def _team(request: UserRequest) -> Team | None:
    if code := request.GET.get("team"):
        return get_visible(Team, request.user, code=code)
    return topmost_team(request)


@requires("goals.edit_targets")
def target_cell(request: UserRequest) -> HttpResponse:
    """One target: a small form in its cell (`inline`), or a page with threshold, stretch, reason and history.

    An empty value takes the own target back. A saved one answers with the grid, since sums above it change.
    """
    kpi, subject, choice = _named_kpi(request), _named_subject(request), period_choice(request)
    own = Target.objects.filter(kpi=kpi, period=choice.period.code, **_column(subject)).first()
    inline = wants_fragment(request)
    form = TargetForm(request.POST or None, kpi=kpi, target=own)
    if inline:
        form.fields["value"].required = False
    if request.method == "POST" and form.is_valid():
        try:
            named = {"kpi": kpi.code, "subject": subject, "period": choice.period, "by": request.user}
            _save(named, form.cleaned_data, own if inline else None)
        except NotFound:
            raise
        except DomainError as error:
            form.add_error("value", str(error))
        else:
            return _saved(request, choice, inline)
    who = selectors.who_is(subject)
    resolved = selectors.resolved_target(kpi=kpi, who=who, period=choice.period)
    context: dict[str, Any] = {
        "form": form,
        "kpi": kpi,
        "subject": subject,
        "period": choice.period,
        "own": own,
        "query": request.GET.urlencode(),
        "back": f"{reverse('goals:targets')}?{urlencode(_back(request, choice))}",
        "resolved": resolved,
        "derived": text_full(kpi, resolved.value) if resolved else "",
    }
    if inline:
        # A refused value comes back into its own form, not into the grid that a saved one would replace.
        if form.errors:
            answer = render(request, "goals/_target_form.html", context, status=422)
            return reswap(retarget(answer, "this"), "outerHTML")
        return render(request, "goals/_target_form.html", context)
    context |= {
        "history": [(row, text_full(kpi, row.value)) for row in target_history(kpi=kpi, who=who, period=choice.period)],
        "crumbs": [
            Crumb(_("Goals"), reverse("goals:scorecard")),
            Crumb(_("Targets"), context["back"]),
            Crumb(subject.name),
        ],
    }
    return render(request, "goals/target.html", context, status=422 if form.errors else 200)


def _back(request: UserRequest, choice: PeriodChoice) -> dict[str, str]:
    """The grid that one came from: its period, and the team that was shown."""
    shown = request.GET.get("shown", "")
    return {"period": choice.period.code, **({"team": shown} if shown else {})}


def _save(named: Mapping[str, Any], given: Mapping[str, Any], kept: Target | None) -> None:
    """`named`: KPI, subject, period and who acts. Inline only the value is given, and the rest of `kept` stays."""
    if given["value"] is None:
        services.clear_target(**named)
        return
    values: dict[str, Any] = {name: given[name] for name in ("threshold", "stretch", "reason")}
    if kept is not None:
        values = {"threshold": kept.threshold, "stretch": kept.stretch, "reason": kept.reason}
    services.set_target(**named, value=given["value"], **values)


def _saved(request: UserRequest, choice: PeriodChoice, inline: bool) -> HttpResponse:
    if not inline:
        messages.success(request, _("The target is saved."))
        return redirect(f"{reverse('goals:targets')}?period={choice.period.code}")
    chosen = (
        get_visible(Team, request.user, code=request.GET["shown"])
        if request.GET.get("shown")
        else topmost_team(request)
    )
    return render(request, "goals/_target_grid.html", _grid_context(request, choice, chosen))


@requires("goals.edit_targets")
@require_POST
def target_clear(request: UserRequest) -> HttpResponse:
    """Take an own target back."""
    kpi, subject, choice = _named_kpi(request), _named_subject(request), period_choice(request)
    services.clear_target(kpi=kpi.code, subject=subject, period=choice.period, by=request.user)
    messages.success(request, _("The own target is taken back; the derived one holds."))
    return redirect(f"{reverse('goals:targets')}?period={choice.period.code}")


@requires("goals.edit_targets")
def target_derive(request: UserRequest) -> HttpResponse:
    """Targets of the quarter from the quarter before."""
    period = period_choice(request).period
    back = f"{reverse('goals:targets')}?period={period.code}"

    def save(given: Mapping[str, Any]) -> Saved:
        found = services.derive_targets(
            kpi=given["kpi"].code,
            period=period,
            growth=given["growth"] / Decimal(100),
            replace=given["replace"],
            by=request.user,
        )
        done = ngettext("%(count)s target derived.", "%(count)s targets derived.", found.count) % {"count": found.count}
        kept = ngettext("%(count)s kept as set by people.", "%(count)s kept as set by people.", found.kept)
        return Saved(back, f"{done} {kept % {'count': found.kept}}" if found.kept else done)

    page = FormPage(
        title=_("Targets from history"),
        submit=_("Derive targets"),
        back=back,
        intro=_(
            "For each person: the monthly mean of the quarter before, over the months that have bookings, times 3, "
            "plus growth, rounded. Who has no history gets the mean of the team. Each target says so with its numbers."
        ),
        crumbs=(Crumb(_("Goals"), reverse("goals:scorecard")), Crumb(_("Targets"), back), Crumb(_("From history"))),
    )
    return form_page(request, page, DeriveForm(request.POST or None), save)


@requires("goals.view_results")
@require_safe
def target_export(request: UserRequest, kind: str) -> HttpResponseBase:
    """The own targets of the period, in the columns that the import reads."""
    choice = period_choice(request)
    rows = Target.objects.visible_to(request.user).filter(period=choice.period.code)
    if code := request.GET.get("team"):
        team = get_visible(Team, request.user, code=code)
        people = selectors.sellers(choice.period)
        inside = set(Team.objects.below(team).values_list("pk", flat=True))
        members = [person_id for person_id, team_id in people.items() if team_id in inside]
        rows = rows.filter(person__in=members) | rows.filter(team__in=inside)
    found = rows.select_related("kpi", "person", "team").order_by("kpi__position", "period", "pk")
    return exports.table_response(kind, name=f"targets-{choice.period}", headings=FILE_HEADINGS, rows=_file_rows(found))


def _file_rows(rows: Any) -> Iterator[exports.Row]:
    for row in rows.iterator(chunk_size=2000):
        key = row.person.number if row.person else row.team.code
        yield [row.kpi.code, key, row.period, row.value, row.threshold, row.stretch, row.reason, row.subject.name]


@requires("goals.edit_targets")
def target_import(request: UserRequest) -> HttpResponse:
    """Upload: the file is read and shown, nothing is written yet."""
    back = reverse("goals:targets")

    def save(given: Mapping[str, Any]) -> Saved:
        file = given["file"]
        batch = services.preview_targets(name=file.name, content=file.read(), by=request.user)
        notice = _("Nothing is written yet. Look through the rows, then import them.")
        return Saved(reverse("goals:target-import-preview", args=[batch.uid]), notice)

    page = FormPage(
        title=_("Import targets"),
        submit=_("Read file"),
        back=back,
        intro=_("An export of this page has the right columns: take it out, fill it in, bring it back."),
        crumbs=(Crumb(_("Goals"), reverse("goals:scorecard")), Crumb(_("Targets"), back), Crumb(_("Import"))),
    )
    return form_page(request, page, TargetFileForm(request.POST or None, request.FILES or None), save)


@requires("goals.edit_targets")
@require_safe
def target_import_preview(request: UserRequest, uid: UUID) -> HttpResponse:
    """What the file would do, and what stays out with line and reason."""
    batch = _own_batch(request, uid)
    kpis = {kpi.code: kpi for kpi in Kpi.objects.all()}
    rows = batch.report["rows"]
    rejections = list(batch.rejections.order_by("line", "code")[:PREVIEW_ROWS])
    context = {
        "batch": batch,
        "rows": [
            (row, kpis[row["kpi"]].name, text_full(kpis[row["kpi"]], Decimal(row["target"])))
            for row in rows[:PREVIEW_ROWS]
        ],
        "total": len(rows),
        "rejected": batch.report["rejected"],
        "rejections": [(row, reason_text(row.code, row.values)) for row in rejections],
        "crumbs": [
            Crumb(_("Goals"), reverse("goals:scorecard")),
            Crumb(_("Targets"), reverse("goals:targets")),
            Crumb(_("Import")),
        ],
    }
    return render(request, "goals/target_import.html", context)


@requires("goals.edit_targets")
@require_POST
def target_import_apply(request: UserRequest, uid: UUID) -> HttpResponse:
    try:
        count = services.apply_targets(batch_uid=uid, by=request.user)
    except ImportIsOver as error:
        messages.warning(request, str(error))
        return redirect("goals:target-import")
    messages.success(
        request, ngettext("%(count)s target imported.", "%(count)s targets imported.", count) % {"count": count}
    )
    return redirect("goals:targets")


@requires("goals.edit_targets")
@require_safe
def target_import_quarantine(request: UserRequest, uid: UUID) -> HttpResponseBase:
    """The rows that stayed out as a file to mend."""
    batch = _own_batch(request, uid)
    return exports.csv_response(name="targets-quarantine", lines=quarantine_lines(batch, batch.source))


def _own_batch(request: UserRequest, uid: UUID) -> ImportBatch:
    found = ImportBatch.objects.filter(uid=uid, kind=KIND, imported_by=request.user).first()
    if found is None:
        raise NotFound
    return found


def _named_kpi(request: UserRequest) -> Kpi:
    found = Kpi.objects.filter(code=request.GET.get("kpi", ""), is_active=True).first()
    if found is None:
        raise NotFound
    return found


def _named_subject(request: UserRequest) -> Person | Team:
    if uid := request.GET.get("person"):
        return person_of(request, uid)
    return get_visible(Team, request.user, code=request.GET.get("team", ""))


def _column(subject: Person | Team) -> dict[str, int]:
    return {"person" if isinstance(subject, Person) else "team": subject.pk}
