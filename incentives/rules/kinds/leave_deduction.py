"""Deduction for unpaid leave (请假扣款): the base pay of the hours that were missed."""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from incentives.rules.case import Case, Sheet
from incentives.rules.component import Component
from incentives.rules.exact import number_text
from incentives.rules.facts import Line, Reason
from incentives.rules.fields import Field, Number
from incentives.rules.reading import Fields
from incentives.rules.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveDeduction(Component):
    """`hours_per_day`: hours that make a day of leave. Without the days that were due nothing can be computed."""

    kind: ClassVar[str] = "leave_deduction"
    label: ClassVar[Words] = Words("Deduction for leave", "请假扣款")
    purpose: ClassVar[Words] = Words("Takes back pay for unpaid leave by the hour.", "按请假小时扣减。")
    reads_credits: ClassVar[bool] = False
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("hours_per_day", Number(least=Fraction(0)), Words("Hours in a day", "每日小时数"), default="8"),
    )

    hours_per_day: Fraction

    def check(self, fields: Fields) -> None:
        if not self.hours_per_day:
            fields.problem("hours_per_day", "too_small", given=0, least=1)

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        leave = case.facts.leave
        if leave is None or not leave.hours:
            return
        if not leave.due_days:
            sheet.note("no_due_days", index)
            return
        days = leave.hours / self.hours_per_day
        sheet.add(index, "leave", -leave.base * days / leave.due_days, base=leave.base, before=days / leave.due_days)

    def reason(self, case: Case, line: Line) -> Reason:
        leave = case.facts.leave
        hours, due = (leave.hours, leave.due_days) if leave else (None, None)
        return Reason("leave", {"base": str(line.base), "hours": number_text(hours), "due_days": number_text(due)})
