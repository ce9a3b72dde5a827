"""A team's dashboard: the company, a region, a team; people below have a page of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import UserRequest, get_visible, requires
from accounts.models import Person, Team, User
from core import calendar, formats
from core.errors import NotFound, UnknownFilter
from core.exports import table_response
from core.period_choice import PeriodChoice, chosen_period
from core.periods import PeriodKind
from core.ui import Attention, Crumb, Tab
from dashboards import explanations
from dashboards.panels import team as panels
from dashboards.selectors.attention import findings as what_needs_attention
from dashboards.selectors.overview import ChildRow, Level, Overview, children, overview, people
from dashboards.selectors.ranking import ranked_people
from goals import selectors as goals
from incentives import selectors as pay

ROWS = 25
MOST_ROWS = 400
LEVELS: tuple[Level, ...] = ("children", "teams", "people")


@requires("dashboards.view_dashboard")
def team_dashboard(request: UserRequest) -> HttpResponse:
    choice, team = chosen_period(request), chosen_team(request)
    today = calendar.today()
    found = overview(viewer=request.user, team=team, period=choice.period, compare=choice.compare, today=today)
    level = chosen_level(request)
    below = children(
        viewer=request.user, team=team, period=choice.period, compare=choice.compare, level="children", today=today
    )
    table = _table(request, team, choice, level, below)
    findings = what_needs_attention(
        viewer=request.user,
        team=team,
        period=choice.period,
        compare=choice.compare,
        today=today,
        rows=[row.figures for row in below],
        pace=found.pace,
    )
    return render(
        request,
        "dashboards/team.html",
        _context(request, choice, found, table, level=level, attention=panels.attention(findings, choice.period)),
    )


@dataclass(frozen=True, slots=True)
class Table:
    """The rows shown of the level below, in the order asked for, and how many there are in all."""

    rows: Sequence[ChildRow]
    total: int


def _table(
    request: UserRequest, team: Team, choice: PeriodChoice, level: Level, below: Sequence[ChildRow] | None = None
) -> Table:
    """A company has few teams, but a thousand people: of those only the shown ones are read. `below`: read already."""
    if level == "people":
        return _people(request, team, choice, most=shown_rows(request))
    if level != "children" or below is None:
        below = children(
            viewer=request.user,
            team=team,
            period=choice.period,
            compare=choice.compare,
            level=level,
            today=calendar.today(),
        )
    return Table(panels.ordered(below, request.GET.get("sort", ""))[: shown_rows(request)], len(below))


def _people(request: UserRequest, team: Team, choice: PeriodChoice, most: int | None) -> Table:
    user, today = request.user, calendar.today()
    ranked = ranked_people(
        viewer=user, team=team, period=choice.period, sort=request.GET.get("sort", ""), most=most, today=today
    )
    rows = people(viewer=user, chosen=ranked.people, period=choice.period, compare=choice.compare, today=today)
    return Table(rows, ranked.total)


def shown_rows(request: UserRequest) -> int:
    """How many rows `?rows=` asks for, from 25 to 400; the export has all."""
    given = request.GET.get("rows", "")
    return min(max(int(given[:6]), ROWS), MOST_ROWS) if given.isascii() and given.isdigit() else ROWS


def _context(
    request: UserRequest,
    choice: PeriodChoice,
    found: Overview,
    table: Table,
    *,
    level: Level,
    attention: list[Attention],
) -> dict[str, object]:
    period, compare = choice.period, choice.compare
    shown = shown_rows(request)
    more = min(shown * 4, table.total, MOST_ROWS) - shown
    return {
        "team": found.team,
        "crumbs": crumbs(request.user, found.team, period.code),
        "period_bar": choice.bar,
        "subtitle": _("%(state)s · figures as of %(moment)s")
        % {"state": panels.days_left(period, calendar.today()), "moment": formats.moment(as_of(found))},
        "kpis": panels.kpis(found, compare),
        "course": panels.course_chart(found.course, period, compare),
        "attention": attention,
        "level": level,
        "levels": levels(request, found.team, level),
        "rows": panels.table_rows(table.rows, found.pace, period),
        "total": table.total,
        "more": max(more, 0),
        "more_url": _with(request, rows=str(shown + more)),
        "pace": found.pace,
        "currency": settings.COMPANY_CURRENCY,
        "compare": compare,
        "funnel": panels.funnel_chart(found.funnel, found.figures.get("win_rate")),
        "products": panels.product_chart(found.products),
        "sectors": panels.sector_chart(found.sectors),
        "export_url": f"{reverse('dashboards:team-export')}?{request.GET.urlencode()}",
    }


def _with(request: UserRequest, **changes: str) -> str:
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"


def as_of(found: Overview) -> datetime:
    booked = found.figures.get("booked_revenue")
    return booked.computed_at if booked else timezone.now()


def chosen_team(request: UserRequest) -> Team:
    """The team of `?team=`, else the topmost one that the user may see. Raises NotFound."""
    code = request.GET.get("team", "")
    if code:
        return get_visible(Team, request.user, code=code)
    team = Team.objects.visible_to(request.user).order_by("path").first()
    if team is None:
        raise NotFound
    return team


def chosen_level(request: UserRequest) -> Level:
    level = request.GET.get("level", "children")
    for known in LEVELS:
        if level == known:
            return known
    raise UnknownFilter(name="level", given=level[:20], allowed=", ".join(LEVELS))


def levels(request: UserRequest, team: Team, active: Level) -> list[Tab]:
    """What the table can show of this team: the level below, all teams, all people."""
    if team.kind == Team.Kind.TEAM:
        return []
    labels: dict[Level, str] = {
        "children": _("Regions") if team.kind == Team.Kind.COMPANY else _("Teams"),
        "teams": _("All teams"),
        "people": _("People"),
    }
    if team.kind == Team.Kind.REGION:
        labels.pop("teams")
    return [Tab(label, _with(request, level=level), active=level == active) for level, label in labels.items()]


def crumbs(user: User, team: Team, period: str) -> list[Crumb]:
    """Company > Region > Team, each a link for those who may see it. One query."""
    chain = {found.pk: found for found in Team.objects.visible_to(user).filter(pk__in=team.ancestor_ids)}
    shown = [chain[pk] for pk in team.ancestor_ids if pk in chain]
    return [Crumb(found.name, f"{reverse('dashboards:team')}?team={found.code}&period={period}") for found in shown]


@requires("dashboards.view_dashboard")
def team_export(request: UserRequest) -> HttpResponseBase:
    """The table below the charts as a workbook, with exact numbers."""
    choice, team = chosen_period(request), chosen_team(request)
    level = chosen_level(request)
    found = _people(request, team, choice, most=None) if level == "people" else _table(request, team, choice, level)
    pace = goals.pace(period=choice.period, on=calendar.today())
    name = f"{team.code}-{choice.period}"
    return table_response(
        "xlsx", name=name, headings=panels.export_headings(), rows=panels.export_rows(found.rows, pace)
    )


def chosen_person(request: UserRequest) -> Person | None:
    """The person whose figure is asked for; None where it is a team's. Raises NotFound."""
    if "person" not in request.GET:
        return None
    try:
        uid = UUID(request.GET["person"])
    except ValueError as error:
        raise NotFound from error
    return get_visible(Person, request.user, uid=uid)


@requires("dashboards.view_dashboard")
def coverage_explain(request: UserRequest) -> HttpResponse:
    choice, subject = chosen_period(request), chosen_person(request) or chosen_team(request)
    explanation = explanations.coverage(
        viewer=request.user, subject=subject, period=choice.period, today=calendar.today()
    )
    return render(request, "ui/explanation.html", {"explanation": explanation})


@requires("dashboards.view_dashboard")
def bonus_explain(request: UserRequest) -> HttpResponse:
    choice, person = chosen_period(request), chosen_person(request)
    if person is not None and choice.period.kind == PeriodKind.YEAR:
        explanation = explanations.bonus_of_person(viewer=request.user, person=person, period=choice.period)
        return render(request, "ui/explanation.html", {"explanation": explanation})
    if person is not None:
        statement = pay.bonus_so_far(person=person, period=choice.period)
        if statement is None:
            raise NotFound
        explanation = pay.explain_statement(viewer=request.user, statement_uid=statement.uid)
        return render(request, "ui/explanation.html", {"explanation": explanation})
    team = chosen_team(request)
    explanation = explanations.bonus(viewer=request.user, team=team, period=choice.period)
    return render(request, "ui/explanation.html", {"explanation": explanation})
