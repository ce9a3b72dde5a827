"""One component alone, as a plan that pays nothing else: what the curve draws and a drag moves."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from incentives.rules.component import Component
from incentives.rules.document import PlanDocument, read
from incentives.rules.engine import Facts, case_of
from incentives.rules.exact import rounded
from incentives.rules.kinds import Spiff, TeamPool
from incentives.rules.plan_terms import PlanTerms
from incentives.views.editor.components import is_sound

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A component alone, as a plan that pays nothing else."""

    plan: PlanDocument
    component: Component
    is_healed: bool


def alone(content: Content, place: int) -> Drawn | None:
    """One component as a plan of its own, with what the plan says of quota, target pay and proration.

    Marginal tiers are healed: from the first broken row on they are left out, so that one wrong field does not take the
    picture away.
    """
    if place >= len(content["components"]):
        return None
    found, healed = _readable(content, place), False
    if found is None:
        component = deepcopy(content["components"][place])
        healed = _heal(component.get("tiers") or [])
        found = _readable({**content, "components": [component]}, 0) if healed else None
    if found is None:
        return None
    plan, component = found
    terms = of_this_period(plan)
    if terms is not None:
        terms = replace(terms, gates=(), modifiers=(), floor=None)
    return Drawn(replace(plan, components=(component,), cap=None, terms=terms), component, healed)


def _readable(content: Content, place: int) -> tuple[PlanDocument, Component] | None:
    """The plan and the component, if nothing is wrong in it."""
    plan, found = read({**content, "components": [content["components"][place]]})
    wrong = any(problem.severity == "error" and problem.path.startswith("components.") for problem in found)
    if plan is None or wrong or not plan.components:
        return None
    return plan, plan.components[0]


def _heal(rows: list[dict[str, Any]]) -> bool:
    """Whether rows are left that can be counted with; the last one that stands goes on without an end."""
    while rows and not is_sound(rows):
        broken = rows[-1]
        if is_sound([*rows[:-1], {**broken, "to": None}]):
            broken["to"] = None
            return True
        rows.pop()
    return bool(rows)


def of_this_period(plan: PlanDocument) -> PlanTerms | None:
    return replace(plan.terms, draw=None, holdback=None, clawback=None) if plan.terms else None


def size_at_target(drawn: Drawn, facts: Facts) -> Decimal | None:
    """What the component pays at target, where it has a target."""
    component = drawn.component
    sized = component.weight is not None or getattr(component, "share", None) or getattr(component, "amount", None)
    if not sized or isinstance(component, Spiff | TeamPool):
        return None
    size = component.size_of(case_of(drawn.plan, facts))
    return None if size is None else rounded(size, 2)
