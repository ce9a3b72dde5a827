"""Targets: set and cleared one by one, or derived from history. Results follow in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import Person, Team, User
from core.audit import acting
from core.errors import NotFound
from core.periods import Period, PeriodKind
from goals import hooks
from goals.errors import NoHistory, NoResultsForPeriod, NotAdding, NotAQuarter, TargetNotPositive, TargetOutOfOrder
from goals.models import Kpi, KpiResult, Target
from goals.rules.targets import MONTHS_A_QUARTER, derive
from goals.rules.targets import Derived as Derivation
from goals.selectors import sellers
from goals.services.compute import KINDS, refresh_targets

Subject = Person | Team
STEPS = {Kpi.Unit.MONEY: Decimal(100), Kpi.Unit.COUNT: Decimal(1), Kpi.Unit.DAYS: Decimal(1)}
VALUES = ("value", "threshold", "stretch", "reason", "origin", "origin_values")
SET_BY_PEOPLE = (Target.Origin.ENTERED, Target.Origin.IMPORTED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A target to be written. `origin` and its values say where the number came from."""

    kpi: Kpi
    subject: Subject
    period: Period
    value: Decimal
    threshold: Decimal | None = None
    stretch: Decimal | None = None
    reason: str = ""
    origin: str = Target.Origin.ENTERED
    origin_values: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """How many were derived, how many that people had set were kept, how many of the derived are the team's mean."""

    count: int
    kept: int
    from_team: int


@transaction.atomic
def set_target(
    *,
    kpi: str,
    subject: Subject,
    period: Period,
    value: Decimal,
    threshold: Decimal | None = None,
    stretch: Decimal | None = None,
    reason: str = "",
    by: User,
) -> Target:
    """Set what a person or team must reach in a month, quarter or year; attainments follow at once.

    Raises NotFound (also for a subject out of `by`'s scope), NoResultsForPeriod, TargetNotPositive, TargetOutOfOrder.
    """
    wanted = Wanted(_kpi(kpi), subject, period, value, threshold, stretch, reason)
    check(wanted)
    _require_scope(subject, by)
    with acting(by, "target.set"):
        _write([wanted], by)
    _follow([(wanted.kpi, period)], people_of([subject]))
    return _own_row(wanted.kpi, subject, period)


@transaction.atomic
def clear_target(*, kpi: str, subject: Subject, period: Period, by: User) -> None:
    """Take an own target back, so that the one that follows from others holds again. Twice is no error."""
    _require_scope(subject, by)
    row = _kpi(kpi)
    with acting(by, "target.cleared"):
        Target.objects.filter(kpi=row, period=period.code, **_column(subject)).delete()
    _follow([(row, period)], people_of([subject]))


@transaction.atomic
def derive_targets(
    *,
    kpi: str,
    period: Period,
    growth: Decimal,
    by: User | None,
    replace: bool = False,
    base: Period | None = None,
) -> Derived:
    """Targets of a quarter from the quarter before, for each KAM in `by`'s scope (None: everybody).

    base  another quarter to derive from: the last known one for a quarter that lies ahead, or the one after for the
          quarter in which the data begin; that one is then asked only for its months with bookings

    The rule, with the case of people without history, is `goals.rules.targets.derive`; the target's basis tells the
    numbers.
    What people entered or imported stays, unless `replace`. Raises NotAQuarter, NotAdding, NoHistory.
    """
    row = _kpi(kpi)
    if period.kind != PeriodKind.QUARTER:
        raise NotAQuarter(period=period.code)
    if row.aggregation != Kpi.Aggregation.SUM:
        raise NotAdding(kpi=row.name)
    teams = sellers(period, by)
    before = base or period.previous
    times = MONTHS_A_QUARTER if before.start < period.start else _months_with_results(row, period)
    step = STEPS[Kpi.Unit(row.unit)]
    found = derive(_totals(row, before, teams), _months_with_results(row, before), growth, step, teams, times=times)
    if not found:
        raise NoHistory(period=before.code)
    keep = set() if replace else _set_by_people(row, period)
    basis = _Basis(before, growth, step, times, dict(Team.objects.values_list("pk", "name")))
    people = Person.objects.in_bulk([person_id for person_id in found if person_id not in keep])
    wanted = [_derived(row, people[pk], period, derived, basis) for pk, derived in found.items() if pk in people]
    with acting(by, "target.derived"):
        _write(wanted, by)
    _follow([(row, period)], None)
    return Derived(len(wanted), len(found) - len(wanted), sum(w.origin == Target.Origin.FROM_TEAM for w in wanted))


def write_all(wanted: Sequence[Wanted], *, by: User) -> None:
    """Write checked targets as one use case, such as an import. Call it in a transaction, with `acting` around it."""
    _write(wanted, by)
    _follow({(target.kpi, target.period) for target in wanted}, people_of([target.subject for target in wanted]))


def check(wanted: Wanted) -> None:
    """Raises NoResultsForPeriod, TargetNotPositive, TargetOutOfOrder."""
    if wanted.period.kind not in KINDS:
        raise NoResultsForPeriod(period=wanted.period.code)
    if wanted.value <= 0:
        raise TargetNotPositive(given=wanted.value, subject=wanted.subject.name)
    steps = [value for value in (wanted.threshold, wanted.value, wanted.stretch) if value is not None]
    lower = wanted.kpi.direction == Kpi.Direction.LOWER
    if steps != sorted(steps, reverse=lower):
        raise TargetOutOfOrder(threshold=wanted.threshold, value=wanted.value, stretch=wanted.stretch)


