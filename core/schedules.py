"""Periodic work in words for the people who edit its schedule. An app registers its tasks in `AppConfig.ready()`."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class ScheduledTask:
    """`name` is the Celery task's. A `fixed` one keeps the portal itself alive; nobody edits it."""

    name: str
    label: str | Promise
    text: str | Promise
    fixed: bool = False


TASKS: dict[str, ScheduledTask] = {}


def register(task: ScheduledTask) -> None:
    TASKS[task.name] = task


def scheduled_task(name: str) -> ScheduledTask:
    """A task that nobody has registered is shown by its name."""
    return TASKS.get(name) or ScheduledTask(name, name, "")
