"""The registry of outcomes: what was measured of people in a period, for whoever pays or ranks by it.

A plain code is a KPI's. Codes of other outcomes begin with the prefix of their provider: `okr`, `review`, and where
there are many of a kind `goal:<which>`. Apps register providers in `AppConfig.ready()`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from core.periods import Period
from goals.models import Kpi, KpiResult

KPI = ""
SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured. Ratios are ratios (0.63 is 63 %), never clipped; `n`: how many answers or deals stand behind
    it, None where nobody counts them."""

    value: Decimal | None = None
    attainment: Decimal | None = None
    score: Decimal | None = None
    n: int | None = None


# By person id and code; who has no outcome is not in it.
Outcomes = Mapping[tuple[int, str], Outcome]


@dataclass(frozen=True, slots=True)
class Provider:
    """Where the outcomes of a prefix come from.

    outcomes  those of some people and codes in a period; a known number of queries, however many people
    offers    codes that a plan may name, each with its name in the active language
    measured  those of some codes for which anybody was ever measured
    """

    prefix: str
    outcomes: Callable[[Sequence[int], Period, Sequence[str]], Outcomes]
    offers: Callable[[], Sequence[tuple[str, str]]]
    measured: Callable[[Collection[str]], Iterable[str]]


PROVIDERS: dict[str, Provider] = {}


def register(provider: Provider) -> None:
    PROVIDERS[provider.prefix] = provider


def outcomes_of(*, people: Sequence[int], period: Period, codes: Collection[str]) -> dict[tuple[int, str], Outcome]:
    """What was measured of these people, by person id and code. A code that nobody provides has no outcome."""
    found: dict[tuple[int, str], Outcome] = {}
    for provider, asked in _by_provider(codes):
        found |= provider.outcomes(people, period, asked)
    return found


def offered() -> list[tuple[str, str]]:
    """All codes that may be named, KPIs first, each with its name."""
    return [offer for provider in PROVIDERS.values() for offer in provider.offers()]


def never_measured(codes: Collection[str]) -> list[str]:
    """Those of the codes for which nothing was ever measured, sorted."""
    measured = {code for provider, asked in _by_provider(codes) for code in provider.measured(asked)}
    return sorted(set(codes) - measured)


def _by_provider(codes: Collection[str]) -> list[tuple[Provider, list[str]]]:
    asked: dict[str, list[str]] = {}
    for code in sorted(codes):
        prefix = code.partition(SEPARATOR)[0]
        asked.setdefault(prefix if prefix in PROVIDERS else KPI, []).append(code)
    return [(PROVIDERS[prefix], wanted) for prefix, wanted in asked.items()]


# KPI results


def _results(people: Sequence[int], period: Period, codes: Sequence[str]) -> Outcomes:
    rows = KpiResult.objects.filter(period=period.code, person__in=people, kpi__code__in=codes)
    columns = rows.values_list("person", "kpi__code", "actual", "attainment", "denominator")
    return {
        (person or 0, code): Outcome(actual, attainment, None, _count(denominator))
        for person, code, actual, attainment, denominator in columns
    }


def _count(denominator: Decimal | None) -> int | None:
    """A ratio's denominator is a number of answers or deals where it is whole."""
    return int(denominator) if denominator is not None and denominator == int(denominator) else None


def _kpis() -> list[tuple[str, str]]:
    return [(kpi.code, kpi.name) for kpi in Kpi.objects.filter(is_active=True)]


def _measured(codes: Collection[str]) -> Iterable[str]:
    return KpiResult.objects.filter(kpi__code__in=codes).values_list("kpi__code", flat=True).distinct()


register(Provider(KPI, _results, _kpis, _measured))
