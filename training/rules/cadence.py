"""When the next one-on-one with somebody is due."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DEFAULT_DAYS = 14
SOON_DAYS = 3


class CadenceState(StrEnum):
    OVERDUE = "overdue"
    DUE = "due"
    PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Cadence:
    """`last` one-on-one (None: never), when the next is due, and how many days late it is (0: not)."""

    last: date | None
    due_on: date
    days_late: int
    state: CadenceState


def cadence(*, last: date | None, since: date, days: int, on: date) -> Cadence:
    """The next talk is due `days` after the last one; for somebody never coached, after joining the team (`since`).

    From the day after it is overdue; in the last `SOON_DAYS` before, and on the day itself, it is due.
    """
    due_on = max(last or since, since) + timedelta(days=days)
    late = max((on - due_on).days, 0)
    if late:
        state = CadenceState.OVERDUE
    else:
        state = CadenceState.DUE if (due_on - on).days <= SOON_DAYS else CadenceState.PLANNED
    return Cadence(last, due_on, late, state)


def week_code(on: date) -> str:
    """The ISO week of a day, such as 2026-W48: a reminder that carries it comes once a week."""
    year, week, _ = on.isocalendar()
    return f"{year}-W{week:02d}"


def weeks_late(due_on: date, on: date) -> int:
    """Full weeks since the first day on which a promise was late: 0 on that day, 1 seven days on."""
    return ((on - due_on).days - 1) // 7
