"""Query parameters of lists of results and targets. An unknown name or value is an error, never silently ignored."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from accounts.models import Person, Team, User
from core import calendar
from core.errors import UnknownFilter
from core.periods import Period
from goals.errors import NoResultsForPeriod
from goals.models import Kpi
from goals.selectors import ORDERS, ResultFilter
from goals.services.compute import KINDS

NAMES = ("period", "kpi", "team", "subject", "kind", "ordering", "limit", "cursor")
ORDERINGS = tuple(name for order in ORDERS for name in (order, f"-{order}"))
MOST, USUAL = 500, 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for: filters, order, the key to go on after, how many."""

    where: ResultFilter
    order: str
    after: list[Any] | None
    limit: int


def wanted(params: Mapping[str, str], user: User) -> Wanted:
    """Reads the parameters. Raises UnknownFilter, UnknownPeriod, NoResultsForPeriod.

    An unknown KPI gives no rows; `require_kpi` then tells it from a known one without results, so that a page with
    rows pays no query for it.
    """
    require_names(params, NAMES)
    period, team, person = period_of(params), team_of(params, user), person_of(params, user)
    where = ResultFilter(
        period=period.code if period else "",
        kpi=params.get("kpi", ""),
        team_path=team.path if team else "",
        person_id=person.pk if person else 0,
        kind=one_of(params, "kind", ("person", "team")),  # type: ignore[arg-type]  # one_of gives a member of the tuple
    )
    return Wanted(where, one_of(params, "ordering", ORDERINGS), decoded(params.get("cursor", "")), limit_of(params))


def require_names(params: Mapping[str, str], allowed: Iterable[str]) -> None:
    for name in params:
        if name not in allowed:
            raise UnknownFilter(name="filter", given=name, allowed=", ".join(allowed))


def period_of(params: Mapping[str, str]) -> Period | None:
    given = params.get("period")
    if not given:
        return None
    found = calendar.period(given)
    if found.kind not in KINDS:
        raise NoResultsForPeriod(period=found.code)
    return found


def require_kpi(code: str) -> None:
    kpi_of({"kpi": code})


def kpi_of(params: Mapping[str, str]) -> Kpi | None:
    given = params.get("kpi")
    if not given:
        return None
    known = {kpi.code: kpi for kpi in Kpi.objects.filter(is_active=True)}
    if given not in known:
        raise UnknownFilter(name="kpi", given=given, allowed=", ".join(known))
    return known[given]


def team_of(params: Mapping[str, str], user: User) -> Team | None:
    """A team whose figures the user may see; others are unknown to the user."""
    given = params.get("team")
    if not given:
        return None
    found = Team.objects.visible_to(user).filter(code=given).first()
    if found is None:
        raise UnknownFilter(name="team", given=given, allowed="codes of GET /api/v1/teams/")
    return found


def person_of(params: Mapping[str, str], user: User) -> Person | None:
    given = params.get("subject")
    if not given:
        return None
    try:
        found = Person.objects.visible_to(user).filter(uid=UUID(given)).first()
    except ValueError:
        found = None
    if found is None:
        raise UnknownFilter(name="subject", given=given, allowed="uids of GET /api/v1/people/")
    return found


def one_of(params: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    given = params.get(name, "")
    if given and given not in allowed:
        raise UnknownFilter(name=name, given=given, allowed=", ".join(allowed))
    return given


def limit_of(params: Mapping[str, str]) -> int:
    given = params.get("limit") or str(USUAL)
    if not given.isdecimal() or not 1 <= int(given) <= MOST:
        raise UnknownFilter(name="limit", given=given, allowed=f"1 to {MOST}")
    return int(given)


def encoded(after: tuple[str | None, int]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(after)).decode().rstrip("=")


def decoded(cursor: str) -> list[Any] | None:
    """Raises UnknownFilter on a cursor that no page has given."""
    if not cursor:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        values = None
    if not isinstance(values, list) or len(values) != 2 or not isinstance(values[1], int):
        raise UnknownFilter(name="cursor", given=cursor[:40], allowed="the one of `next`")
    return values
