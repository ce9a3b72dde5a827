"""A page of results as JSON that PostgreSQL builds: one statement, no row becomes a Python object.

This is the list that programs pull; the benchmark `kpi_endpoint` measures it. Filters, scope and order come from the
same
querysets as the page (`goals.selectors.results`), so there is one rule; only the shape of a row is made here.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.scope import scope_of
from core.calendar import today
from goals.models import KpiResult
from goals.selectors.results import ResultFilter, ordered, results

# Decimals are strings, since JSON numbers lose digits in many readers; trailing zeros are cut.
ROW = """json_build_object(
    'uid', result.uid,
    'kpi', json_build_object('code', kpi.code, 'name', kpi.{name}, 'unit', kpi.unit),
    'subject', CASE WHEN person.id IS NULL
        THEN json_build_object('type', 'team', 'code', team.code, 'name', team.name, 'kind', team.kind, 'team',
        home.code)
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
SELECT coalesce(json_agg({ROW} ORDER BY result.n) FILTER (WHERE result.n <= %(limit)s), '[]')::text,
       count(*) > %(limit)s,
       max(result.id) FILTER (WHERE result.n = %(limit)s),
       max({{place}}) FILTER (WHERE result.n = %(limit)s)
FROM (SELECT page.*, row_number() OVER () AS n FROM ({{page}}) page) result {JOINED}
"""  # noqa: S608 (texts of our own code; values are parameters)
ONE = f"SELECT {ROW}::text FROM goals_kpiresult result {JOINED} WHERE result.id = %(id)s"  # noqa: S608
COLUMNS = (
    "id", "uid", "kpi_id", "person_id", "team_id", "home_team_id", "period", "starts", "ends", "actual", "target",
    "attainment", "computed_at",
)  # fmt: skip
TYPES: dict[str, Any] = {"name": str, "period": date.fromisoformat}


@dataclass(frozen=True, slots=True)
class JsonPage:
    """The rows as a JSON array, and the key after which the next page begins: sort value as text, row id; None at
    the end.
    """

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
    params = _params(where, order, after) | {"limit": limit, "base": base}
    with connection.cursor() as cursor:
        cursor.execute(_statement(viewer, where, order, after is not None, chinese), params)
        found, has_more, last_id, last_place = cursor.fetchone()
    return JsonPage(found, (last_place, last_id) if has_more else None)


def _params(where: ResultFilter, order: str, after: Sequence[Any] | None) -> dict[str, Any]:
    """The values of a request by the names that stand for them in the statement."""
    values: dict[str, Any] = {
        "period": where.period,
        "kpi": where.kpi,
        "team_path": f"{where.team_path}%",
        "person_id": where.person_id,
    }
    if after is not None:
        values["after_id"] = _row_id(after)
        if order:
            values["after_place"] = _place(order.removeprefix("-"), after[0])
    return values


# Statements are made by the ORM, so that scope, filters and order have one rule, but not anew for each request: that
# would
# cost as much as all the rest of it. They are kept by shape (which filters are given) and scope; values are put in
# each time.
_STATEMENTS: dict[Hashable, str] = {}
MOST_KEPT = 500
MARKS: dict[str, Any] = {
    "period": "\u0001period",
    "kpi": "\u0001kpi",
    "team_path": "\u0001team",
    "person_id": -9_000_001,
    "after_id": -9_000_002,
}
PLACE_MARKS: dict[str, Any] = {"name": "\u0001place", "period": date(1, 2, 3)}
DECIMAL_MARK = Decimal(-9_000_003)


def _statement(viewer: User, where: ResultFilter, order: str, has_after: bool, chinese: bool) -> str:
    given = tuple(bool(value) for value in (where.period, where.kpi, where.team_path, where.person_id))
    key = (scope_of(viewer), today(), given, where.kind, order, has_after, chinese)
    found = _STATEMENTS.get(key)
    if found is None:
        if len(_STATEMENTS) >= MOST_KEPT:
            _STATEMENTS.clear()
        found = _STATEMENTS[key] = _made(viewer, where, order, has_after, "name_zh" if chinese else "name_en")
    return found


def _made(viewer: User, where: ResultFilter, order: str, has_after: bool, name: str) -> str:
    """The statement with a named place for each value of the request; values of the scope stand in it as literals."""
    marked = ResultFilter(
        period=MARKS["period"] if where.period else "",
        kpi=MARKS["kpi"] if where.kpi else "",
        team_path=MARKS["team_path"] if where.team_path else "",
        person_id=MARKS["person_id"] if where.person_id else 0,
        kind=where.kind,
    )
    rows = results(viewer=viewer, where=marked)
    mark = PLACE_MARKS.get(order.removeprefix("-"), DECIMAL_MARK)
    page = _by_place(rows, order, has_after, mark) if order else _by_id(rows, has_after)
    sql, values = page.query.sql_with_params()
    names = {
        _key(value): key for key, value in {**MARKS, "team_path": f"{MARKS['team_path']}%", "after_place": mark}.items()
    }
    with connection.cursor() as cursor:
        literals = [f"%({names[_key(v)]})s" if _key(v) in names else _literal(cursor, v) for v in values]
    place = "result.place::text" if order else "NULL"
    page_sql = f"{sql % tuple(literals)} LIMIT %(limit)s + 1"
    return PAGE.replace("{name}", name).replace("{place}", place).replace("{page}", page_sql)


def _key(value: Any) -> tuple[type, Any]:
    """1 and Decimal(1) and True are equal; marks must not be taken for other values."""
    return type(value), value


def _literal(cursor: Any, value: Any) -> str:
    """A value of the viewer's scope, quoted by the driver; percent signs are doubled, since the statement is filled
    in again.
    """
    quoted: str = cursor.cursor.mogrify("%s", [value]).decode()
    return quoted.replace("%", "%%")


def result_json(*, result_id: int, chinese: bool, base: str) -> str:
    """One result in the shape of the list. One query."""
    with connection.cursor() as cursor:
        cursor.execute(ONE.replace("{name}", "name_zh" if chinese else "name_en"), {"id": result_id, "base": base})
        return str(cursor.fetchone()[0])


def _by_id(rows: "QuerySet[KpiResult]", has_after: bool) -> "QuerySet[KpiResult, Any]":
    if has_after:
        rows = rows.filter(pk__gt=MARKS["after_id"])
    page: QuerySet[KpiResult, Any] = rows.order_by("pk").values(*COLUMNS)
    return page


def _by_place(rows: "QuerySet[KpiResult]", order: str, has_after: bool, mark: Any) -> "QuerySet[KpiResult, Any]":
    found, keys = ordered(rows, order)
    if has_after:
        beyond = "lt" if order.startswith("-") else "gt"
        same = Q(place=mark, **{f"pk__{beyond}": MARKS["after_id"]})
        found = found.filter(Q(**{f"place__{beyond}": mark}) | same)
    page: QuerySet[KpiResult, Any] = found.order_by(*keys).values(*COLUMNS, "place")
    return page


def _row_id(after: Sequence[Any]) -> int:
    if not isinstance(after[1], int):
        raise WrongKey
    return after[1]


def _place(order: str, text: Any) -> Any:
    try:
        return TYPES.get(order, Decimal)(text)
    except (TypeError, ValueError, InvalidOperation):
        raise WrongKey from None
