"""Marginal tiers (超额累进): each rate applies only to the part of the credit inside its own tier.

A deal that crosses a bound is one line; its parts follow again from the running credit before it (`slices`).
Credits are
summed with their sign, so a refund moves the person down; below zero the lowest tier's rate holds (plan semantics,
1-4, 11).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import ClassVar, NamedTuple, Self

from incentives.rules.case import NOTHING, Case, Sheet
from incentives.rules.counting import COUNTS
from incentives.rules.exact import INFINITY, ZERO, half_up
from incentives.rules.facts import Line, Reason, Slice
from incentives.rules.fields import Choice, Field, Money, Rows, Share
from incentives.rules.kinds.running import Running
from incentives.rules.reading import Fields
from incentives.rules.terms import read_terms
from incentives.rules.words import Words

ONE = Decimal(1)
# What `Line(…)` does, without its keyword handling.
NEW_LINE = partial(tuple.__new__, Line)

ATTAINMENT, AMOUNT = "attainment", "amount"
PERIOD, TRANSACTION = "period", "transaction"
TARGET_PAY, CREDIT = "target_pay", "credit"


@dataclass(frozen=True, slots=True)
class Tier:
    """From `floor` up to `ceiling` (None: no upper bound) of attainment or money; `rate` as the component's `rates`
    say."""

    floor: Decimal
    ceiling: Decimal | None
    rate: Decimal


class Band(NamedTuple):
    """A tier in one person's numbers: bounds in (scaled) money, and pay as `paid_below + (credit - floor) * rate`.

    Pay is in minor units times the tariff's denominator, so that nothing is divided before the line is rounded.
    """

    tier: int | None
    lowest: Decimal
    highest: Decimal
    floor: Decimal
    rate: Decimal
    paid_below: Decimal


@dataclass(frozen=True, slots=True)
class Tariff:
    """The tiers in one person's numbers.

    scale        money is counted in `1 / scale` units (the period's days where the quota is prorated, else 1)
    denominator  what pay is divided by, once, when the line is rounded
    """

    bands: Sequence[Band]
    scale: Decimal
    denominator: Decimal

    def band_at(self, credit: Decimal) -> Band:
        """The band in which a scaled running credit lies; a bound opens the higher one."""
        for band in reversed(self.bands):
            if band.lowest <= credit:
                return band
        raise AssertionError("the first band has no lower end")

    def pay(self, credit: Decimal) -> Decimal:
        """Pay for a scaled running credit, in minor units times the denominator."""
        band = self.band_at(credit)
        return band.paid_below + (credit - band.floor) * band.rate


TIER_COLUMNS = (
    Field("from", Money(), Words("From", "从"), attr="floor"),
    Field("to", Money(), Words("To", "到"), open=True, attr="ceiling"),
    Field("rate", Share(), Words("Rate", "比例")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginalTiers(Running):
    """Tiers on attainment or on an amount.

    basis   "attainment": bounds are multiples of the quota; "amount": money
    scope   "period": credits add up through the period; "transaction": each is looked up alone
    rates   "target_pay": a rate multiplies the base rate = target pay * weight / quota; "credit": a share of the
            credit itself
    """

    kind: ClassVar[str] = "marginal_tiers"
    label: ClassVar[Words] = Words("Marginal tiers", "超额累进")
    purpose: ClassVar[Words] = Words(
        "Each rate applies only to the part of the credit inside its own tier.",
        "每一档的比例只适用于落在该档内的业绩。",
    )
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field(
            "basis",
            Choice(
                {
                    ATTAINMENT: Words("Attainment of the target", "目标达成率"),
                    AMOUNT: Words("An amount of credit", "业绩金额"),
                }
            ),
            Words("Bounds are", "分档依据"),
        ),
        Field(
            "scope",
            Choice(
                {
                    PERIOD: Words("All credits of the period together", "期间累计"),
                    TRANSACTION: Words("Each deal alone", "逐笔单独计算"),
                }
            ),
            Words("Looked up for", "计算范围"),
            default=PERIOD,
        ),
        Field(
            "rates",
            Choice(
                {
                    TARGET_PAY: Words("Multiples of the base rate", "基础比例的倍数"),
                    CREDIT: Words("Shares of the credit", "业绩的比例"),
                }
            ),
            Words("Rates are", "比例含义"),
            default=None,
        ),
        Field("weight", Share(), Words("Weight of target pay", "占目标奖金权重"), when={"rates": (TARGET_PAY,)}),
        Field(
            "tiers",
            Rows(TIER_COLUMNS, into=Tier),
            Words("Tiers", "档位"),
            unit={"basis": {ATTAINMENT: "share", AMOUNT: "money"}, "rates": {TARGET_PAY: "multiple", CREDIT: "share"}},
        ),
        COUNTS,
    )

    basis: str
    scope: str
    rates: str
    tiers: tuple[Tier, ...]
    share: Decimal | None

    @property
    def weight(self) -> Decimal | None:
        return self.share

    @property
    def adds_up(self) -> bool:
        return self.scope == PERIOD

    @classmethod
    def read(cls, fields: Fields) -> Self:
        basis = fields.choice("basis", (ATTAINMENT, AMOUNT))
        rates = fields.choice("rates", (TARGET_PAY, CREDIT), TARGET_PAY if basis == ATTAINMENT else CREDIT)
        share = fields.decimal("weight") if rates == TARGET_PAY else None
        if share is not None and not ZERO < share <= 1:
            fields.problem("weight", "weight_outside", given=share)
        return cls(
            key=fields.slug("key"),
            name=fields.names("name"),
            basis=basis,
            scope=fields.choice("scope", (PERIOD, TRANSACTION), PERIOD),
            rates=rates,
            tiers=read_tiers(fields, basis),
            share=share,
            counts=COUNTS.read(fields),
            terms=read_terms(fields),
        )

    def size_of(self, case: Case) -> Fraction | None:
        if case.target_pay is None or self.share is None:
            return case.target_pay
        return case.target_pay * Fraction(self.share)

    def lacks(self, case: Case) -> str | None:
        quota = self.quota(case)
        if (self.basis == ATTAINMENT or self.rates == TARGET_PAY) and (not quota or quota < 0):
            return "no_quota"
        return "no_target_pay" if self.rates == TARGET_PAY and case.target_pay is None else None

    def tariff(self, case: Case) -> Tariff:
        """The tiers in this person's numbers. Exact: whole numerators and denominators, no division."""
        quota, pay = self.quota(case) or NOTHING, case.target_pay or NOTHING
        bounds = self.basis == ATTAINMENT
        bound_factor, scale = (Decimal(quota.numerator), Decimal(quota.denominator)) if bounds else (ONE, ONE)
        if self.rates == TARGET_PAY:
            # A rate is for one scaled unit of money: target pay * share / quota / scale.
            base = pay / quota
            rate_factor = Decimal(base.numerator) * (self.share or ZERO) * case.unit
            denominator = Decimal(base.denominator) * scale
        else:
            rate_factor, denominator = case.unit, scale
        bands: list[Band] = []
        lowest, paid_below = -INFINITY, ZERO
        for place, tier in enumerate(self.tiers):
            floor, rate = tier.floor * bound_factor, tier.rate * rate_factor
            highest = INFINITY if tier.ceiling is None else tier.ceiling * bound_factor
            bands.append(Band(place, lowest, highest, floor, rate, paid_below))
            if tier.ceiling is not None:
                lowest, paid_below = highest, paid_below + (highest - floor) * rate
        if self.tiers[-1].ceiling is not None:
            bands.append(Band(None, lowest, INFINITY, lowest, ZERO, paid_below))
        return Tariff(bands, scale, denominator)

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        if missing := self.lacks(case):
            sheet.note(missing, index)
        elif not case.is_plain or self.counts is not None or self.key in case.facts.openings:
            super(MarginalTiers, self).earn(index, case, sheet)
        elif self.scope == PERIOD:
            self._earn_running(index, case, sheet)
        else:
            self._earn_each(index, case, sheet)

    def _earn_running(self, index: int, case: Case, sheet: Sheet) -> None:
        """A line a credit, from the pay for the running credit after it less that before it.

        A run goes through here a million times: the tier is looked up again only when the running credit leaves it, and
        `half_up` is written out.
        """
        tariff, minor, append = self.tariff(case), ONE.scaleb(-case.places), sheet.lines.append
        scale, denominator = tariff.scale, tariff.denominator
        half = denominator / 2
        before, running = case.facts.opening, case.facts.opening * scale
        paid = first = tariff.pay(running)
        _, lowest, highest, floor, rate, paid_below = tariff.band_at(running)
        for on, credit_id, amount in case.credits:
            running += amount if scale == 1 else amount * scale
            if not lowest <= running < highest:
                _, lowest, highest, floor, rate, paid_below = tariff.band_at(running)
            due = paid_below + (running - floor) * rate
            gain = due - paid
            units = (gain + half) // denominator if gain >= 0 else -((half - gain) // denominator)
            append(NEW_LINE((index, "credit", credit_id, on, amount, before, units * minor)))
            paid = due
            before += amount
        if sheet.keeps_exact:
            sheet.exact += Fraction(paid - first) / Fraction(denominator * case.unit)

    def _earn_each(self, index: int, case: Case, sheet: Sheet) -> None:
        tariff = self.tariff(case)
        for on, credit_id, amount in case.credits:
            due = tariff.pay(amount * tariff.scale)
            pay = half_up(due, tariff.denominator).scaleb(-case.places)
            sheet.lines.append(Line(index, "credit", credit_id, on, amount, ZERO, pay))
            sheet.exact += Fraction(due) / Fraction(tariff.denominator * case.unit)

    def due(self, case: Case, credit: Fraction) -> Fraction:
        return self.dues(case)(credit)

    def dues(self, case: Case) -> Callable[[Fraction], Fraction]:
        tariff = self.tariff(case)
        scale, divisor = Fraction(tariff.scale), Fraction(tariff.denominator * case.unit)
        bands = [tuple(map(Fraction, (band.floor, band.rate, band.paid_below))) for band in tariff.bands]

        def due(credit: Fraction) -> Fraction:
            scaled = credit * scale
            floor, rate, below = next((band for band in reversed(bands) if band[0] <= scaled), bands[0])
            return (below + (scaled - floor) * rate) / divisor

        return due

    def slices(self, case: Case, line: Line) -> list[Slice]:
        tariff = self.tariff(case)
        scale, divisor = Fraction(tariff.scale), Fraction(tariff.denominator) * Fraction(case.unit)
        start, end = line.before * tariff.scale, (line.before + line.base) * tariff.scale
        low, high, sign = min(start, end), max(start, end), -1 if end < start else 1
        found = []
        for band in tariff.bands:
            inside = min(high, band.highest) - max(low, band.lowest)
            if inside > 0:
                ceiling = None if band.highest == INFINITY else Fraction(band.highest) / scale
                # A rate is for one unit of scaled money, so it is scaled back here.
                rate = Fraction(band.rate) * scale / divisor
                found.append(
                    Slice(band.tier, Fraction(band.floor) / scale, ceiling, sign * Fraction(inside) / scale, rate)
                )
        return found

    def explained(self, case: Case, line: Line) -> Reason:  # noqa: ARG002
        return Reason("marginal_refund" if line.base < 0 else "marginal")

    def bounds(self, case: Case) -> list[Fraction]:
        if self.lacks(case):
            return []
        tariff = self.tariff(case)
        return [Fraction(band.floor) / Fraction(tariff.scale) for band in tariff.bands]


def read_tiers(fields: Fields, basis: str) -> tuple[Tier, ...]:
    """Tiers contiguous from 0; gaps, overlaps and an open tier in the middle are problems at the field to change."""
    rows = list(fields.objects("tiers"))
    tiers = []
    for row in rows:
        if "to" not in row.data:
            row.problem("to", "missing")
        tiers.append(Tier(row.decimal("from"), row.optional_decimal("to"), row.decimal("rate")))
        row.finish()
    for number, (row, tier) in enumerate(zip(rows, tiers, strict=True), start=1):
        if tier.ceiling is not None and tier.ceiling <= tier.floor:
            row.problem(
                "to", "tier_ends_before_it_starts", tier=number, start=tier.floor, end=tier.ceiling, basis=basis
            )
    if tiers and tiers[0].floor != 0:
        rows[0].problem("from", "tiers_start_above_zero", start=tiers[0].floor, basis=basis)
    for number, (lower, upper) in enumerate(pairwise(tiers), start=1):
        _check_joint((rows[number - 1], lower), (rows[number], upper), number, basis)
    if tiers and tiers[-1].ceiling is not None:
        rows[-1].warning("to", "tiers_end", tier=len(tiers), end=tiers[-1].ceiling, basis=basis)
    return tuple(tiers) or (Tier(ZERO, None, ZERO),)


def _check_joint(below: tuple[Fields, Tier], above: tuple[Fields, Tier], number: int, basis: str) -> None:
    """Tier `number` (from 1) and the one above it."""
    (lower_row, lower), (upper_row, upper) = below, above
    if lower.ceiling is None:
        lower_row.problem("to", "tier_open_in_the_middle", tier=number)
    elif upper.floor > lower.ceiling:
        upper_row.problem("from", "tier_gap", tier=number + 1, start=upper.floor, end=lower.ceiling, basis=basis)
    elif upper.floor < lower.ceiling:
        upper_row.problem("from", "tier_overlap", tier=number + 1, start=upper.floor, end=lower.ceiling, basis=basis)
    if upper.rate < lower.rate:
        upper_row.warning("rate", "rate_falls", tier=number + 1, rate=upper.rate, before=lower.rate)


def quick_deductions(tiers: Sequence[Tier]) -> list[Decimal]:
    """速算扣除数 of each tier: the credit at the tier's rate less this is the marginal result. In the unit of the
    bounds."""
    deductions = [ZERO]
    for lower, upper in pairwise(tiers):
        deductions.append(deductions[-1] + upper.floor * (upper.rate - lower.rate))
    return deductions


def shares_at_top(tiers: Sequence[Tier]) -> list[Decimal | None]:
    """What all credit up to each tier's end has earned, in units of bound times rate (1.6: 160 % of target pay);
    open: None."""
    earned, shares = ZERO, list[Decimal | None]()
    for tier in tiers:
        if tier.ceiling is None:
            shares.append(None)
        else:
            earned += (tier.ceiling - tier.floor) * tier.rate
            shares.append(earned)
    return shares
