"""Runs as lists and comparisons."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounts.doors import get_visible
from accounts.models import Person, User
from incentives.models import Run, Statement
from incentives.rules.exact import ZERO


def run_rows(*, viewer: User, period: str | None = None) -> list[Run]:
    """The runs that the viewer may see, latest period first, with who did what. One query."""
    runs = Run.objects.visible_to(viewer).select_related("plan", "job", "prepared_by", "submitted_by", "approved_by")
    return list(runs.filter(period=period) if period else runs)


@dataclass(frozen=True, slots=True)
class Difference:
    """A person's pay in two runs; None: not in it."""

    person: Person
    before: Decimal | None
    after: Decimal | None

    @property
    def change(self) -> Decimal:
        return (self.after or ZERO) - (self.before or ZERO)


def compare_runs(*, viewer: User, run_uid: UUID, other_uid: UUID) -> list[Difference]:
    """Who is paid otherwise in the second run, most first. Four queries. Raises NotFound."""
    runs = [get_visible(Run, viewer, uid) for uid in (run_uid, other_uid)]
    rows = Statement.objects.visible_to(viewer).filter(run__in=runs).select_related("person")
    paid: dict[Person, dict[int, Decimal]] = {}
    for statement in rows:
        paid.setdefault(statement.person, {})[statement.run_id] = statement.total
    found = [Difference(person, sums.get(runs[0].pk), sums.get(runs[1].pk)) for person, sums in paid.items()]
    changed = [each for each in found if each.before != each.after]
    return sorted(changed, key=lambda each: (-abs(each.change), each.person.name))


@dataclass(frozen=True, slots=True)
class PayPoint:
    person: Person
    attainment: Decimal
    pay: Decimal
    target_pay: Decimal


def pay_against_attainment(*, viewer: User, run: Run) -> Sequence[PayPoint]:
    """One point a person who has an attainment and a target pay. One query."""
    rows = Statement.objects.visible_to(viewer).filter(run=run, error__isnull=True, attainment__isnull=False)
    rows = rows.filter(target_pay__isnull=False).select_related("person").order_by("attainment", "pk")
    return [
        PayPoint(row.person, row.attainment, row.total, row.target_pay)
        for row in rows
        if row.attainment is not None and row.target_pay is not None
    ]
