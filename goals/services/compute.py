"""KPI results: measured set-based from the sources, one row a (KPI, subject, period), written only where it differs.

Months are measured from the sources' daily facts; quarters and years are the sums of their months' numerators and
denominators, for each subject. So an incremental run reads the facts of one month, and agrees with a full one by
construction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import CharField
from django.db.models.functions import Coalesce
from django.utils import timezone

from core.calendar import period_on, today
from core.periods import MONTHS_IN, Period, PeriodKind
from goals import hooks
from goals.errors import NoResultsForPeriod
from goals.models import Computation, Kpi, KpiResult
from goals.selectors import resolved_targets
from goals.services.compute_sql import ADD_UP_PEOPLE, ADD_UP_TEAMS, MEASURE, SET_TARGETS, TEAMS_ABOVE
from goals.sources import SOURCES, source

# Kinds of period that have results.
KINDS = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows are written: None is everybody."""

    people: list[int] | None
    teams: list[int] | None


EVERYBODY = Scope(None, None)


@dataclass(frozen=True, slots=True)
class Run:
    """One computation: cursor, KPIs, moment, the months that are measured, the longer periods added up of them."""

    cursor: Any
    kpis: Sequence[Kpi]
    now: datetime
    months: Sequence[Period]
    longer: Sequence[Period]

    @property
    def periods(self) -> list[Period]:
        return [*self.months, *self.longer]


@dataclass(frozen=True, slots=True)
class Change:
    """How many rows were written or removed, and how many of them are new."""

    rows: int = 0
    new: int = 0

    def __add__(self, other: "Change") -> "Change":
        return Change(self.rows + other.rows, self.new + other.new)


def compute(periods: Sequence[Period], people: Sequence[int] | None = None) -> int:
    """Measure the periods, their months first, and bring the stored results up to that. Returns how many rows changed.

    periods  months, quarters and years; months that begin after today are left out
    people   an incremental run: only these people and the teams above them are written. Months that were never computed
             in full are computed for everybody first, since longer periods are sums of months.

    One transaction; two runs wait for each other, and the later one sees all facts. May run twice or be killed:
    nothing is lost.
    Raises RateMissing. Tells `goals.hooks` after the commit where rows changed.
    """
    months = _months(periods)
    longer = sorted({period for period in periods if period.kind != PeriodKind.MONTH})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('goals.compute'))")
        kpis = [kpi for kpi in Kpi.objects.filter(is_active=True) if kpi.source in SOURCES]
        run = Run(cursor, kpis, timezone.now(), months, longer)
        change = _in_full(run) if people is None else _for_people(run, people, periods)
        if change.rows:
            codes = [period.code for period in run.periods]
            hooks.results_changed(codes, None if people is None else list(people))
    return change.rows


def _in_full(run: Run) -> Change:
    change = _measure(run, run.months, EVERYBODY) + _add_up(run, EVERYBODY)
    change += Change(refresh_targets(run.kpis, run.periods, run.now))
    _note_full_run(run.periods, run.now)
    return change


def _for_people(run: Run, people: Sequence[int], periods: Sequence[Period]) -> Change:
    change = _measure(run, _never_computed(run.months), EVERYBODY)
    scope = _scope(run, people)
    change += _measure(run, _touched(periods), scope)
    change += _add_up(run, EVERYBODY if change.new else scope)
    # Targets follow from rows and memberships, so only new results have none yet.
    return change + Change(refresh_targets(run.kpis, run.periods, run.now)) if change.new else change


def compute_for(person_ids: Sequence[int], days: Sequence[date]) -> int:
    """After bookings of these people on these days changed: their rows and their teams', month, quarter and year."""
    months = {period_on(day, PeriodKind.MONTH) for day in days if day <= today()}
    periods = sorted({period for month in months for period in month.chain()})
    return compute(periods, people=sorted(set(person_ids))) if periods else 0


def compute_all() -> int:
    """Every month, quarter and year from the first fact to today, a year at a time, oldest first."""
    by_year: dict[Period, list[Period]] = {}
    for period in all_periods():
        by_year.setdefault(period.within(PeriodKind.YEAR), []).append(period)
    return sum(compute(periods) for _year, periods in sorted(by_year.items()))


def all_periods() -> list[Period]:
    """The months, quarters and years from the first fact to today."""
    first = _first_day()
    found, year = [], period_on(first, PeriodKind.YEAR)
    while year.start <= today():
        found += [part for kind in KINDS for part in year.parts(kind) if part.start <= today() and part.end > first]
        year = year.next
    return found


def periods_of(period: Period) -> list[Period]:
    """A period with its months, and of a year its quarters. Raises NoResultsForPeriod of a half year."""
    if period.kind not in KINDS:
        raise NoResultsForPeriod(period=period.code)
    return [part for kind in KINDS if MONTHS_IN[kind] <= MONTHS_IN[period.kind] for part in period.parts(kind)]


