"""Runs as lists and comparisons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.doors import get_visible
from accounts.models import Person, User
from core.errors import UnknownFilter
from incentives.models import Run, Statement
from incentives.rules.exact import ZERO


def run_rows(*, viewer: User, period: str | None = None) -> list[Run]:
    """The runs that the viewer may see, latest period first, with who did what. One query."""
    runs = Run.objects.visible_to(viewer).select_related("plan", "job", "prepared_by", "submitted_by", "approved_by")
    return list(runs.filter(period=period) if period else runs)


class Cause(models.TextChoices):
    """Why a person is paid otherwise in another run."""

    CAME = "came", _("Only in this run")
    WENT = "went", _("Only in the other run")
    ERROR = "error", _("An error stopped one of both")
    CREDIT = "credit", _("Credits")
    QUOTA = "quota", _("Target")
    TARGET_PAY = "target_pay", _("Pay at target")
    VERSION = "version", _("Plan or its version")
    TEAM = "team", _("Credits of the team")
    DAYS = "days", _("Days that count")
    CORRECTION = "correction", _("Corrections of earlier periods")
    OTHER = "other", _("Other inputs of the plan")


@dataclass(frozen=True, slots=True)
class Changed:
    """One cause with what it was and is: money, a count, or a plan's name; None: there was none.

    `pay`: how much of the difference it makes; None: nobody has told, or nobody can (`run_causes.weighed`).
    """

    cause: Cause
    before: Decimal | str | None = None
    after: Decimal | str | None = None
    pay: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """A person's pay in two runs; None: not in it. `currency` is that of the later one.

    corrected_before, corrected_after   what of the pay corrects earlier periods
    """

    person: Person
    before: Decimal | None
    after: Decimal | None
    causes: Sequence[Changed]
    statement_before: UUID | None
    statement_after: UUID | None
    currency: str
    corrected_before: Decimal = ZERO
    corrected_after: Decimal = ZERO

    @property
    def change(self) -> Decimal:
        return (self.after or ZERO) - (self.before or ZERO)


SORTS: dict[str, Callable[[Difference], Any]] = {
    "name": lambda each: each.person.name,
    "before": lambda each: each.before or ZERO,
    "after": lambda each: each.after or ZERO,
    "change": lambda each: each.change,
    "size": lambda each: abs(each.change),
}


def compare_runs(
    *, viewer: User, run_uid: UUID, other_uid: UUID, sort: str = "-size", cause: str = ""
) -> list[Difference]:
    """Who is paid otherwise in the second run, and because of what; most first. Five queries.

    Raises NotFound, UnknownFilter.
    """
    key = SORTS.get(sort.removeprefix("-"))
    if key is None:
        raise UnknownFilter(name="sort", given=sort[:20], allowed=", ".join(SORTS))
    if cause and cause not in Cause.values:
        raise UnknownFilter(name="cause", given=cause[:20], allowed=", ".join(Cause.values))
    first, second = (get_visible(Run, viewer, uid) for uid in (run_uid, other_uid))
    rows = Statement.objects.visible_to(viewer).filter(run__in=[first, second])
    both: dict[Person, dict[int, Statement]] = {}
    for statement in rows.select_related("person", "version__plan"):
        both.setdefault(statement.person, {})[statement.run_id] = statement
    found = [_difference(person, of.get(first.pk), of.get(second.pk)) for person, of in both.items()]
    changed = [each for each in found if each.before != each.after or _only_error(each)]
    if cause:
        changed = [each for each in changed if any(one.cause == cause for one in each.causes)]
    changed.sort(key=lambda each: each.person.name)
    return sorted(changed, key=key, reverse=sort.startswith("-"))


def _only_error(difference: Difference) -> bool:
    return any(one.cause == Cause.ERROR for one in difference.causes)


def _difference(person: Person, before: Statement | None, after: Statement | None) -> Difference:
    return Difference(
        person=person,
        before=before.total if before else None,
        after=after.total if after else None,
        causes=_causes(before, after),
        statement_before=before.uid if before else None,
        statement_after=after.uid if after else None,
        currency=(after or before or Statement()).currency,
        corrected_before=before.adjusted if before else ZERO,
        corrected_after=after.adjusted if after else ZERO,
    )


def _causes(before: Statement | None, after: Statement | None) -> list[Changed]:
    if before is None or after is None:
        return [Changed(Cause.CAME if before is None else Cause.WENT)]
    if before.error != after.error:
        return [Changed(Cause.ERROR)]
    pairs: list[tuple[Cause, Decimal | str | None, Decimal | str | None]] = [
        (Cause.CREDIT, before.credited, after.credited),
        (Cause.QUOTA, before.quota, after.quota),
        (Cause.TARGET_PAY, before.target_pay, after.target_pay),
        (Cause.VERSION, _version(before), _version(after)),
        (Cause.TEAM, _fact(before, "team_credits"), _fact(after, "team_credits")),
        (Cause.DAYS, _share_of_days(before), _share_of_days(after)),
        (Cause.CORRECTION, before.adjusted, after.adjusted),
    ]
    found = [Changed(cause, was, now) for cause, was, now in pairs if was != now]
    if not found and before.total != after.total:
        found.append(Changed(Cause.OTHER))
    return found


def _version(statement: Statement) -> str | None:
    return f"{statement.version.plan.name} {statement.version.number}" if statement.version else None


def _fact(statement: Statement, name: str) -> Decimal | None:
    value = statement.facts.get(name)
    return None if value is None else Decimal(value)


def _share_of_days(statement: Statement) -> str | None:
    """'92/92' where all days count, whatever the length of the period."""
    counted, of = statement.facts.get("eligible_days"), statement.facts.get("period_days")
    if counted is None or of is None:
        return None
    return "" if counted == of else f"{counted}/{of}"


def comparable_runs(*, viewer: User, run: Run) -> list[Run]:
    """What a run may be compared with: other calculated runs, the nearest period first. One query."""
    others = Run.objects.visible_to(viewer).exclude(pk=run.pk).exclude(status=Run.Status.DRAFT)
    rows = others.filter(currency=run.currency).select_related("plan").order_by("-starts", "-pk")[:40]
    return sorted(rows, key=lambda other: (other.starts > run.starts, abs((other.starts - run.starts).days)))


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
