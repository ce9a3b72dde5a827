"""Schedules of periodic work: first values come from the settings; what HR edits in the portal stays."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from accounts.errors import ScheduleIsFixed
from accounts.models import User
from core.audit import acting
from core.errors import NotFound
from core.schedules import scheduled_task


@transaction.atomic
def sync_schedules() -> list[str]:
    """A row for each schedule of the settings that has none yet; returns their names. Rows of former tasks go."""
    wanted: Mapping[str, Any] = settings.KAM_SCHEDULES
    # Ours are named after their task; what an administrator added by hand is not.
    PeriodicTask.objects.filter(name=F("task")).exclude(name__in=wanted).exclude(name__startswith="celery.").delete()
    known = set(PeriodicTask.objects.filter(name__in=wanted).values_list("name", flat=True))
    missing = [name for name in wanted if name not in known]
    for name in missing:
        first = wanted[name]  # as it was written; Celery keeps that beside the expanded sets
        times = _crontab(minute=first._orig_minute, hour=first._orig_hour, day_of_week=first._orig_day_of_week)
        PeriodicTask.objects.create(name=name, task=name, crontab=times)
    return missing


@transaction.atomic
def change_schedule(*, name: str, hour: int, minute: int, weekdays: Sequence[int], by: User) -> PeriodicTask:
    """The task runs at that time of the company's day, on `weekdays` (0 is Sunday; all or none of them: each day).

    Raises NotFound, ScheduleIsFixed. Running beats pick it up within seconds.
    """
    with acting(by, "schedule.changed"):
        task = _editable(name)
        days = "*" if len(set(weekdays)) in {0, 7} else ",".join(str(day) for day in sorted(set(weekdays)))
        task.crontab = _crontab(minute=minute, hour=hour, day_of_week=days)
        task.save(update_fields=["crontab"])
    return task


@transaction.atomic
def turn_schedule(*, name: str, on: bool, by: User) -> PeriodicTask:
    """Whether the task runs at all. Raises NotFound, ScheduleIsFixed."""
    with acting(by, "schedule.turned"):
        task = _editable(name)
        task.enabled = on
        task.save(update_fields=["enabled"])
    return task


def _editable(name: str) -> PeriodicTask:
    task: PeriodicTask | None = PeriodicTask.objects.select_for_update().filter(name=name).first()
    if task is None or name not in settings.KAM_SCHEDULES:
        raise NotFound
    if scheduled_task(name).fixed:
        raise ScheduleIsFixed
    return task


def _crontab(*, minute: str | int, hour: str | int, day_of_week: str | int) -> CrontabSchedule:
    """Rows of times are shared by schedules, so a change takes another row rather than changing one."""
    row, _made = CrontabSchedule.objects.get_or_create(
        minute=str(minute),
        hour=str(hour),
        day_of_week=str(day_of_week),
        day_of_month="*",
        month_of_year="*",
        timezone=settings.TIME_ZONE,
    )
    return row
