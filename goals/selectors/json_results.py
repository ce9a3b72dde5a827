"""A page of results as JSON that PostgreSQL builds: one statement, no row becomes a Python object.

This is the list that programs pull; the benchmark `kpi_endpoint` measures it. Filters, scope and order come from the same
querysets as the page (`goals.selectors.results`), so there is one rule; only the shape of a row is made here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import User
from goals.models import KpiResult
from goals.selectors.results import ResultFilter, ordered, results

# Decimals are strings, since JSON numbers lose digits in many readers; trailing zeros are cut.
ROW = """json_build_object(
    'uid', result.uid,
    'kpi', json_build_object('code', kpi.code, 'name', kpi.{name}, 'unit', kpi.unit),
    'subject', CASE WHEN person.id IS NULL
        THEN json_build_object('type', 'team', 'code', team.code, 'name', team.name, 'kind', team.kind, 'team', home.code)
        ELSE json_build_object('type', 'person', 'uid', person.uid, 'name', person.name, 'team', home.code) END,
    'period', json_build_object('code', result.period, 'starts', result.starts, 'ends', result.ends),
    'actual', trim_scale(result.actual)::text,
    'target', trim_scale(result.target)::text,
    'attainment', trim_scale(result.attainment)::text,
    'computed_at', result.computed_at,
    'explain', %(base)s || result.uid || '/explain/')"""
JOINED = """
    JOIN goals_kpi kpi ON kpi.id = result.kpi_id
    LEFT JOIN accounts_person person ON person.id = result.person_id
    LEFT JOIN accounts_team team ON team.id = result.team_id
    LEFT JOIN accounts_team home ON home.id = result.home_team_id
"""
PAGE = f"""
WITH page AS (SELECT found.*, row_number() OVER () AS n FROM ({{page}}) found)
SELECT coalesce(json_agg({ROW} ORDER BY page.n) FILTER (WHERE page.n <= %(limit)s), '[]')::text,
       count(*) > %(limit)s,
       max(page.id) FILTER (WHERE page.n = %(limit)s),
       max({{place}}) FILTER (WHERE page.n = %(limit)s)
FROM page JOIN goals_kpiresult result ON result.id = page.id {JOINED}
"""  # noqa: S608 (texts of our own code; values are parameters)
ONE = f"SELECT {ROW}::text FROM goals_kpiresult result {JOINED} WHERE result.id = %(id)s"  # noqa: S608
TYPES: dict[str, Any] = {"name": str, "period": date.fromisoformat}


@dataclass(frozen=True, slots=True)
class JsonPage:
    """The rows as a JSON array, and the key after which the next page begins: sort value as text, row id; None at the end."""

    rows: str
    after: tuple[str | None, int] | None


class WrongKey(ValueError):
    """The key of a page does not fit the list's order."""


def result_page(
    *,
    viewer: User,
    where: ResultFilter,
    order: str = "",
    after: Sequence[Any] | None = None,
    limit: int = 50,
    chinese: bool = False,
    base: str = "",
) -> JsonPage:
    """The results that `viewer` may see, as JSON. One query (two where a scope must be read first), whatever the limit.

    order  "" by row id, else a name of `ORDERS`, with a minus for descending
    after  the key of the page before; raises WrongKey
    base   what the explain address begins with
    """
    rows = results(viewer=viewer, where=where)
    page, place = (_by_place(rows, order, after), "page.place::text") if order else (_by_id(rows, after), "NULL")
    sql, values = page[: limit + 1].query.sql_with_params()
    statement = PAGE.replace("{name}", "name_zh" if chinese else "name_en").replace("{place}", place)
    named = {f"v{n}": value for n, value in enumerate(values)}
    statement = statement.replace("{page}", sql % tuple(f"%(v{n})s" for n in range(len(values))))
    with connection.cursor() as cursor:
        cursor.execute(statement, {**named, "limit": limit, "base": base})
        found, has_more, last_id, last_place = cursor.fetchone()
    return JsonPage(found, (last_place, last_id) if has_more else None)


def result_json(*, result_id: int, chinese: bool, base: str) -> str:
    """One result in the shape of the list. One query."""
    with connection.cursor() as cursor:
        cursor.execute(ONE.replace("{name}", "name_zh" if chinese else "name_en"), {"id": result_id, "base": base})
        return str(cursor.fetchone()[0])


def _by_id(rows: "QuerySet[KpiResult]", after: Sequence[Any] | None) -> "QuerySet[KpiResult, Any]":
    if after is not None:
        rows = rows.filter(pk__gt=_row_id(after))
    return rows.order_by("pk").values("id")


def _by_place(rows: "QuerySet[KpiResult]", order: str, after: Sequence[Any] | None) -> "QuerySet[KpiResult, Any]":
    found, keys = ordered(rows, order)
    if after is not None:
        beyond = "lt" if order.startswith("-") else "gt"
        place, row_id = _place(order.removeprefix("-"), after[0]), _row_id(after)
        found = found.filter(Q(**{f"place__{beyond}": place}) | Q(place=place, **{f"pk__{beyond}": row_id}))
    return found.order_by(*keys).values("id", "place")  # type: ignore[misc]  # `place` is annotated by `ordered`


def _row_id(after: Sequence[Any]) -> int:
    if not isinstance(after[1], int):
        raise WrongKey
    return after[1]


def _place(order: str, text: Any) -> Any:
    try:
        return TYPES.get(order, Decimal)(text)
    except (TypeError, ValueError, InvalidOperation):
        raise WrongKey from None
