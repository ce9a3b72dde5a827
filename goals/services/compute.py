"""KPI results: measured set-based from the sources, one row a (KPI, subject, period), written only where it differs.

Months are measured from the sources' daily facts; quarters and years are the sums of their months' numerators and
denominators, for each subject. So an incremental run reads the facts of one month, and agrees with a full one by construction.
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
from core.ids import NEW_UID_SQL
from core.periods import MONTHS_IN, Period, PeriodKind
from goals import hooks
from goals.errors import NoResultsForPeriod
from goals.models import Computation, Kpi, KpiResult
from goals.selectors import resolved_targets
from goals.sources import SOURCES, source

# The formula of `goals.rules.attainment` over columns; a property test holds the two together.
ATTAINMENT = """round(CASE WHEN {kpi}.direction = 'lower' THEN 1 - ({actual} - {target}) / abs({target})
    ELSE {actual} / {target} END, 6)"""
ACTUAL = "CASE WHEN kpi.aggregation = 'ratio' THEN round(sums.numerator / nullif(sums.denominator, 0), 6) ELSE sums.numerator END"
COLUMNS = (
    "uid, kpi_id, person_id, team_id, home_team_id, period, starts, ends, numerator, denominator, actual, computed_at"
)

# Who has a result though nothing may be measured: members of a team (not of the company itself) who lead none, and who has a target.
PEOPLE = """
    SELECT m.person_id, span.code FROM span
    JOIN accounts_membership m ON m.during && daterange(span.starts, span.ends)
    JOIN accounts_team t ON t.id = m.team_id AND t.kind <> 'company'
    WHERE NOT EXISTS (SELECT FROM accounts_leadership l
                      WHERE l.person_id = m.person_id AND l.during && daterange(span.starts, span.ends))
    UNION
    SELECT g.person_id, span.code FROM span
    JOIN goals_target g ON g.starts < span.ends AND g.ends > span.starts WHERE g.person_id IS NOT NULL
"""
HOME = """
    (SELECT m.team_id FROM accounts_membership m
     WHERE m.person_id = who.person_id AND m.during && daterange(span.starts, span.ends) ORDER BY m.during DESC LIMIT 1)
"""
UPSERT = """
    ON CONFLICT (period, {subject}_id, kpi_id) WHERE {other}_id IS NULL DO UPDATE
    SET numerator = excluded.numerator, denominator = excluded.denominator, actual = excluded.actual,
        home_team_id = excluded.home_team_id, computed_at = excluded.computed_at,
        attainment = (SELECT {attainment} FROM goals_kpi kpi WHERE kpi.id = excluded.kpi_id)
    WHERE (stored.numerator, stored.denominator, stored.actual, stored.home_team_id)
          IS DISTINCT FROM (excluded.numerator, excluded.denominator, excluded.actual, excluded.home_team_id)
    RETURNING xmax = 0 AS is_new
""".replace("{attainment}", ATTAINMENT.format(kpi="kpi", actual="excluded.actual", target="stored.target"))

# One statement a KPI and run: facts once, then the people's rows and the teams'.
MEASURE = f"""
WITH span AS MATERIALIZED (
    SELECT * FROM unnest(%(codes)s::text[], %(starts_of)s::date[], %(ends_of)s::date[]) AS span(code, starts, ends)),
facts AS MATERIALIZED ({{facts}}),
of_people AS (
    SELECT f.person_id, span.code, sum(f.numerator) AS numerator, sum(f.denominator) AS denominator
    FROM facts f JOIN span ON f.day >= span.starts AND f.day < span.ends GROUP BY 1, 2),
of_homes AS (
    SELECT m.team_id, span.code, sum(f.numerator) AS numerator, sum(f.denominator) AS denominator
    FROM facts f JOIN span ON f.day >= span.starts AND f.day < span.ends
    JOIN accounts_membership m ON m.person_id = f.person_id AND m.during @> f.day GROUP BY 1, 2),
of_teams AS (
    SELECT t.id AS team_id, of_homes.code, sum(of_homes.numerator) AS numerator, sum(of_homes.denominator) AS denominator
    FROM of_homes JOIN accounts_team home ON home.id = of_homes.team_id
    JOIN accounts_team t ON starts_with(home.path, t.path) GROUP BY 1, 2),
