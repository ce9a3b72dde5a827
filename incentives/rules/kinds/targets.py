"""Parts that pay at target for one result: a fixed bonus for reaching it, pay by its score, or a matrix of two."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

from incentives.rules.case import NOTHING, Case, Sheet
from incentives.rules.component import Component
from incentives.rules.exact import number_text
from incentives.rules.facts import Line, Reason
from incentives.rules.fields import Choice, Field, Grid, Multiple, Number, Values
from incentives.rules.kinds.payout_curve import COUNTS_AS_ZERO, MISSING_FIELD, MONEY, PAYS, SHARE
from incentives.rules.measures import ATTAINMENT, CREDITED, Measure, MeasureRef
from incentives.rules.reading import Fields
from incentives.rules.size import SIZE_FIELDS, check_size, size
from incentives.rules.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Targeted(Component):
    """A part with a pay at target."""

    reads_credits: ClassVar[bool] = False

    weight_given: Fraction | None
    amount: Fraction | None
    share: Fraction | None

    @property
    def weight(self) -> Fraction | None:
        return self.weight_given

    def check(self, fields: Fields) -> None:
        check_size(fields, self.weight_given, self.amount, self.share)

    def size_of(self, case: Case) -> Fraction | None:
        return size(case, self.weight_given, self.amount, self.share)

    def value_of(self, measure: Measure, missing: str, case: Case) -> Fraction | None:
        """The measured value; None where there is none."""
        value = measure.measured(case).value
        return NOTHING if value is None and missing == COUNTS_AS_ZERO else value

    def lacking(self, measure: Measure) -> str:
        return "no_quota" if measure.of == ATTAINMENT else "no_result"


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalBonus(Targeted):
    """A fixed bonus (达标奖金). Without a measure it is paid always; `below` bounds it above."""

    kind: ClassVar[str] = "goal_bonus"
    label: ClassVar[Words] = Words("Fixed bonus", "达标奖金")
    purpose: ClassVar[Words] = Words(
        "A fixed amount for reaching a KPI or goal, or without a condition.",
        "达到指标或目标时发放固定金额，也可无条件发放。",
    )
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("measure", MeasureRef(), Words("Measure", "指标"), default=None),
        Field("at_least", Number(), Words("At least", "不低于"), default="1"),
        Field("below", Number(), Words("Below", "低于"), default=None),
        *SIZE_FIELDS,
    )

    measure: Measure | None
    at_least: Fraction
    below: Fraction | None

    def check(self, fields: Fields) -> None:
        super(GoalBonus, self).check(fields)
        if self.below is not None and self.below <= self.at_least:
            fields.problem("below", "impossible_threshold", least=self.at_least, below=self.below)

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        whole = self.size_of(case)
        value = self.measure.measured(case).value if self.measure else None
        if whole is None:
            sheet.note("no_target_pay", index)
        elif self.measure is None:
            sheet.add(index, "bonus", whole, base=whole)
        elif value is None:
            sheet.note(self.lacking(self.measure), index, measure=self.measure.name)
        else:
            reached = value >= self.at_least and (self.below is None or value < self.below)
            sheet.add(index, "bonus", whole if reached else NOTHING, base=value, before=self.at_least)

    def reason(self, case: Case, line: Line) -> Reason:  # noqa: ARG002
        if self.measure is None:
            return Reason("bonus_always")
        values = {"measure": self.measure.name, "value": str(line.base), "at_least": str(line.before)}
        return Reason("bonus_reached" if line.amount else "bonus_missed", values)

    def pay_at(self, case: Case, credit: Fraction) -> Fraction:
        """Where it hangs on the own credits, what it pays at so much credit."""
        if (value := _own_value(self.measure, case, credit)) is None:
            return NOTHING
        reached = value >= self.at_least and (self.below is None or value < self.below)
        return (self.size_of(case) or NOTHING) if reached else NOTHING

    def bounds(self, case: Case) -> list[Fraction]:
        ends = [self.at_least] if self.below is None else [self.at_least, self.below]
        if self.measure is not None and self.measure.of == CREDITED:
            return ends
        if self.measure is not None and self.measure.of == ATTAINMENT and case.quota:
            return [end * case.quota for end in ends]
        return []

    def measures(self) -> list[str]:
        return [self.measure.code] if self.measure and self.measure.code else []


def _own_value(measure: Measure | None, case: Case, credit: Fraction) -> Fraction | None:
    """What a measure of the own credits would be at so much credit; None for other measures."""
    if measure is not None and measure.of == CREDITED:
        return credit
    return credit / case.quota if measure is not None and measure.of == ATTAINMENT and case.quota else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Score(Targeted):
    """Pay by a score (评分奖金): the part's pay at target times the score of a KPI, OKR or review, within bounds."""

    kind: ClassVar[str] = "score"
    label: ClassVar[Words] = Words("Pay by score", "评分奖金")
    purpose: ClassVar[Words] = Words(
        "Pay at target times the score of a KPI, OKR or review.", "目标奖金乘以 KPI、OKR 或考核得分。"
    )
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("measure", MeasureRef(), Words("Measure", "指标")),
        Field("score_least", Multiple(), Words("Score at least", "得分下限"), default=None),
        Field("score_most", Multiple(), Words("Score at most", "得分上限"), default=None),
        MISSING_FIELD,
        *SIZE_FIELDS,
    )

    measure: Measure
    score_least: Fraction | None
    score_most: Fraction | None
    missing: str

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        whole, value = self.size_of(case), self.value_of(self.measure, self.missing, case)
        if whole is None:
            sheet.note("no_target_pay", index)
        elif value is None:
            sheet.note(self.lacking(self.measure), index, measure=self.measure.name)
        else:
            factor = self.bounded(value)
            sheet.add(index, "score", whole * factor, base=factor, before=whole)

    def bounded(self, value: Fraction) -> Fraction:
        value = value if self.score_most is None else min(value, self.score_most)
        return value if self.score_least is None else max(value, self.score_least)

    def reason(self, case: Case, line: Line) -> Reason:  # noqa: ARG002
        values = {"measure": self.measure.name, "factor": str(line.base), "size": str(line.before)}
        return Reason("score", values)

    def measures(self) -> list[str]:
        return [self.measure.code] if self.measure.code else []


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Targeted):
    """A matrix (双维矩阵): the cell of the highest bound reached on each axis; below either lowest bound nothing.

    There is no interpolation; the last row and column cap (plan semantics, section 8).
    """

    kind: ClassVar[str] = "matrix"
    label: ClassVar[Words] = Words("Matrix of two measures", "双维矩阵")
    purpose: ClassVar[Words] = Words("Two measures choose a cell.", "由两个指标确定支付单元格。")
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("row", MeasureRef(), Words("Measure of the rows", "行指标")),
        Field("column", MeasureRef(), Words("Measure of the columns", "列指标")),
        Field("row_bounds", Values(Number()), Words("Rows from", "行下限")),
        Field("column_bounds", Values(Number()), Words("Columns from", "列下限")),
        Field("cells", Grid(Number(least=Fraction(0))), Words("Cells", "单元格")),
        Field("pays", Choice(PAYS), Words("Cells pay", "支付单位"), default=SHARE),
        MISSING_FIELD,
        *SIZE_FIELDS,
    )

    row: Measure
    column: Measure
    row_bounds: tuple[Fraction, ...]
    column_bounds: tuple[Fraction, ...]
    cells: tuple[tuple[Fraction, ...], ...]
    pays: str
    missing: str

    def check(self, fields: Fields) -> None:
        for name, bounds in (("row_bounds", self.row_bounds), ("column_bounds", self.column_bounds)):
            for place, (lower, upper) in enumerate(pairwise(bounds), start=1):
                if upper <= lower:
                    fields.problem(f"{name}.{place}", "points_do_not_rise", at=upper, before=lower)
        if len(self.cells) != len(self.row_bounds):
            fields.problem("cells", "matrix_rows", given=len(self.cells), wanted=len(self.row_bounds))
        for place, cells in enumerate(self.cells):
            if len(cells) != len(self.column_bounds):
                fields.problem(f"cells.{place}", "matrix_columns", given=len(cells), wanted=len(self.column_bounds))
        if self.pays == SHARE:
            super(Matrix, self).check(fields)
        elif any(each is not None for each in (self.weight_given, self.amount, self.share)):
            fields.problem("weight", "size_without_need")

    def size_of(self, case: Case) -> Fraction | None:
        return Fraction(1) if self.pays == MONEY else super(Matrix, self).size_of(case)

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        whole = self.size_of(case)
        row, column = (self.value_of(measure, self.missing, case) for measure in (self.row, self.column))
        if whole is None:
            sheet.note("no_target_pay", index)
        elif row is None:
            sheet.note(self.lacking(self.row), index, measure=self.row.name)
        elif column is None:
            sheet.note(self.lacking(self.column), index, measure=self.column.name)
        else:
            cell = self.cell(row, column)
            sheet.add(index, "matrix", cell * whole, base=cell, before=whole)

    def cell(self, row: Fraction, column: Fraction) -> Fraction:
        """What the cell of two values pays."""
        row_place, column_place = _floor_of(self.row_bounds, row), _floor_of(self.column_bounds, column)
        return NOTHING if row_place is None or column_place is None else self.cells[row_place][column_place]

    def reason(self, case: Case, line: Line) -> Reason:
        row, column = (self.value_of(measure, self.missing, case) or NOTHING for measure in (self.row, self.column))
        values = {
            "row_measure": self.row.name,
            "row": number_text(row),
            "column_measure": self.column.name,
            "column": number_text(column),
            "cell": str(line.base),
            "size": str(line.before),
        }
        if _floor_of(self.row_bounds, row) is None or _floor_of(self.column_bounds, column) is None:
            return Reason("matrix_below", values)
        return Reason("matrix_money" if self.pays == MONEY else "matrix", values)

    def measures(self) -> list[str]:
        return [measure.code for measure in (self.row, self.column) if measure.code]


def _floor_of(bounds: tuple[Fraction, ...], value: Fraction) -> int | None:
    """The place of the largest bound that is not above the value."""
    return max((place for place, bound in enumerate(bounds) if bound <= value), default=None)
