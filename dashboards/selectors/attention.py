"""Signals for the attention list. The database picks those that count: the list costs the same with a thousand KAMs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import F, OuterRef, Subquery, Sum
from django.urls import reverse

from accounts.models import Membership, Person, Team, User
from core import calendar
from core.periods import Period
from crm.models import PipelineSnapshot
from dashboards.rules import attention as rules
from dashboards.selectors.activity import without_deals
from goals import selectors as goals
from goals.models import KpiResult
from incentives import selectors as pay
from training import selectors as training

NAMED = 3  # of those who are only counted


def findings(
    *,
    viewer: User,
    team: Team,
    period: Period,
    compare: Period | None,
    today: date,
    rows: Sequence[goals.SubjectFigures],
    pace: goals.Pace,
) -> list[rules.Finding]:
    """What needs attention in a team, worst first. `rows` are the teams below, whose figures the page has anyway."""
    return rules.findings(
        people=person_signals(team=team, period=period, before=compare or period.previous, today=today),
        teams=team_signals(rows, pace),
        stuck=stuck_signal(team=team, today=today) if period.start <= today < period.end else None,
        runs=[
            rules.RunSignal(str(run.uid), run.code, run.people, run.total) for run in pay.runs_waiting_for(user=viewer)
        ],
    )


FALLEN = """
    WITH members AS (
        SELECT DISTINCT m.person_id
        FROM accounts_membership m JOIN accounts_team t ON t.id = m.team_id
        WHERE t.path LIKE %(path)s AND m.during @> %(today)s::date
    )
    SELECT p.id, p.uid::text, p.name, now.actual, past.actual, now.denominator, past.denominator,
           now.denominator - now.numerator
    FROM members
    JOIN accounts_person p ON p.id = members.person_id
    JOIN goals_kpi k ON k.code = 'win_rate'
    JOIN goals_kpiresult now ON now.person_id = p.id AND now.kpi_id = k.id AND now.period = %(period)s
    LEFT JOIN goals_kpiresult past ON past.person_id = p.id AND past.kpi_id = k.id AND past.period = %(before)s
    WHERE now.denominator > 0
    ORDER BY past.denominator >= %(least)s AND now.denominator >= %(least)s DESC NULLS LAST,
             past.actual - now.actual DESC NULLS LAST, p.id
    LIMIT %(most)s
