"""Background work: queued after the commit, with a progress row that people can watch and cancel."""

from typing import Any

from celery import current_app
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.models import Job


class Cancelled(Exception):
    """Somebody asked for the job to stop; raised between two steps, so that nothing is half-done."""


def enqueue(task: str, *args: Any, **kwargs: Any) -> None:
    """Queue a task by name once the surrounding transaction is committed. Arguments are ids and plain values."""
    transaction.on_commit(lambda: current_app.send_task(task, args=args, kwargs=kwargs))


def start(kind: str, *, by: AbstractBaseUser | None, total: int = 0) -> Job:
    """A progress row in state `queued`."""
    return Job.objects.create(kind=kind, requested_by_id=by.pk if by else None, total=total)


def step(job_id: int, *, done: int, total: int | None = None, message: str = "") -> None:
    """Tell how far a job is. Call it outside the work's transaction. Raises Cancelled where somebody asked to stop."""
    changes: dict[str, Any] = {"state": Job.State.RUNNING, "done": done, "message": message}
    if total is not None:
        changes["total"] = total
    if not Job.objects.filter(pk=job_id, cancel_requested=False).update(**changes):
        raise Cancelled(job_id)


def finish(job_id: int, *, state: str = Job.State.DONE, message: str = "", result_path: str = "") -> None:
    """The end of a job: done, failed or cancelled, with one line for people and where the result is."""
    changes: dict[str, Any] = {
        "state": state,
        "message": message,
        "result_path": result_path,
        "finished_at": timezone.now(),
    }
    if state == Job.State.DONE:
        changes["done"] = F("total")
    Job.objects.filter(pk=job_id).update(**changes)


def cancel(*, job: Job) -> None:
    """Ask a job to stop at its next step."""
    Job.objects.filter(pk=job.pk, finished_at=None).update(cancel_requested=True)
