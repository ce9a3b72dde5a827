"""What may be said about any part of a plan, and about a plan as a whole: gates, modifiers, limits, true-up.

Order (plan semantics, section 6): gates, modifiers multiplied together and rounded once, then cap and floor. Bounds
are lower inclusive unless a table says otherwise. A result with too few answers is "not evaluated": it neither blocks
nor rewards, and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

from incentives.rules.bands import BOUND, Band, band_of, bound_problems
from incentives.rules.case import Case, Mark, Sheet
from incentives.rules.fields import Choice, Count, Field, Group, Money, Multiple, Number, Rows, Share, Values, read_all
from incentives.rules.measures import ATTAINMENT, KPI, Measure, MeasureRef
from incentives.rules.reading import Fields
from incentives.rules.words import Words

NOT_EVALUATED, ZERO_COUNTS = "not_evaluated", "zero"
MISSING = {
    NOT_EVALUATED: Words("is not evaluated", "不评估"),
    ZERO_COUNTS: Words("counts as 0", "按 0 计"),
}


class Verdict(Enum):
    MET = "met"
    FAILED = "failed"
    NOT_EVALUATED = "not_evaluated"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a gate or modifier found. `value` None: it is not evaluated."""

    value: Fraction | None
    n: int | None


@dataclass(frozen=True, slots=True)
class Condition:
    """A measure that must be at least something, and below something."""

    measure: Measure
    at_least: Fraction | None
    below: Fraction | None
    minimum_n: int | None
    missing: str
    otherwise: Fraction

    def look(self, case: Case) -> Looked:
        return looked(self.measure, case, self.minimum_n, self.missing)

    def verdict(self, case: Case) -> Verdict:
        """Without a quota there is no attainment: nothing that depends on it is met."""
        value = self.look(case).value
        if value is None:
            return Verdict.NOT_EVALUATED if self.measure.of == KPI else Verdict.FAILED
        reached = self.at_least is None or value >= self.at_least
        return Verdict.MET if reached and (self.below is None or value < self.below) else Verdict.FAILED


@dataclass(frozen=True, slots=True)
class Modifier:
    """A factor by the band of a measure; without bands the measured value is the factor."""

    measure: Measure
    bound: str
    minimum_n: int | None
    missing: str
    bands: tuple[Band, ...]

    def factor(self, case: Case) -> Fraction | None:
        """None where it is not evaluated."""
        value = looked(self.measure, case, self.minimum_n, self.missing).value
        if value is None or not self.bands:
            return value
        found = band_of(self.bands, value, self.bound)
        return Fraction(1) if found is None else self.bands[found].gives


def looked(measure: Measure, case: Case, minimum_n: int | None, missing: str) -> Looked:
    value, n = measure.measured(case)
    if value is None and missing == ZERO_COUNTS:
        value = Fraction(0)
    if minimum_n is not None and (n is None or n < minimum_n):
        return Looked(None, n)
    return Looked(value, n)


