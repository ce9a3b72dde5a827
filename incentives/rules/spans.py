"""Days and months of plans: both ends count, months are completed ones."""

import calendar
from datetime import date, timedelta

from core.periods import add_months


def days_of(first: date, last: date) -> int:
    """Days from the first to the last, both counted; 0 where the last is before the first."""
    return max(0, (last - first).days + 1)


def months_served(first: date, last: date, round_up_from: int | None = None) -> int:
    """Completed months from the first day to the last one, both served.

    round_up_from  the days served in an uncompleted month from which on it counts as a whole one; None: never
    """
    after = last + timedelta(days=1)
    months = max(0, (after.year - first.year) * 12 + after.month - first.month)
    while months and add_months(first, months) > after:
        months -= 1
    left = (after - add_months(first, months)).days
    return months + (round_up_from is not None and left >= round_up_from)


def days_in_month(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]
