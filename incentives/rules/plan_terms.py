"""What a plan says beside its components: quota and target rules, limits, draw, hold-back, clawback, rounding.

Settled in the order of the plan semantics, section 6: gates and modifiers on the sum, cap, floor, then draw, recovery
and hold-back, and at last what is carried. A balance is never netted across people; interest is none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from incentives.rules.case import LINE, NOTHING, STEP, TOTAL, Case, Mark, Rounding, Sheet
from incentives.rules.exact import HALF_EVEN, HALF_UP
from incentives.rules.facts import Facts, Reversal
from incentives.rules.fields import Choice, Count, Field, Group, Money, Multiple, Share, Values
from incentives.rules.measures import CREDIT_MEASURES
from incentives.rules.reading import Fields
from incentives.rules.terms import GATES, MODIFIERS, Condition, Modifier, Terms
from incentives.rules.words import Words

RECOVERABLE, NON_RECOVERABLE = "recoverable", "non_recoverable"
PERCENT, PRO_RATA, PAID_ONLY = "percent", "pro_rata", "paid_only"
SHOWN, CARRIED = "shown", "carried"
START = Mark(0, NOTHING)


@dataclass(frozen=True, slots=True)
class Leave:
    """Unpaid leave days beyond `grace_days` are taken out of the eligible days."""

    grace_days: int

    def counted(self, days: int) -> int:
        return max(0, days - self.grace_days)


@dataclass(frozen=True, slots=True)
class OfSalary:
    """Target pay as a share of salary, weighted by the part of the year; no weights: the whole in each."""

    rate: Fraction
    weights: tuple[Fraction, ...] | None

    def pay(self, facts: Facts) -> Fraction | None:
        if facts.salary is None:
            return None
        return facts.salary * self.rate * (weight_of(self.weights, facts.part) if self.weights else 1)


@dataclass(frozen=True, slots=True)
class Draw:
    """An advance. Recoverable: what exceeds the earnings is owed; else a guarantee. `months`: of tenure it lasts."""

    kind: str
    amount: Fraction
    months: int | None

    def in_force(self, case: Case) -> bool:
        tenure = case.facts.tenure_months
        return self.months is None or (tenure is not None and tenure <= self.months)


@dataclass(frozen=True, slots=True)
class Holdback:
    """A share of what is earned that is paid so many months after the period."""

    rate: Fraction
    months: int


@dataclass(frozen=True, slots=True)
class Clawback:
    """What is taken back for a deal that is lost or reversed.

    percent    `rate` of what was paid on it
    pro_rata   of what was paid, the part of the term that was not served, in completed months
    paid_only  the instalments that were paid; the others are cancelled
    """

    method: str
    rate: Fraction
    within_days: int | None
    term_months: int | None

    def taken(self, reversal: Reversal) -> Fraction | None:
        """A positive amount, at most what was paid; None where the time for it is over."""
        if self.within_days is not None and reversal.days is not None and reversal.days > self.within_days:
            return None
        return sum(reversal.paid, NOTHING) * self.share(reversal)

    def share(self, reversal: Reversal) -> Fraction:
        """Of what was paid."""
        if self.method == PERCENT:
            return min(self.rate, Fraction(1))
        if self.method == PAID_ONLY:
            return Fraction(1)
        term = reversal.term_months or (Fraction(self.term_months) if self.term_months else None)
        if not term or reversal.served_months is None:
            return Fraction(1)
        return max(NOTHING, term - reversal.served_months) / term


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """All that is optional about a plan as a whole."""

    gates: tuple[Condition, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    floor: Fraction | None = None
    attainment_by: str | None = None
    leave: Leave | None = None
    ramp: tuple[Fraction, ...] | None = None
    quota_weights: tuple[Fraction, ...] | None = None
    target_of_salary: OfSalary | None = None
    draw: Draw | None = None
    holdback: Holdback | None = None
    clawback: Clawback | None = None
    rounding: Rounding | None = None
    negative: str = SHOWN

    # What counts before anything is earned

    def quota(self, facts: Facts) -> Fraction | None:
        """The quota before proration by days: shared out of the year's, then ramped."""
        quota = None if facts.quota is None else Fraction(facts.quota)
        if self.quota_weights and facts.annual_quota is not None:
            quota = part_of_year(facts.annual_quota, self.quota_weights, facts.part, facts.active_months)
        return quota if quota is None or not self.ramp else quota * self.ramped(facts.tenure_months, facts.tenure_span)

    def ramped(self, month: int | None, span: int = 1) -> Fraction:
        """The ramp's share in a month of tenure, counted from 1: the last goes on, unknown tenure is past the ramp.

        span  the mean over so many months that end with it, those before the first left out
        """
        if not self.ramp or month is None:
            return Fraction(1)
        months = [each for each in range(month - span + 1, month + 1) if each >= 1] or [1]
        shares = [self.ramp[min(each, len(self.ramp)) - 1] for each in months]
        return sum(shares, NOTHING) / len(shares)

    def target_pay(self, facts: Facts) -> Fraction | None:
        if self.target_of_salary is not None:
            return self.target_of_salary.pay(facts)
        return None if facts.target_pay is None else Fraction(facts.target_pay)

    # What happens to what was earned

    def limit(self, case: Case, sheet: Sheet) -> None:
        """Gates and modifiers on the sum of all components."""
        Terms(self.gates, self.modifiers).factors(None, case, sheet, START, NOTHING)

    def raise_to_floor(self, case: Case, sheet: Sheet) -> None:
        if self.floor is not None and sheet.exact < self.floor and case.credited > 0:
            sheet.bring(START, self.floor, None, "floor", sheet.exact, self.floor)

    def settle(self, case: Case, sheet: Sheet) -> None:
        """Draw, clawbacks, hold-back, releases, what is carried, rounding of the total.

        What is owed or carried from earlier is settled by every plan, also by one without a rule for it.
        """
        earned = sheet.exact
        self._draw(case, sheet)
        self._claw_back(case, sheet)
        self._hold_back(case, sheet, earned)
        for release in case.facts.releases:
            sheet.add(None, "release", release.amount, base=release.amount)
        self._carry(case, sheet)
        if case.rounding.at == TOTAL:
            _round_total(case, sheet)

    def _draw(self, case: Case, sheet: Sheet) -> None:
        owed = case.facts.balances.get("draw", NOTHING)
        if self.draw is None and not owed:
            return
        earned = sum((Fraction(line.amount) for line in sheet.lines), NOTHING)
        advance = self.draw.amount if self.draw is not None and self.draw.in_force(case) else NOTHING
        recovers = self.draw is None or self.draw.kind == RECOVERABLE or owed
        paid = max(advance, earned - owed) if recovers else max(advance, earned)
        if paid != earned:
            kind = "draw" if paid > earned else "repay"
            sheet.add(None, kind, paid - earned, base=earned, before=advance if kind == "draw" else owed)
        owed_now = owed + paid - earned
        keeps = self.draw is None or self.draw.kind == RECOVERABLE
        sheet.balances["draw"] = case.money(owed_now if keeps else min(owed, owed_now))

    def _claw_back(self, case: Case, sheet: Sheet) -> None:
        for reversal in case.facts.reversals:
            if self.clawback is None:
                sheet.note("no_clawback")
                continue
            taken = self.clawback.taken(reversal)
            if taken is None:
                sheet.note("clawback_too_late", days=reversal.days, within=self.clawback.within_days)
                continue
            paid = sum(reversal.paid, NOTHING)
            share = self.clawback.share(reversal)
            sheet.add(None, "clawback", -taken, base=paid, before=share, on=reversal.on, credit_id=reversal.credit_id)
            if cancelled := sum(reversal.unpaid, NOTHING):
                sheet.note("instalments_cancelled", amount=cancelled)

    def _hold_back(self, case: Case, sheet: Sheet, earned: Fraction) -> None:
        if self.holdback is None or earned <= 0:
            return
        held = case.money(earned * self.holdback.rate)
        sheet.add(None, "holdback", -Fraction(held), base=earned, before=self.holdback.rate)
        sheet.balances["held"] = held

    def _carry(self, case: Case, sheet: Sheet) -> None:
        if carried := case.facts.balances.get("carried", NOTHING):
            sheet.add(None, "carried", -carried, base=carried)
        total = sum((Fraction(line.amount) for line in sheet.lines), NOTHING)
        if self.negative == CARRIED and total < 0:
            sheet.add(None, "carry", -total, base=total)
            sheet.balances["carried"] = case.money(-total)


