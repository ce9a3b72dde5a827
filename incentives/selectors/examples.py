"""One worked case of a plan's wording, such as beside the editor: 'at 112 % of 30,000 this pays 6,696, because …'."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from incentives import messages
from incentives.rules.document import PlanDocument
from incentives.rules.engine import CreditFact, Facts, evaluate, slices
from incentives.rules.exact import rounded
from incentives.selectors.statements import SHOWN_PLACES, component_name

ANY_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class ExamplePart:
    """A tier's share of the example; `kind` "cap": what is cut. `part` and `rate` are None there."""

    component: str
    kind: str
    part: Decimal | None
    rate: Decimal | None
    pay: Decimal


@dataclass(frozen=True, slots=True)
class Example:
    total: Decimal
    parts: Sequence[ExamplePart]
    notes: Sequence[str]


def example(  # noqa: PLR0917  (a case of a plan, in the order one says it)
    content: Mapping[str, Any],
    quota: Decimal | None,
    target_pay: Decimal | None,
    attainment: Decimal,
    currency: str,
    team_credits: Decimal | None = None,
) -> Example:
    """What a case pays, computed by the engine as one deal of `attainment` x `quota`. Raises InvalidPlan."""
    plan = PlanDocument.parse(content)
    sold = rounded(Fraction(attainment) * Fraction(quota or 0), 10)
    credit = [CreditFact(ANY_DAY, 1, sold)] if sold else []
    facts = Facts(currency, quota, target_pay, credit, team_credits=team_credits)
    outcome = evaluate(plan, facts)
    parts: list[ExamplePart] = []
    for line in outcome.lines:
        name = component_name(plan.components[line.component]) if line.component is not None else ""
        found = slices(plan, facts, line)
        parts += [
            ExamplePart(
                name,
                line.kind,
                rounded(each.part, 2),
                rounded(each.rate, SHOWN_PLACES),
                rounded(each.pay, SHOWN_PLACES),
            )
            for each in found
        ]
        if not found:
            parts.append(ExamplePart(name, line.kind, None, None, line.amount))
    return Example(
        outcome.total, parts, [messages.note_text(note.code, note.values, currency) for note in outcome.notes]
    )
