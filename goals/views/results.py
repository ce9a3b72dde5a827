"""The list of results, its export, the drawer of one result, and the question about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.form_pages import FormPage, Saved, form_page
from core import exports, formats
from core.errors import UnknownFilter
from core.keyset import keyset_page, next_page_url
from core.periods import Period
from core.ui import Crumb
from goals import selectors, services
from goals.forms import QuestionForm, ResultFilterForm
from goals.models import Kpi, KpiResult
from goals.selectors import ORDERS, ResultFilter
from goals.values import text, text_full
from goals.views.subjects import period_choice

USUAL_ORDER = "-attainment"


@dataclass(frozen=True, slots=True)
class Row:
    """A result as the table shows it."""

    name: str
    detail: str
    url: str
    is_team: bool
    kpi: str
    actual: str
    full: str
    target: str
    attainment: Decimal | None
    trend: list[Decimal | None]
    explain_url: str


@requires("goals.view_results")
@require_safe
def result_list(request: UserRequest) -> HttpResponse:
    """Results of the period, filtered and sorted; with `after` only the next rows."""
    choice = period_choice(request)
    form = ResultFilterForm(_asked(request), viewer=request.user)
    where = filter_of(form, choice.period)
    found, order = selectors.ordered(
        _with_names(selectors.results(viewer=request.user, where=where)), chosen_order(request)
    )
    page = keyset_page(found, order=order, after=request.GET.get("after", ""))
    context = {
        "form": form,
        "rows": _rows(list(page.rows), choice.period),
        "next_url": next_page_url(request, page.after),
        "period": choice.period,
        "period_bar": choice.bar,
        "query": request.GET.urlencode(),
        "crumbs": [Crumb(_("Goals"), reverse("goals:scorecard")), Crumb(_("Results"))],
    }
    rows_only = wants_fragment(request) and "after" in request.GET
    return render(request, "goals/_result_rows.html" if rows_only else "goals/results.html", context)


@requires("goals.view_results")
@require_safe
def result_export(request: UserRequest, kind: str) -> HttpResponseBase:
    """The list as a file, every row of it."""
    choice = period_choice(request)
    where = filter_of(ResultFilterForm(_asked(request), viewer=request.user), choice.period)
    found, order = selectors.ordered(
        _with_names(selectors.results(viewer=request.user, where=where)), chosen_order(request)
    )
    headings = [
        _("Period"),
        _("KPI"),
        _("Subject"),
        _("Kind"),
        _("Number or code"),
        _("Team"),
        _("Actual"),
        _("Target"),
        _("Attainment"),
        _("Numerator"),
        _("Denominator"),
        _("As of"),
    ]
    rows = _export_rows(found.order_by(*order))
    return exports.table_response(kind, name=f"results-{choice.period}", headings=headings, rows=rows)


def _export_rows(rows: "QuerySet[KpiResult]") -> Iterator[exports.Row]:
    for row in rows.iterator(chunk_size=2000):
        subject = row.subject
        yield [
            row.period,
            row.kpi.name,
            subject.name,
            _("person") if row.person else row.team.get_kind_display() if row.team else "",
            row.person.number if row.person else row.team.code if row.team else "",
            row.home_team.name if row.home_team else "",
            row.actual,
            row.target,
            row.attainment,
            row.numerator,
            row.denominator,
            timezone.localdate(row.computed_at),
        ]


@requires("goals.view_results")
@require_safe
def result_explain(request: UserRequest, uid: UUID) -> HttpResponse:
    """The drawer: what the figure means and how it came about."""
    result = get_visible(KpiResult, request.user, uid)
    explanation = selectors.explanation(viewer=request.user, result=result)
    if wants_fragment(request):
        return render(request, "ui/explanation.html", {"explanation": explanation})
    crumbs = [Crumb(_("Goals"), reverse("goals:scorecard")), Crumb(explanation.title)]
    return render(request, "ui/explanation_page.html", {"explanation": explanation, "crumbs": crumbs})


@requires("goals.view_results")
def result_ask(request: UserRequest, uid: UUID) -> HttpResponse:
    """A question about a result, to who leads its subject."""
    result = get_visible(KpiResult, request.user, uid)
    back = selectors.subject_href(result)
    asked = services.who_answers(result.subject, request.user)

    def save(given: dict[str, str]) -> Saved:
        person = services.ask_about(result_uid=uid, question=given["question"], by=request.user)
        return Saved(back, _("%(name)s has your question.") % {"name": person.name})

    places = {
        "kpi": result.kpi.name,
        "subject": result.subject.name,
        "period": formats.period_label(result.period),
        "value": text_full(result.kpi, result.actual),
        "asked": asked.name if asked else "",
    }
    page = FormPage(
        title=_("Ask about %(kpi)s of %(subject)s") % places,
        submit=_("Send question"),
        back=back,
        intro=_("%(period)s: %(value)s. %(asked)s will read the question.") % places if asked else "",
        crumbs=(Crumb(_("Goals"), reverse("goals:scorecard")), Crumb(_("Question"))),
    )
    return form_page(request, page, QuestionForm(request.POST or None), save)  # type: ignore[arg-type]


def _asked(request: UserRequest) -> Mapping[str, str]:
    """The filters; where none is named, people by the first KPI: a list of all at once ranks what can't be compared."""
    if any(name in request.GET for name in ("kpi", "team", "kind", "q")):
        return request.GET
    first = Kpi.objects.filter(is_active=True).values_list("code", flat=True).first()
    return {"kpi": first or "", "kind": "person"}


def filter_of(form: ResultFilterForm, period: Period) -> ResultFilter:
    """Raises UnknownFilter with the first field that has an unknown value."""
    if not form.is_valid():
        name = next(iter(form.errors))
        raise UnknownFilter(name=name, given=str(form.data.get(name, ""))[:40], allowed=_("one of the list"))
    given = form.cleaned_data
    return ResultFilter(
        period=period.code,
        kpi=given["kpi"].code if given.get("kpi") else "",
        team_path=given["team"].path if given.get("team") else "",
        kind=given.get("kind") or "",
        text=(given.get("q") or "").strip(),
    )


def chosen_order(request: UserRequest) -> str:
    given = request.GET.get("sort") or USUAL_ORDER
    if given.removeprefix("-") not in ORDERS:
        raise UnknownFilter(name="sort", given=given[:40], allowed=", ".join(ORDERS))
    return given


def _with_names(rows: "QuerySet[KpiResult]") -> "QuerySet[KpiResult]":
    return rows.select_related("kpi", "person", "team", "home_team")


def _rows(results: list[KpiResult], period: Period) -> list[Row]:
    trends = selectors.trends(results, period)
    return [_row(result, trends[result.pk]) for result in results]


def _row(result: KpiResult, trend: list[Decimal | None]) -> Row:
    kpi = result.kpi
    detail = result.home_team.name if result.home_team else ""
    return Row(
        name=result.subject.name,
        detail=detail,
        url=selectors.subject_href(result),
        is_team=result.team_id is not None,
        kpi=kpi.name,
        actual=text(kpi, result.actual),
        full=text_full(kpi, result.actual),
        target=text(kpi, result.target) if result.target is not None else "",
        attainment=result.attainment,
        trend=trend,
        explain_url=reverse("goals:result-explain", args=[result.uid]),
    )