def _round_total(case: Case, sheet: Sheet) -> None:
    difference = case.money(sheet.exact) - sum(line.amount for line in sheet.lines)
    if difference:
        sheet.add(None, "rounding", Fraction(difference), base=sheet.exact)
        sheet.exact -= Fraction(difference)


def part_of_year(
    annual: Fraction, weights: Sequence[Fraction], part: int | None, active_months: Fraction | None
) -> Fraction:
    """A part's share of a year's quota: its weight, for the months in which one was active (all: None)."""
    months = Fraction(12, len(weights))
    return annual * weight_of(weights, part) * (months if active_months is None else active_months) / months


def weight_of(weights: Sequence[Fraction], part: int | None) -> Fraction:
    """The weight of a part of the year, counted from 1; 0 outside."""
    return weights[part - 1] if part is not None and 1 <= part <= len(weights) else NOTHING


# How a document says it

_ROUNDING = Group(
    (
        Field(
            "mode",
            Choice({HALF_UP: Words("Half up", "四舍五入"), HALF_EVEN: Words("Half to even", "四舍六入五成双")}),
            Words("A half goes", "取舍方式"),
            default=HALF_UP,
        ),
        Field(
            "at",
            Choice(
                {
                    LINE: Words("At each line", "逐笔舍入"),
                    TOTAL: Words("Once, at the total", "合计后舍入一次"),
                    STEP: Words("At each step, conversions too", "每一步都舍入（含换算）"),
                }
            ),
            Words("Rounded", "舍入时点"),
            default=LINE,
        ),
        Field("places", Count(), Words("Decimal places", "小数位数"), default=None),
    ),
    into=Rounding,
)
PLAN_FIELDS = (
    GATES,
    MODIFIERS,
    Field("floor", Money(), Words("Pays at least", "至少支付"), default=None),
    Field("attainment_by", Choice(CREDIT_MEASURES), Words("Attainment grows with", "达成率依据"), default=None),
    Field(
        "leave",
        Group((Field("grace_days", Count(), Words("Days without effect", "宽限天数"), default="0"),), into=Leave),
        Words("Unpaid leave shortens the period", "无薪假缩短计算期"),
        default=None,
    ),
    Field(
        "ramp",
        Values(Multiple()),
        Words("Ramp of the target by month", "爬坡期各月目标比例"),
        default=None,
        help=Words("0 means no target in that month; the last goes on.", "0 表示当月没有目标；最后一个比例一直沿用。"),
    ),
    Field("quota_weights", Values(Share()), Words("Parts of the year's target", "年度目标的分配"), default=None),
    Field(
        "target_of_salary",
        Group(
            (
                Field("rate", Share(), Words("Share of salary", "占工资比例")),
                Field("weights", Values(Share()), Words("By part of the year", "各期权重"), default=None),
            ),
            into=OfSalary,
        ),
        Words("Pay at target from salary", "按工资计算目标奖金"),
        default=None,
    ),
    Field(
        "draw",
        Group(
            (
                Field(
                    "kind",
                    Choice(
                        {
                            RECOVERABLE: Words("Recoverable", "可追回"),
                            NON_RECOVERABLE: Words("Non-recoverable (guarantee)", "不可追回（保底）"),
                        }
                    ),
                    Words("Draw", "预支"),
                ),
                Field("amount", Money(), Words("Amount", "金额")),
                Field("months", Count(), Words("Months of tenure it lasts", "适用的在职月数"), default=None),
            ),
            into=Draw,
        ),
        Words("Draw or guarantee", "预支或保底"),
        default=None,
    ),
    Field(
        "holdback",
        Group(
            (
                Field("rate", Share(), Words("Held back", "预留比例")),
                Field("months", Count(), Words("Paid after months", "几个月后发放"), default="3"),
            ),
            into=Holdback,
        ),
        Words("Hold-back", "预留"),
        default=None,
    ),
    Field(
        "clawback",
        Group(
            (
                Field(
                    "method",
                    Choice(
                        {
                            PERCENT: Words("A share of what was paid", "已付金额的比例"),
                            PRO_RATA: Words("What was not served of the term", "按未履行期限"),
                            PAID_ONLY: Words("The instalments that were paid", "仅追回已付分期"),
                        }
                    ),
                    Words("Takes back", "追回方式"),
                ),
                Field("rate", Share(), Words("Share", "比例"), default="1"),
                Field("within_days", Count(), Words("Within days of the deal", "成交后多少天内"), default=None),
                Field("term_months", Count(), Words("Term in months", "期限（月）"), default=None),
            ),
            into=Clawback,
        ),
        Words("Clawback", "追回"),
        default=None,
    ),
    Field("rounding", _ROUNDING, Words("Rounding", "舍入"), default=None),
    Field(
        "negative",
        Choice(
            {SHOWN: Words("Shown as it is", "如实显示"), CARRIED: Words("Carried to the next statement", "结转下期")}
        ),
        Words("A negative result is", "结果为负时"),
        default=SHOWN,
    ),
)


def check_plan_terms(terms: PlanTerms, fields: Fields) -> None:
    for name, weights in (
        ("quota_weights", terms.quota_weights),
        ("target_of_salary.weights", terms.target_of_salary.weights if terms.target_of_salary else None),
    ):
        if weights and sum(weights) != 1:
            fields.problem(name, "weights_do_not_add_up", total=sum(weights))
    if terms.holdback is not None and terms.holdback.rate > 1:
        fields.problem("holdback.rate", "share_above_one", given=terms.holdback.rate)
    if terms.clawback is not None and terms.clawback.rate > 1:
        fields.problem("clawback.rate", "share_above_one", given=terms.clawback.rate)
