"""The plan document: what a plan version says, as JSON with every number a decimal string (`plan.schema.json`)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from incentives.rules.component import Component
from incentives.rules.kinds import KINDS
from incentives.rules.reading import Fields, Problem

SCHEMA = 1
MEASURES = ("booked_revenue",)
PERIODS = ("quarter",)
PRORATIONS = ("none", "days")

Content = Mapping[str, Any]


class InvalidPlan(ValueError):
    """A document that cannot be paid by; `problems` name each field."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = [problem for problem in problems if problem.severity == "error"]
        super().__init__("; ".join(f"{problem.path}: {problem.code}" for problem in self.problems))


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """A plan's rules. `cap` is a multiple of the target pay for the whole plan; None: no cap.

    proration  "none": quota and target pay as given; "days": both by the days eligible (semantics, section 13)
    """

    schema: int
    measure: str
    period: str
    proration: str
    components: tuple[Component, ...]
    cap: Decimal | None

    @classmethod
    def parse(cls, content: Content) -> "PlanDocument":
        """The plan of a document. Raises InvalidPlan."""
        plan, problems = read(content)
        if plan is None or any(problem.severity == "error" for problem in problems):
            raise InvalidPlan(problems)
        return plan


def read(content: object) -> tuple[PlanDocument | None, list[Problem]]:
    """The plan as far as it can be read, and all that is wrong with it. Never raises."""
    problems: list[Problem] = []
    if not isinstance(content, Mapping):
        return None, [Problem("", "not_an_object")]
    fields = Fields(content, "", problems)
    if fields.get("schema") != SCHEMA or isinstance(fields.get("schema"), bool):
        fields.problem("schema", "unknown_schema", given=str(content.get("schema"))[:30], known=SCHEMA)
    plan = PlanDocument(
        schema=SCHEMA,
        measure=fields.choice("measure", MEASURES),
        period=fields.choice("period", PERIODS),
        proration=fields.choice("proration", PRORATIONS, "none"),
        components=tuple(_components(fields)),
        cap=fields.optional_decimal("cap"),
    )
    fields.finish()
    _check_whole(plan, fields)
    return plan, problems


def _components(fields: Fields) -> list[Component]:
    found: list[Component] = []
    for row in fields.objects("components"):
        kind = row.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            row.problem("kind", "not_a_choice", given=str(kind)[:30], allowed=", ".join(KINDS))
            continue
        component = KINDS[kind].read(row)
        row.finish()
        if component.key and component.key in {other.key for other in found}:
            row.problem("key", "key_twice", key=component.key)
        found.append(component)
    return found


def _check_whole(plan: PlanDocument, fields: Fields) -> None:
    weights = [component.weight for component in plan.components if component.weight is not None]
    if weights and sum(weights) != 1:
        fields.problem("components", "weights_do_not_add_up", total=sum(weights))
    if plan.cap is not None and plan.cap < 1:
        fields.problem("cap", "cap_below_target_pay", cap=plan.cap)


def digest(content: Content) -> str:
    """SHA-256 of the document in canonical form: keys sorted, no blanks, UTF-8."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
