"""Payout curves (支付曲线) and steps: pay by points of attainment or of another measure.

Straight between the points, or the pay of the point that is reached. A point pays its own value; below the first one
nothing or its value is paid; above the last one its value, unless a slope goes on (plan semantics, section 5).
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

from incentives.rules.bands import BOUND, LOWER_INCLUSIVE, UPPER_INCLUSIVE
from incentives.rules.case import NOTHING, Case, Sheet
from incentives.rules.counting import COUNTS
from incentives.rules.exact import number_text
from incentives.rules.facts import Line, Reason
from incentives.rules.fields import Choice, Field, Multiple, Number, Rows
from incentives.rules.kinds.running import Running
from incentives.rules.measures import ATTAINMENT, CREDITED, Measure, MeasureRef
from incentives.rules.reading import Fields
from incentives.rules.size import SIZE_FIELDS, check_size, size
from incentives.rules.words import Words

STRAIGHT, STEP = "line", "step"
BETWEEN = {STRAIGHT: Words("A straight line", "线性插值"), STEP: Words("Steps", "阶梯")}
ZERO, FIRST = "zero", "first"
BELOW = {ZERO: Words("Nothing", "不支付"), FIRST: Words("What the first point pays", "按第一个点支付")}
LAST, SLOPE = "last", "slope"
ABOVE = {
    LAST: Words("What the last point pays", "按最后一个点支付（封顶）"),
    SLOPE: Words("Goes on by a slope", "按斜率继续"),
}
SHARE, MONEY = "share", "money"
PAYS = {SHARE: Words("Shares of pay at target", "目标奖金的比例"), MONEY: Words("Amounts", "金额")}
NOT_PAID, COUNTS_AS_ZERO = "nothing", "zero"
MISSING = {NOT_PAID: Words("pays nothing", "不支付"), COUNTS_AS_ZERO: Words("counts as 0", "按 0 计")}
MISSING_FIELD = Field("missing", Choice(MISSING), Words("A missing result", "缺少结果时"), default=NOT_PAID)


@dataclass(frozen=True, slots=True)
class Point:
    """At this value of the measure, this is paid."""

    at: Fraction
    pays: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutCurve(Running):
    """Points of a measure and what they pay: shares of the part's pay at target, or money."""

    kind: ClassVar[str] = "payout_curve"
    label: ClassVar[Words] = Words("Payout curve or steps", "支付曲线或阶梯")
    purpose: ClassVar[Words] = Words(
        "Pay follows points of attainment or of another measure.", "按达成率或其他指标的节点支付。"
    )
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("measure", MeasureRef(), Words("Measure", "指标")),
        Field(
            "points",
            Rows(
                (
                    Field("at", Number(), Words("At", "达到")),
                    Field("pays", Number(least=Fraction(0)), Words("Pays", "支付")),
                ),
                into=Point,
            ),
            Words("Points", "节点"),
        ),
        Field("between", Choice(BETWEEN), Words("Between points", "节点之间"), default=STRAIGHT),
        Field("bound", Choice(BOUND), Words("A bound belongs to", "边界归属"), default=LOWER_INCLUSIVE),
        Field("below", Choice(BELOW), Words("Below the first", "低于第一个点"), default=ZERO),
        Field("above", Choice(ABOVE), Words("Above the last", "高于最后一个点"), default=LAST),
        Field("slope", Multiple(), Words("Slope above the last", "最后一点之后的斜率"), when={"above": (SLOPE,)}),
        Field("pays", Choice(PAYS), Words("Points pay", "支付单位"), default=SHARE),
        MISSING_FIELD,
        *SIZE_FIELDS,
        COUNTS,
    )

    measure: Measure
    points: tuple[Point, ...]
    between: str
    bound: str
    below: str
    above: str
    slope: Fraction | None
    pays: str
    missing: str
    weight_given: Fraction | None
    amount: Fraction | None
    share: Fraction | None

    @property
    def weight(self) -> Fraction | None:
        return self.weight_given

    def check(self, fields: Fields) -> None:
        for place, (lower, upper) in enumerate(pairwise(self.points), start=1):
            if upper.at <= lower.at:
                fields.problem(f"points.{place}.at", "points_do_not_rise", at=upper.at, before=lower.at)
            elif upper.pays < lower.pays:
                fields.warning(f"points.{place}.pays", "curve_falls", pays=upper.pays, before=lower.pays)
        if self.pays == SHARE:
            check_size(fields, self.weight_given, self.amount, self.share)
        elif any(each is not None for each in (self.weight_given, self.amount, self.share)):
            fields.problem("weight", "size_without_need")

    @property
    def of_credits(self) -> bool:
        """Whether it pays deal by deal."""
        return self.measure.of in {ATTAINMENT, CREDITED}

    def size_of(self, case: Case) -> Fraction | None:
        if self.pays == MONEY:
            return Fraction(1)
        return size(case, self.weight_given, self.amount, self.share)

    def lacks(self, case: Case) -> str | None:
        if self.measure.of == ATTAINMENT and not self.quota(case):
            return "no_quota"
        if self.size_of(case) is None:
            return "no_target_pay"
        if not self.of_credits and self.value(case) is None:
            return "no_result"
        return None

    def value(self, case: Case) -> Fraction | None:
        value = self.measure.measured(case).value
        return NOTHING if value is None and self.missing == COUNTS_AS_ZERO else value

    def paid_at(self, value: Fraction) -> Fraction:
        """What the curve pays at a value: a share, or money."""
        reached = [point for point in self.points if self._reaches(value, point)]
        if not reached:
            return self.points[0].pays if self.below == FIRST else NOTHING
        point, place = reached[-1], len(reached)
        if place == len(self.points):
            return point.pays + (self.slope * (value - point.at) if self.slope else NOTHING)
        if self.between == STEP:
            return point.pays
        after = self.points[place]
        return point.pays + (value - point.at) * (after.pays - point.pays) / (after.at - point.at)

    def _reaches(self, value: Fraction, point: Point) -> bool:
        if self.between == STEP and self.bound == UPPER_INCLUSIVE:
            return value > point.at or (point is self.points[0] and value == point.at)
        return value >= point.at

    def due(self, case: Case, credit: Fraction) -> Fraction:
        quota = self.quota(case) if self.measure.of == ATTAINMENT else Fraction(1)
        return self.paid_at(credit / quota) * (self.size_of(case) or NOTHING) if quota else NOTHING

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        if self.of_credits:
            super(PayoutCurve, self).earn(index, case, sheet)
        elif missing := self.lacks(case):
            sheet.note(missing, index, measure=self.measure.name)
        else:
            value, whole = self.value(case) or NOTHING, self.size_of(case) or NOTHING
            paid = self.paid_at(value)
            sheet.add(index, "curve", paid * whole, base=value, before=paid)

    def earned_before(self, case: Case) -> Fraction:
        return super(PayoutCurve, self).earned_before(case) if self.of_credits else NOTHING

    def sold(self, case: Case) -> bool:
        return super(PayoutCurve, self).sold(case) if self.of_credits else case.credited > 0

    def pay_at(self, case: Case, credit: Fraction) -> Fraction:
        return super(PayoutCurve, self).pay_at(case, credit) if self.of_credits else NOTHING

    def explained(self, case: Case, line: Line) -> Reason:
        if line.kind == "curve":
            code = "curve_money" if self.pays == MONEY else "curve_value"
            return Reason(code, {"measure": self.measure.name, "value": str(line.base), "paid": str(line.before)})
        quota = (self.quota(case) if self.measure.of == ATTAINMENT else None) or Fraction(1)
        before = Fraction(line.before) / quota
        after = (Fraction(line.before) + Fraction(line.base)) / quota
        values = {
            "from": number_text(before),
            "to": number_text(after),
            "was": number_text(self.paid_at(before)),
            "now": number_text(self.paid_at(after)),
        }
        return Reason(f"curve_{'money' if self.pays == MONEY else 'share'}_{self.measure.of}", values)

    def bounds(self, case: Case) -> list[Fraction]:
        if not self.of_credits or self.lacks(case):
            return []
        quota = (self.quota(case) if self.measure.of == ATTAINMENT else None) or Fraction(1)
        return [point.at * quota for point in self.points]

    def measures(self) -> list[str]:
        return [self.measure.code] if self.measure.code else []
