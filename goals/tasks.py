"""Background work of goals. Each may run twice, or be killed at any line: results are replaced by what is measured."""

from datetime import date

from celery import shared_task

from goals import services


@shared_task(name="goals.compute_all", queue="default", time_limit=1800)
def compute_all() -> None:
    """Every night: all periods in full, a transaction a year."""
    services.compute_all()


@shared_task(name="goals.compute_for", queue="default", time_limit=600)
def compute_for(person_ids: list[int], days: list[str]) -> None:
    """After bookings of these people on these days (ISO dates) changed."""
    services.compute_for(person_ids, [date.fromisoformat(day) for day in days])