@dataclass(frozen=True, slots=True)
class Difference:
    """A result that a full computation finds otherwise; None where there is or should be no row."""

    kpi: str
    period: str
    subject: str
    stored: Any
    computed: Any

    def __str__(self) -> str:
        return (
            f"{self.kpi} {self.period} {self.subject}: stored {_shown(self.stored)}, computed {_shown(self.computed)}"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    checked: int
    rows: list[Difference]


def differences(periods: Sequence[Period]) -> Comparison:
    """Compares what is stored with a full computation, which is taken back. Writes nothing."""
    codes = [period.code for period in periods]
    with transaction.atomic():
        before = _values(codes)
        # What is stored may be wrong where nothing that is measured tells so, such as `actual` alone: measure anew.
        KpiResult.objects.filter(period__in=codes).delete()
        compute(periods)
        after = _values(codes)
        transaction.set_rollback(True)
    rows = [
        Difference(*key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    return Comparison(len(after), rows)


def _values(codes: Sequence[str]) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    rows = KpiResult.objects.filter(period__in=codes).annotate(
        subject_key=Coalesce("person__number", "team__code", output_field=CharField())
    )
    names = ("numerator", "denominator", "actual", "target", "attainment", "home_team")
    return {row[:3]: row[3:] for row in rows.values_list("kpi__code", "period", "subject_key", *names)}


def _shown(values: tuple[Any, ...] | None) -> str:
    if values is None:
        return "nothing"
    _numerator, _denominator, actual, target, attainment, _home = values
    return f"{actual} of {target} ({attainment})"


def refresh_targets(kpis: Sequence[Kpi], periods: Sequence[Period], now: datetime | None = None) -> int:
    """Bring target and attainment of the periods' results up to the targets that hold now. Returns how many rows
    changed.
    """
    changed = 0
    for code, by_kpi in resolved_targets(kpis=kpis, periods=periods).items():
        given = [(kpi_id, who, target.value) for kpi_id, found in by_kpi.items() for who, target in found.items()]
        params: dict[str, Any] = {
            "code": code,
            "kpis": [kpi.pk for kpi in kpis],
            "kpi_ids": [kpi_id for kpi_id, _who, _value in given],
            "person_ids": [who.id if who.kind == "person" else None for _kpi, who, _value in given],
            "team_ids": [who.id if who.kind == "team" else None for _kpi, who, _value in given],
            "targets": [value for _kpi, _who, value in given],
            "now": now or timezone.now(),
        }
        with connection.cursor() as cursor:
            cursor.execute(SET_TARGETS, params)
            changed += cursor.rowcount
    return changed


def _months(periods: Sequence[Period]) -> list[Period]:
    found = {month for period in periods for month in period.parts(PeriodKind.MONTH)}
    return sorted(month for month in found if month.start <= today())


def _touched(periods: Sequence[Period]) -> list[Period]:
    """The months that an incremental run measures: those named; of a longer period named alone, all of its months."""
    named = {period for period in periods if period.kind == PeriodKind.MONTH}
    alone = [period for period in periods if not any(month.start in period for month in named)]
    return sorted(named | set(_months(alone)))


def _never_computed(months: Sequence[Period]) -> list[Period]:
    known = set(
        Computation.objects.filter(period__in=[month.code for month in months]).values_list("period", flat=True)
    )
    return [month for month in months if month.code not in known]


def _scope(run: Run, people: Sequence[int]) -> Scope:
    if not run.months:
        return Scope(list(people), [])
    days = {"starts": run.months[0].start, "ends": run.months[-1].end}
    run.cursor.execute(TEAMS_ABOVE, {"people": list(people), **days})
    return Scope(list(people), sorted(row[0] for row in run.cursor.fetchall()))


def _measure(run: Run, months: Sequence[Period], scope: Scope) -> Change:
    """The months' rows of the scope, KPI by KPI."""
    change = Change()
    if not months:
        return change
    for kpi in run.kpis:
        facts = source(kpi.source).facts(months[0].start, months[-1].end)
        more = {"kpi": kpi.pk, "people": scope.people, "teams": scope.teams, "now": run.now}
        run.cursor.execute(MEASURE.replace("{facts}", facts.sql), {**facts.params, **_spans(months), **more})
        change += Change(*run.cursor.fetchone())
    if scope == EVERYBODY:
        _note_full_run(months, run.now)
    return change


def _add_up(run: Run, scope: Scope) -> Change:
    """The rows of quarters and years from those of their months."""
    change = Change()
    if not run.longer:
        return change
    params = {
        **_spans(run.longer),
        "months": [month.code for month in run.months],
        "kpis": [kpi.pk for kpi in run.kpis],
        "person_filter": scope.people,
        "team_filter": scope.teams,
        "now": run.now,
    }
    for statement in (ADD_UP_PEOPLE, ADD_UP_TEAMS):
        run.cursor.execute(statement, params)
        change += Change(*run.cursor.fetchone())
    return change


def _spans(periods: Sequence[Period]) -> dict[str, list[Any]]:
    return {
        "codes": [period.code for period in periods],
        "starts_of": [period.start for period in periods],
        "ends_of": [period.end for period in periods],
    }


def _note_full_run(periods: Sequence[Period], now: datetime) -> None:
    Computation.objects.bulk_create(
        [Computation(period=period.code, computed_at=now) for period in periods],
        update_conflicts=True,
        unique_fields=["period"],
        update_fields=["computed_at"],
    )


def _first_day() -> date:
    """The first day on which anything is measured; today where nothing is."""
    first = today()
    kpis = Kpi.objects.filter(is_active=True)
    with connection.cursor() as cursor:
        for key in sorted({kpi.source for kpi in kpis if kpi.source in SOURCES}):
            facts = source(key).facts(date(1990, 1, 1), first)
            cursor.execute(f"SELECT min(day) FROM ({facts.sql}) facts", facts.params)  # noqa: S608 (sources are our own code)
            first = min(first, cursor.fetchone()[0] or first)
    return first
