"""Marginal tiers (超额累进): each rate applies only to the part of the credit inside its own tier.

A deal that crosses a bound is one line; its parts follow again from the running credit before it (`slices`).
Credits are
summed with their sign, so a refund moves the person down; below zero the lowest tier's rate holds (plan semantics,
1-4, 11).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import ClassVar, NamedTuple, Self

from incentives.rules.component import Case, Component
from incentives.rules.exact import INFINITY, ZERO, half_up
from incentives.rules.facts import Line, Note, Slice
from incentives.rules.reading import Fields

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


@dataclass(frozen=True, slots=True)
class MarginalTiers(Component):
    """Tiers on attainment or on an amount.

    basis   "attainment": bounds are multiples of the quota; "amount": money
    scope   "period": credits add up through the period; "transaction": each is looked up alone
    rates   "target_pay": a rate multiplies the base rate = target pay * weight / quota; "credit": a share of the
            credit itself
    """

    kind: ClassVar[str] = "marginal_tiers"

    basis: str
    scope: str
    rates: str
    tiers: tuple[Tier, ...]
    share: Decimal | None

    @property
    def weight(self) -> Decimal | None:
        return self.share

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
        )

    def needs(self, case: Case) -> str | None:
        """The code of what is missing to compute this component; None where nothing is."""
        quota = self.basis == ATTAINMENT or self.rates == TARGET_PAY
        if quota and (not case.facts.quota or case.facts.quota < 0 or not case.days):
            return "no_quota"
        if self.rates == TARGET_PAY and case.facts.target_pay is None:
            return "no_target_pay"
        return None

    def tariff(self, case: Case) -> Tariff:
        """The tiers in this person's numbers. Exact: bounds times the quota, rates times the target pay, no
        division."""
        facts, scale = case.facts, case.of_days
        quota = facts.quota or ZERO
        bound_factor = quota * case.days if self.basis == ATTAINMENT else scale
        if self.rates == TARGET_PAY:
            rate_factor, denominator = (facts.target_pay or ZERO) * (self.share or ZERO) * case.unit, quota * scale
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

    def earn(self, index: int, case: Case, lines: list[Line], notes: list[Note]) -> None:
        if missing := self.needs(case):
            notes.append(Note(missing, {"component": str(index)}))
        elif self.scope == PERIOD:
            self._earn_running(index, case, lines)
        else:
            self._earn_each(index, case, lines)

    def _earn_running(self, index: int, case: Case, lines: list[Line]) -> None:
        """A line a credit, from the pay for the running credit after it less that before it.

        A run goes through here a million times: the tier is looked up again only when the running credit leaves it, and
        `half_up` is written out.
        """
        tariff, minor, append = self.tariff(case), ONE.scaleb(-case.places), lines.append
        scale, denominator = tariff.scale, tariff.denominator
        half = denominator / 2
        before, running = case.facts.opening, case.facts.opening * scale
        paid = tariff.pay(running)
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

    def _earn_each(self, index: int, case: Case, lines: list[Line]) -> None:
        tariff = self.tariff(case)
        for on, credit_id, amount in case.credits:
            pay = half_up(tariff.pay(amount * tariff.scale), tariff.denominator).scaleb(-case.places)
            lines.append(Line(index, "credit", credit_id, on, amount, ZERO, pay))

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

    def pay_at(self, case: Case, credit: Fraction) -> Fraction:
        if self.needs(case):
            return Fraction(0)
        tariff = self.tariff(case)
        scaled = credit * Fraction(tariff.scale)
        band = next(
            band for band in reversed(tariff.bands) if band.lowest == -INFINITY or Fraction(band.lowest) <= scaled
        )
        due = Fraction(band.paid_below) + (scaled - Fraction(band.floor)) * Fraction(band.rate)
        return due / Fraction(tariff.denominator) / Fraction(case.unit)

    def bounds(self, case: Case) -> list[Fraction]:
        if self.needs(case):
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
