"""Two runs side by side: who is paid otherwise, by how much, and because of what."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from core import formats
from core.errors import NotFound
from core.exports import Row, table_response
from core.keyset import next_page_url
from core.ui import Crumb, Kpi, Tab
from incentives import selectors
from incentives.models import Run
from incentives.selectors.run_causes import weighed
from incentives.selectors.runs import Cause, Changed, Difference
from incentives.views.runs import crumbs, run_title

ROWS = 100


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """A person with the causes in words, each with its money where that can be told."""

    difference: Difference
    causes: list[tuple[str, Decimal | None]]
    before_url: str
    after_url: str


@require_GET
@requires("incentives.view_runs")
def run_compare(request: UserRequest, uid: UUID) -> HttpResponse:
    """This run against an earlier one (`?with=`), by default the nearest; HTMX gets the next rows."""
    run, other, choices = _both(request, uid)
    context: dict[str, Any] = {"run": run, "other": other, "crumbs": crumbs(_crumb(run), Crumb(_("Compare")))}
    if other is None:
        return render(request, "incentives/run_compare.html", context)
    found = _found(request, run, other)
    start = _start(request)
    after = str(start + ROWS) if len(found) > start + ROWS else None
    context |= {
        "rows": [_row(each) for each in weighed(found[start : start + ROWS], before=other, after=run)],
        "next_url": next_page_url(request, after),
    }
    if wants_fragment(request) and start:
        return render(request, "incentives/_compare_rows.html", context)
    everybody = found if not request.GET.get("cause") else _found(request, run, other, every_cause=True)
    context |= {
        "title": run_title(run),
        "subtitle": _("against %(run)s") % {"run": run_title(other)},
        "choices": [(str(each.uid), run_title(each), each.pk == other.pk) for each in choices],
        "tabs": _tabs(request, other, everybody),
        "kpis": _kpis(run, found),
        "exports": [(kind, _export_url(request, run, other, kind)) for kind in ("xlsx", "csv")],
    }
    return render(request, "incentives/run_compare.html", context)


def _crumb(run: Run) -> Crumb:
    return Crumb(run_title(run), reverse("incentives:run-detail", args=[run.uid]))


def _both(request: UserRequest, uid: UUID) -> tuple[Run, Run | None, list[Run]]:
    run = get_visible(Run, request.user, uid)
    choices = selectors.comparable_runs(viewer=request.user, run=run)
    wanted = request.GET.get("with", "")
    if not wanted:
        return run, choices[0] if choices else None, choices
    other = next((each for each in choices if str(each.uid) == wanted), None)
    if other is None:
        raise NotFound
    return run, other, choices


def _found(request: UserRequest, run: Run, other: Run, *, every_cause: bool = False) -> list[Difference]:
    return selectors.compare_runs(
        viewer=request.user,
        run_uid=other.uid,
        other_uid=run.uid,
        sort=request.GET.get("sort", "-size"),
        cause="" if every_cause else request.GET.get("cause", ""),
    )


def _start(request: UserRequest) -> int:
    after = request.GET.get("after", "")
    return int(after) if after.isdecimal() and len(after) < 7 else 0


def _tabs(request: UserRequest, other: Run, found: Sequence[Difference]) -> list[Tab]:
    """The causes that there are, each with how many people."""
    chosen = request.GET.get("cause", "")
    kept = {"with": str(other.uid)} | ({"sort": request.GET["sort"]} if request.GET.get("sort") else {})
    counts = {cause: sum(any(one.cause == cause for one in each.causes) for each in found) for cause in Cause}
    tabs = [Tab(_("All"), f"?{urlencode(kept)}", not chosen, len(found))]
    return tabs + [
        Tab(str(cause.label), f"?{urlencode(kept | {'cause': cause.value})}", cause == chosen, count)
        for cause, count in counts.items()
        if count or cause == chosen
    ]


def _kpis(run: Run, found: Sequence[Difference]) -> list[Kpi]:
    more = sum((each.change for each in found if each.change > 0), Decimal(0))
    less = sum((each.change for each in found if each.change < 0), Decimal(0))

    def kpi(label: str, amount: Decimal) -> Kpi:
        return Kpi(label, formats.money(amount, run.currency), full=formats.money_full(amount, run.currency))

    return [
        Kpi(_("People paid otherwise"), formats.number(len(found))),
        kpi(_("Difference in all"), more + less),
        kpi(_("More"), more),
        kpi(_("Less"), less),
    ]


def _row(difference: Difference) -> ComparedRow:
    return ComparedRow(
        difference,
        [(cause_text(one, difference.currency), one.pay) for one in difference.causes],
        _statement_url(difference.statement_before),
        _statement_url(difference.statement_after),
    )


def _statement_url(uid: UUID | None) -> str:
    return reverse("incentives:statement-detail", args=[uid]) if uid else ""


def cause_text(changed: Changed, currency: str) -> str:
    """'Credits: $1,200 → $1,500'."""
    if changed.before is None and changed.after is None:
        return str(changed.cause.label)
    values = {
        "cause": changed.cause.label,
        "before": _value(changed, changed.before, currency),
        "after": _value(changed, changed.after, currency),
    }
    return _("%(cause)s: %(before)s → %(after)s") % values


def _value(changed: Changed, value: Decimal | str | None, currency: str) -> str:
    if value is None:
        return _("none")
    if isinstance(value, Decimal):
        return formats.money_full(value, currency)
    return value or (_("all") if changed.cause == Cause.DAYS else value)


def _export_url(request: UserRequest, run: Run, other: Run, kind: str) -> str:
    kept = {name: request.GET[name] for name in ("sort", "cause") if request.GET.get(name)}
    url = reverse("incentives:run-compare-export", args=[run.uid, kind])
    return f"{url}?{urlencode({'with': str(other.uid), **kept})}"


@require_GET
@requires("incentives.view_runs")
def run_compare_export(request: UserRequest, uid: UUID, kind: str) -> HttpResponseBase:
    """All differences of the view as XLSX or CSV. Raises NotFound."""
    run, other, _choices = _both(request, uid)
    if other is None:
        raise NotFound
    headings = [_("Employee number"), _("Person"), other.code, run.code, _("Difference"), _("Currency"), _("Because")]
    rows = map(_export_row, weighed(_found(request, run, other), before=other, after=run))
    return table_response(kind, name=f"{run.code}-against-{other.code}", headings=headings, rows=rows)


def _export_row(each: Difference) -> Row:
    causes = "; ".join(
        cause_text(one, each.currency) + (f" ({formats.money_full(one.pay, each.currency)})" if one.pay else "")
        for one in each.causes
    )
    return [each.person.number, each.person.name, each.before, each.after, each.change, each.currency, causes]
