"""What every kind of plan component offers. A new kind is one class in `kinds/` and one line in its registry."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Self

from incentives.rules.facts import CreditFact, Facts, Line, Note, Slice
from incentives.rules.reading import Fields


@dataclass(frozen=True, slots=True)
class Case:
    """The facts as components read them: credits in order, and the days that proration counts.

    days, of_days  quota and target pay count at `days / of_days`; 1 and 1 where the plan does not prorate
    unit           minor units in one unit of the currency (100 for USD)
    places         decimal places of the minor unit
    """

    facts: Facts
    credits: list[CreditFact]
    days: Decimal
    of_days: Decimal
    unit: Decimal
    places: int

    @property
    def quota(self) -> Fraction | None:
        """The quota after proration, exact; None where there is none."""
        if not self.facts.quota:
            return None
        return Fraction(self.facts.quota) * Fraction(self.days) / Fraction(self.of_days)

    @property
    def target_pay(self) -> Fraction | None:
        """The target pay after proration, exact."""
        if self.facts.target_pay is None:
            return None
        return Fraction(self.facts.target_pay) * Fraction(self.days) / Fraction(self.of_days)


@dataclass(frozen=True, slots=True)
class Component(ABC):
    """A part of a plan that earns. `weight` is its share of the target pay; None: it is paid beside the target pay."""

    kind: ClassVar[str]
    reads_credits: ClassVar[bool] = True  # False: it earns from something else than the person's own credits
    key: str
    name: Mapping[str, str]

    @property
    def weight(self) -> Decimal | None:
        return None

    @classmethod
    @abstractmethod
    def read(cls, fields: Fields) -> Self:
        """The component of the document's fields; problems go to `fields`."""

    @abstractmethod
    def earn(self, index: int, case: Case, lines: list[Line], notes: list[Note]) -> None:
        """Append this component's lines; where nothing can be computed, a note that says why. Runs under `EXACT`."""

    def slices(self, case: Case, line: Line) -> list[Slice]:  # noqa: ARG002  (kinds that pay by tiers answer)
        """The exact parts of one of its lines, lowest tier first."""
        return []

    def pay_at(self, case: Case, credit: Fraction) -> Fraction:  # noqa: ARG002
        """What one credit of this size would pay, unrounded. 0 for what does not follow the person's own credits."""
        return Fraction(0)

    def bounds(self, case: Case) -> list[Fraction]:  # noqa: ARG002
        """Credits at which the slope of `pay_at` changes."""
        return []
