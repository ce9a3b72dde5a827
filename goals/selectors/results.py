"""Lists of results: the filters and orders that the page and the API share."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower

from accounts.models import User
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
    """What a list shows, as plain values; an empty one leaves the question open.

    period     a period's code
    kpi        a KPI's code; of an unknown one there are no results
    team_path  the path of a team: the team, all under it, and their people
    person_id  only this person's
    kind       only people, or only teams
    text       part of the subject's name
    """

    period: str = ""
    kpi: str = ""
    team_path: str = ""
    person_id: int = 0
    kind: Literal["person", "team", ""] = ""
    text: str = ""


def results(*, viewer: User, where: ResultFilter) -> "QuerySet[KpiResult]":
    """The results of active KPIs that `viewer` may see, filtered, in no order."""
    rows = KpiResult.objects.visible_to(viewer)
    active = Kpi.objects.filter(is_active=True).order_by()
    if where.kpi:
        rows = rows.filter(kpi=active.filter(code=where.kpi).values("pk")[:1])
    else:
        rows = rows.filter(kpi__in=active.values("pk"))
    if where.period:
        rows = rows.filter(period=where.period)
    if where.kind:
        rows = rows.filter(**{f"{where.kind}__isnull": False})
    if where.person_id:
        rows = rows.filter(person=where.person_id)
    if where.team_path:
        inside = Q(home_team__path__startswith=where.team_path, team=None)
        rows = rows.filter(inside | Q(team__path__startswith=where.team_path))
    if where.text:
        rows = rows.filter(Q(person__name__icontains=where.text) | Q(team__name__icontains=where.text))
    return rows


def ordered(rows: "QuerySet[KpiResult]", order: str) -> "tuple[QuerySet[KpiResult], tuple[str, str]]":
    """The rows with the sort key as the annotation `place`, and the order for a keyset page. `order` may begin with
    a minus.
    """
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
