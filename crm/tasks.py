from celery import shared_task

from core.calendar import today
from crm.services import refresh_facts, replay


@shared_task(name="crm.replay_demo")
def replay_demo() -> None:
    """Move replayed data on to today, then compute all facts anew, which also takes in whoever has changed teams.

    May run twice: what is shown already stays.
    """
    replay(as_of=today())
    refresh_facts()
