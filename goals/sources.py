"""The registry of KPI sources. A source measures people in a period, set-based; teams are sums over their members of each day.

Apps above `goals` add theirs in `AppConfig.ready()`; the ones over bookings are in `goals/crm_sources.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise

from accounts.models import Person, Team, User
from core.explain import Part
from core.periods import Period


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a source found for one subject and period: `numerator`, and for ratios what it is divided by."""

    person_id: int | None
    team_id: int | None
    numerator: Decimal
    denominator: Decimal | None


@dataclass(frozen=True, slots=True)
class Drill:
    """What a result is made of: the first parts, how many there are, where all of them are listed."""

    parts: Sequence[Part]
    total: int
    all_href: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """A measure that KPIs may name.

    `measure`  gets a period and, for an incremental run, the people whose figures may have changed (None: all);
               it returns one measurement for each affected person, and one for each team above them
    `drill`    what one subject's figure is made of, as `user` may see it, first 20
    """

    key: str
    label: str | Promise
    measure: Callable[[Period, Sequence[int] | None], list[Measurement]]
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
