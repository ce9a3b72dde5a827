"""The company's calendar: today's date in its time zone and its fiscal periods."""

from datetime import date

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.periods import NotAPeriod, Period, PeriodKind


class UnknownPeriod(Invalid):
    code = "unknown_period"
    message = _("%(given)s is not a period. Write 2026-Q4, 2026-11, 2026-H2 or 2026.")


def today() -> date:
    """Today in the company's time zone."""
    return timezone.localdate()


def period(code: str) -> Period:
    """The company's period of a code. Raises UnknownPeriod."""
    try:
        return Period.parse(code, settings.FISCAL_YEAR_FIRST_MONTH)
    except NotAPeriod:
        raise UnknownPeriod(given=code[:20]) from None


def period_on(day: date, kind: PeriodKind = PeriodKind.QUARTER) -> Period:
    """The company's period of a kind in which a day lies."""
    return Period.containing(day, kind, settings.FISCAL_YEAR_FIRST_MONTH)


def current_period(kind: PeriodKind = PeriodKind.QUARTER) -> Period:
    return period_on(today(), kind)
