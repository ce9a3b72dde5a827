"""Flat rates (固定比例): every credit earns the sum of all rates that match it (plan semantics, section 12).

What others get from the same deal is taken first; a proportional cap (熔断) scales all roles' parts down together.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from incentives.rules.case import NOTHING, Case, Sheet
from incentives.rules.component import Component
from incentives.rules.counting import COUNTS, EVERYTHING, RATE_COLUMNS, Counted, Counts, CreditRate
from incentives.rules.exact import number_text
from incentives.rules.facts import CreditFact, Deal, Line, Reason, Slice
from incentives.rules.fields import Field, Group, Money, Rows, Share, Text
from incentives.rules.reading import Fields
from incentives.rules.words import Words


@dataclass(frozen=True, slots=True)
class Shared:
    """What another role gets from each deal first."""

    role: str
    rate: Fraction


@dataclass(frozen=True, slots=True)
class CappedAt:
    """All roles' rates together pay at most `rate` of a figure of the deal, such as what was paid for it."""

    rate: Fraction
    figure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatRate(Component):
    """Rates on every credit.

    deduct  money that is taken from each credit before the rate; the rest may be negative
    """

    kind: ClassVar[str] = "flat_rate"
    label: ClassVar[Words] = Words("Flat rates", "固定比例提成")
    purpose: ClassVar[Words] = Words(
        "Every credit earns the sum of the rates that match it.", "每笔业绩按所有匹配的比例之和计提。"
    )
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("rates", Rows(RATE_COLUMNS, into=CreditRate), Words("Rates", "比例")),
        Field("deduct", Money(), Words("Deducted from each credit", "每笔先扣除"), default="0"),
        Field(
            "shared",
            Rows(
                (
                    Field("role", Text(), Words("Who", "角色")),
                    Field("rate", Share(), Words("Gets first", "先行分得")),
                ),
                into=Shared,
                least=0,
            ),
            Words("Taken by others first", "他人先行分得"),
            default=(),
        ),
        Field(
            "capped_at",
            Group(
                (
                    Field("rate", Share(), Words("At most", "不超过")),
                    Field("figure", Text(), Words("Of the deal's figure", "交易数值")),
                ),
                into=CappedAt,
            ),
            Words("All roles together pay at most", "各角色合计上限（熔断）"),
            default=None,
        ),
        COUNTS,
    )

    rates: tuple[CreditRate, ...]
    deduct: Fraction
    shared: tuple[Shared, ...]
    capped_at: CappedAt | None
    counts: Counts | None

    @property
    def needs_deals(self) -> bool:
        named = any(rate.product or rate.role or rate.measure for rate in self.rates)
        return named or self.counts is not None or self.capped_at is not None

    def check(self, fields: Fields) -> None:
        taken = sum((each.rate for each in self.shared), NOTHING)
        if taken and taken > sum((each.rate for each in self.rates), NOTHING):
            fields.problem("shared", "shared_above_the_rates", taken=taken)

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        running = NOTHING
        for credit, amount, deal, failed in self._counted(case):
            rate = NOTHING if failed else self.rate_of(case, amount, deal)
            pay = (amount - self.deduct) * rate
            sheet.add(index, "credit", pay, base=amount, before=running, on=credit.on, credit_id=credit.id)
            running += amount

    def _counted(self, case: Case) -> list[Counted]:
        """Credits of all measures, where the rates name them."""
        if self.counts is None and any(rate.measure for rate in self.rates):
            every = sorted([*case.credits, *(credit for found in case.others.values() for credit in found)])
            return [Counted(credit, case.exact(credit), case.deal(credit)) for credit in every]
        return list((self.counts or EVERYTHING).counted(case))

    def rate_of(self, case: Case, amount: Fraction, deal: Deal) -> Fraction:
        """All that matches, less what others take, scaled down where the deal's cap is reached."""
        rate = sum((each.rate for each in self.rates if each.matches(deal, case.measure)), NOTHING)
        rate -= sum((each.rate for each in self.shared), NOTHING)
        return rate * self._scale(amount, deal)

    def _scale(self, amount: Fraction, deal: Deal) -> Fraction:
        together = (amount - self.deduct) * sum((each.rate for each in self.rates), NOTHING)
        if self.capped_at is None or together <= 0:
            return Fraction(1)
        most = self.capped_at.rate * deal.figures.get(self.capped_at.figure, NOTHING)
        return min(Fraction(1), most / together)

    def slices(self, case: Case, line: Line) -> list[Slice]:
        amount, deal = Fraction(line.base), self._deal(case, line)
        rate = NOTHING if self._failed(case, line) else self.rate_of(case, amount, deal)
        return [Slice(0, self.deduct, None, amount - self.deduct, rate)]

    def _deal(self, case: Case, line: Line) -> Deal:
        return case.deal(CreditFact(line.on, line.credit_id, line.base)) if line.on and line.credit_id else Deal()

    def _failed(self, case: Case, line: Line) -> str:
        return self.counts.failed_by(self._deal(case, line)) if self.counts else ""

    def reason(self, case: Case, line: Line) -> Reason:
        if failed := self._failed(case, line):
            return Reason("figure_too_small", {"figure": failed})
        deal = self._deal(case, line)
        amount = Fraction(line.base)
        values = {"rate": number_text(self.rate_of(case, amount, deal))}
        if self._scale(amount, deal) < 1:
            return Reason("flat_rate_scaled", values)
        return (
            Reason("flat_rate_less", values | {"deduct": number_text(self.deduct)})
            if self.deduct
            else Reason("flat_rate", values)
        )

    def pay_at(self, case: Case, credit: Fraction) -> Fraction:
        """At the rates that name no product, role or other measure."""
        return (credit - self.deduct) * self.rate_of(case, credit, Deal()) if credit else NOTHING
