"""What the dashboard of one team shows: figures, course of the period, the level below, funnel and mix.

Facts only: nothing here reads deals by the row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from accounts.models import Person, Team, User
from core.periods import Period
from crm import selectors as crm
from crm.models import SalesMix
from dashboards.rules.forecast import Landing, landing, paths, share_booked_by
from dashboards.selectors.activity import ids_without_deals
from goals import selectors as goals
from incentives import selectors as pay
from training import selectors as training

Level = Literal["children", "teams", "people"]
Key = tuple[Literal["person", "team"], int]
PAST_SEASONS = 4


@dataclass(frozen=True, slots=True)
class Course:
    """Cumulative bookings by day beside the target's straight line, the compared period, and where it will land.

    `same_point` is what the compared period had reached by the same share of it: by KPI code.
    """

    days: Sequence[date]
    actual: Sequence[Decimal | None]
    past: Sequence[Decimal | None]
    target: Decimal | None
    landing: Landing | None
    forecast: Sequence[tuple[Decimal, Decimal, Decimal] | None]
    same_point: Mapping[str, Decimal]

    @property
    def booked(self) -> Decimal:
        known = [value for value in self.actual if value is not None]
        return known[-1] if known else Decimal(0)


@dataclass(frozen=True, slots=True)
class ChildRow:
    """One team or KAM of the level below."""

    figures: goals.SubjectFigures
    coverage: Decimal | None
    coached_days: int | None
    bonus: pay.BonusCost | None
    without_deals: bool = False

    def value(self, kpi: str) -> Decimal | None:
        found = self.figures.figures.get(kpi)
        return found.actual if found else None

    @property
    def attainment(self) -> Decimal | None:
        found = self.figures.figures.get("booked_revenue")
        return found.attainment if found else None

    @property
    def target(self) -> Decimal | None:
        found = self.figures.figures.get("booked_revenue")
        return found.target if found else None


@dataclass(frozen=True, slots=True)
class Overview:
    """A team's dashboard."""

    team: Team
    period: Period
    figures: Mapping[str, goals.Figure]
    pace: goals.Pace
    pipeline: crm.Pipeline
    coverage: Decimal | None
    bonus: pay.BonusCost | None
    bonus_before: pay.BonusCost | None
    course: Course
    funnel: Sequence[crm.FunnelRow]
    products: Sequence[crm.MixRow]
    sectors: Sequence[crm.MixRow]


def overview(*, viewer: User, team: Team, period: Period, compare: Period | None, today: date) -> Overview:
    """About twenty queries, however many people and deals there are."""
    figures = goals.figures(viewer=viewer, subject=team, period=period, compare=compare)
    now = min(today, period.end)
    pipeline = crm.pipeline(subject=team, on=now)
    before = compare or period.previous
    costs = pay.bonus_costs(subjects=[team], period=period)
    costs_before = pay.bonus_costs(subjects=[team], period=before)
    return Overview(
        team=team,
        period=period,
        figures=figures,
        pace=goals.pace(period=period, on=today),
        pipeline=pipeline,
        coverage=coverage(pipeline, figures),
        bonus=costs.get(("team", team.pk)),
        bonus_before=costs_before.get(("team", team.pk)),
        course=course(subject=team, period=period, compare=compare, today=today, figure=figures.get("booked_revenue")),
        funnel=crm.funnel(subject=team, period=period),
        products=crm.sales_mix(subject=team, period=period, dimension=SalesMix.Dimension.PRODUCT),
        sectors=crm.sales_mix(subject=team, period=period, dimension=SalesMix.Dimension.SECTOR),
    )


def coverage(pipeline: crm.Pipeline, figures: Mapping[str, goals.Figure]) -> Decimal | None:
    """Open pipeline weighted by the period's own win rate, over what is still missing to the target.

    None without a target or win rate, and where the target is already reached: nothing is left to cover.
    """
    booked, rate = figures.get("booked_revenue"), figures.get("win_rate")
    if booked is None or booked.target is None or rate is None or rate.actual is None:
        return None
    missing = booked.target - (booked.actual or Decimal(0))
    return pipeline.amount * rate.actual / missing if missing > 0 else None


def course(
    *, subject: Person | Team, period: Period, compare: Period | None, today: date, figure: goals.Figure | None
) -> Course:
    """Everything of it in one query: this period, up to four past seasons and the compared one."""
    seasons_of = [period.shift(-steps) for steps in range(1, PAST_SEASONS + 1)]
    looked_at = [period, *seasons_of, *([compare] if compare else [])]
    shown, *others = crm.booked_trends(subject=subject, periods=looked_at)
    days = [point.day for point in shown]
    actual = [point.total if point.day <= today else None for point in shown]
    past = others[PAST_SEASONS] if compare else []
    seasons = usable_seasons(others[:PAST_SEASONS])
    progress = elapsed(period, today)
    known = sum(1 for value in actual if value is not None)
    land = None
    forecast: list[tuple[Decimal, Decimal, Decimal] | None] = [None] * len(days)
    if period.start <= today < period.end and known:
        booked = actual[known - 1] or Decimal(0)
        shares = [share for curve in seasons if (share := share_booked_by(curve, progress)) is not None]
        land = landing(booked, shares)
        if land:
            shape = mean_shape(seasons, len(days))
            forecast[known - 1 :] = list(paths(land, booked, shape, known - 1))
    return Course(
        days=days,
        actual=actual,
        past=stretched([point.total for point in past], len(days)),
        target=figure.target if figure else None,
        landing=land,
        forecast=forecast,
        same_point=reached_by(past, progress),
    )


