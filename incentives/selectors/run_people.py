"""The people of a run as a table: filtered, sorted, a keyset page at a time; and how their pay is spread."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.errors import UnknownFilter
from core.keyset import KeysetPage, keyset_page
from incentives.models import Run, Statement

UNKNOWN = Value(Decimal(-1))  # sorts what has no value under all that has one
SORTS = {
    "name": F("person__name"),
    "team": Coalesce("team__name", Value("")),
    "quota": Coalesce("quota", UNKNOWN),
    "credited": F("credited"),
    "attainment": Coalesce("attainment", UNKNOWN),
    "target_pay": Coalesce("target_pay", UNKNOWN),
    "total": F("total"),
}


class Only:
    """Which statements of a run are listed: the values of `?only=`."""

    ALL = ""
    PAID = "paid"
    EMPTY = "empty"
    FAILED = "failed"


ONLY = {
    Only.ALL: Q(),
    Only.PAID: Q(error__isnull=True) & ~Q(total=0),
    Only.EMPTY: Q(error__isnull=True, total=0),
    Only.FAILED: Q(error__isnull=False),
}
ONLY_LABELS = {
    Only.ALL: _("All"),
    Only.PAID: _("Paid"),
    Only.EMPTY: _("Paid nothing"),
    Only.FAILED: _("With an error"),
}


@dataclass(frozen=True, slots=True)
class PeopleQuestion:
    """What the table is asked for: words in the name or team, one of `Only`, a key of `SORTS` (-: from the top)."""

    words: str = ""
    only: str = Only.ALL
    sort: str = "-total"
    after: str = ""


def statements_of(*, viewer: User, run: Run) -> QuerySet[Statement]:
    """The run's statements that `viewer` may see."""
    return Statement.objects.visible_to(viewer).filter(run=run)


def run_people(*, viewer: User, run: Run, question: PeopleQuestion) -> KeysetPage[Statement]:
    """One page of the run's people. One query. Raises UnknownFilter on an unknown sort or choice."""
    key = question.sort.removeprefix("-")
    if key not in SORTS:
        raise UnknownFilter(name="sort", given=question.sort, allowed=", ".join(SORTS))
    if question.only not in ONLY:
        raise UnknownFilter(name="only", given=question.only, allowed=", ".join(filter(None, ONLY)))
    rows = statements_of(viewer=viewer, run=run).filter(ONLY[question.only]).annotate(sort_key=SORTS[key])
    if question.words:
        rows = rows.filter(Q(person__name__icontains=question.words) | Q(team__name__icontains=question.words))
    rows = rows.select_related("person", "team", "version__plan")
    sign = "-" if question.sort.startswith("-") else ""
    return keyset_page(rows, order=(f"{sign}sort_key", "pk"), after=question.after)


@dataclass(frozen=True, slots=True)
class RunSums:
    """What the viewer sees of a run, summed; counts by the choices of `Only`."""

    people: int
    total: Decimal
    target_pay: Decimal
    credited: Decimal
    counts: dict[str, int]

    @property
    def of_target_pay(self) -> Decimal | None:
        """Paid against what was to be paid at target."""
        return self.total / self.target_pay if self.target_pay else None

    @property
    def of_revenue(self) -> Decimal | None:
        """Paid against what was credited."""
        return self.total / self.credited if self.credited else None


def run_sums(*, viewer: User, run: Run) -> RunSums:
    """One query."""
    found = statements_of(viewer=viewer, run=run).aggregate(
        people=Count("pk"),
        total_sum=Sum("total", default=Decimal(0)),
        target_sum=Sum("target_pay", default=Decimal(0)),
        credited_sum=Sum("credited", default=Decimal(0)),
        **{f"only_{name}": Count("pk", filter=condition) for name, condition in ONLY.items() if name},
    )
    counts = {name: found[f"only_{name}"] if name else found["people"] for name in ONLY}
    return RunSums(found["people"], found["total_sum"], found["target_sum"], found["credited_sum"], counts)


@dataclass(frozen=True, slots=True)
class PayPoint:
    """A person with a pay at target: what was attained (None: no quota) and paid, and the statement to open."""

    name: str
    statement: UUID
    attainment: Decimal | None
    total: Decimal
    target_pay: Decimal

    @property
    def share(self) -> Decimal:
        """Of the pay at target."""
        return self.total / self.target_pay


def pay_points(*, viewer: User, run: Run) -> list[PayPoint]:
    """One query."""
    rows = statements_of(viewer=viewer, run=run).filter(error__isnull=True, target_pay__gt=0).order_by("pk")
    return [
        PayPoint(name, uid, attainment, total, target_pay)
        for name, uid, attainment, total, target_pay in rows.values_list(
            "person__name", "uid", "attainment", "total", "target_pay"
        )
        if target_pay
    ]


STEPS = 10
SMALLEST_STEP = Decimal("0.05")


def pay_spread(points: Sequence[PayPoint]) -> Sequence[tuple[Decimal, Decimal, int]]:
    """How many people got which share of their target pay: bins (from, to, count), equally wide, about ten."""
    shares = [point.share for point in points]
    if not shares:
        return ()
    step = SMALLEST_STEP
    while max(shares) >= step * STEPS:
        step *= 2
    low = min(0, int(min(shares) // step))
    bins = [(step * n, step * (n + 1)) for n in range(low, int(max(shares) // step) + 1)]
    return [(start, end, sum(start <= share < end for share in shares)) for start, end in bins]
