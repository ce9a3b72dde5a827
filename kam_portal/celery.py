"""The Celery application. `autodiscover_tasks` finds tasks; schedules live in the database (Settings > Schedules)."""

import logging.config
import os

from celery import Celery
from celery.signals import heartbeat_sent, setup_logging, worker_ready
from django.conf import settings

from core.health import record_heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kam_portal.settings")

app = Celery("kam_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_like_the_web_server(**_signal: object) -> None:
    """In place of Celery's own set-up: the same JSON lines as everywhere."""
    logging.config.dictConfig(settings.LOGGING)


@worker_ready.connect
@heartbeat_sent.connect
def tell_that_a_worker_lives(**_signal: object) -> None:
    """From the worker's main process each few seconds, also while every child is busy with long tasks."""
    record_heartbeat()
