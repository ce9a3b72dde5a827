"""Half-open date ranges in words: "from 1 Mar 2026", "from 1 Mar to 30 Jun 2026"."""

from datetime import date
from typing import Protocol

from django.utils.functional import Promise, lazystr
from django.utils.translation import gettext as _

from core import formats


class Dates(Protocol):
    """A `DateRange`: from `lower` up to, and without, `upper`."""

    @property
    def lower(self) -> date | None: ...

    @property
    def upper(self) -> date | None: ...


class _Range:
    """Becomes text only where it is shown."""

    def __init__(self, dates: Dates) -> None:
        self._dates = dates

    def __str__(self) -> str:
        return range_words(first_day(self._dates), self._dates.upper)


class _Day:
    def __init__(self, day: date) -> None:
        self._day = day

    def __str__(self) -> str:
        return formats.day(self._day)


def first_day(dates: Dates) -> date:
    """Our ranges always begin somewhere."""
    if dates.lower is None:
        raise ValueError("A range without a first day.")
    return dates.lower


def range_text(dates: Dates) -> Promise:
    """For an error's place: the range in the language that is active when the error is shown."""
    return lazystr(_Range(dates))


def day_text(day: date) -> Promise:
    """For an error's place: the day in the language that is active when the error is shown."""
    return lazystr(_Day(day))


def range_words(first: date, end: date | None) -> str:
    """The range [first, end) in the active language; without an end "from …"."""
    if end is None:
        return _("from %(day)s") % {"day": formats.day(first)}
    return _("from %(range)s") % {"range": formats.day_range(first, end)}
