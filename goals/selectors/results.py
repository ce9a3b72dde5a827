"""Lists of results: the filters and orders that the page and the API share."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower

from accounts.models import Person, Team, User
from core.periods import Period
from goals.models import Kpi, KpiResult
from goals.selectors.figures import HISTORY

# Where a list is ordered by a figure, rows without one stand below all others.
NOTHING = Value(Decimal(-99999999999))
ORDERS: dict[str, Any] = {
    "attainment": Coalesce("attainment", NOTHING),
    "actual": Coalesce("actual", NOTHING),
    "target": Coalesce("target", NOTHING),
    "name": Lower(Coalesce("person__name", "team__name")),
    "period": F("starts"),
}


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """What a list shows; None and "" leave a question open. `team` means the team, all under it, and their people."""

    period: Period | None = None
    kpi: Kpi | None = None
    team: Team | None = None
    person: Person | None = None
    kind: Literal["person", "team", ""] = ""
    text: str = ""


def results(*, viewer: User, where: ResultFilter) -> "QuerySet[KpiResult]":
    """The results of active KPIs that `viewer` may see, filtered, in no order."""
    rows = KpiResult.objects.visible_to(viewer)
    rows = rows.filter(kpi=where.kpi) if where.kpi else rows.filter(kpi__is_active=True)
    if where.period:
        rows = rows.filter(period=where.period.code)
    if where.kind:
        rows = rows.filter(**{f"{where.kind}__isnull": False})
    if where.person:
        rows = rows.filter(person=where.person)
    if where.team:
        path = where.team.path
        rows = rows.filter(Q(home_team__path__startswith=path, team=None) | Q(team__path__startswith=path))
    if where.text:
        rows = rows.filter(Q(person__name__icontains=where.text) | Q(team__name__icontains=where.text))
    return rows


def ordered(rows: "QuerySet[KpiResult]", order: str) -> "tuple[QuerySet[KpiResult], tuple[str, str]]":
    """The rows with the sort key as the annotation `place`, and the order for a keyset page. `order` may begin with a minus."""
    sign = "-" if order.startswith("-") else ""
    return rows.annotate(place=ORDERS[order.removeprefix("-")]), (f"{sign}place", f"{sign}pk")


def trends(rows: Sequence[KpiResult], period: Period) -> dict[int, list[Decimal | None]]:
    """The last five actuals of each row's subject and KPI, by row id, oldest first. One query."""
    past = [period.shift(-steps).code for steps in reversed(range(HISTORY))]
    found = KpiResult.objects.filter(
        Q(person__in={row.person_id for row in rows if row.person_id})
        | Q(team__in={row.team_id for row in rows if row.team_id}),
        kpi__in={row.kpi_id for row in rows},
        period__in=past,
    ).values_list("person_id", "team_id", "kpi_id", "period", "actual")
    known: dict[Key, Decimal | None] = {(person, team, kpi, code): actual for person, team, kpi, code, actual in found}
    return {row.pk: [known[key] for key in _keys(row, past) if key in known] for row in rows}


Key = tuple[int | None, int | None, int, str]


def _keys(row: KpiResult, codes: Sequence[str]) -> list[Key]:
    return [(row.person_id, row.team_id, row.kpi_id, code) for code in codes]
