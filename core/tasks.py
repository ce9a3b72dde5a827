from celery import shared_task

from core.health import record_beat, record_heartbeat
from core.mailing import send_batch


@shared_task(name="core.deliver_outbox")
def deliver_outbox() -> None:
    """Send what waits, a batch a transaction, until nothing is left."""
    while send_batch():
        pass


@shared_task(name="core.heartbeat")
def heartbeat() -> None:
    """Tells /readyz that a worker lives, and administrators that beat does."""
    record_heartbeat()
    record_beat()
