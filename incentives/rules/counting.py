"""What a component counts: which credits, of which measure, with which weight, and which of them it pays for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from incentives.rules.case import Case
from incentives.rules.facts import CreditFact, Deal
from incentives.rules.fields import Choice, Day, Field, Group, Number, Rows, Share, Text, Values
from incentives.rules.measures import CREDIT_MEASURES
from incentives.rules.reading import Fields
from incentives.rules.words import Words

ALL, NEW = "all", "new"
CUSTOMERS = {ALL: Words("All customers", "全部客户"), NEW: Words("New customers only", "仅新客户")}


class Counted(NamedTuple):
    """A credit as a component counts it. `pays` False: it counts, but earns nothing (`failed` names the figure)."""

    credit: CreditFact
    amount: Fraction
    deal: Deal
    failed: str = ""

    @property
    def pays(self) -> bool:
        return not self.failed


@dataclass(frozen=True, slots=True)
class CreditRate:
    """A rate for the credits that match; what is None matches everything."""

    rate: Fraction
    measure: str | None = None
    product: str | None = None
    role: str | None = None

    def matches(self, deal: Deal, measure: str) -> bool:
        return (
            self.measure in {None, deal.measure or measure}
            and self.product in {None, deal.product}
            and self.role in {None, deal.role}
        )


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the deal that must be at least something."""

    figure: str
    at_least: Fraction


@dataclass(frozen=True, slots=True)
class Counts:
    """Which credits count. `weights`: a credit counts with the sum of the rates that match it."""

    measure: str | None = None
    products: tuple[str, ...] | None = None
    customers: str = ALL
    quota: str | None = None
    starts: date | None = None
    until: date | None = None
    weights: tuple[CreditRate, ...] = ()
    only_if: tuple[Figure, ...] = ()

    def check(self, fields: Fields) -> None:
        if self.starts is not None and self.until is not None and self.until < self.starts:
            fields.problem("until", "ends_before_it_starts", start=self.starts, end=self.until)

    def counted(self, case: Case) -> Iterator[Counted]:
        """In the order of day and id."""
        for credit in self._measured(case):
            deal = case.deal(credit)
            if not self._fits(credit, deal):
                continue
            amount = case.exact(credit)
            if self.weights:
                rates = [each.rate for each in self.weights if each.matches(deal, case.measure)]
                if not rates:
                    continue
                amount *= sum(rates)
            yield Counted(credit, amount, deal, self.failed_by(deal))

    def _measured(self, case: Case) -> list[CreditFact]:
        if self.weights:
            return sorted([*case.credits, *(credit for found in case.others.values() for credit in found)])
        return case.of_measure(self.measure or case.measure)

    def _fits(self, credit: CreditFact, deal: Deal) -> bool:
        return (
            (self.products is None or deal.product in self.products)
            and (self.customers == ALL or deal.new_customer)
            and (self.starts is None or credit.on >= self.starts)
            and (self.until is None or credit.on <= self.until)
        )

    def failed_by(self, deal: Deal) -> str:
        """The first figure that is too small or not known."""
        for each in self.only_if:
            figure = deal.figures.get(each.figure)
            if figure is None or figure < each.at_least:
                return each.figure
        return ""


EVERYTHING = Counts()


def counted(counts: Counts | None, case: Case) -> Iterator[Counted]:
    return (counts or EVERYTHING).counted(case)


RATE_COLUMNS = (
    Field("rate", Share(), Words("Rate", "比例")),
    Field("measure", Choice(CREDIT_MEASURES), Words("Of", "业绩类型"), default=None),
    Field("product", Text(), Words("Product", "产品"), default=None),
    Field("role", Text(), Words("Role in the deal", "交易角色"), default=None),
)
COUNTS = Field(
    "counts",
    Group(
        (
            Field("measure", Choice(CREDIT_MEASURES), Words("Counts", "计入业绩"), default=None),
            Field("products", Values(Text()), Words("Products", "产品"), default=None),
            Field("customers", Choice(CUSTOMERS), Words("Customers", "客户"), default=ALL),
            Field("quota", Text(), Words("Against the target of", "对应目标"), default=None),
            Field("from", Day(), Words("First day", "开始日期"), default=None, attr="starts"),
            Field("until", Day(), Words("Last day", "结束日期"), default=None),
            Field("weights", Rows(RATE_COLUMNS, into=CreditRate, least=0), Words("Counted at", "计入比例"), default=()),
            Field(
                "only_if",
                Rows(
                    (
                        Field("figure", Text(), Words("Figure of the deal", "交易数值")),
                        Field("at_least", Number(), Words("At least", "不低于")),
                    ),
                    into=Figure,
                    least=0,
                ),
                Words("Pays only if", "支付条件"),
                default=(),
            ),
        ),
        into=Counts,
    ),
    Words("What counts", "计入范围"),
    default=None,
)
