from celery import shared_task

from core.calendar import today
from crm.services import replay


@shared_task(name="crm.replay_demo")
def replay_demo() -> None:
    """Move replayed data on to today. May run twice: what is shown already stays."""
    replay(as_of=today())
