"""The registry of KPI sources: a source says what each person did on each day; `goals` adds that up.

Sums over months, quarters and years, and over teams by the membership of each day, are made in one place
(`goals.services.compute`), so a source can't get them wrong. Apps above `goals` register theirs in `AppConfig.ready()`;
the ones over bookings are in `goals/crm_sources.py`. A walk-through is in `docs/adding-a-kpi-source.md`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django.utils.functional import Promise

from accounts.models import Person, Team, User
from core.explain import Part
from core.periods import Period

Unit = Literal["money", "count", "days"]


@dataclass(frozen=True, slots=True)
class FactsQuery:
    """A SELECT of (person_id bigint, day date, numerator numeric, denominator numeric), one row a person and day.

    `denominator` is null for a measure that is no ratio. Money is in the company's currency. `params` fill its places.
    """

    sql: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Term:
    """What a numerator or denominator counts, for the formula: 'deals won', and how it reads."""

    label: str | Promise
    unit: Unit


@dataclass(frozen=True, slots=True)
class Drill:
    """What a result is made of: the first parts, how many there are, where all of them are listed and exported."""

    parts: Sequence[Part]
    total: int
    all_href: str | None = None
    export_href: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A measure that KPIs may name.

    `facts`  the query over the days [starts, ends); it may raise a DomainError, such as RateMissing
    `drill`  what one subject's figure is made of, as `user` may see it, weightiest first, 20 at most
    """

    key: str
    label: str | Promise
    numerator: Term
    denominator: Term | None
    facts: Callable[[date, date], FactsQuery]
    drill: Callable[[User, Person | Team, Period], Drill]


SOURCES: dict[str, Source] = {}


class UnknownSource(KeyError):
    """A KPI names a source that no app has registered."""


def register(source: Source) -> None:
    SOURCES[source.key] = source


def source(key: str) -> Source:
    """Raises UnknownSource."""
    if key not in SOURCES:
        raise UnknownSource(key)
    return SOURCES[key]
