"""What every kind of plan component offers. A new kind is one class in `kinds/` and one line in its registry."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Self

from incentives.rules.case import Case, Sheet
from incentives.rules.facts import Line, Reason, Slice
from incentives.rules.fields import Field, read_all
from incentives.rules.reading import Fields
from incentives.rules.terms import Terms, read_terms
from incentives.rules.words import Words

__all__ = ["Case", "Component", "Sheet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Component(ABC):
    """A part of a plan that earns.

    FIELDS  what a document says about it beside key, name, kind and the terms that every kind may have
    """

    kind: ClassVar[str]
    label: ClassVar[Words]
    purpose: ClassVar[Words]
    FIELDS: ClassVar[tuple[Field, ...]] = ()
    reads_credits: ClassVar[bool] = True  # False: it earns from something else than the person's own credits

    key: str
    name: Mapping[str, str]
    terms: Terms | None = field(default=None)

    @property
    def weight(self) -> Fraction | Decimal | None:
        """The share of the target pay; None: it is paid beside the target pay."""
        return None

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """The component of the document's fields; problems go to `fields`."""
        key, name = fields.slug("key"), fields.names("name")
        component = cls(key=key, name=name, **read_all(cls.FIELDS, fields), terms=read_terms(fields))
        component.check(fields)
        return component

    def check(self, fields: Fields) -> None:  # noqa: B027  (few kinds have something to say)
        """What no single field can say; problems go to `fields`."""

    def pay(self, index: int, case: Case, sheet: Sheet) -> None:
        """Append this component's lines with their gates, modifiers, limits and true-up. Runs under `EXACT`."""
        if self.terms is None:
            self.earn(index, case, sheet)
            return
        case, mark = self.seen(case), sheet.mark()
        self.earn(index, case, sheet)
        if len(sheet.lines) == mark.lines and self.terms.true_up is None:
            return  # nothing was computed, so there is nothing to raise, cut or multiply
        before = self.earned_before(case) if self.terms.true_up else Fraction(0)
        self.terms.apply(
            index, self.key, case, sheet, mark, before=before, size=self.size_of(case), sold=self.sold(case)
        )

    def seen(self, case: Case) -> Case:
        """The case as this part sees it: with the year so far, where it is paid by the year."""
        year = case.facts.year
        if year is None or self.terms is None or self.terms.true_up is None or self.terms.true_up.window != "year":
            return case
        facts = replace(case.facts, opening=year.opening, openings={})
        return replace(case, facts=facts, quota=year.quota or None, target_pay=year.target_pay)

    @abstractmethod
    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        """Append what the rule earns; where nothing can be computed, a note that says why."""

    def size_of(self, case: Case) -> Fraction | None:
        """What it pays at target; None where it has no target of its own."""
        return case.target_pay

    def sold(self, case: Case) -> bool:
        """Whether there was a sale, without which no minimum is paid."""
        return case.credited > 0

    def earned_before(self, case: Case) -> Fraction:
        """What the rule gives for the credit that counted before (`opening`), which earlier statements paid."""
        return self.pay_at(case, Fraction(case.facts.opening))

    def slices(self, case: Case, line: Line) -> list[Slice]:  # noqa: ARG002  (kinds that pay by tiers answer)
        """The exact parts of one of its lines, lowest tier first."""
        return []

    def reason(self, case: Case, line: Line) -> Reason:  # noqa: ARG002
        """Why one of its own lines (not those of the terms) has its amount."""
        return Reason(line.kind, {"base": str(line.base), "before": str(line.before)})

    def pay_at(self, case: Case, credit: Fraction) -> Fraction:  # noqa: ARG002
        """What one credit of this size would pay, unrounded. 0 for what does not follow the person's own credits."""
        return Fraction(0)

    def bounds(self, case: Case) -> list[Fraction]:  # noqa: ARG002
        """Credits at which the slope of `pay_at` changes or where it jumps."""
        return []

    @property
    def needs_deals(self) -> bool:
        """Whether it looks at more of a credit than its day and amount."""
        return getattr(self, "counts", None) is not None

    def measures(self) -> list[str]:
        """Codes of the results it reads, beside those of its terms."""
        return []
