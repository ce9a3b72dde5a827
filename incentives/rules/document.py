"""The plan document: what a plan version says, as JSON with every number a decimal string (`plan.schema.json`)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from incentives.rules.component import Component
from incentives.rules.fields import read_all
from incentives.rules.kinds import KINDS
from incentives.rules.measures import CREDIT_MEASURES, LOWEST_ATTAINMENT
from incentives.rules.plan_terms import PLAN_FIELDS, PlanTerms, check_plan_terms
from incentives.rules.reading import Fields, Problem
from incentives.rules.terms import check_conditions, terms_measures

SCHEMA = 1
MEASURES = tuple(CREDIT_MEASURES)
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
    terms      what else it says as a whole; None where it says nothing more, which is the fast case
    """

    schema: int
    measure: str
    period: str
    proration: str
    components: tuple[Component, ...]
    cap: Decimal | None
    terms: PlanTerms | None = field(default=None)

    @property
    def has_terms(self) -> bool:
        """Whether anything is said that needs the exact sums behind the lines."""
        return self.terms is not None or any(component.terms is not None for component in self.components)

    @classmethod
    def parse(cls, content: Content) -> "PlanDocument":
        """The plan of a document. Raises InvalidPlan."""
        plan, problems = read(content)
        if plan is None or any(problem.severity == "error" for problem in problems):
            raise InvalidPlan(problems)
        return plan

    @property
    def needs_deals(self) -> bool:
        """Whether it looks at products, customers or other things of a deal."""
        return any(component.needs_deals for component in self.components) or self._looks_at(LOWEST_ATTAINMENT)

    def _looks_at(self, of: str) -> bool:
        terms = [self.terms, *(component.terms for component in self.components)]
        gates = [gate.measure for found in terms if found for gate in found.gates]
        modifiers = [modifier.measure for found in terms if found for modifier in found.modifiers]
        return any(measure.of == of for measure in gates + modifiers)

    @property
    def takes_back(self) -> bool:
        """Whether what was paid on a deal is taken back when the deal is won no more."""
        return self.terms is not None and self.terms.clawback is not None

    @property
    def by_year(self) -> bool:
        """Whether a part of it is paid by the year."""
        rules = [component.terms.true_up for component in self.components if component.terms]
        return any(rule is not None and rule.window == "year" for rule in rules)

    @property
    def results(self) -> list[str]:
        """Codes of the KPIs and other results that it reads."""
        found = [code for component in self.components for code in component.measures()]
        terms = [self.terms, *(component.terms for component in self.components)]
        found += [code for each in terms if each for code in terms_measures(each.gates, each.modifiers)]
        return sorted(set(found))


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
        terms=_terms(fields),
    )
    fields.get("examples")  # checked by `examples.py`: they need the engine
    fields.finish()
    _check_whole(plan, fields)
    return plan, problems


def _terms(fields: Fields) -> PlanTerms | None:
    if not any(each.name in fields.data for each in PLAN_FIELDS):
        return None
    terms = PlanTerms(**read_all(PLAN_FIELDS, fields))
    return None if terms == PlanTerms() else terms


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
    weights = [Fraction(component.weight) for component in plan.components if component.weight is not None]
    if weights and sum(weights) != 1:
        fields.problem("components", "weights_do_not_add_up", total=sum(weights))
    if plan.cap is not None and plan.cap < 1:
        fields.problem("cap", "cap_below_target_pay", cap=plan.cap)
    if plan.terms is not None:
        check_conditions(fields, plan.terms.gates, plan.terms.modifiers)
        check_plan_terms(plan.terms, fields)
        if plan.terms.leave is not None and plan.proration != "days":
            fields.problem("leave", "leave_needs_days")


def digest(content: Content) -> str:
    """SHA-256 of the document in canonical form: keys sorted, no blanks, UTF-8."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
