"""Parts that pay by the credit summed so far: a line a credit, of what is due after it less what was due before it.

So the lines of a period add up to what is due on the whole, whatever the order of the deals (plan semantics,
section 3).
"""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

from incentives.rules.case import NOTHING, Case, Sheet
from incentives.rules.component import Component
from incentives.rules.counting import Counts, counted
from incentives.rules.facts import CreditFact, Line, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Running(Component):
    """A component with a `due` for a sum of credits."""

    counts: Counts | None = None

    @abstractmethod
    def due(self, case: Case, credit: Fraction) -> Fraction:
        """What is due, unrounded, on a sum of credits. Only asked where `lacks` is None."""

    def dues(self, case: Case) -> Callable[[Fraction], Fraction]:
        """`due` for many sums of one case."""
        return partial(self.due, case)

    @abstractmethod
    def lacks(self, case: Case) -> str | None:
        """The code of what is missing to compute this component; None where nothing is."""

    @property
    def adds_up(self) -> bool:
        """Whether credits add up through the period; else each is looked up alone."""
        return True

    def quota(self, case: Case) -> Fraction | None:
        return case.quota_of(self.counts.quota if self.counts else None)

    def opening(self, case: Case) -> Fraction:
        """Credit that counts before the first one here."""
        own = case.facts.openings.get(self.key)
        return Fraction(case.facts.opening) if own is None else own

    def credit_of(self, case: Case) -> Fraction:
        """All that it counts, with what counted before."""
        return sum((item.amount for item in counted(self.counts, case)), self.opening(case))

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        if missing := self.lacks(case):
            sheet.note(missing, index)
            return
        due_of = self.dues(case)
        running = self.opening(case) if self.adds_up else NOTHING
        paid = due_of(running)
        for item in counted(self.counts, case):
            if not self.adds_up:
                running, paid = NOTHING, NOTHING
            due = due_of(running + item.amount)
            sheet.add(
                index,
                "credit",
                due - paid if item.pays else NOTHING,
                base=item.amount,
                before=running,
                on=item.credit.on,
                credit_id=item.credit.id,
            )
            running, paid = running + item.amount, due

    def reason(self, case: Case, line: Line) -> Reason:
        if self.counts is not None and line.credit_id is not None and line.on is not None:
            failed = self.counts.failed_by(case.deal(CreditFact(line.on, line.credit_id, line.base)))
            if failed:
                return Reason("figure_too_small", {"figure": failed})
        return self.explained(case, line)

    @abstractmethod
    def explained(self, case: Case, line: Line) -> Reason:
        """Why a line has its amount, where the credit is paid for at all."""

    def sold(self, case: Case) -> bool:
        return self.credit_of(case) > 0

    def earned_before(self, case: Case) -> Fraction:
        return NOTHING if self.lacks(case) or not self.adds_up else self.due(case, self.opening(case))

    def pay_at(self, case: Case, credit: Fraction) -> Fraction:
        return NOTHING if self.lacks(case) else self.due(case, credit)