people AS ({PEOPLE} UNION SELECT person_id, code FROM of_people),
kpi AS (SELECT id, aggregation, direction FROM goals_kpi WHERE id = %(kpi)s),
new_people AS (
    INSERT INTO goals_kpiresult AS stored ({COLUMNS})
    SELECT {NEW_UID_SQL}, kpi.id, who.person_id, NULL::bigint, {HOME}, span.code, span.starts, span.ends,
           sums.numerator, sums.denominator, {ACTUAL}, %(now)s
    FROM people who JOIN span USING (code) CROSS JOIN kpi
    LEFT JOIN of_people measured USING (person_id, code)
    CROSS JOIN LATERAL (SELECT round(coalesce(measured.numerator, 0), 6) AS numerator,
        CASE WHEN kpi.aggregation = 'ratio' THEN round(coalesce(measured.denominator, 0), 6) END AS denominator) sums
    WHERE %(people)s::bigint[] IS NULL OR who.person_id = ANY(%(people)s)
    {UPSERT.format(subject="person", other="team")}),
new_teams AS (
    INSERT INTO goals_kpiresult AS stored ({COLUMNS})
    SELECT {NEW_UID_SQL}, kpi.id, NULL::bigint, who.id, who.parent_id, span.code, span.starts, span.ends,
           sums.numerator, sums.denominator, {ACTUAL}, %(now)s
    FROM accounts_team who CROSS JOIN span CROSS JOIN kpi
    LEFT JOIN of_teams measured ON measured.team_id = who.id AND measured.code = span.code
    CROSS JOIN LATERAL (SELECT round(coalesce(measured.numerator, 0), 6) AS numerator,
        CASE WHEN kpi.aggregation = 'ratio' THEN round(coalesce(measured.denominator, 0), 6) END AS denominator) sums
    WHERE %(teams)s::bigint[] IS NULL OR who.id = ANY(%(teams)s)
    {UPSERT.format(subject="team", other="person")}),
stale AS (
    DELETE FROM goals_kpiresult gone USING span
    WHERE gone.kpi_id = %(kpi)s AND gone.period = span.code AND gone.person_id IS NOT NULL
      AND (%(people)s::bigint[] IS NULL OR gone.person_id = ANY(%(people)s))
      AND NOT EXISTS (SELECT FROM people who WHERE who.person_id = gone.person_id AND who.code = span.code)
    RETURNING false AS is_new)
SELECT count(*), count(*) FILTER (WHERE is_new)
FROM (SELECT is_new FROM new_people UNION ALL SELECT is_new FROM new_teams UNION ALL SELECT is_new FROM stale) changed
"""

# Quarters and years from the months' rows, all KPIs of one kind of subject at once.
ADD_UP = """
WITH span AS (
    SELECT * FROM unnest(%(codes)s::text[], %(starts_of)s::date[], %(ends_of)s::date[]) AS span(code, starts, ends)),
who AS MATERIALIZED (
    SELECT span.code, span.starts, span.ends, part.kpi_id, part.{subject}_id,
           sum(part.numerator) AS numerator, sum(part.denominator) AS denominator
    FROM span JOIN goals_kpiresult part ON part.starts >= span.starts AND part.ends <= span.ends
    WHERE part.period = ANY(%(months)s) AND part.{subject}_id IS NOT NULL AND part.kpi_id = ANY(%(kpis)s)
      AND (%({subject}_filter)s::bigint[] IS NULL OR part.{subject}_id = ANY(%({subject}_filter)s))
    GROUP BY 1, 2, 3, 4, 5),
added AS (
    INSERT INTO goals_kpiresult AS stored ({columns})
    SELECT {uid}, kpi.id, {person}, {team}, {home}, span.code, span.starts, span.ends,
           sums.numerator, sums.denominator, {actual}, %(now)s
    FROM who sums JOIN span USING (code) JOIN goals_kpi kpi ON kpi.id = sums.kpi_id
    CROSS JOIN LATERAL (SELECT sums.{subject}_id) who
    {upsert}),
stale AS (
    DELETE FROM goals_kpiresult gone USING span
    WHERE gone.period = span.code AND gone.{subject}_id IS NOT NULL AND gone.kpi_id = ANY(%(kpis)s)
      AND (%({subject}_filter)s::bigint[] IS NULL OR gone.{subject}_id = ANY(%({subject}_filter)s))
      AND NOT EXISTS (SELECT FROM who
                      WHERE who.{subject}_id = gone.{subject}_id AND who.code = span.code AND who.kpi_id = gone.kpi_id)
    RETURNING false AS is_new)
SELECT count(*), count(*) FILTER (WHERE is_new) FROM (SELECT is_new FROM added UNION ALL SELECT is_new FROM stale) changed
"""
ADD_UP_PEOPLE = ADD_UP.format(
    subject="person", columns=COLUMNS, uid=NEW_UID_SQL, person="sums.person_id", team="NULL::bigint", home=HOME, actual=ACTUAL,
    upsert=UPSERT.format(subject="person", other="team"),
)  # fmt: skip
ADD_UP_TEAMS = ADD_UP.format(
    subject="team", columns=COLUMNS, uid=NEW_UID_SQL, person="NULL::bigint", team="sums.team_id", actual=ACTUAL,
    home="(SELECT parent_id FROM accounts_team t WHERE t.id = sums.team_id)", upsert=UPSERT.format(subject="team", other="person"),
)  # fmt: skip

SET_TARGETS = f"""
WITH given AS (
    SELECT * FROM unnest(%(kpi_ids)s::bigint[], %(person_ids)s::bigint[], %(team_ids)s::bigint[], %(targets)s::numeric[])
        AS given(kpi_id, person_id, team_id, target)),