def elapsed(period: Period, today: date) -> Decimal:
    """Share of the period's days that are over, 0 to 1."""
    share = period.progress(today)
    return Decimal(share.numerator) / share.denominator


def same_point(*, subject: Person | Team, compare: Period, period: Period, today: date) -> dict[str, Decimal]:
    """What `compare` had reached by the point where `period` is today. One query."""
    return reached_by(crm.booked_trend(subject=subject, period=compare), elapsed(period, today))


def reached_by(past: Sequence[crm.TrendPoint], progress: Decimal) -> dict[str, Decimal]:
    """What a past period had booked and won by a share of it; nothing where it has no days."""
    known = past[: int(progress * len(past))]
    if not known:
        return {}
    return {"booked_revenue": known[-1].total, "deals_won": Decimal(sum(point.won for point in known))}


def usable_seasons(seasons: Sequence[Sequence[crm.TrendPoint]]) -> list[Sequence[Decimal]]:
    """Cumulative bookings by day of those past periods that have bookings in their first third too.

    A period that begins before the data does would bend the season, so it is left out.
    """
    curves: list[Sequence[Decimal]] = []
    for points in seasons:
        first_third = points[: max(len(points) // 3, 1)]
        if points and points[-1].total > 0 and first_third[-1].total > 0:
            curves.append([point.total for point in points])
    return curves


def mean_shape(seasons: Sequence[Sequence[Decimal]], length: int) -> list[Decimal]:
    """Mean share booked by each point of a period of `length` days, from 0 to 1."""
    stretched_curves = [stretched([value / curve[-1] for value in curve], length) for curve in seasons]
    shape = []
    for values in zip(*stretched_curves, strict=True):
        numbers = [value for value in values if value is not None]
        shape.append(sum(numbers, Decimal(0)) / len(numbers))
    return shape


def stretched(curve: Sequence[Decimal], length: int) -> list[Decimal | None]:
    """A curve of another number of days laid over `length` days, by share of the period."""
    if not curve:
        return [None] * length
    return [curve[min((index + 1) * len(curve) // length, len(curve)) - 1] for index in range(length)]


def children(
    *, viewer: User, team: Team, period: Period, compare: Period | None, level: Level, today: date
) -> list[ChildRow]:
    """The level below with its figures: eight queries, whatever the number of rows."""
    rows = goals.child_figures(viewer=viewer, team=team, period=period, compare=compare, level=level)
    return child_rows(rows, period, today)


def people(
    *, viewer: User, chosen: Sequence[int], period: Period, compare: Period | None, today: date
) -> list[ChildRow]:
    """Chosen people (row ids) in the given order, for one page of a long list. Eight queries."""
    rows = goals.figures_of_people(viewer=viewer, people=chosen, period=period, compare=compare)
    return child_rows(rows, period, today)


def child_rows(rows: Sequence[goals.SubjectFigures], period: Period, today: date) -> list[ChildRow]:
    """Figures with what other apps know of the same subjects: open deals, pay, last one-on-one."""
    subjects = subjects_of(rows)
    pipelines = crm.pipelines(subjects=list(subjects.values()), on=min(today, period.end))
    costs = pay.bonus_costs(subjects=list(subjects.values()), period=period)
    coached = coached_days(list(subjects.values()), today)
    idle = ids_without_deals([pk for kind, pk in subjects if kind == "person"], period, today)
    result = []
    for row in rows:
        key = key_of(row.subject)
        found = pipelines.get(key)
        result.append(
            ChildRow(
                figures=row,
                coverage=coverage(found, row.figures) if found else None,
                coached_days=coached.get(key),
                bonus=costs.get(key),
                without_deals=key[0] == "person" and key[1] in idle,
            )
        )
    return result


def key_of(subject: goals.Subject) -> Key:
    return ("person" if subject.kind == "person" else "team", subject.id)


def subjects_of(rows: Sequence[goals.SubjectFigures]) -> dict[Key, Person | Team]:
    """The people and teams of rows, by kind and row id: two queries."""
    people = Person.objects.in_bulk([row.subject.id for row in rows if row.subject.kind == "person"])
    teams = Team.objects.in_bulk([row.subject.id for row in rows if row.subject.kind != "person"])
    found: dict[Key, Person | Team] = {("person", key): person for key, person in people.items()}
    return found | {("team", key): team for key, team in teams.items()}


def coached_days(subjects: Sequence[Person | Team], today: date) -> dict[Key, int]:
    """Days since the last one-on-one; of a team the median over its people. That it took place, never what was said."""
    people = [subject.pk for subject in subjects if isinstance(subject, Person)]
    teams = [subject for subject in subjects if isinstance(subject, Team)]
    days: dict[Key, int] = {}
    if people:
        days |= {("person", key): (today - on).days for key, on in training.last_coached(person_ids=people).items()}
    if teams:
        known = training.days_since_coached(teams=teams, on=today)
        days |= {("team", key): value for key, value in known.items() if value is not None}
    return days
