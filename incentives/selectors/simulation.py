"""A plan's wording over past quarters: the real engine on what the runs of those quarters froze. Touches no run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from accounts.models import Person
from core.periods import Period
from incentives.models import Run, Statement, StatementLine
from incentives.rules.document import PlanDocument
from incentives.rules.engine import CreditFact, evaluate
from incentives.rules.exact import ZERO
from incentives.selectors.statements import facts_of


@dataclass(frozen=True, slots=True)
class PersonCost:
    person: Person
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class PeriodCost:
    """A quarter: what was paid, and what the wording would have paid to the same people. `booked`: their credits."""

    period: str
    currency: str
    booked: Decimal
    paid_before: Decimal
    paid_after: Decimal
    people: Sequence[PersonCost]


def simulate(content: Mapping[str, Any], periods: Sequence[Period], plan_id: int | None = None) -> list[PeriodCost]:
    """The cost by quarter, in the order given; a quarter without a run has no people. Three queries a quarter.

    plan_id  only people of this plan; None: all whose statement was paid by the same kinds of components

    Raises InvalidPlan.
    """
    plan = PlanDocument.parse(content)
    return [_period_cost(plan, period, plan_id) for period in periods]


def _period_cost(plan: PlanDocument, period: Period, plan_id: int | None) -> PeriodCost:
    run = _run(period)
    if run is None:
        return PeriodCost(period.code, "", ZERO, ZERO, ZERO, [])
    statements = run.statements.filter(error__isnull=True).exclude(version=None).select_related("person", "version")
    if plan_id is not None:
        statements = statements.filter(version__plan=plan_id)
    people = [row for row in statements.order_by("person__name") if plan_id is not None or _alike(plan, row)]
    credited = _credits(people)
    costs = [_person_cost(plan, row, credited.get(row.pk, [])) for row in people]
    return PeriodCost(
        period=period.code,
        currency=run.currency,
        booked=sum((row.credited for row in people), ZERO),
        paid_before=sum((cost.before for cost in costs), ZERO),
        paid_after=sum((cost.after for cost in costs), ZERO),
        people=costs,
    )


def _run(period: Period) -> Run | None:
    """The run that counts: the final one, else the provisional."""
    runs = Run.objects.filter(period=period.code, plan=None).exclude(digest="")
    return runs.order_by("kind").first()


def _alike(plan: PlanDocument, statement: Statement) -> bool:
    content = statement.version.content if statement.version else {"components": []}
    kinds = {component["kind"] for component in content["components"]}
    return kinds == {component.kind for component in plan.components}


def _credits(statements: Sequence[Statement]) -> dict[int, list[CreditFact]]:
    """The frozen credits by statement: the lines of the first component that reads credits, in their order."""
    rows = (
        StatementLine.objects.filter(statement__in=[row.pk for row in statements], kind="credit")
        .order_by("statement", "component", "position")
        .values_list("statement", "component", "on", "credit", "base")
    )
    found: dict[int, list[CreditFact]] = {}
    for (statement_id, _component), lines in groupby(rows.iterator(chunk_size=10_000), key=lambda row: row[:2]):
        found.setdefault(statement_id, [CreditFact(on, credit_id, base) for *_ids, on, credit_id, base in lines if on])
    return found


def _person_cost(plan: PlanDocument, statement: Statement, credited: list[CreditFact]) -> PersonCost:
    outcome = evaluate(plan, replace(facts_of(statement), credits=credited))
    return PersonCost(statement.person, statement.total, outcome.total)
