"""Figures of people and teams for pages: a result with its target, the compared period and the last five. Rows are
read as tuples.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import Person, Team, User
from core.periods import Period
from goals.models import Kpi, KpiResult

HISTORY = 5
PEOPLE_SHOWN = 200
Level = Literal["children", "teams", "people"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a figure is about. `key` is the uid of a person, the code of a team; `members` counts people with a
    result.
    """

    kind: Literal["person", "company", "region", "team"]
    id: int
    key: str
    name: str
    detail: str
    url: str
    members: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """One point of history."""

    period: str
    actual: Decimal | None
    attainment: Decimal | None
    target: Decimal | None = None
    uid: UUID | None = None

    @property
    def explain_url(self) -> str | None:
        return reverse("goals:result-explain", args=[self.uid]) if self.uid else None


@dataclass(frozen=True, slots=True)
class Figure:
    """One KPI of one subject in a period. `history` is oldest first, this period last; periods without a result are
    left out.
    """

    kpi: Kpi
    uid: UUID
    period: str
    numerator: Decimal
    denominator: Decimal | None
    actual: Decimal | None
    target: Decimal | None
    attainment: Decimal | None
    computed_at: datetime
    compared: Decimal | None = None
    history: tuple[Past, ...] = ()

    @property
    def change(self) -> Decimal | None:
        """Against the compared period: a difference for percentages, else a ratio (0.031 is 3.1 % more)."""
        if self.actual is None or self.compared is None:
            return None
        if self.kpi.unit == Kpi.Unit.PERCENT:
            return self.actual - self.compared
        return (self.actual - self.compared) / self.compared if self.compared else None

    @property
    def missing(self) -> Decimal | None:
        """What is still missing to the target, where more is better; 0 once it is reached."""
        if self.actual is None or self.target is None or self.kpi.direction == Kpi.Direction.LOWER:
            return None
        return max(self.target - self.actual, Decimal(0))

    @property
    def explain_url(self) -> str:
        return reverse("goals:result-explain", args=[self.uid])

    @property
    def trend(self) -> list[Decimal | None]:
        return [past.actual for past in self.history]


@dataclass(frozen=True, slots=True)
class SubjectFigures:
    """A subject with its figures by KPI code; a KPI without a result is absent."""

    subject: Subject
    figures: dict[str, Figure]


KINDS: dict[Team.Kind, Literal["company", "region", "team"]] = {
    Team.Kind.COMPANY: "company",
    Team.Kind.REGION: "region",
    Team.Kind.TEAM: "team",
}
COLUMNS = (
    "person_id", "team_id", "kpi_id", "period", "uid", "numerator", "denominator", "actual", "target", "attainment",
    "computed_at",
)  # fmt: skip
Row = tuple[Any, ...]


def kpis(codes: Sequence[str] | None = None) -> list[Kpi]:
    """The active KPIs in their order, or those of the given codes."""
    rows = Kpi.objects.filter(is_active=True)
    return list(rows if codes is None else rows.filter(code__in=codes))


def figures(
    *,
    viewer: User,
    subject: Person | Team,
    period: Period,
    compare: Period | None = None,
    kpis: Sequence[str] | None = None,
) -> dict[str, Figure]:
    """A subject's figures by KPI code, in the KPIs' order; empty where the viewer may not see the subject. Two
    queries.
    """
    column = "person" if isinstance(subject, Person) else "team"
    rows = KpiResult.objects.visible_to(viewer).filter(**{column: subject.pk})
    return _by_subject(rows, period, compare, kpis).get((column, subject.pk), {})


def child_figures(
    *,
    viewer: User,
    team: Team,
    period: Period,
    compare: Period | None = None,
    level: Level = "children",
    kpis: Sequence[str] | None = None,
    most: int = PEOPLE_SHOWN,
) -> list[SubjectFigures]:
    """The figures of what is under a team. Three queries, however many (one more where `children` turn out to be
    people).

    level  "children": the teams right under it, its people where there are none; "teams": all teams under it, as in
           the tree;
           "people": everybody under it in the period, best attainment of the first KPI first, `most` at most
    """
    if level != "people":
        teams = _teams_under(viewer, team, period, level)
        if teams or level == "teams":
            rows = KpiResult.objects.filter(team__in=[subject.id for subject in teams])
            return _joined(teams, "team", _by_subject(rows, period, compare, kpis))
    people = _people_under(viewer, team, period, kpis, most)
    rows = KpiResult.objects.filter(person__in=[subject.id for subject in people])
    return _joined(people, "person", _by_subject(rows, period, compare, kpis))


def figures_of_people(
    *,
    viewer: User,
    people: Sequence[int],
    period: Period,
    compare: Period | None = None,
    kpis: Sequence[str] | None = None,
) -> list[SubjectFigures]:
    """Chosen people (row ids) in the given order, for a page of a longer list. Three queries.

    Left out is who has no result in the period and whom the viewer may not see.
    """
    results = KpiResult.objects.visible_to(viewer).filter(period=period.code, person__in=people)
    named = results.order_by("person_id").distinct("person_id").select_related("person", "home_team")
    subjects = {
        row.person.pk: subject_of_person(row.person, row.home_team.name if row.home_team else "")
        for row in named
        if row.person is not None
    }
    rows = KpiResult.objects.filter(person__in=list(subjects))
    shown = [subjects[person] for person in people if person in subjects]
    return _joined(shown, "person", _by_subject(rows, period, compare, kpis))


