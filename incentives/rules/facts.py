"""What the engine is given about one person and period, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from incentives.rules.exact import ZERO


class CreditFact(NamedTuple):
    """A credit in the plan's currency, unrounded. The order of lines is that of (`on`, `id`)."""

    on: date
    id: int
    amount: Decimal


class Line(NamedTuple):
    """One amount of a statement, rounded half up to the minor unit.

    component  place in the plan from 0; None for what concerns the whole plan (the cap)
    kind       "credit", "override" or "cap"
    base       what the rule applied to: the credit; the team's credits; what was earned before the cap
    before     the running credit before this line; of an override the threshold; of the cap the most that is paid
    """

    component: int | None
    kind: str
    credit_id: int | None
    on: date | None
    base: Decimal
    before: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Note:
    """Something a reader must know beside the lines, above all why there are none. `values` fill the text's places."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a line that one tier pays for, exact. Negative where a refund takes it back.

    tier            place in the component's tiers from 0; None above a closed top, which pays nothing
    floor, ceiling  the tier's bounds in money; ceiling None: open
    rate            pay for one unit of credit (0.09 is 9 %)
    """

    tier: int | None
    floor: Fraction
    ceiling: Fraction | None
    part: Fraction
    rate: Fraction

    @property
    def pay(self) -> Fraction:
        return self.part * self.rate


@dataclass(frozen=True, slots=True)
class Facts:
    """One person's inputs for one period, money in the plan's currency.

    quota         what 100 % is; None or 0: there is no attainment
    target_pay    pay at 100 % attainment
    opening       credit that already counts before the first one here
    team_credits  credits of the team led, own ones left out; None: leads no team
    eligible_days, period_days   for proration; both ends counted
    """

    currency: str
    quota: Decimal | None
    target_pay: Decimal | None
    credits: Sequence[CreditFact] = ()
    opening: Decimal = ZERO
    team_credits: Decimal | None = None
    eligible_days: int = 1
    period_days: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """A person's pay: `total` is the sum of the rounded lines, `attainment` exact and never clipped (None: no
    quota)."""

    lines: list[Line]
    notes: tuple[Note, ...]
    credited: Decimal
    attainment: Fraction | None
    total: Decimal

    @property
    def uncapped(self) -> Decimal:
        """What was earned before the cap."""
        return sum((line.amount for line in self.lines if line.kind != "cap"), ZERO)

    @property
    def effective_rate(self) -> Fraction | None:
        """Pay for one unit of credit, over all tiers; None without credit."""
        return Fraction(self.total) / Fraction(self.credited) if self.credited else None
