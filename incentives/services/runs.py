"""The life of a run: started, calculated, handed in, approved by somebody else, or returned with a reason; then
exported, paid and closed."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.access import Role
from accounts.doors import get_visible
from accounts.models import RoleGrant, User
from core import formats, outbox
from core.audit import acting
from core.calendar import period as period_of
from core.calendar import today
from core.models import Job
from core.periods import Period
from crm.models import ReversedCredit
from incentives.errors import (
    ApproverIsPreparer,
    NothingToPay,
    PeriodIsNotOver,
    PersonIsPaidAlready,
    ProvisionalRunIsNotPaid,
    ReasonMissing,
    RunDoesNotMoveOn,
    RunHasNoPeople,
    RunNotCalculated,
    RunNotSubmitted,
    TakenBackAlready,
    UnknownPlan,
)
from incentives.models import Correction, Plan, PlanAssignment, PlanVersion, Run, Statement, StatementLine
from incentives.services.corrections import restart, settle
from incentives.services.freezing import refuse_closed


@transaction.atomic
def start_run(
    *, period: Period | str, kind: Run.Kind | str, by: User | None, plan_code: str | None = None, queue: bool = True
) -> tuple[Run, Job]:
    """Calculate a period's pay anew, as a job: the run of this period, kind and plan is replaced as a whole.

    queue  False: the caller calculates it (a command, the nightly task)

    Raises UnknownPeriod, UnknownPlan, RunHasNoPeople, RunIsApproved, RunIsSubmitted.
    """
    period = period_of(period) if isinstance(period, str) else period
    plan = _plan(plan_code)
    _refuse_empty(period, plan)
    run = _run(period, Run.Kind(kind), plan, by)
    refuse_closed(run)
    return run, restart(run, by, queue=queue)


@transaction.atomic
def recalculate_run(*, run_uid: UUID, by: User) -> tuple[Run, Job]:
    """Calculate a run that is not handed in once more. Raises NotFound, RunIsApproved, RunIsSubmitted."""
    run = get_visible(Run, by, run_uid, lock=True)
    refuse_closed(run)
    return run, restart(run, by)


def _plan(code: str | None) -> Plan | None:
    if code is None:
        return None
    plan = Plan.objects.filter(code=code).first()
    if plan is None:
        raise UnknownPlan(code=code)
    return plan


def _refuse_empty(period: Period, plan: Plan | None) -> None:
    people = PlanAssignment.objects.filter(during__overlap=(period.start, period.end))
    if not (people.filter(plan=plan) if plan else people).exists():
        raise RunHasNoPeople(period=formats.period_label(period))


def _run(period: Period, kind: Run.Kind, plan: Plan | None, by: User | None) -> Run:
    """The run of this period, kind and plan, locked; made where it is not there yet."""
    parts = [period.code, *([plan.code] if plan else []), *(["provisional"] if kind == Run.Kind.PROVISIONAL else [])]
    with acting(by, "run.created"):
        run, _is_new = Run.objects.get_or_create(
            period=period.code,
            kind=kind,
            plan=plan,
            defaults={
                "code": "-".join(parts),
                "starts": period.start,
                "ends": period.end,
                "currency": _currency(plan, period),
                "prepared_by": by,
            },
        )
    return Run.objects.select_for_update().get(pk=run.pk)


def _currency(plan: Plan | None, period: Period) -> str:
    """A run for one plan pays in that plan's currency, one for all plans in the company's."""
    versions = PlanVersion.objects.filter(plan=plan, starts__lt=period.end).exclude(status=PlanVersion.Status.DRAFT)
    currency = versions.order_by("-starts").values_list("currency", flat=True).first() if plan else None
    return currency or settings.COMPANY_CURRENCY


@transaction.atomic
def submit_run(*, run_uid: UUID, by: User) -> Run:
    """Hand a calculated final run in for approval. Tells the directors who may approve it.

    Raises NotFound, ProvisionalRunIsNotPaid, RunNotCalculated, NothingToPay, PeriodIsNotOver.
    """
    run = get_visible(Run, by, run_uid, lock=True)
    if run.kind == Run.Kind.PROVISIONAL:
        raise ProvisionalRunIsNotPaid(run=run.code, period=formats.period_label(run.period))
    if run.status != Run.Status.CALCULATED:
        raise RunNotCalculated(run=run.code, status=run.get_status_display())
    if not run.people:
        raise NothingToPay(run=run.code)
    if today() < run.ends and run.kind == Run.Kind.FINAL:
        last = run.ends - timedelta(days=1)
        raise PeriodIsNotOver(period=formats.period_label(run.period), last=formats.day(last))
    run.status, run.submitted_by, run.submitted_at = Run.Status.SUBMITTED, by, timezone.now()
    run.returned_by, run.returned_at, run.returned_reason = None, None, ""
    with acting(by, "run.submitted"):
        run.save(
            update_fields=["status", "submitted_by", "submitted_at", "returned_by", "returned_at", "returned_reason"]
        )
    outbox.put_all(_notice("run_submitted", run, user) for user in _approvers(run))
    return run


@transaction.atomic
def approve_run(*, run_uid: UUID, by: User) -> Run:
    """Approve a submitted run, so that payroll may take it. From here on nothing in it changes.

    Locks the run: of two approvals at the same moment one wins, the other gets `RunNotSubmitted`.
    Raises NotFound, RunNotSubmitted, ApproverIsPreparer, PersonIsPaidAlready, TakenBackAlready. Writes one notice
    a person.
    """
    run = get_visible(Run, by, run_uid, lock=True)
    _refuse_unsubmitted(run)
    if by.pk in {run.prepared_by_id, run.submitted_by_id}:
        raise ApproverIsPreparer(run=run.code)
    _refuse_paid_twice(run)
    _refuse_taken_back_twice(run)
    settle(run, by)
    run.status, run.approved_by, run.approved_at = Run.Status.APPROVED, by, timezone.now()
    with acting(by, "run.approved"):
        run.save(update_fields=["status", "approved_by", "approved_at"])
    outbox.put_all(_statement_notices(run))
    return run


@transaction.atomic
def return_run(*, run_uid: UUID, reason: str, by: User) -> Run:
    """Send a submitted run back to whoever prepared it, with the reason.

    Raises NotFound, RunNotSubmitted, ReasonMissing.
    """
    run = get_visible(Run, by, run_uid, lock=True)
    _refuse_unsubmitted(run)
    if not reason.strip():
        raise ReasonMissing
    told = {user_id for user_id in (run.prepared_by_id, run.submitted_by_id) if user_id and user_id != by.pk}
    run.status, run.returned_by, run.returned_at, run.returned_reason = (
        Run.Status.CALCULATED,
        by,
        timezone.now(),
        reason.strip(),
    )
    with acting(by, "run.returned"):
        run.save(update_fields=["status", "returned_by", "returned_at", "returned_reason"])
    outbox.put_all(_notice("run_returned", run, user_id) for user_id in sorted(told))
    return run


@transaction.atomic
def mark_run(*, run_uid: UUID, status: Run.Status, by: User) -> Run:
    """Say how far the payment of an approved run has come: exported, paid, closed. Nothing else in it changes.

    Locks the run: what is marked twice is told so. Raises NotFound, RunDoesNotMoveOn.
    """
    run = get_visible(Run, by, run_uid, lock=True)
    if status not in Run.NEXT.get(Run.Status(run.status), ()):
        raise RunDoesNotMoveOn(run=run.code, status=run.get_status_display(), wanted=status.label)
    run.status = status
    columns = {f"{status}_by": by, f"{status}_at": timezone.now()}
    for name, value in columns.items():
        setattr(run, name, value)
    with acting(by, f"run.{status}"):
        run.save(update_fields=["status", *columns])
    return run


def _refuse_unsubmitted(run: Run) -> None:
    if run.status != Run.Status.SUBMITTED:
        raise RunNotSubmitted(run=run.code, status=run.get_status_display())


def _refuse_paid_twice(run: Run) -> None:
    """The database refuses it too (trigger `run_is_immutable_once_approved`)."""
    if run.kind != Run.Kind.FINAL:
        return
    paid = Statement.objects.filter(run__period=run.period, run__kind=run.kind, run__status__in=Run.FIXED)
    twice = paid.filter(person__in=run.statements.values("person")).select_related("person", "run").first()
    corrected = Correction.objects.filter(period=run.period, settled=True, person__in=run.statements.values("person"))
    if twice is None and (late := corrected.select_related("person", "run").first()):
        period = formats.period_label(run.period)
        raise PersonIsPaidAlready(person=late.person.name, period=period, other=late.run.code if late.run else "")
    if twice is not None:
        period = formats.period_label(run.period)
        raise PersonIsPaidAlready(person=twice.person.name, period=period, other=twice.run.code)


def _refuse_taken_back_twice(run: Run) -> None:
    """The reversed credits are locked, so that of two runs approved at the same moment the second sees the first."""
    lines = StatementLine.objects.filter(kind="clawback", credit__isnull=False)
    own = dict(
        lines.filter(statement__run=run, statement__version__content__has_key="clawback").values_list(
            "credit", "statement__person"
        )
    )
    list(ReversedCredit.objects.select_for_update().filter(pk__in=own).order_by("pk"))
    others = lines.filter(credit__in=own, statement__person__in=own.values(), statement__run__status__in=Run.FIXED)
    twice = others.exclude(statement__run=run).select_related("statement__person", "statement__run").first()
    if twice is not None:
        raise TakenBackAlready(person=twice.statement.person.name, other=twice.statement.run.code)


def _approvers(run: Run) -> list[int]:
    """Users who hold the director's role today and had no part in the run."""
    grants = RoleGrant.objects.in_force(today()).filter(role=Role.DIRECTOR, user__is_active=True)
    had_part = [user_id for user_id in (run.prepared_by_id, run.submitted_by_id) if user_id]
    return list(grants.exclude(user__in=had_part).order_by("user").values_list("user", flat=True).distinct())


def _notice(kind: str, run: Run, user_id: int) -> outbox.Message:
    """One notice a user and hand-in: a run that was returned and comes back is told again."""
    at = run.returned_at if kind == "run_returned" else run.submitted_at
    payload = {"run": str(run.uid), "period": run.period, "reason": run.returned_reason}
    key = f"{kind}:{run.pk}:{user_id}:{at.isoformat() if at else ''}"
    return outbox.Message(f"incentives.{kind}", key, user_id, payload)


def _statement_notices(run: Run) -> Iterable[outbox.Message]:
    rows = run.statements.filter(error__isnull=True).values_list("uid", "person__user")
    for uid, user_id in rows.iterator(chunk_size=5000):
        payload = {"statement": str(uid), "period": run.period}
        yield outbox.Message("incentives.statement_ready", f"statement_ready:{uid}", user_id, payload)
