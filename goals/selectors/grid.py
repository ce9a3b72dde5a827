"""The grid of targets: teams with their people, a column a KPI; and the history of one target."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.urls import reverse

from accounts.models import Person, Team, User
from core.periods import Period
from goals.models import Kpi, origin_sentence
from goals.rules.targets import How, Kind, Resolved, Who, team
from goals.rules.targets import person as who_person
from goals.selectors.targets import resolved_targets, sellers
from goals.values import text, text_full

# More people than these are shown team by team.
PEOPLE_SHOWN = 150


@dataclass(frozen=True, slots=True)
class Cell:
    """The target that holds; `is_own` where the subject has a row of its own, else it follows from others."""

    kpi: Kpi
    value: Decimal | None
    how: How | None
    edit_url: str

    @property
    def text(self) -> str:
        return text(self.kpi, self.value) if self.value is not None else ""

    @property
    def full(self) -> str:
        return text_full(self.kpi, self.value) if self.value is not None else ""

    @property
    def is_own(self) -> bool:
        return self.how == How.OWN


@dataclass(frozen=True, slots=True)
class GridRow:
    """A team (with how deep it lies under the chosen one) or a person in it."""

    name: str
    detail: str
    url: str
    is_team: bool
    depth: int
    key: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Grid:
    """`people_hidden`: so many that only teams are shown; 0 where everybody is."""

    kpis: Sequence[Kpi]
    rows: Sequence[GridRow]
    people_hidden: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a target's history; `reason` says where the number came from, and what was said about it."""

    at: datetime
    label: str
    value: Decimal
    reason: str
    by: str


def grid(*, viewer: User, chosen: Team | None, period: Period, kpis: Sequence[Kpi]) -> Grid:
    """The teams under `chosen` and their people, in the order of the tree; without a team only the viewer. Six
    queries.
    """
    shown = _Shown(period, kpis, resolved_targets(kpis=kpis, periods=[period])[period.code])
    homes = sellers(period, viewer)
    if chosen is None:
        people = Person.objects.visible_to(viewer).filter(pk__in=list(homes))
        return Grid(kpis, [shown.person_row(person, 0) for person in people])
    teams = list(Team.objects.visible_to(viewer).below(chosen).order_by("path"))
    inside = {row.pk for row in teams}
    members = [person_id for person_id, team_id in homes.items() if team_id in inside]
    if len(members) > PEOPLE_SHOWN and len(teams) > 1:
        return Grid(kpis, [shown.team_row(row, chosen) for row in teams], len(members))
    by_team: dict[int, list[Person]] = {}
    for person in Person.objects.filter(pk__in=members).order_by("name", "pk"):
        by_team.setdefault(homes[person.pk], []).append(person)
    rows: list[GridRow] = []
    for row in teams:
        head = shown.team_row(row, chosen)
        rows += [head, *(shown.person_row(person, head.depth + 1) for person in by_team.get(row.pk, []))]
    return Grid(kpis, rows)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What all rows of one grid share."""

    period: Period
    kpis: Sequence[Kpi]
    found: Mapping[int, Mapping[Who, Resolved]]

    def team_row(self, row: Team, chosen: Team) -> GridRow:
        depth = len(row.ancestor_ids) - len(chosen.ancestor_ids)
        url = f"{reverse('goals:targets')}?{urlencode({'team': row.code, 'period': self.period.code})}"
        cells = self._cells(team(row.pk), {"team": row.code})
        return GridRow(row.name, row.get_kind_display(), url, True, depth, row.code, cells)

    def person_row(self, row: Person, depth: int) -> GridRow:
        url = f"{reverse('goals:person-results', args=[row.uid])}?period={self.period.code}"
        return GridRow(
            row.name, "", url, False, depth, row.number, self._cells(who_person(row.pk), {"person": str(row.uid)})
        )

    def _cells(self, who: Who, key: Mapping[str, str]) -> list[Cell]:
        return [self._cell(kpi, self.found[kpi.pk].get(who), key) for kpi in self.kpis]

    def _cell(self, kpi: Kpi, target: Resolved | None, key: Mapping[str, str]) -> Cell:
        query = urlencode({"kpi": kpi.code, **key, "period": self.period.code})
        url = f"{reverse('goals:target-cell')}?{query}"
        return Cell(kpi, target.value if target else None, target.how if target else None, url)


def target_history(*, kpi: Kpi, who: Who, period: Period) -> list[Change]:
    """Every change of a subject's own target, newest first, with who made it. Two queries."""
    column = "person_id" if who.kind == Kind.PERSON else "team_id"
    events: Any = apps.get_model("goals", "TargetEvent")
    rows = list(
        events.objects.filter(kpi_id=kpi.pk, period=period.code, **{column: who.id})
        .select_related("pgh_context")
        .order_by("-pgh_created_at", "-pgh_id")
    )
    users = {int(row.pgh_context.metadata.get("user") or 0) for row in rows if row.pgh_context}
    names = {user.pk: user.name for user in User.objects.filter(pk__in=users)}
    return [
        Change(
            at=row.pgh_created_at,
            label=row.pgh_label,
            value=row.value,
            reason=" ".join(part for part in (origin_sentence(row.origin, row.origin_values), row.reason) if part),
            by=names.get(int(row.pgh_context.metadata.get("user") or 0), "") if row.pgh_context else "",
        )
        for row in rows
    ]
