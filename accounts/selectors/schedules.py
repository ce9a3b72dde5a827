"""Reads about periodic work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from celery.schedules import crontab
from django.conf import settings
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from core.errors import NotFound
from core.schedules import scheduled_task

EVERY = "*"
WORKDAYS = [1, 2, 3, 4, 5]


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A schedule in words. `hour` and `minute` are None where it runs more than once a day; `weekdays`: 0 is Sunday."""

    name: str
    label: str | Promise
    text: str | Promise
    when: str
    enabled: bool
    fixed: bool
    hour: int | None
    minute: int | None
    weekdays: Sequence[int]
    last_run_at: datetime | None
    runs: int


def schedule_rows() -> list[ScheduleRow]:
    """All schedules of the portal, those that people may edit first. One query."""
    tasks = PeriodicTask.objects.filter(name__in=settings.KAM_SCHEDULES).select_related("crontab")
    return sorted((_row(task) for task in tasks), key=lambda row: (row.fixed, row.hour or 0, row.minute or 0, row.name))


def schedule_row(name: str) -> ScheduleRow:
    """Raises NotFound."""
    task = PeriodicTask.objects.filter(name=name).select_related("crontab").first()
    if task is None or name not in settings.KAM_SCHEDULES:
        raise NotFound
    return _row(task)


def _row(task: PeriodicTask) -> ScheduleRow:
    known, times = scheduled_task(task.name), task.crontab
    once = times.hour.isdigit() and times.minute.isdigit()
    return ScheduleRow(
        name=task.name,
        label=known.label,
        text=known.text,
        when=in_words(times),
        enabled=task.enabled,
        fixed=known.fixed,
        hour=int(times.hour) if once else None,
        minute=int(times.minute) if once else None,
        weekdays=_weekdays(times.day_of_week),
        last_run_at=task.last_run_at,
        runs=task.total_run_count,
    )


def _weekdays(text: str) -> list[int]:
    """Celery's weekdays, such as "1-5" or "mon,thu", as numbers from Sunday, 0; empty for each day."""
    return [] if text == EVERY else sorted(vars(crontab(day_of_week=text))["day_of_week"])


def in_words(times: CrontabSchedule) -> str:
    """Such as: every minute; every hour at minute 15; every day at 02:00; Monday and Thursday at 07:00."""
    if times.hour == EVERY and times.minute == EVERY:
        return _("every minute")
    if times.hour == EVERY and times.minute.isdigit():
        return _("every hour at minute %(minute)s") % {"minute": times.minute}
    if not (times.hour.isdigit() and times.minute.isdigit()):
        return _("at the times %(minutes)s %(hours)s") % {"minutes": times.minute, "hours": times.hour}
    clock = f"{int(times.hour):02d}:{int(times.minute):02d}"
    days = _weekdays(times.day_of_week)
    if not days:
        return _("every day at %(clock)s") % {"clock": clock}
    if days == WORKDAYS:
        return _("Monday to Friday at %(clock)s") % {"clock": clock}
    names = pgettext("between names", ", ").join(str(WEEKDAYS[(day - 1) % 7]) for day in days)
    return _("%(days)s at %(clock)s") % {"days": names, "clock": clock}
