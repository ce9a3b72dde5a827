from celery import shared_task

from core.calendar import today
from training import services


@shared_task(name="training.remind_coaching", time_limit=300)
def remind_coaching() -> None:
    """Daily. May run twice or be killed at any line: each reminder has its key in the outbox."""
    services.remind_coaching(on=today())
