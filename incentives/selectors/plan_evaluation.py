"""One person's facts under a plan, both as JSON: the statement that the engine makes of them, with its reasons.

What `manage.py evaluate_plan` prints and `POST /api/v1/incentives/evaluate/` answers.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from incentives import messages
from incentives.reasons import reason_text
from incentives.rules.document import PlanDocument, digest
from incentives.rules.engine import Facts, Line, Outcome, Slice, evaluate, reason, slices
from incentives.rules.exact import number_text, rounded
from incentives.rules.facts_document import parse_facts

ATTAINMENT_PLACES = 6
SHOWN_PLACES = 10


def evaluated(plan_content: object, facts_content: object) -> dict[str, Any]:
    """The statement as plain JSON: decimals are strings. Raises InvalidPlan, InvalidFacts."""
    content = plan_content if isinstance(plan_content, Mapping) else {}
    plan, facts = PlanDocument.parse(content), parse_facts(facts_content)
    outcome = evaluate(plan, facts)
    lines = [_line(plan, facts, position, line) for position, line in enumerate(outcome.lines, start=1)]
    return {
        "currency": facts.currency,
        "credited": number_text(Fraction(outcome.credited)),
        "attainment": None if outcome.attainment is None else str(rounded(outcome.attainment, ATTAINMENT_PLACES)),
        "total": str(outcome.total),
        "balances": {name: str(amount) for name, amount in outcome.balances.items()},
        "payment": _payment(facts, outcome),
        "lines": lines,
        "groups": _groups(plan, outcome),
        "notes": [
            {
                "code": note.code,
                "values": dict(note.values),
                "text": messages.note_text(note.code, note.values, facts.currency),
            }
            for note in outcome.notes
        ],
        "plan_digest": digest(content),
    }


def _payment(facts: Facts, outcome: Outcome) -> dict[str, str] | None:
    if facts.payment is None or outcome.payment is None:
        return None
    return {"currency": facts.payment.currency, "amount": str(outcome.payment)}


def _line(plan: PlanDocument, facts: Facts, position: int, line: Line) -> dict[str, Any]:
    component = None if line.component is None else plan.components[line.component]
    why = reason(plan, facts, line)
    return {
        "position": position,
        "component": line.component,
        "key": component.key if component else None,
        "name": dict(component.name) if component else None,
        "kind": line.kind,
        "credit": line.credit_id,
        "on": line.on.isoformat() if line.on else None,
        "base": number_text(Fraction(line.base)),
        "before": number_text(Fraction(line.before)),
        "amount": str(line.amount),
        "reason": {"code": why.code, "values": dict(why.values), "text": reason_text(why, facts.currency)},
        "parts": [_part(part) for part in slices(plan, facts, line)],
    }


def _part(part: Slice) -> dict[str, Any]:
    return {
        "tier": None if part.tier is None else part.tier + 1,
        "from": _text(part.floor),
        "to": None if part.ceiling is None else _text(part.ceiling),
        "part": _text(part.part),
        "rate": _text(part.rate),
        "pay": _text(part.pay),
    }


def _text(value: Fraction) -> str:
    """All digits where they end within ten places."""
    return f"{rounded(value, SHOWN_PLACES).normalize():f}"


def _groups(plan: PlanDocument, outcome: Outcome) -> list[dict[str, Any]]:
    """Each component with what it adds, in the order of the plan; what concerns the whole plan last, by its kind."""
    rows: dict[tuple[int | None, str], tuple[Decimal, int]] = {
        (index, component.kind): (Decimal(0), 0) for index, component in enumerate(plan.components)
    }
    for line in outcome.lines:
        key = (line.component, line.kind if line.component is None else plan.components[line.component].kind)
        total, count = rows.get(key, (Decimal(0), 0))
        rows[key] = (total + line.amount, count + 1)
    return [
        {
            "component": index,
            "key": None if index is None else plan.components[index].key,
            "name": None if index is None else dict(plan.components[index].name),
            "kind": kind,
            "total": str(total),
            "lines": count,
        }
        for (index, kind), (total, count) in rows.items()
    ]
