"""The period that a page shows, from its address: `?period=2026-Q4&compare=2026-Q3`."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest

from core import calendar
from core.periods import Period, PeriodKind
from core.ui import PeriodBar


@dataclass(frozen=True, slots=True)
class PeriodChoice:
    """The period shown, the one it is compared with (None: none), and the bar that chooses them."""

    period: Period
    compare: Period | None
    bar: PeriodBar


def chosen_period(request: HttpRequest, kind: PeriodKind = PeriodKind.QUARTER) -> PeriodChoice:
    """Reads the choice; without one the present period of `kind`, compared with the one before. Raises
    UnknownPeriod.
    """
    today = calendar.today()
    given = request.GET.get("period", "")
    period = calendar.period(given) if given else calendar.period_on(today, kind)
    compare = _compare(request.GET.get("compare", ""), period)
    bar = PeriodBar(
        current=period.code,
        previous=period.previous.code,
        next=period.next.code if period.end <= today else None,
        compare=compare.code if compare else None,
        comparable=(period.previous.code, period.year_before.code),
        jumps=_jumps(today),
    )
    return PeriodChoice(period, compare, bar)


def _compare(given: str, period: Period) -> Period | None:
    if given == "none":
        return None
    return calendar.period(given) if given else period.previous


def _jumps(today: date) -> tuple[str, ...]:
    """Codes of this month, quarter and year, to change the kind of period."""
    return tuple(
        calendar.period_on(today, kind).code for kind in (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)
    )
