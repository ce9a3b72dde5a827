"""One person's pay by the engine: from the frozen payee and the credits as they were copied. Runs and corrections."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from core.errors import DomainError
from incentives.models import PlanVersion
from incentives.rules.document import InvalidPlan, PlanDocument
from incentives.rules.engine import CreditFact, Facts, Note, Outcome, evaluate
from incentives.rules.exact import ZERO
from incentives.selectors.run_inputs import Payee, PersonCredits, in_currency, problem_of

# Beyond this nothing fits the columns, and nothing can be meant.
LARGEST = Decimal(10) ** 13

NOTHING = Outcome([], (), ZERO, None, ZERO)


class AmountTooLarge(ArithmeticError):
    """More than any column holds: a mistyped target or rate."""


@dataclass(frozen=True, slots=True)
class PlanInForce:
    """A plan version as the engine reads it; `problem` says why it cannot."""

    version: PlanVersion
    document: PlanDocument | None
    problem: dict[str, Any] | None

    @classmethod
    def of(cls, version: PlanVersion) -> "PlanInForce":
        try:
            return cls(version, PlanDocument.parse(version.content), None)
        except InvalidPlan as error:
            values = {"plan": version.plan.name, "problems": str(error)[:200]}
            return cls(version, None, {"code": "plan_invalid", "values": values})


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What the engine says about one person. `problem`: code and values of why it can say nothing."""

    plan: PlanInForce | None
    outcome: Outcome
    problem: dict[str, Any] | None


class Evaluator:
    """Evaluates people by some plan versions. One query."""

    def __init__(self, version_ids: Iterable[int | None]) -> None:
        versions = PlanVersion.objects.select_related("plan").filter(pk__in={pk for pk in version_ids if pk})
        self._plans = {version.pk: PlanInForce.of(version) for version in versions}
        self._day = cache(date.fromisoformat)

    def takes_back(self, payee: Payee) -> bool:
        """Whether the person's plan takes back in a later run what was paid on a deal that is lost since."""
        plan = self._plans[payee.version] if payee.version is not None else None
        return plan is not None and plan.document is not None and plan.document.takes_back

    def of(self, payee: Payee, credited: PersonCredits | None) -> Evaluated:
        """Bad data stops this person with its reason, not the run."""
        plan = self._plans[payee.version] if payee.version is not None else None
        problem = payee.problem or (plan.problem if plan else None)
        if problem is None:
            try:
                return Evaluated(plan, self._outcome(payee, plan, credited), None)
            except DomainError as error:
                problem = problem_of(error)
            except AmountTooLarge:
                problem = {"code": "amount_too_large", "values": {}}
        return Evaluated(plan, NOTHING, problem)

    def _outcome(self, payee: Payee, plan: PlanInForce | None, credited: PersonCredits | None) -> Outcome:
        """What the engine says. Raises RateMissing, AmountTooLarge."""
        facts = payee.facts(self.credits(payee.currency, credited) if credited else ())
        if plan is None or plan.document is None:
            return _unassigned(facts)
        outcome = evaluate(plan.document, facts)
        if abs(outcome.total) > LARGEST or any(abs(line.amount) > LARGEST for line in outcome.lines[-1:]):
            raise AmountTooLarge
        return outcome

    def credits(self, wanted: str, credited: PersonCredits) -> list[CreditFact]:
        """In the wanted currency, unrounded. Raises RateMissing."""
        days, amounts = map(self._day, credited.days), map(Decimal, credited.amounts)
        found = list(map(CreditFact, days, map(int, credited.ids), amounts))
        if credited.currencies.count(wanted) == len(found):
            return found
        return [
            fact._replace(amount=in_currency(fact.amount, currency, wanted, fact.on))
            for fact, currency in zip(found, credited.currencies, strict=True)
        ]


def _unassigned(facts: Facts) -> Outcome:
    """Credits without a plan earn nothing, and the statement says so."""
    credited = sum((credit.amount for credit in facts.credits), ZERO)
    return Outcome([], (Note("no_assignment"),), credited, None, ZERO)
