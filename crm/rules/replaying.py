"""Old data shown as if it happened now: by how many quarters its dates move."""

from core.periods import Period


def quarters_between(last: Period, current: Period) -> int:
    """Quarters to add to a date in `last`, a fiscal quarter, so that it falls in `current`; negative to move back."""
    months = (current.start.year - last.start.year) * 12 + current.start.month - last.start.month
    return months // 3
