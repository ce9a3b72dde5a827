"""The life of a run: who may do what when, who is told, and that nobody is paid twice."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from pghistory.models import Events

from accounts.access import Role
from accounts.models import Person, User
from core.errors import Conflict, NotFound
from core.models import Job, OutboxMessage
from core.outbox import rendered
from incentives import errors, services, tasks
from incentives.models import Run, Statement
from tests.accounts.factories import PersonFactory, TeamFactory, person_with_role
from tests.incentives.factories import approved_run, calculated_run, credit, published_plan, put_on, quota

pytestmark = pytest.mark.django_db

Q3 = "2026-Q3"


@pytest.fixture
def kam() -> Person:
    person = person_with_role(Role.KAM, TeamFactory.create())
    put_on(published_plan(), person)
    quota(person, "30000", Q3)
    credit(person, "1000", date(2026, 7, 12))
    return person


@pytest.fixture
def hr() -> User:
    return person_with_role(Role.HR).user


@pytest.fixture
def director() -> User:
    return person_with_role(Role.DIRECTOR).user


@pytest.fixture
def submitted(kam: Person, hr: User, director: User) -> Run:
    run = calculated_run(Q3, by=hr)
    return services.submit_run(run_uid=run.uid, by=hr)


def test_a_director_approves_what_hr_has_prepared(submitted: Run, director: User) -> None:
    run = services.approve_run(run_uid=submitted.uid, by=director)
    assert (run.status, run.approved_by) == (Run.Status.APPROVED, director)


def test_the_preparer_cannot_approve_the_own_run(kam: Person, director: User, hr: User) -> None:
    run = calculated_run(Q3, by=director)
    services.submit_run(run_uid=run.uid, by=hr)
    with pytest.raises(errors.ApproverIsPreparer, match="Ask another approver"):
        services.approve_run(run_uid=run.uid, by=director)


def test_the_submitter_cannot_approve_the_run_either(submitted: Run, hr: User) -> None:
    with pytest.raises(errors.ApproverIsPreparer):
        services.approve_run(run_uid=submitted.uid, by=hr)


def test_the_database_refuses_an_approval_by_the_preparer_too(submitted: Run, hr: User) -> None:
    with pytest.raises(IntegrityError, match="run_is_not_approved_by_its_preparer"), transaction.atomic():
        Run.objects.filter(pk=submitted.pk).update(status="approved", approved_by=hr, approved_at="2026-10-05T00:00Z")


def test_the_database_refuses_an_approval_without_a_signature(submitted: Run) -> None:
    with pytest.raises(IntegrityError, match="run_is_final_submitted_and_signed"), transaction.atomic():
        Run.objects.filter(pk=submitted.pk).update(status="approved")


def test_only_a_calculated_run_is_handed_in_and_only_a_submitted_one_approved(
    kam: Person, hr: User, director: User
) -> None:
    run, _job = services.start_run(period=Q3, kind=Run.Kind.FINAL, by=hr, queue=False)
    with pytest.raises(errors.RunNotCalculated, match="is Draft"):
        services.submit_run(run_uid=run.uid, by=hr)
    services.calculate_run(run_id=run.pk)
    with pytest.raises(errors.RunNotSubmitted, match="is Calculated"):
        services.approve_run(run_uid=run.uid, by=director)


def test_a_provisional_run_is_never_paid(kam: Person, hr: User) -> None:
    run = calculated_run(Q3, kind=Run.Kind.PROVISIONAL)
    with pytest.raises(errors.ProvisionalRunIsNotPaid):
        services.submit_run(run_uid=run.uid, by=hr)


def test_a_period_that_is_not_over_is_not_handed_in(kam: Person, hr: User) -> None:
    quota(kam, "30000", "2026-Q4")
    run = calculated_run("2026-Q4", by=hr)
    with pytest.raises(errors.PeriodIsNotOver, match="ends on"):
        services.submit_run(run_uid=run.uid, by=hr)


def test_a_returned_run_goes_back_with_its_reason_and_may_be_calculated_again(
    submitted: Run, hr: User, director: User
) -> None:
    with pytest.raises(errors.ReasonMissing):
        services.return_run(run_uid=submitted.uid, reason=" ", by=director)
    run = services.return_run(run_uid=submitted.uid, reason="Two deals are missing.", by=director)
    assert (run.status, run.returned_reason) == (Run.Status.CALCULATED, "Two deals are missing.")
    notice = OutboxMessage.objects.get(kind="incentives.run_returned")
    assert (notice.user, rendered(notice).body) == (hr, "Reason: Two deals are missing.")
    again = services.submit_run(run_uid=calculated_run(Q3, by=hr).uid, by=hr)
    assert (again.status, again.returned_reason) == (Run.Status.SUBMITTED, "")


def test_a_run_that_waits_for_approval_is_not_calculated_anew(submitted: Run, hr: User) -> None:
    with pytest.raises(errors.RunIsSubmitted, match="Return it first"):
        services.start_run(period=Q3, kind=Run.Kind.FINAL, by=hr)


def test_an_approved_run_is_not_calculated_anew(kam: Person, hr: User) -> None:
    approved_run(Q3)
    with pytest.raises(errors.RunIsApproved):
        services.start_run(period=Q3, kind=Run.Kind.FINAL, by=hr)


def test_nobody_is_paid_twice_for_a_period(kam: Person, hr: User, director: User) -> None:
    approved_run(Q3)
    code = kam.plan_assignments.get().plan.code
    second = calculated_run(Q3, by=hr, plan_code=code)
    services.submit_run(run_uid=second.uid, by=hr)
    with pytest.raises(errors.PersonIsPaidAlready, match=kam.name):
        services.approve_run(run_uid=second.uid, by=director)
    with pytest.raises(IntegrityError, match="paid for 2026-Q3 already"), transaction.atomic():
        Run.objects.filter(pk=second.pk).update(
            status="approved", approved_by=director, approved_at="2026-10-05T00:00Z"
        )


def test_a_period_in_which_nobody_is_on_a_plan_has_no_run(hr: User) -> None:
    with pytest.raises(errors.RunHasNoPeople, match="Put people on a plan first"):
        services.start_run(period=Q3, kind=Run.Kind.FINAL, by=hr)


def test_a_stranger_does_not_find_the_run(submitted: Run, kam: Person) -> None:
    with pytest.raises(NotFound):
        services.approve_run(run_uid=submitted.uid, by=kam.user)


def test_the_directors_are_told_once_and_each_person_gets_the_statement(
    submitted: Run, director: User, kam: Person, hr: User
) -> None:
    waiting = OutboxMessage.objects.filter(kind="incentives.run_submitted")
    assert [message.user for message in waiting] == [director]
    assert rendered(waiting[0]).title == "Bonus run Q3\u00a02026 waits for approval"
    services.approve_run(run_uid=submitted.uid, by=director)
    ready = OutboxMessage.objects.get(kind="incentives.statement_ready")
    statement = Statement.objects.get(run=submitted)
    assert (ready.user, ready.payload["statement"]) == (kam.user, str(statement.uid))


def test_each_step_is_in_the_audit_trail_with_who_did_it(submitted: Run, director: User) -> None:
    services.approve_run(run_uid=submitted.uid, by=director)
    steps = Events.objects.tracks(Run.objects.get(pk=submitted.pk))  # type: ignore[no-untyped-call]
    steps = steps.order_by("pgh_created_at", "pgh_id")
    contexts = [event.pgh_context for event in steps]
    assert [context["action"] for context in contexts][-3:] == ["run.calculated", "run.submitted", "run.approved"]
    assert contexts[-1]["user"] == director.pk


# Paid


@pytest.fixture
def approved(submitted: Run, director: User) -> Run:
    return services.approve_run(run_uid=submitted.uid, by=director)


def test_an_approved_run_is_exported_paid_and_closed_each_with_who_and_when(approved: Run, hr: User) -> None:
    for status in (Run.Status.EXPORTED, Run.Status.PAID, Run.Status.CLOSED):
        assert services.mark_run(run_uid=approved.uid, status=status, by=hr).status == status
    run = Run.objects.get(pk=approved.pk)
    assert {run.exported_by, run.paid_by, run.closed_by} == {hr}
    assert None not in {run.exported_at, run.paid_at, run.closed_at}
    steps = Events.objects.tracks(run).order_by("pgh_created_at", "pgh_id")  # type: ignore[no-untyped-call]
    assert [step.pgh_context["action"] for step in steps][-3:] == ["run.exported", "run.paid", "run.closed"]


def test_what_is_paid_by_hand_needs_no_export(approved: Run, hr: User) -> None:
    assert services.mark_run(run_uid=approved.uid, status=Run.Status.PAID, by=hr).exported_at is None


@pytest.mark.parametrize("status", [Run.Status.CLOSED, Run.Status.APPROVED, Run.Status.DRAFT])
def test_a_step_of_payment_is_not_skipped_or_taken_back(approved: Run, hr: User, status: Run.Status) -> None:
    with pytest.raises(errors.RunDoesNotMoveOn, match="exported, then paid, then closed"):
        services.mark_run(run_uid=approved.uid, status=status, by=hr)


def test_a_run_is_marked_paid_once(approved: Run, hr: User) -> None:
    services.mark_run(run_uid=approved.uid, status=Run.Status.PAID, by=hr)
    with pytest.raises(errors.RunDoesNotMoveOn, match="is Paid and cannot be marked Paid"):
        services.mark_run(run_uid=approved.uid, status=Run.Status.PAID, by=hr)


def test_a_run_that_is_not_approved_is_not_paid(submitted: Run, hr: User) -> None:
    with pytest.raises(errors.RunDoesNotMoveOn):
        services.mark_run(run_uid=submitted.uid, status=Run.Status.PAID, by=hr)


def test_a_paid_run_is_seen_and_refused_like_an_approved_one(approved: Run, hr: User, kam: Person) -> None:
    services.mark_run(run_uid=approved.uid, status=Run.Status.PAID, by=hr)
    assert list(Statement.objects.visible_to(kam.user)) == [approved.statements.get()]
    with pytest.raises(errors.RunIsApproved):
        services.start_run(period=Q3, kind=Run.Kind.FINAL, by=hr)


# Work in the background


def run_queue(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Queued tasks wait in a list; the returned function works them off, as a worker would."""
    waiting: list[tuple[str, tuple[object, ...]]] = []
    monkeypatch.setattr("core.jobs.enqueue", lambda name, *args: waiting.append((name, args)))
    known: dict[str, Callable[..., None]] = {
        "incentives.calculate": tasks.calculate,
        "incentives.calculate_chunk": tasks.calculate_chunk,
        "incentives.provisional_runs": tasks.provisional_runs,
    }

    def work() -> None:
        while waiting:
            name, args = waiting.pop(0)
            known[name](*args)

    return work