def affected(period: Period) -> list[Period]:
    """The periods whose target may follow from a row of `period`: its parts, itself, and the year it is summed into."""
    parts = {
        part for kind in (PeriodKind.MONTH, PeriodKind.QUARTER) for part in period.parts(kind) if part.end <= period.end
    }
    return sorted(parts | set(period.chain()))


def people_of(subjects: Iterable[Subject]) -> list[int] | None:
    """The people whose results follow; None (all) where a team is among the subjects."""
    found = list(subjects)
    if any(isinstance(subject, Team) for subject in found):
        return None
    return sorted({subject.pk for subject in found})


def _kpi(code: str) -> Kpi:
    found = Kpi.objects.filter(code=code, is_active=True).first()
    if found is None:
        raise NotFound
    return found


def _column(subject: Subject) -> dict[str, Any]:
    return {"person" if isinstance(subject, Person) else "team": subject.pk}


def _require_scope(subject: Subject, by: User) -> None:
    if not type(subject)._default_manager.visible_to(by).filter(pk=subject.pk).exists():
        raise NotFound


def _own_row(kpi: Kpi, subject: Subject, period: Period) -> Target:
    return Target.objects.get(kpi=kpi, period=period.code, **_column(subject))


def _write(wanted: Sequence[Wanted], by: User | None) -> None:
    """Insert new rows, update those that differ, in two statements; rows are locked in key order."""
    stored = {
        (row.kpi_id, row.period, row.person_id, row.team_id): row
        for row in Target.objects.select_for_update()
        .filter(kpi__in={w.kpi.pk for w in wanted}, period__in={w.period.code for w in wanted})
        .order_by("pk")
    }
    new, changed = [], []
    for target in wanted:
        row, values = stored.get(_key(target)), _values(target)
        if row is None:
            new.append(_new_row(target, values, by))
        elif any(getattr(row, name) != value for name, value in values.items()):
            changed.append(_with(row, values | {"set_by": by}))
    Target.objects.bulk_create(new, batch_size=1000)
    for row in changed:
        # Not bulk_update: it would leave `set_at` behind, and targets are few.
        row.save(update_fields=[*VALUES, "set_by", "set_at"])


def _new_row(target: Wanted, values: dict[str, Any], by: User | None) -> Target:
    return Target(
        kpi=target.kpi,
        person=target.subject if isinstance(target.subject, Person) else None,
        team=target.subject if isinstance(target.subject, Team) else None,
        period=target.period.code,
        starts=target.period.start,
        ends=target.period.end,
        set_by=by,
        **values,
    )


def _with(row: Target, values: dict[str, Any]) -> Target:
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _key(target: Wanted) -> tuple[int, str, int | None, int | None]:
    own = _column(target.subject)
    return target.kpi.pk, target.period.code, own.get("person"), own.get("team")


def _values(target: Wanted) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(target, name) for name in VALUES}
    return found | {"reason": target.reason[:300], "origin_values": dict(target.origin_values or {})}


def _follow(changed: Iterable[tuple[Kpi, Period]], people: list[int] | None) -> None:
    """Targets and attainments of the stored results, KPI by KPI."""
    by_kpi: dict[Kpi, set[Period]] = {}
    for kpi, period in changed:
        by_kpi.setdefault(kpi, set()).update(affected(period))
    for kpi, periods in by_kpi.items():
        if refresh_targets([kpi], sorted(periods)):
            hooks.results_changed(sorted(period.code for period in periods), people)


def _totals(kpi: Kpi, before: Period, teams: Mapping[int, int]) -> dict[int, Decimal]:
    rows = KpiResult.objects.filter(kpi=kpi, period=before.code, person__in=list(teams))
    return dict(rows.values_list("person_id", "numerator"))


def _months_with_results(kpi: Kpi, quarter: Period) -> int:
    codes = [month.code for month in quarter.parts(PeriodKind.MONTH)]
    company = KpiResult.objects.filter(kpi=kpi, period__in=codes, team__kind=Team.Kind.COMPANY)
    return company.filter(numerator__gt=0).count()


def _set_by_people(kpi: Kpi, period: Period) -> set[int]:
    rows = Target.objects.filter(kpi=kpi, period=period.code, person__isnull=False, origin__in=SET_BY_PEOPLE)
    return set(rows.values_list("person_id", flat=True))


@dataclass(frozen=True, slots=True)
class _Basis:
    """What all targets of one derivation share: the quarter they rest on, growth and rounding, for how many months,
    the teams' names.
    """

    before: Period
    growth: Decimal
    step: Decimal
    times: int
    teams: Mapping[int, str]


def _derived(kpi: Kpi, person: Person, period: Period, derived: Derivation, basis: _Basis) -> Wanted:
    names = basis.teams
    values = {"period": basis.before.code, "times": str(basis.times)}
    if basis.before.start > period.start:
        values["begins"] = period.code
    if derived.mean is None:
        company = next(iter(names.values()), "")
        team = names[derived.team] if derived.team is not None else company
        values |= {"people": str(derived.people), "team": team}
        return Wanted(kpi, person, period, derived.value, origin=Target.Origin.FROM_TEAM, origin_values=values)
    values |= {
        "mean": str(round(derived.mean, 2)),
        "total": str(round(derived.total or Decimal(0), 2)),
        "months": str(derived.months),
        "growth": str(basis.growth),
        "step": str(basis.step),
    }
    return Wanted(kpi, person, period, derived.value, origin=Target.Origin.FROM_HISTORY, origin_values=values)