"""


def person_signals(*, team: Team, period: Period, before: Period, today: date) -> list[rules.PersonSignal]:
    """The KAMs of a team whose win rate fell most, and those whom nobody has coached for long. Three queries.

    SQL because the fall is a difference between two rows of the fact table, ordered and cut in the database.
    """
    values: dict[str, str | int | date] = {
        "path": f"{team.path}%",
        "today": today,
        "period": period.code,
        "before": before.code,
        "least": rules.LEAST_CLOSED,
        "most": rules.MOST,
    }
    with connection.cursor() as cursor:
        cursor.execute(FALLEN, values)
        rows = cursor.fetchall()
    coached = training.last_coached(person_ids=[row[0] for row in rows])
    fallen = [_signal(row, coached.get(row[0]), today) for row in rows]
    return fallen + _long_not_coached(team, today, {row[0] for row in rows})


def _signal(
    row: tuple[int, str, str, Decimal | None, Decimal | None, Decimal, Decimal | None, Decimal],
    last: date | None,
    today: date,
) -> rules.PersonSignal:
    _id, uid, name, now, past, closed, closed_before, lost = row
    return rules.PersonSignal(
        key=uid,
        name=name,
        win_rate=now,
        win_rate_before=past,
        closed=int(closed),
        closed_before=int(closed_before or 0),
        lost=int(lost),
        coached_days=(today - last).days if last else None,
    )


def _long_not_coached(team: Team, today: date, known: set[int]) -> list[rules.PersonSignal]:
    """A few members who have not been coached for long, longest first."""
    last = training.last_coached_subquery(OuterRef("pk"))
    people = (
        Person.objects.in_team(team, today)
        .exclude(pk__in=known)
        .annotate(last=Subquery(last))
        .filter(last__lt=today - timedelta(days=rules.NOT_COACHED_DAYS))
        .order_by(F("last").asc(), "pk")[: rules.MOST]
    )
    return [
        rules.PersonSignal(str(person.uid), person.name, None, None, 1, 0, 0, (today - person.last).days)  # type: ignore[attr-defined]
        for person in people
    ]


def team_signals(rows: Sequence[goals.SubjectFigures], pace: goals.Pace) -> list[rules.TeamSignal]:
    signals = []
    for row in rows:
        booked = row.figures.get("booked_revenue")
        if row.subject.kind == "person" or booked is None or booked.target is None:
            continue
        on_pace = pace.on_pace(booked.attainment)
        due = booked.target * pace.share
        signals.append(
            rules.TeamSignal(row.subject.key, row.subject.name, on_pace, due - (booked.actual or Decimal(0)))
        )
    return signals


def stuck_signal(*, team: Team, today: date) -> rules.StuckSignal | None:
    """Open deals that take longer than nine of ten won ones, and which team under this one has most. Two queries."""
    newest = PipelineSnapshot.objects.filter(team=team, day__lte=today).order_by("-day").values("day")[:1]
    rows = PipelineSnapshot.objects.filter(day=Subquery(newest), team__path__startswith=team.path)
    total = rows.filter(team=team).aggregate(stuck=Sum("stuck_deals"), value=Sum("stuck_amount"), open=Sum("deals"))
    if not total["stuck"]:
        return None
    worst = (
        rows.filter(team__kind=Team.Kind.TEAM)
        .values("team__name")
        .annotate(most=Sum("stuck_deals"))
        .order_by("-most", "team__name")
        .first()
    )
    return rules.StuckSignal(
        deals=total["stuck"],
        amount=total["value"],
        open_deals=total["open"],
        worst_team=worst["team__name"] if worst else team.name,
        worst_deals=worst["most"] if worst else total["stuck"],
    )


@dataclass(frozen=True, slots=True)
class Leader:
    """A KAM's place on the leader board."""

    name: str
    url: str
    team: str
    attainment: Decimal | None
    explain_url: str


@dataclass(frozen=True, slots=True)
class LeaderBoard:
    """`without_deals`: how many are left out because they sell nothing at all; `named`: the first of them."""

    first: Sequence[Leader]
    last: Sequence[Leader]
    without_deals: int
    named: Sequence[str]


def leader_board(*, team: Team, period: Period, most: int) -> LeaderBoard:
    """The KAMs furthest ahead and furthest behind by attainment of booked revenue; on both lists is nobody, and on
    none who had no deal for a year (`activity`). Four queries, however many people.
    """
    today = calendar.today()
    members = Person.objects.in_team(team, min(today, period.end - timedelta(days=1)))
    idle = without_deals(members, period, today)
    results = (
        KpiResult.objects.filter(
            kpi__code="booked_revenue",
            period=period.code,
            attainment__isnull=False,
            person__in=members,
        )
        .exclude(person__in=idle.values("pk"))
        .annotate(
            team_name=Subquery(
                Membership.objects.filter(person=OuterRef("person"), during__contains=calendar.today()).values(
                    "team__name"
                )[:1]
            )
        )
    )
    columns = results.values_list("person__name", "person__uid", "team_name", "attainment", "uid")
    first = [_leader(*row) for row in columns.order_by("-attainment", "pk")[:most]]
    ahead = {leader.url for leader in first}
    last = [_leader(*row) for row in columns.order_by("attainment", "-pk")[:most]]
    return LeaderBoard(
        first=first,
        last=[leader for leader in last if leader.url not in ahead],
        without_deals=idle.count(),
        named=list(idle.order_by("name").values_list("name", flat=True)[:NAMED]),
    )


def _leader(name: str, person: UUID, team: str | None, attainment: Decimal | None, result: UUID) -> Leader:
    return Leader(
        name=name,
        url=reverse("dashboards:person", args=[person]),
        team=team or "",
        attainment=attainment,
        explain_url=reverse("goals:result-explain", args=[result]),
    )
