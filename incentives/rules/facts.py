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
    kind       what it is: "credit", "override", "cap" … (`incentives/messages.py` has a sentence for each)
    base       what the rule applied to: the credit; the team's credits; what was earned before the cap
    before     the running credit before this line; of an override the threshold; of the cap the most that is paid;
               of other kinds the second number of the arithmetic, as the kind says
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
class Reason:
    """Why a line has its amount: a sentence's code and what fills its places. Numbers are exact, as text."""

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
class Deal:
    """What is known of a credit beside day, id and amount. Only plans that ask for it need it.

    measure   what the credit is of; empty: of what the plan counts
    role      whose part of the deal it is, where a plan pays roles at rates of their own
    figures   numbers of the deal by name, such as margin_rate, list_price, paid
    exact     the credit unrounded, where a conversion does not end within the digits of a decimal
    """

    measure: str = ""
    product: str = ""
    customer: str = ""
    new_customer: bool = False
    order: str = ""
    quantity: Fraction | None = None
    role: str = ""
    figures: Mapping[str, Fraction] = field(default_factory=dict)
    exact: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured of a person for a KPI, OKR, review or goal. `n`: how many answers stand behind it."""

    value: Fraction | None = None
    attainment: Fraction | None = None
    score: Fraction | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A place in a ranking. `tied` people share `rank`; `place` counts from 0 among them, by employee number."""

    rank: int
    tied: int
    of: int
    place: int = 0


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """A shared fund: the credits that fill it, and its members in their published order with their points."""

    credits: Fraction
    members: Sequence[tuple[str, Fraction]]
    me: str


@dataclass(frozen=True, slots=True)
class Reversal:
    """A paid deal that was lost or reversed: what was paid on it by instalments, and what was not paid yet.

    days           from the deal to its reversal
    served_months, term_months   of the term that was sold; completed months
    """

    paid: Sequence[Fraction]
    unpaid: Sequence[Fraction] = ()
    credit_id: int | None = None
    on: date | None = None
    days: int | None = None
    served_months: Fraction | None = None
    term_months: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A hold-back that is due. `of`: the period it was held in."""

    amount: Fraction
    of: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Unpaid leave by hours. `due_days` None: nobody knows what was due."""

    base: Fraction
    hours: Fraction
    due_days: Fraction | None


@dataclass(frozen=True, slots=True)
class YearToDate:
    """What counts for a part that pays by the year: quota and target pay so far, and the credit before this period."""

    quota: Fraction | None
    target_pay: Fraction | None
    opening: Decimal


@dataclass(frozen=True, slots=True)
class Payment:
    """Payment in another currency: `rate` units of it are one of the plan's."""

    currency: str
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Facts:
    """One person's inputs for one period, money in the plan's currency.

    quota         what 100 % is; None or 0: there is no attainment
    target_pay    pay at 100 % attainment
    opening       credit that already counts before the first one here
    team_credits  credits of the team led, own ones left out; None: leads no team
    eligible_days, period_days   for proration; both ends counted
    deals         by credit id, for plans that look at products, customers, roles or figures
    quotas        by name, such as a product's
    annual_quota, part, active_months   for plans that share a year's quota out: the part of the year from 1
    tenure_months, tenure_span   the month in the company, from 1, at the end of the period; how many months it has
    results       by code: KPIs, okr, review, goal:…
    standings     by the measure that people are ranked by
    openings, pools, budgets, due_before   by the key of the component; `openings` where it counts other credits than
                  the plan, `due_before`: what earlier statements of the window paid
    year          for parts with a true-up over the year; None: quota and `opening` already are those of the window
    balances      what is open from earlier statements: "draw" (owed), "carried" (still to be taken back), both from 0
    """

    currency: str
    quota: Decimal | None
    target_pay: Decimal | None
    credits: Sequence[CreditFact] = ()
    opening: Decimal = ZERO
    team_credits: Decimal | None = None
    eligible_days: int = 1
    period_days: int = 1
    deals: Mapping[int, Deal] = field(default_factory=dict)
    quotas: Mapping[str, Fraction] = field(default_factory=dict)
    annual_quota: Fraction | None = None
    salary: Fraction | None = None
    part: int | None = None
    active_months: Fraction | None = None
    tenure_months: int | None = None
    tenure_span: int = 1
    leave_days: int = 0
    leave: Leave | None = None
    team_quota: Fraction | None = None
    results: Mapping[str, Result] = field(default_factory=dict)
    standings: Mapping[str, Standing] = field(default_factory=dict)
    pools: Mapping[str, PoolFacts] = field(default_factory=dict)
    budgets: Mapping[str, Fraction] = field(default_factory=dict)
    openings: Mapping[str, Fraction] = field(default_factory=dict)
    due_before: Mapping[str, Fraction] = field(default_factory=dict)
    balances: Mapping[str, Fraction] = field(default_factory=dict)
    releases: Sequence[Release] = ()
    reversals: Sequence[Reversal] = ()
    payment: Payment | None = None
    year: YearToDate | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A person's pay: `total` is the sum of the rounded lines, `attainment` exact and never clipped (None: no quota).

    balances  what stays open: "draw" (owed), "held" (held back here), "carried" (a negative result not taken yet)
    payment   the total in the currency of payment, where that is another one
    """

    lines: list[Line]
    notes: tuple[Note, ...]
    credited: Decimal
    attainment: Fraction | None
    total: Decimal
    balances: Mapping[str, Decimal] = field(default_factory=dict)
    payment: Decimal | None = None

    @property
    def uncapped(self) -> Decimal:
        """What was earned before the plan's cap."""
        return sum((line.amount for line in self.lines if line.kind != "cap" or line.component is not None), ZERO)

    @property
    def effective_rate(self) -> Fraction | None:
        """Pay for one unit of credit, over all tiers; None without credit."""
        return Fraction(self.total) / Fraction(self.credited) if self.credited else None
