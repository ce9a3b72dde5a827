"""One person's facts as components read them, and the sheet on which the lines are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction

from incentives.rules.exact import HALF_EVEN, HALF_UP, ZERO, kept, number_text, rounded, rounded_to_even
from incentives.rules.facts import CreditFact, Deal, Facts, Line, Note

NOTHING = Fraction(0)
NO_DEAL = Deal()
LINE, TOTAL, STEP = "line", "total", "step"


@dataclass(frozen=True, slots=True)
class Rounding:
    """Where and how a plan rounds.

    at      "line": every line; "total": the exact sum once, with a line for the difference; "step": credits too, after
            they were converted
    places  None: those of the currency's minor unit
    """

    mode: str = HALF_UP
    at: str = LINE
    places: int | None = None


ROUND_AT_THE_LINE = Rounding()


@dataclass(frozen=True, slots=True)
class Case:
    """The facts with the plan's proration, quota rules and rounding.

    credits    those of the plan's measure, in order; `others` those of other measures
    quota      exact and prorated; None where there is none
    target_pay exact and prorated
    unit       minor units in one unit of the currency (100 for USD)
    places     decimal places of the minor unit
    """

    facts: Facts
    credits: list[CreditFact]
    quota: Fraction | None
    target_pay: Fraction | None
    unit: Decimal
    places: int
    measure: str = ""
    others: Mapping[str, list[CreditFact]] = field(default_factory=dict)
    attainment_by: str = ""
    rounding: Rounding = ROUND_AT_THE_LINE
    ratio: Fraction = Fraction(1)  # of the period's days that count

    @property
    def is_plain(self) -> bool:
        """Whether lines are rounded as usual and no deal must be looked at, so that the fast way may be taken."""
        return self.rounding is ROUND_AT_THE_LINE and not self.facts.deals

    @property
    def credited(self) -> Fraction:
        """All credit of the plan's measure, with what counted before."""
        return sum((self.exact(credit) for credit in self.credits), Fraction(self.facts.opening))

    @property
    def attainment(self) -> Fraction | None:
        """A measure of its own: it grows with the credits whether or not a rule pays for them."""
        if not self.quota:
            return None
        grows = self.of_measure(self.attainment_by or self.measure)
        return sum((self.exact(credit) for credit in grows), Fraction(self.facts.opening)) / self.quota

    def of_measure(self, measure: str) -> list[CreditFact]:
        return self.credits if measure in {"", self.measure} else self.others.get(measure, [])

    def deal(self, credit: CreditFact) -> Deal:
        return self.facts.deals.get(credit.id, NO_DEAL)

    def exact(self, credit: CreditFact) -> Fraction:
        exact = self.deal(credit).exact if self.facts.deals else None
        amount = Fraction(credit.amount) if exact is None else exact
        return Fraction(self.money(amount)) if self.rounding.at == STEP else amount

    def quota_of(self, name: str | None) -> Fraction | None:
        """The quota of a name, prorated like the main one; None or 0: there is none."""
        if name is None:
            return self.quota
        return (self.facts.quotas.get(name) or NOTHING) * self.ratio or None

    def money(self, amount: Fraction) -> Decimal:
        """Rounded as the plan says."""
        places = self.places if self.rounding.places is None else self.rounding.places
        return rounded_to_even(amount, places) if self.rounding.mode == HALF_EVEN else rounded(amount, places)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a sheet was written."""

    lines: int
    exact: Fraction


@dataclass(slots=True)
class Sheet:
    """A statement as it is written. `exact` is the unrounded sum of what its lines stand for, which only terms need."""

    case: Case
    keeps_exact: bool = True
    lines: list[Line] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    exact: Fraction = NOTHING
    balances: dict[str, Decimal] = field(default_factory=dict)

    def mark(self) -> Mark:
        return Mark(len(self.lines), self.exact)

    def add(
        self,
        component: int | None,
        kind: str,
        pay: Fraction,
        *,
        base: Fraction | Decimal = ZERO,
        before: Fraction | Decimal = ZERO,
        on: date | None = None,
        credit_id: int | None = None,
    ) -> None:
        """A line of this exact pay, rounded."""
        base, before = (kept(each) if isinstance(each, Fraction) else each for each in (base, before))
        self.lines.append(Line(component, kind, credit_id, on, base, before, self.case.money(pay)))
        self.exact += pay

    def bring(  # noqa: PLR0917  (what a line is, in the order of its columns)
        self,
        mark: Mark,
        to: Fraction,
        component: int | None,
        kind: str,
        base: Fraction | Decimal = ZERO,
        before: Fraction | Decimal = ZERO,
    ) -> None:
        """A line that makes all since the mark add up to `to`, rounded once. None where nothing changes."""
        so_far = sum((line.amount for line in self.lines[mark.lines :]), ZERO)
        if to == self.exact - mark.exact:
            return
        base, before = (kept(each) if isinstance(each, Fraction) else each for each in (base, before))
        amount = self.case.money(to) - so_far
        self.exact = mark.exact + to
        self.lines.append(Line(component, kind, None, None, base, before, amount))

    def note(self, code: str, component: int | None = None, **values: object) -> None:
        place = {} if component is None else {"component": str(component)}
        self.notes.append(Note(code, place | {name: number_text(value) for name, value in values.items()}))
