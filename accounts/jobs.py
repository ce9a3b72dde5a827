"""A job as the progress component shows it. An app names its kinds of jobs with `register`, in words.

context["progress"] = progress_of(job)        {% progress progress %}
"""

from typing import Literal

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.models import Job
from core.ui import Progress

LABELS: dict[str, str | Promise] = {}
ENDS: dict[str, Literal["done", "failed", "cancelled"]] = {
    Job.State.DONE: "done",
    Job.State.FAILED: "failed",
    Job.State.CANCELLED: "cancelled",
}


def register(kind: str, label: str | Promise) -> None:
    """What jobs of a kind are called: "Calculating bonuses"."""
    LABELS[kind] = label


def progress_of(job: Job) -> Progress:
    """What the component polls until the job is over."""
    stopping = job.cancel_requested and not job.is_over
    return Progress(
        id=str(job.uid),
        url=reverse("job", args=[job.uid]),
        label=str(LABELS.get(job.kind, job.kind)),
        done=job.done,
        total=job.total,
        state=ENDS.get(job.state, "running"),
        cancel_url=None if job.is_over or stopping else reverse("job-cancel", args=[job.uid]),
        result_url=job.result_path or None,
        message=_("Stopping at the next step …") if stopping else job.message,
    )
