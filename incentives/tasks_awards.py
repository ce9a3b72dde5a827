"""Background work of awards and benefits. Each task may run twice."""

from collections.abc import Sequence

from celery import shared_task

from core import jobs
from core.errors import DomainError
from core.models import Job
from incentives.models_awards import Certificate
from incentives.services import awards, benefits, certificates


@shared_task(name=certificates.DRAW_JOB)
def draw_certificates(certificate_ids: Sequence[int], job_id: int) -> None:
    """Make the documents, one transaction each; those that are there already are left as they are."""
    rows = Certificate.objects.filter(pk__in=certificate_ids).order_by("pk")
    todo = [(row, language) for row in rows for language in certificates.LANGUAGES]
    try:
        for number, (certificate, language) in enumerate(todo, start=1):
            certificates.certificate_file(certificate=certificate, language=language)
            jobs.step(job_id, done=number, total=len(todo))
    except jobs.Cancelled:
        jobs.finish(job_id, state=Job.State.CANCELLED)
    except DomainError as error:
        jobs.finish(job_id, state=Job.State.FAILED, message=str(error))
    else:
        jobs.finish(job_id, result_path=certificates.page_of(certificate_ids))


@shared_task(name="incentives.tend_awards_and_benefits")
def tend_awards_and_benefits() -> None:
    """Every night: what can be closed, who is entitled, what ends soon."""
    awards.remind_to_close()
    benefits.propose_grants(by=None)
    benefits.remind_expiring()
