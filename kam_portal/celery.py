"""The Celery application. Workers find tasks by `autodiscover_tasks`; schedules live in the database (Settings > Schedules)."""

import os

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam_portal.settings")

app = Celery("kam_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def tell_that_a_worker_lives(**_signal: object) -> None:
    """So that /readyz need not wait for the first scheduled heartbeat."""
    app.tasks["core.heartbeat"].apply()
