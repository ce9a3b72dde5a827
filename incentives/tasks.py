"""Background work. Each task may run twice or be killed at any line: a chunk replaces its people's statements as a
whole."""

from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.urls import reverse

from core import jobs
from core.calendar import current_period, today
from core.errors import DomainError
from core.models import Job
from incentives import tasks_awards  # noqa: F401  (Celery looks for tasks here)
from incentives.errors import RunHasNoPeople
from incentives.models import Run
from incentives.services import calculation, corrections, letters, questions
from incentives.services.runs import start_run

# What may heal: the server is being restarted, a connection was lost, two transactions stood in each other's way.
HEALS: dict[str, Any] = {
    "autoretry_for": (OperationalError, InterfaceError),
    "retry_backoff": 2,
    "retry_backoff_max": 60,
    "max_retries": 10,
}


@shared_task(name="incentives.calculate", **HEALS)
def calculate(run_id: int, job_id: int, attempt: int = 1) -> None:
    """Freeze the inputs and hand each chunk to the workers; when all are done and nothing moved, finish the run.

    Delivered again after the end of its job, it does nothing.
    """
    if Job.objects.filter(pk=job_id, finished_at__isnull=False).exists():
        return
    try:
        todo = calculation.freeze(run_id=run_id)
        if not todo:
            calculation.finish_run(run_id=run_id, job_id=job_id)
        elif len(todo) == 1:
            calculation.calculate_run(run_id=run_id, job_id=job_id)
        elif attempt > calculation.ATTEMPTS:
            raise calculation.inputs_keep_changing(run_id)
        else:
            calculation.tell_progress(run_id=run_id, job_id=job_id)
            for number in todo:
                jobs.enqueue("incentives.calculate_chunk", run_id, number, job_id, attempt)
    except jobs.Cancelled:
        jobs.finish(job_id, state=Job.State.CANCELLED)
    except DomainError as error:
        jobs.finish(job_id, state=Job.State.FAILED, message=str(error))


@shared_task(name="incentives.calculate_chunk", **HEALS)
def calculate_chunk(run_id: int, number: int, job_id: int, attempt: int = 1) -> None:
    """One range of people; whoever does the last one goes on to the end of the run."""
    try:
        calculation.calculate_chunk(number, run_id=run_id)
        calculation.tell_progress(run_id=run_id, job_id=job_id)
        if not calculation.chunks_left(run_id=run_id):
            jobs.enqueue("incentives.calculate", run_id, job_id, attempt + 1)
    except jobs.Cancelled:
        jobs.finish(job_id, state=Job.State.CANCELLED)
    except DomainError as error:
        jobs.finish(job_id, state=Job.State.FAILED, message=str(error))


@shared_task(name="incentives.find_corrections", **HEALS)
def find_corrections(job_id: int | None = None) -> None:
    """Look for what changed after approval, one transaction a run. Every night, and after results of past periods
    changed."""
    runs = corrections.looked_at()
    try:
        for number, run_id in enumerate(runs, start=1):
            corrections.find_corrections(run_id=run_id)
            if job_id is not None:
                jobs.step(job_id, done=number, total=len(runs))
    except jobs.Cancelled:
        if job_id is not None:
            jobs.finish(job_id, state=Job.State.CANCELLED)
        return
    if job_id is not None:
        jobs.finish(job_id, result_path=reverse("incentives:correction-list"))


@shared_task(name="incentives.ask_for_letters")
def ask_for_letters() -> None:
    """Ask everybody who has not signed the letter of a version in force, again after a week. Every day, and after a
    version is published."""
    letters.ask_for_letters(today=today())


@shared_task(name="incentives.remind_of_disputes", **HEALS)
def remind_of_disputes() -> None:
    """Daily. May run twice: each reminder has its key in the outbox."""
    questions.remind_of_disputes(on=today())


@shared_task(name="incentives.provisional_runs")
def provisional_runs() -> None:
    """The open quarter as it stands now. Every night, and after results have changed; nothing where nobody is on a
    plan."""
    try:
        run, job = start_run(period=current_period(), kind=Run.Kind.PROVISIONAL, by=None, queue=False)
    except RunHasNoPeople:
        return
    calculate(run.pk, job.pk)
