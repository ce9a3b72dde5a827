"""Plans and their versions: drafts are written, one is published, what is published never changes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from core import formats, jobs
from core.audit import acting
from core.errors import NotFound
from incentives.errors import (
    DraftChangedMeanwhile,
    DraftExists,
    EndsBeforeItStarts,
    ExampleDoesNotHold,
    PeriodIsPaidByThePlan,
    PlanCodeIsTaken,
    PlanFileCannotBeRead,
    PlanHasProblems,
    StartsBeforeTheVersionInForce,
    VersionIsNotPublished,
    VersionIsPublished,
)
from incentives.models import Plan, PlanVersion, Run, Statement
from incentives.rules.checks import problems
from incentives.rules.document import SCHEMA, digest

EMPTY: dict[str, Any] = {
    "schema": SCHEMA,
    "measure": "booked_revenue",
    "period": "quarter",
    "components": [
        {
            "key": "commission",
            "name": {"en": "Commission", "zh": "提成"},
            "kind": "marginal_tiers",
            "basis": "attainment",
            "weight": "1",
            "tiers": [{"from": "0", "to": None, "rate": "1"}],
        }
    ],
    "cap": None,
}


@transaction.atomic
def create_plan(*, code: str, name: str, by: User | None) -> Plan:
    """A plan without a version yet. Raises PlanCodeIsTaken."""
    if Plan.objects.filter(code=code).exists():
        raise PlanCodeIsTaken(code=code)
    with acting(by, "plan.created"):
        return Plan.objects.create(code=code, name=name)


@transaction.atomic
def create_draft(
    *,
    plan: Plan,
    starts: date,
    by: User | None,
    content: Mapping[str, Any] | None = None,
    currency: str | None = None,
    based_on: PlanVersion | None = None,
) -> PlanVersion:
    """A new draft: of the given content, else a copy of `based_on`, else of the newest version, else one open tier.

    A plan has one draft at a time. Raises DraftExists.
    """
    plan = Plan.objects.select_for_update().get(pk=plan.pk)
    if draft := plan.versions.filter(status=PlanVersion.Status.DRAFT).first():
        raise DraftExists(number=draft.number, plan=plan.name)
    source = based_on or plan.versions.order_by("-number").first()
    newest = plan.versions.aggregate(newest=Max("number"))["newest"] or 0
    with acting(by, "plan.draft_created"):
        return PlanVersion.objects.create(
            plan=plan,
            number=newest + 1,
            starts=starts,
            currency=currency or (source.currency if source else settings.COMPANY_CURRENCY),
            content=dict(content) if content is not None else (source.content if source else EMPTY),
            based_on=source,
            created_by=by,
            saved_by=by,
        )


@transaction.atomic
def save_draft(
    *,
    version_uid: UUID,
    content: Mapping[str, Any],
    seen: datetime | None,
    by: User,
    starts: date | None = None,
) -> PlanVersion:
    """Keep a draft's wording, with its problems if it has some.

    seen  when the draft was saved that the editor shows; where somebody saved since, DraftChangedMeanwhile is raised

    Raises NotFound, VersionIsPublished, DraftChangedMeanwhile.
    """
    version = _draft(version_uid)
    if seen is not None and seen != version.saved_at:
        raise DraftChangedMeanwhile(name=version.saved_by or "", at=formats.moment(version.saved_at))
    version.content, version.saved_by, version.saved_at = dict(content), by, timezone.now()
    version.starts = starts or version.starts
    with acting(by, "plan.draft_saved"):
        version.save(update_fields=["content", "saved_by", "saved_at", "starts"])
    return version


# Problems of the shape: what has one cannot be shown in the editor. All others may stand in a draft until they are
# corrected.
UNREADABLE = {
    "not_an_object",
    "unknown_schema",
    "unknown_field",
    "not_a_choice",
    "not_a_number",
    "not_whole",
    "not_a_day",
    "not_a_text",
    "not_a_flag",
    "not_a_key",
    "key_twice",
    "example_facts",
}


@transaction.atomic
def import_draft(*, plan: Plan, content: object, starts: date, by: User) -> PlanVersion:
    """A document from outside as the plan's draft; the rules of a draft that is there are replaced.

    Raises PlanFileCannotBeRead.
    """
    wrong = [problem for problem in problems(content) if problem.severity == "error" and problem.code in UNREADABLE]
    if wrong or not isinstance(content, Mapping):
        raise PlanFileCannotBeRead(wrong)
    draft = plan.versions.filter(status=PlanVersion.Status.DRAFT).first()
    if draft is None:
        return create_draft(plan=plan, starts=starts, by=by, content=content)
    return save_draft(version_uid=draft.uid, content=content, seen=None, by=by, starts=starts)


@transaction.atomic
def delete_draft(*, version_uid: UUID, by: User) -> None:
    """Raises NotFound, VersionIsPublished."""
    version = _draft(version_uid)
    with acting(by, "plan.draft_deleted"):
        version.delete()


@transaction.atomic
def publish(*, version_uid: UUID, by: User | None) -> PlanVersion:
    """Put a draft in force from its first day; the version before it ends on that day.

    Raises NotFound, VersionIsPublished, PlanHasProblems, ExampleDoesNotHold, StartsBeforeTheVersionInForce,
    PeriodIsPaidByThePlan.
    """
    version = _draft(version_uid)
    _refuse_problems(version)
    _refuse_paid_time(version)
    before = version.plan.versions.exclude(status=PlanVersion.Status.DRAFT).order_by("-starts").first()
    if before is not None and before.starts >= version.starts:
        raise StartsBeforeTheVersionInForce(number=before.number, starts=formats.day(before.starts))
    version.status, version.digest = PlanVersion.Status.PUBLISHED, digest(version.content)
    version.published_by, version.published_at = by, timezone.now()
    with acting(by, "plan.published"):
        if before is not None and (before.ends is None or before.ends > version.starts):
            before.ends = version.starts
            before.save(update_fields=["ends"])
        version.save(update_fields=["status", "digest", "published_by", "published_at"])
    jobs.enqueue("incentives.ask_for_letters")
    return version


def _refuse_problems(version: PlanVersion) -> None:
    """Faults of the wording, then worked examples that it does not pay as expected."""
    errors = [problem for problem in problems(version.content) if problem.severity == "error"]
    if not errors:
        return
    if all(problem.code == "example_differs" for problem in errors):
        raise ExampleDoesNotHold(errors, **errors[0].values)
    raise PlanHasProblems(errors)


def _refuse_paid_time(version: PlanVersion) -> None:
    """A new wording never reaches into a period that was paid by the plan."""
    paid = Run.objects.filter(
        pk__in=Statement.objects.filter(version__plan=version.plan).values("run"), status__in=Run.FIXED
    )
    until = paid.aggregate(until=Max("ends"))["until"]
    if until is not None and version.starts < until:
        raise PeriodIsPaidByThePlan(plan=version.plan.name, until=formats.day(until))


@transaction.atomic
def retire(*, version_uid: UUID, ends: date, by: User) -> PlanVersion:
    """End a published version; from `ends` on it pays nobody. Raises NotFound, VersionIsNotPublished,
    EndsBeforeItStarts."""
    version = _locked(version_uid)
    if version.status != PlanVersion.Status.PUBLISHED:
        raise VersionIsNotPublished(number=version.number, plan=version.plan.name)
    if ends <= version.starts:
        raise EndsBeforeItStarts(starts=formats.day(version.starts))
    version.status, version.ends = PlanVersion.Status.RETIRED, ends
    with acting(by, "plan.retired"):
        version.save(update_fields=["status", "ends"])
    return version


def _locked(version_uid: UUID) -> PlanVersion:
    rows = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan", "saved_by")
    version = rows.filter(uid=version_uid).first()
    if version is None:
        raise NotFound
    return version


def _draft(version_uid: UUID) -> PlanVersion:
    version = _locked(version_uid)
    if version.status != PlanVersion.Status.DRAFT:
        raise VersionIsPublished(number=version.number, plan=version.plan.name)
    return version
