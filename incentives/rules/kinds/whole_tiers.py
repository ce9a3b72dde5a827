"""Whole-amount tiers (全额累进): the rate of the tier that is reached applies to everything.

Three readings, each named (plan semantics, sections 1, 2, 4): the whole amount; all that is above the target, at one
multiple; or each deal at the tier that was reached before it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from incentives.rules.bands import BOUND, LOWER_INCLUSIVE, Band, band_of, bound_problems
from incentives.rules.case import NOTHING, Case, Sheet
from incentives.rules.counting import COUNTS, counted
from incentives.rules.exact import number_text
from incentives.rules.facts import Line, Reason, Slice
from incentives.rules.fields import Choice, Field, Number, Rows, Share
from incentives.rules.kinds.running import Running
from incentives.rules.reading import Fields
from incentives.rules.words import Words

ATTAINMENT, AMOUNT = "attainment", "amount"
PERIOD, TRANSACTION, DEAL = "period", "transaction", "deal"
CREDIT, BASE_RATE, TARGET_PAY = "credit", "base_rate", "target_pay"
ALL, ABOVE_TARGET = "all", "above_target"

BASIS = {ATTAINMENT: Words("Attainment of the target", "目标达成率"), AMOUNT: Words("An amount of credit", "业绩金额")}
SCOPES = {
    PERIOD: Words("All credits of the period together", "期间累计"),
    TRANSACTION: Words("Each deal alone", "逐笔单独计算"),
    DEAL: Words("Each deal at the tier reached before it", "每笔按成交前已达档位"),
}
RATES = {
    CREDIT: Words("Shares of the credit", "业绩的比例"),
    BASE_RATE: Words("Multiples of a base rate", "基础比例的倍数"),
    TARGET_PAY: Words("Multiples of pay at target", "目标奖金的倍数"),
}
ON = {ALL: Words("Everything", "全部业绩"), ABOVE_TARGET: Words("What is above the target", "超出目标部分")}


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTiers(Running):
    """Tiers that apply to the whole.

    rates  "credit": a tier's rate is a share of the credit; "base_rate": a multiple of `rate`; "target_pay": a multiple
           of target pay * weight / quota
    on     "all", or "above_target": `rate` up to the quota, and the tier's multiple of it on all that is above
    """

    kind: ClassVar[str] = "whole_tiers"
    label: ClassVar[Words] = Words("Whole-amount tiers", "全额累进")
    purpose: ClassVar[Words] = Words(
        "The rate of the tier that is reached applies to everything.", "达到哪一档，全部业绩就按哪一档计算。"
    )
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("basis", Choice(BASIS), Words("Bounds are", "分档依据")),
        Field("bound", Choice(BOUND), Words("A bound belongs to", "边界归属"), default=LOWER_INCLUSIVE),
        Field("scope", Choice(SCOPES), Words("Looked up for", "计算范围"), default=PERIOD),
        Field("rates", Choice(RATES), Words("Rates are", "比例含义"), default=CREDIT),
        Field("rate", Share(), Words("Base rate", "基础比例"), when={"rates": (BASE_RATE,)}),
        Field(
            "weight",
            Share(),
            Words("Weight of target pay", "占目标奖金权重"),
            when={"rates": (TARGET_PAY,)},
            attr="part",
        ),
        Field("on", Choice(ON), Words("Applies to", "适用于"), default=ALL, when={"rates": (CREDIT, BASE_RATE)}),
        Field(
            "tiers",
            Rows(
                (
                    Field("from", Number(least=Fraction(0)), Words("From", "从"), attr="floor"),
                    Field("to", Number(least=Fraction(0)), Words("To", "到"), default=None, attr="ceiling"),
                    Field("rate", Number(least=Fraction(0)), Words("Rate", "比例"), attr="gives"),
                ),
                into=Band,
            ),
            Words("Tiers", "档位"),
            unit={"basis": {ATTAINMENT: "share", AMOUNT: "money"}, "rates": {CREDIT: "share", BASE_RATE: "multiple"}},
        ),
        COUNTS,
    )

    basis: str
    bound: str
    scope: str
    rates: str
    rate: Fraction | None
    part: Fraction | None
    on: str | None
    tiers: tuple[Band, ...]

    @property
    def weight(self) -> Fraction | None:
        return self.part

    @property
    def adds_up(self) -> bool:
        return self.scope == PERIOD

    def check(self, fields: Fields) -> None:
        for name, code, values in bound_problems(self.tiers):
            fields.problem(f"tiers.{name}", code, **(values | {"basis": self.basis}))
        if self.tiers and self.tiers[0].floor:
            fields.problem("tiers.0.from", "tiers_start_above_zero", start=self.tiers[0].floor, basis=self.basis)
        if self.part is not None and not 0 < self.part <= 1:
            fields.problem("weight", "weight_outside", given=self.part)
        if self.on == ABOVE_TARGET and (self.basis, self.rates) != (ATTAINMENT, BASE_RATE):
            fields.problem("on", "above_target_needs_a_base_rate")
        elif self.on == ABOVE_TARGET and self.scope != PERIOD:
            fields.problem("scope", "above_target_needs_a_base_rate")

    def size_of(self, case: Case) -> Fraction | None:
        return case.target_pay if self.part is None or case.target_pay is None else case.target_pay * self.part

    def lacks(self, case: Case) -> str | None:
        if (self.basis == ATTAINMENT or self.rates == TARGET_PAY) and not self.quota(case):
            return "no_quota"
        return "no_target_pay" if self.rates == TARGET_PAY and case.target_pay is None else None

    # What a sum of credits is worth

    def due(self, case: Case, credit: Fraction) -> Fraction:
        return sum((each.pay for each in self._parts(case, credit)), NOTHING)

    def _parts(self, case: Case, credit: Fraction) -> list[Slice]:
        """What a sum of credits pays, in one part, or in two where only what is above the target is multiplied."""
        place = self.tier_of(case, credit)
        if self.on != ABOVE_TARGET:
            top = self._bound(case, self.tiers[place].ceiling)
            paid = credit if top is None else min(credit, top)  # above a closed top nothing more is paid
            return [self._slice(case, place, paid, self._rate(case, place))]
        quota = self.quota(case) or NOTHING
        above = max(credit - quota, NOTHING)
        base = self._slice(case, 0, min(credit, quota), self.rate or NOTHING)
        return [base, self._slice(case, place, above, self._rate(case, place))] if above else [base]

    def tier_of(self, case: Case, credit: Fraction) -> int:
        """The place of the tier that a sum of credits reaches; the lowest for a sum below zero."""
        value = credit if self.basis == AMOUNT else credit / (self.quota(case) or Fraction(1))
        place = band_of(self.tiers, value, self.bound)
        if place is not None:
            return place
        return 0 if value < self.tiers[0].floor else len(self.tiers) - 1

    def _rate(self, case: Case, place: int) -> Fraction:
        """Pay for one unit of credit in a tier."""
        gives = self.tiers[place].gives
        if self.rates == BASE_RATE:
            return gives * (self.rate or NOTHING)
        if self.rates == TARGET_PAY:
            return gives * (case.target_pay or NOTHING) * (self.part or NOTHING) / (self.quota(case) or Fraction(1))
        return gives

    def _bound(self, case: Case, bound: Fraction | None) -> Fraction | None:
        """In money."""
        return bound if bound is None or self.basis == AMOUNT else bound * (self.quota(case) or Fraction(1))

    def _slice(self, case: Case, place: int, part: Fraction, rate: Fraction) -> Slice:
        tier = self.tiers[place]
        return Slice(place, self._bound(case, tier.floor) or NOTHING, self._bound(case, tier.ceiling), part, rate)

    # Lines

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        if self.scope != DEAL or self.lacks(case):
            super(WholeTiers, self).earn(index, case, sheet)
            return
        running = self.opening(case)
        for credit, amount, _deal, failed in counted(self.counts, case):
            pay = NOTHING if failed else amount * self._rate(case, self.tier_of(case, running))
            sheet.add(index, "credit", pay, base=amount, before=running, on=credit.on, credit_id=credit.id)
            running += amount

    def slices(self, case: Case, line: Line) -> list[Slice]:
        before, after = Fraction(line.before), Fraction(line.before) + Fraction(line.base)
        if self.scope == DEAL:
            place = self.tier_of(case, before)
            return [self._slice(case, place, Fraction(line.base), self._rate(case, place))]
        if self.on == ABOVE_TARGET or not before:
            return [*self._parts(case, after), *(self._back(each) for each in self._parts(case, before) if each.part)]
        return list(self._gains(case, before, after))

    def _back(self, part: Slice) -> Slice:
        return Slice(part.tier, part.floor, part.ceiling, -part.part, part.rate)

    def _gains(self, case: Case, before: Fraction, after: Fraction) -> Iterator[Slice]:
        """The deal at the rate reached, and what that rate adds to all that came before."""
        (was,), (now,) = self._parts(case, before), self._parts(case, after)
        yield Slice(now.tier, now.floor, now.ceiling, now.part - was.part, now.rate)
        if now.rate != was.rate and was.part:
            yield Slice(now.tier, now.floor, now.ceiling, was.part, now.rate - was.rate)

    def explained(self, case: Case, line: Line) -> Reason:
        before = Fraction(line.before)
        reached = self.tier_of(case, before if self.scope == DEAL else before + Fraction(line.base))
        values = {"tier": str(reached + 1), "rate": number_text(self._rate(case, reached))}
        if self.scope != PERIOD or not before:
            return Reason("whole_tier", values)
        was = self.tier_of(case, before)
        if was == reached:
            return Reason("whole_tier", values)
        change = self._rate(case, reached) - self._rate(case, was)
        return Reason("whole_tier_reached", values | {"before": str(line.before), "change": number_text(change)})

    def bounds(self, case: Case) -> list[Fraction]:
        if self.lacks(case):
            return []
        found = [self._bound(case, tier.floor) for tier in self.tiers]
        found.append(self._bound(case, self.tiers[-1].ceiling))
        if self.on == ABOVE_TARGET:
            found.append(self.quota(case))
        return [bound for bound in found if bound is not None]