def subject_of_team(team: Team, members: int = 0) -> Subject:
    parent = team.parent.name if team.parent else ""
    return Subject(KINDS[Team.Kind(team.kind)], team.pk, team.code, team.name, parent, f"/teams/{team.code}/", members)


def subject_of_person(person: Person, team_name: str | None) -> Subject:
    return Subject("person", person.pk, str(person.uid), person.name, team_name or "", f"/people/{person.uid}/")


def _teams_under(viewer: User, team: Team, period: Period, level: Level) -> list[Subject]:
    first_kpi = Kpi.objects.filter(is_active=True).order_by("position", "code").values("pk")[:1]
    inside = KpiResult.objects.filter(
        period=period.code, kpi=Subquery(first_kpi), person__isnull=False, home_team__path__startswith=OuterRef("path")
    )
    counted = inside.order_by().values(one=Value(1)).annotate(people=Count("*")).values("people")
    teams = Team.objects.visible_to(viewer).select_related("parent")
    teams = teams.filter(parent=team) if level == "children" else teams.below(team).exclude(pk=team.pk)
    teams = teams.annotate(people=Coalesce(Subquery(counted, output_field=IntegerField()), Value(0)))
    order = ("name", "pk") if level == "children" else ("path",)
    return [subject_of_team(row, row.people) for row in teams.order_by(*order)]  # type: ignore[attr-defined]


def _people_under(viewer: User, team: Team, period: Period, kpis: Sequence[str] | None, most: int) -> list[Subject]:
    ranking = Kpi.objects.filter(is_active=True)
    ranking = ranking.filter(code=kpis[0]) if kpis else ranking.order_by("position", "code")
    rows = (
        KpiResult.objects.visible_to(viewer)
        .filter(period=period.code, kpi=Subquery(ranking.values("pk")[:1]), person__isnull=False)
        .filter(home_team__path__startswith=team.path)
        .select_related("person", "home_team")
        .order_by(F("attainment").desc(nulls_last=True), F("actual").desc(nulls_last=True), "person__name", "pk")
    )
    return [
        subject_of_person(row.person, row.home_team.name if row.home_team else "")
        for row in rows[:most]
        if row.person is not None
    ]


def _joined(
    subjects: Iterable[Subject], column: str, found: dict[tuple[str, int], dict[str, Figure]]
) -> list[SubjectFigures]:
    return [SubjectFigures(subject, found.get((column, subject.id), {})) for subject in subjects]


def _by_subject(
    rows: "QuerySet[KpiResult]", period: Period, compare: Period | None, codes: Sequence[str] | None
) -> dict[tuple[str, int], dict[str, Figure]]:
    """The figures of `period` by subject and KPI code. Two queries: the KPIs, and their results."""
    known = {kpi.pk: kpi for kpi in kpis(codes)}
    past = [period.shift(-steps).code for steps in reversed(range(HISTORY))]
    wanted = {*past, compare.code} if compare else set(past)
    values = rows.filter(kpi__in=list(known), period__in=sorted(wanted)).values_list(*COLUMNS)
    grouped: dict[tuple[int | None, int | None, int], dict[str, Row]] = {}
    for row in values:
        grouped.setdefault(row[:3], {})[row[3]] = row
    found: dict[tuple[str, int], dict[str, Figure]] = {}
    for (person_id, team_id, kpi_id), by_period in sorted(
        grouped.items(), key=lambda item: _position(known[item[0][2]])
    ):
        if period.code in by_period:
            key = ("person", person_id) if person_id is not None else ("team", team_id or 0)
            figure = _figure(known[kpi_id], period.code, by_period, past, compare)
            found.setdefault(key, {})[known[kpi_id].code] = figure
    return found


def _position(kpi: Kpi) -> tuple[int, str]:
    return kpi.position, kpi.code


def _past(code: str, row: Row) -> Past:
    return Past(code, actual=row[7], attainment=row[9], target=row[8], uid=row[4])


def _figure(kpi: Kpi, code: str, by_period: dict[str, Row], past: Sequence[str], compare: Period | None) -> Figure:
    compared = by_period.get(compare.code) if compare else None
    history = tuple(_past(at, by_period[at]) for at in past if at in by_period)
    uid, *numbers, computed_at = by_period[code][4:]
    numerator, denominator, actual, target, attainment = numbers
    return Figure(
        kpi=kpi,
        uid=uid,
        period=code,
        numerator=numerator,
        denominator=denominator,
        actual=actual,
        target=target,
        attainment=attainment,
        computed_at=computed_at,
        compared=compared[7] if compared else None,
        history=history,
    )
