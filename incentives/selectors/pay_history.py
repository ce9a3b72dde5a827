"""Pay over the quarters: of whoever the viewer may see together, and of one person."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from django.db.models import Count, Q, Sum

from accounts.models import Person, User
from core.periods import Period
from incentives.models import Run, Statement

QUARTERS = 12
RUNS = 60  # more than anybody reads in one list: fifteen years of quarters


class OfRun(Protocol):
    """What stands for one run in a choice between the runs of a period."""

    @property
    def run(self) -> Run: ...


T = TypeVar("T", bound=OfRun)


CORRECTING, PROVISIONAL, ON_ITS_WAY, APPROVED = range(4)


def standing(run: Run) -> int:
    """How much a run counts for its period: approved, then final on its way, then provisional. One that only corrects
    never stands for a period."""
    if run.kind == Run.Kind.CORRECTION:
        return CORRECTING
    if run.kind == Run.Kind.PROVISIONAL:
        return PROVISIONAL
    return APPROVED if run.is_fixed else ON_ITS_WAY


def one_a_period(rows: Iterable[T]) -> list[T]:
    """Of each period the row whose run counts most, latest period first. A later run of the same standing wins."""
    best: dict[str, T] = {}
    for row in rows:
        known = best.get(row.run.period)
        if known is None or (standing(row.run), row.run.pk) > (standing(known.run), known.run.pk):
            best[row.run.period] = row
    return sorted(best.values(), key=lambda row: row.run.starts, reverse=True)


@dataclass(frozen=True, slots=True)
class RunPay:
    """A run with what the statements that the viewer sees in it add up to."""

    run: Run
    total: Decimal
    target_pay: Decimal
    credited: Decimal
    people: int
    failed: int


def runs_seen(*, viewer: User, since: date | None = None) -> list[RunPay]:
    """The runs that the viewer may see, latest first. Two queries."""
    runs = Run.objects.visible_to(viewer).select_related("prepared_by", "approved_by", "plan")
    if since is not None:
        runs = runs.filter(starts__gte=since)
    runs = runs.order_by("-starts", "-pk")[:RUNS]
    sums = (
        Statement.objects.visible_to(viewer)
        .filter(run__in=[run.pk for run in runs])
        .values("run")
        .annotate(
            total_sum=Sum("total"),
            target_sum=Sum("target_pay", default=Decimal(0)),
            credited_sum=Sum("credited"),
            count=Count("pk"),
            failed=Count("pk", filter=Q(error__isnull=False)),
        )
        .order_by("run")
    )
    by_run = {row["run"]: row for row in sums}
    return [_run_pay(run, by_run.get(run.pk)) for run in runs]


def _run_pay(run: Run, sums: Mapping[str, Any] | None) -> RunPay:
    if sums is None:
        return RunPay(run, Decimal(0), Decimal(0), Decimal(0), 0, 0)
    return RunPay(
        run=run,
        total=sums["total_sum"],
        target_pay=sums["target_sum"],
        credited=sums["credited_sum"],
        people=sums["count"],
        failed=sums["failed"],
    )


def pay_by_period(*, viewer: User, until: Period) -> list[RunPay]:
    """One run a quarter that has statements, latest first, at most `QUARTERS` quarters. Two queries."""
    since = until.shift(1 - QUARTERS).start
    return one_a_period(pay for pay in runs_seen(viewer=viewer, since=since) if pay.people)


def statements_of_person(*, viewer: User, person: Person) -> Sequence[Statement]:
    """One statement a quarter that the viewer may see, and what corrects it, latest first. One query."""
    rows = list(
        Statement.objects.visible_to(viewer).filter(person=person).select_related("run", "version__plan", "person")
    )
    correcting = [row for row in rows if row.run.kind == Run.Kind.CORRECTION]
    paying = one_a_period(row for row in rows if row.run.kind != Run.Kind.CORRECTION)
    return sorted([*correcting, *paying], key=lambda row: (row.run.starts, row.run.kind, row.pk), reverse=True)
