"""SPIFF (专项激励): an amount for each unit, order, deal or customer won in a campaign (plan semantics, section 9)."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, NamedTuple

from incentives.rules.bands import Band, band_of, bound_problems
from incentives.rules.case import NOTHING, Case, Sheet
from incentives.rules.component import Component
from incentives.rules.counting import COUNTS, Counted, Counts, counted
from incentives.rules.exact import number_text
from incentives.rules.facts import CreditFact, Line, Reason
from incentives.rules.fields import Choice, Count, Field, Money, Number, Rows
from incentives.rules.reading import Fields
from incentives.rules.words import Words

UNIT, ORDER, DEAL, CUSTOMER, NEW_CUSTOMER = "unit", "order", "deal", "customer", "new_customer"
PER = {
    UNIT: Words("Unit", "件"),
    ORDER: Words("Order", "订单"),
    DEAL: Words("Deal", "交易"),
    CUSTOMER: Words("Customer", "客户"),
    NEW_CUSTOMER: Words("New customer", "新客户"),
}
MARGINAL, WHOLE = "marginal", "whole"
MODES = {
    MARGINAL: Words("Each at the amount of its own tier", "各档分别计算"),
    WHOLE: Words("All at the tier that is reached", "全部按所达档位"),
}


class Won(NamedTuple):
    """Something that counts: the credit with which it was won, and how many."""

    credit: CreditFact
    number: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Spiff(Component):
    """A campaign.

    minimum  of an order's quantity, inclusive: it counts each time it is reached, not for each multiple
    tiers    amounts by ordinal (the first is 1), half-open like all tiers
    budget   for everybody together, first come by day and id; what is left for this person is a fact
    """

    kind: ClassVar[str] = "spiff"
    label: ClassVar[Words] = Words("SPIFF", "专项激励")
    purpose: ClassVar[Words] = Words(
        "An amount for each unit, order, deal or customer of a campaign.", "活动期内每件、每单或每个客户的奖励。"
    )
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("per", Choice(PER), Words("For each", "计数单位")),
        Field("amount", Money(), Words("Amount", "金额"), default=None),
        Field(
            "minimum",
            Number(least=Fraction(0)),
            Words("From this quantity in an order", "订单数量不低于"),
            default=None,
        ),
        Field(
            "tiers",
            Rows(
                (
                    Field("from", Count(least=1), Words("From the", "从第"), attr="floor"),
                    Field(
                        "to", Count(least=1), Words("Up to before the", "到第（不含）"), default=None, attr="ceiling"
                    ),
                    Field("amount", Money(), Words("Amount", "金额"), attr="gives"),
                ),
                into=Band,
                least=0,
            ),
            Words("Amounts by number", "按数量分档"),
            default=(),
        ),
        Field("mode", Choice(MODES), Words("Tiers pay", "分档方式"), default=MARGINAL),
        Field("budget", Money(), Words("Budget for everybody", "活动总预算"), default=None),
        COUNTS,
    )

    per: str
    amount: Fraction | None
    minimum: Fraction | None
    tiers: tuple[Band, ...]
    mode: str
    budget: Fraction | None
    counts: Counts | None

    @property
    def needs_deals(self) -> bool:
        return True

    def check(self, fields: Fields) -> None:
        if (self.amount is None) == (not self.tiers):
            fields.problem("amount", "amount_or_tiers")
        for name, code, values in bound_problems(self.tiers):
            fields.problem(f"tiers.{name}", code, **values)
        if self.tiers and self.tiers[0].floor != 1:
            fields.problem("tiers.0.from", "ordinals_start_at_one", start=self.tiers[0].floor)

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        ordinal, paid = NOTHING, NOTHING
        left = case.facts.budgets.get(self.key, self.budget)
        for credit, number in self.won(case):
            due = self.due(ordinal + number)
            pay = due - paid
            if left is not None and pay > left:
                sheet.note("budget_used_up", index)
                pay = left
            left = None if left is None else left - pay
            sheet.add(index, "spiff", pay, base=number, before=ordinal, on=credit.on, credit_id=credit.id)
            ordinal, paid = ordinal + number, due

    def due(self, number: Fraction) -> Fraction:
        """For so many, from the first on."""
        if not self.tiers:
            return number * (self.amount or NOTHING)
        if self.mode == WHOLE:
            return number * self._amount_of(number)
        return sum((self._inside(band, number) * band.gives for band in self.tiers), NOTHING)

    def _amount_of(self, number: Fraction) -> Fraction:
        place = band_of(self.tiers, number)
        if place is None:
            return NOTHING if number < self.tiers[0].floor else self.tiers[-1].gives
        return self.tiers[place].gives

    def _inside(self, band: Band, number: Fraction) -> Fraction:
        """How many of the first `number` have an ordinal inside a band."""
        last = number if band.ceiling is None else min(number, Fraction(band.ceiling) - 1)
        return max(NOTHING, last - band.floor + 1)

    def won(self, case: Case) -> Iterator[Won]:
        """What counts, in the order in which it was won."""
        items = [item for item in counted(self.counts, case) if item.pays]
        if self.per in {UNIT, ORDER}:
            yield from self._orders(items)
        elif self.per == DEAL:
            yield from (Won(item.credit, Fraction(1)) for item in items if item.amount > 0)
        else:
            yield from self._customers(items)

    def _orders(self, items: list[Counted]) -> Iterator[Won]:
        """An order counts with the last of its credits, once its quantity is known."""
        orders: dict[str, list[Counted]] = {}
        for item in items:
            orders.setdefault(item.deal.order or f"#{item.credit.id}", []).append(item)
        for parts in sorted(orders.values(), key=lambda parts: parts[-1].credit[:2]):
            quantity = sum((_quantity(part) for part in parts), NOTHING)
            if self.minimum is not None and quantity < self.minimum:
                continue
            if self.per == UNIT and quantity:
                yield Won(parts[-1].credit, quantity)
            elif self.per == ORDER and quantity > 0:
                yield Won(parts[-1].credit, Fraction(1))

    def _customers(self, items: list[Counted]) -> Iterator[Won]:
        """Each customer once, with the first deal."""
        seen: set[str] = set()
        for item in items:
            fits = item.amount > 0 and (self.per == CUSTOMER or item.deal.new_customer)
            if fits and item.deal.customer not in seen:
                seen.add(item.deal.customer)
                yield Won(item.credit, Fraction(1))

    def reason(self, case: Case, line: Line) -> Reason:
        gained = self.due(Fraction(line.before) + Fraction(line.base)) - self.due(Fraction(line.before))
        values = {
            "number": str(line.base),
            "per": self.per,
            "ordinal": str(line.before + 1),
            "amount": number_text(gained),
        }
        return Reason("spiff_short" if case.money(gained) != line.amount else "spiff", values)


def _quantity(item: Counted) -> Fraction:
    return Fraction(1) if item.deal.quantity is None else item.deal.quantity
