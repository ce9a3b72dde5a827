"""Worked examples that are kept with a plan: facts, and the pay that whoever wrote the plan expects of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from incentives.rules.document import PlanDocument
from incentives.rules.engine import evaluate
from incentives.rules.facts_document import read_facts
from incentives.rules.reading import Fields, Problem


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """An example as the document has it, with its place."""

    place: int
    name: str
    facts: object
    pays: Any


def example_problems(content: Mapping[str, Any], plan: PlanDocument | None) -> list[Problem]:
    """What is wrong with the examples themselves, and each that the plan does not pay as expected.

    `plan` None: the document cannot be paid by yet, so that only the examples' own faults are told.
    """
    problems: list[Problem] = []
    fields = Fields(content, "", problems)
    for place, row in enumerate(fields.objects("examples", least=0)):
        name = row.get("name")
        if not isinstance(name, str) or not name.strip():
            row.problem("name", "example_without_name")
            name = str(place + 1)
        expected = row.decimal("pays", least=None)
        facts, wrong = read_facts(row.get("facts"))
        row.finish()
        if facts is None or wrong:
            at = wrong[0].path if wrong else ""
            problems.append(Problem(f"{row.at('facts')}.{at}".rstrip("."), "example_facts", {"name": name, "path": at}))
        elif plan is not None and isinstance(row.data.get("pays"), str):
            paid = evaluate(plan, facts).total
            if paid != expected:
                values = {"name": name, "got": paid, "expected": expected, "difference": paid - expected}
                row.problem("pays", "example_differs", **values)
    return problems