@dataclass(frozen=True, slots=True)
class TrueUp:
    """Pays what is earned since the window began less what was due before.

    most_to_date  by the part of the window: at most this share of the part's pay at target so far; None: no limit
    """

    window: str
    most_to_date: tuple[Fraction | None, ...] | None

    def limit(self, case: Case, size: Fraction | None) -> Fraction | None:
        part = case.facts.part
        if not self.most_to_date or size is None or part is None or part < 1:
            return None
        share = self.most_to_date[min(part, len(self.most_to_date)) - 1]
        return None if share is None else share * size


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one component, or of the plan (then only gates and modifiers)."""

    gates: tuple[Condition, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    pay_most: Fraction | None = None
    pay_least: Fraction | None = None
    true_up: TrueUp | None = None

    def apply(
        self,
        index: int | None,
        key: str,
        case: Case,
        sheet: Sheet,
        mark: Mark,
        *,
        before: Fraction,
        size: Fraction | None,
        sold: bool,
    ) -> None:
        """Lines that bring what was earned since the mark to what the terms leave of it.

        before  what the same rule earned earlier in the window of a true-up; the terms hold for the sum
        """
        self.factors(index, case, sheet, mark, before)
        earned = sheet.exact - mark.exact + before
        if self.pay_most is not None and earned > self.pay_most:
            sheet.bring(mark, self.pay_most - before, index, "cap", earned, self.pay_most)
        elif self.pay_least is not None and earned < self.pay_least and sold:
            sheet.bring(mark, self.pay_least - before, index, "floor", earned, self.pay_least)
        if self.true_up is not None:
            self._true_up(self.true_up, index, key, case, sheet, mark, before, size)

    def factors(self, index: int | None, case: Case, sheet: Sheet, mark: Mark, before: Fraction) -> None:
        """Gates, then modifiers."""
        for place, gate in enumerate(self.gates):
            earned = sheet.exact - mark.exact + before
            verdict = gate.verdict(case)
            if verdict is Verdict.NOT_EVALUATED:
                self._not_evaluated(index, gate.measure, gate.look(case), gate.minimum_n, sheet)
            elif verdict is Verdict.FAILED:
                sheet.bring(mark, earned * gate.otherwise - before, index, "gate", earned, Fraction(place))
        factor = Fraction(1)
        for modifier in self.modifiers:
            found = modifier.factor(case)
            if found is None:
                seen = looked(modifier.measure, case, modifier.minimum_n, modifier.missing)
                self._not_evaluated(index, modifier.measure, seen, modifier.minimum_n, sheet)
            else:
                factor *= found
        earned = sheet.exact - mark.exact + before
        sheet.bring(mark, earned * factor - before, index, "modifier", earned, factor)

    def _not_evaluated(
        self, index: int | None, measure: Measure, found: Looked, minimum_n: int | None, sheet: Sheet
    ) -> None:
        if minimum_n is not None and found.n is not None:
            sheet.note("too_few_answers", index, measure=measure.name, n=found.n, minimum=minimum_n)
        else:
            sheet.note("no_quota" if measure.of == ATTAINMENT else "no_result", index, measure=measure.name)

    def _true_up(  # noqa: PLR0917
        self,
        rule: TrueUp,
        index: int | None,
        key: str,
        case: Case,
        sheet: Sheet,
        mark: Mark,
        before: Fraction,
        size: Fraction | None,
    ) -> None:
        earned = sheet.exact - mark.exact + before
        limit = rule.limit(case, size)
        to_date = earned if limit is None else min(earned, limit)
        paid = case.facts.due_before.get(key)
        if paid is None:
            paid = before
        else:  # what was paid is money, so that a period computed twice pays nothing the second time
            to_date = Fraction(case.money(to_date))
        sheet.bring(mark, to_date - paid, index, "true_up", to_date, paid)


# How a document says it

_MEASURE = Field("measure", MeasureRef(), Words("Measure", "指标"))
_MINIMUM_N = Field(
    "minimum_n",
    Count(),
    Words("Answers needed", "最少样本数"),
    default=None,
    help=Words("With fewer answers it is not evaluated.", "样本不足时不评估。"),
)
_MISSING = Field("missing", Choice(MISSING), Words("A missing result", "缺少结果时"), default=NOT_EVALUATED)

GATES = Field(
    "gates",
    Rows(
        (
            _MEASURE,
            Field("at_least", Number(), Words("At least", "不低于"), default=None),
            Field("below", Number(), Words("Below", "低于"), default=None),
            Field(
                "otherwise",
                Multiple(),
                Words("Otherwise pays", "未达到时支付"),
                default="0",
                help=Words("0 blocks, 0.5 halves.", "0 为不发，0.5 为减半。"),
            ),
            _MINIMUM_N,
            _MISSING,
        ),
        into=Condition,
        least=0,
    ),
    Words("Gates", "门槛"),
    default=(),
)
MODIFIERS = Field(
    "modifiers",
    Rows(
        (
            _MEASURE,
            Field("bound", Choice(BOUND), Words("A bound belongs to", "边界归属"), default="lower_inclusive"),
            _MINIMUM_N,
            _MISSING,
            Field(
                "bands",
                Rows(
                    (
                        Field("from", Number(), Words("From", "从"), attr="floor"),
                        Field("to", Number(), Words("To", "到"), default=None, attr="ceiling"),
                        Field("factor", Multiple(), Words("Factor", "系数"), attr="gives"),
                    ),
                    into=Band,
                    least=0,
                ),
                Words("Bands", "区间"),
                default=(),
                help=Words("Without bands the value itself is the factor.", "不设区间时，数值本身就是系数。"),
            ),
        ),
        into=Modifier,
        least=0,
    ),
    Words("Modifiers", "调节系数"),
    default=(),
)
WINDOWS = {"year": Words("Year to date", "年初至今"), "period": Words("Period to date", "期初至今")}
TRUE_UP = Field(
    "true_up",
    Group(
        (
            Field("window", Choice(WINDOWS), Words("Adds up over", "累计范围"), default="year"),
            Field(
                "most_to_date",
                Values(Share(), open=True),
                Words("At most, of pay at target, by part", "各期累计最多支付目标奖金的比例"),
                default=None,
            ),
        ),
        into=TrueUp,
    ),
    Words("True-up", "补差"),
    default=None,
)
COMMON_FIELDS = (
    GATES,
    MODIFIERS,
    Field("pay_most", Money(), Words("Pays at most", "最多支付"), default=None),
    Field("pay_least", Money(), Words("Pays at least", "至少支付"), default=None),
    TRUE_UP,
)


def read_terms(fields: Fields) -> Terms | None:
    """None where nothing is said, which is the common case and the fast one."""
    if not any(each.name in fields.data for each in COMMON_FIELDS):
        return None
    terms = Terms(**read_all(COMMON_FIELDS, fields))
    check_conditions(fields, terms.gates, terms.modifiers)
    if terms.pay_most is not None and terms.pay_least is not None and terms.pay_most < terms.pay_least:
        fields.problem("pay_most", "most_below_least", most=terms.pay_most, least=terms.pay_least)
    return None if terms == Terms() else terms


def check_conditions(fields: Fields, gates: Sequence[Condition], modifiers: Sequence[Modifier]) -> None:
    for place, gate in enumerate(gates):
        if gate.at_least is None and gate.below is None:
            fields.problem(f"gates.{place}.at_least", "missing")
        elif gate.at_least is not None and gate.below is not None and gate.below <= gate.at_least:
            fields.problem(f"gates.{place}.below", "impossible_threshold", least=gate.at_least, below=gate.below)
    for place, modifier in enumerate(modifiers):
        for name, code, values in bound_problems(modifier.bands):
            fields.problem(f"modifiers.{place}.bands.{name}", code, **values)


def terms_measures(gates: Sequence[Any], modifiers: Sequence[Any]) -> list[str]:
    """Codes of the results that gates and modifiers read."""
    return [each.measure.code for each in (*gates, *modifiers) if each.measure.code]
