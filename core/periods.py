"""Fiscal periods: half-open ranges of dates with a code, such as `2017-Q2`, `2017-03`, `2017-H1` and `2017`.

A fiscal year is named after the calendar year in which it begins. A month's code is always the calendar month's.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

CODE = re.compile(r"(?P<year>[0-9]{4})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<month>0[1-9]|1[0-2])))?")


class PeriodKind(StrEnum):
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"


MONTHS_IN = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF: 6, PeriodKind.YEAR: 12}


class NotAPeriod(ValueError):
    """The text is not a period's code."""


def _month_index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_day(month_index: int) -> date:
    return date(month_index // 12, month_index % 12 + 1, 1)


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later; the month's last day where there is no such day (31 January + 1: 28
    February).
    """
    first = _first_day(_month_index(day) + months)
    length = (_first_day(_month_index(first) + 1) - first).days
    return first.replace(day=min(day.day, length))


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A month, quarter, half or fiscal year as the half-open range [start, end)."""

    start: date
    end: date
    kind: PeriodKind
    first_month: int = 1

    @classmethod
    def parse(cls, code: str, first_month: int = 1) -> "Period":
        """The period of a code. Raises NotAPeriod."""
        match = CODE.fullmatch(code)
        if match is None or int(match["year"]) < 1:
            raise NotAPeriod(code)
        year, quarter, half, month = (match[name] for name in ("year", "quarter", "half", "month"))
        if month:
            return cls.of(PeriodKind.MONTH, int(year) * 12 + int(month) - 1, first_month)
        opening = int(year) * 12 + first_month - 1
        if quarter:
            return cls.of(PeriodKind.QUARTER, opening + 3 * (int(quarter) - 1), first_month)
        if half:
            return cls.of(PeriodKind.HALF, opening + 6 * (int(half) - 1), first_month)
        return cls.of(PeriodKind.YEAR, opening, first_month)

    @classmethod
    def of(cls, kind: PeriodKind, first: int, first_month: int) -> "Period":
        """The period of a kind that begins with month number `first` (year * 12 + month - 1)."""
        return cls(_first_day(first), _first_day(first + MONTHS_IN[kind]), kind, first_month)

    @classmethod
    def containing(cls, day: date, kind: PeriodKind, first_month: int = 1) -> "Period":
        """The period of a kind in which a day lies."""
        offset = (day.month - first_month) % MONTHS_IN[kind]
        return cls.of(kind, _month_index(day) - offset, first_month)

    @property
    def fiscal_year(self) -> int:
        return self.start.year if self.start.month >= self.first_month else self.start.year - 1

    @property
    def number(self) -> int:
        """Which one it is in its fiscal year, from 1; of a month the calendar month."""
        if self.kind == PeriodKind.MONTH:
            return self.start.month
        return (self.start.month - self.first_month) % 12 // MONTHS_IN[self.kind] + 1

    @property
    def code(self) -> str:
        if self.kind == PeriodKind.MONTH:
            return f"{self.start:%Y-%m}"
        if self.kind == PeriodKind.YEAR:
            return f"{self.fiscal_year:04d}"
        return f"{self.fiscal_year:04d}-{'Q' if self.kind == PeriodKind.QUARTER else 'H'}{self.number}"

    def __str__(self) -> str:
        return self.code

    def shift(self, steps: int) -> "Period":
        """The period of the same kind `steps` later (earlier where negative)."""
        return Period.of(self.kind, _month_index(self.start) + steps * MONTHS_IN[self.kind], self.first_month)

    @property
    def previous(self) -> "Period":
        return self.shift(-1)

    @property
    def next(self) -> "Period":
        return self.shift(1)

    @property
    def year_before(self) -> "Period":
        """The same period of the fiscal year before."""
        return Period.of(self.kind, _month_index(self.start) - 12, self.first_month)

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def progress(self, today: date) -> Fraction:
        """Share of the days elapsed at the end of `today`: 0 before the period, 1 from its last day on."""
        elapsed = (today - self.start).days + 1
        return Fraction(min(max(elapsed, 0), self.days), self.days)

    def parts(self, kind: PeriodKind) -> list["Period"]:
        """The periods of a shorter (or the same) kind in it, in order."""
        part = Period.containing(self.start, kind, self.first_month)
        parts = []
        while part.start < self.end:
            parts.append(part)
            part = part.next
        return parts

    def within(self, kind: PeriodKind) -> "Period":
        """The period of a longer (or the same) kind in which it begins."""
        return Period.containing(self.start, kind, self.first_month)

    def chain(self) -> list["Period"]:
        """The period and those longer ones that pages offer and in which it lies: month, quarter, year."""
        kinds = [PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR]
        return [self.within(kind) for kind in kinds if MONTHS_IN[kind] >= MONTHS_IN[self.kind]]