wanted AS (
    SELECT result.id, round(given.target, 6) AS target,
           {ATTAINMENT.format(kpi="kpi", actual="result.actual", target="round(given.target, 6)")} AS attainment
    FROM goals_kpiresult result JOIN goals_kpi kpi ON kpi.id = result.kpi_id
    LEFT JOIN given ON given.kpi_id = result.kpi_id
        AND (given.person_id = result.person_id OR given.team_id = result.team_id)
    WHERE result.period = %(code)s AND result.kpi_id = ANY(%(kpis)s))
UPDATE goals_kpiresult stored SET target = wanted.target, attainment = wanted.attainment, computed_at = %(now)s
FROM wanted WHERE wanted.id = stored.id
  AND (stored.target, stored.attainment) IS DISTINCT FROM (wanted.target, wanted.attainment)
"""

TEAMS_ABOVE = """
SELECT DISTINCT t.id FROM accounts_membership m
JOIN accounts_team home ON home.id = m.team_id JOIN accounts_team t ON starts_with(home.path, t.path)
WHERE m.person_id = ANY(%(people)s) AND m.during && daterange(%(starts)s, %(ends)s)
"""

# Kinds of period that have results.
KINDS = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose rows are written: None is everybody."""

    people: list[int] | None
    teams: list[int] | None


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

    One transaction; two runs wait for each other, and the later one sees all facts. May run twice or be killed: nothing is lost.
    Raises RateMissing. Tells `goals.hooks` after the commit where rows changed.
    """
    months = _months(periods)
    longer = sorted({period for period in periods if period.kind != PeriodKind.MONTH})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('goals.compute'))")
        kpis = [kpi for kpi in Kpi.objects.filter(is_active=True) if kpi.source in SOURCES]
        now = timezone.now()
        change = _measure(
            cursor, kpis, _never_computed(months) if people is not None else months, Scope(None, None), now
        )
        scope = Scope(None, None)
        if people is not None:
            scope = _scope(cursor, people, months)
            change += _measure(cursor, kpis, _touched(periods), scope, now)
        if change.new:
            scope = Scope(None, None)
        change += _add_up(cursor, kpis, longer, months, scope, now)
        targets = 0
        if people is None or change.new:
            targets = refresh_targets(kpis, [*months, *longer], now)
        if people is None:
            _note_full_run([*months, *longer], now)
        if change.rows or targets:
            hooks.results_changed(
                [period.code for period in [*months, *longer]], None if people is None else list(people)
            )
    return change.rows + targets


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
    """Bring target and attainment of the periods' results up to the targets that hold now. Returns how many rows changed."""
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


def _scope(cursor: Any, people: Sequence[int], months: Sequence[Period]) -> Scope:
    if not months:
        return Scope(list(people), [])
    cursor.execute(TEAMS_ABOVE, {"people": list(people), "starts": months[0].start, "ends": months[-1].end})
    return Scope(list(people), sorted(row[0] for row in cursor.fetchall()))


def _measure(cursor: Any, kpis: Sequence[Kpi], months: Sequence[Period], scope: Scope, now: datetime) -> Change:
    change = Change()
    if not months:
        return change
    spans = _spans(months)
    for kpi in kpis:
        facts = source(kpi.source).facts(months[0].start, months[-1].end)
        params = {**facts.params, **spans, "kpi": kpi.pk, "people": scope.people, "teams": scope.teams, "now": now}
        cursor.execute(MEASURE.replace("{facts}", facts.sql), params)
        change += Change(*cursor.fetchone())
    if scope.people is None:
        _note_full_run(months, now)
    return change


def _add_up(
    cursor: Any, kpis: Sequence[Kpi], periods: Sequence[Period], months: Sequence[Period], scope: Scope, now: datetime
) -> Change:
    change = Change()
    if not periods:
        return change
    params = {
        **_spans(periods),
        "months": [month.code for month in months],
        "kpis": [kpi.pk for kpi in kpis],
        "person_filter": scope.people,
        "team_filter": scope.teams,
        "now": now,
    }
    for statement in (ADD_UP_PEOPLE, ADD_UP_TEAMS):
        cursor.execute(statement, params)
        change += Change(*cursor.fetchone())
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