def test_a_started_run_is_calculated_by_workers_chunk_by_chunk(
    kam: Person, hr: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incentives.services.freezing.PEOPLE_A_CHUNK", 1)
    for _number in range(2):
        credit(PersonFactory.create(), "100", date(2026, 7, 12))
    work = run_queue(monkeypatch)
    run, job = services.start_run(period=Q3, kind=Run.Kind.FINAL, by=hr)
    assert (run.status, job.state) == (Run.Status.DRAFT, Job.State.QUEUED)
    work()
    run.refresh_from_db()
    job.refresh_from_db()
    assert (run.status, run.people, job.state, job.done, job.total) == (Run.Status.CALCULATED, 3, Job.State.DONE, 3, 3)
    assert run.digest == calculated_run(Q3, kind=Run.Kind.PROVISIONAL).digest


def test_a_task_that_runs_twice_changes_nothing(kam: Person, hr: User, monkeypatch: pytest.MonkeyPatch) -> None:
    work = run_queue(monkeypatch)
    run, job = services.start_run(period=Q3, kind=Run.Kind.FINAL, by=hr)
    work()
    digest = Run.objects.get(pk=run.pk).digest
    tasks.calculate(run.pk, job.pk)
    tasks.calculate_chunk(run.pk, 0, job.pk)
    work()
    run.refresh_from_db()
    assert (run.digest, run.lines, Statement.objects.count()) == (digest, 1, 1)


@pytest.mark.parametrize("task", [tasks.calculate, tasks.calculate_chunk, tasks.find_corrections])
def test_a_task_is_tried_again_when_the_database_was_away(task: Any) -> None:
    assert set(task.autoretry_for) == {OperationalError, InterfaceError}
    assert task.max_retries == 10


def test_a_cancelled_run_stops_and_stays_a_draft(kam: Person, hr: User, monkeypatch: pytest.MonkeyPatch) -> None:
    work = run_queue(monkeypatch)
    run, job = services.start_run(period=Q3, kind=Run.Kind.FINAL, by=hr)
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    work()
    run.refresh_from_db()
    job.refresh_from_db()
    assert (run.status, job.state) == (Run.Status.DRAFT, Job.State.CANCELLED)


def test_the_nightly_run_replaces_the_provisional_one_of_the_open_quarter(kam: Person) -> None:
    quota(kam, "30000", "2026-Q4")
    tasks.provisional_runs()
    credit(kam, "500", date(2026, 10, 2))
    tasks.provisional_runs()
    (run,) = Run.objects.all()
    assert (run.kind, run.period, run.lines) == (Run.Kind.PROVISIONAL, "2026-Q4", 1)
    assert Job.objects.filter(state=Job.State.DONE).count() == 2


def test_the_nightly_run_has_nothing_to_do_where_nobody_is_on_a_plan() -> None:
    tasks.provisional_runs()
    assert not Run.objects.exists()


# Two at the same moment


@pytest.mark.usefixtures("committed_runs")
@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_the_same_moment_one_wins_and_the_other_is_told(kam: Person, hr: User) -> None:
    directors = [person_with_role(Role.DIRECTOR).user for _ in range(2)]
    run = calculated_run(Q3, by=hr)
    services.submit_run(run_uid=run.uid, by=hr)
    start, outcomes = threading.Barrier(2), []

    def approve(by: User) -> None:
        start.wait()
        try:
            services.approve_run(run_uid=run.uid, by=by)
            outcomes.append("approved")
        except Conflict as conflict:
            outcomes.append(conflict.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=approve, args=[director]) for director in directors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["approved", "run_not_submitted"]
    assert OutboxMessage.objects.filter(kind="incentives.statement_ready").count() == 1
