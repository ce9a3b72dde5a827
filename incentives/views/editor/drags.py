"""A point of the curve is moved by hand: the rows that this means."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from incentives.forms.typed_numbers import exact_text, exact_typed, plain
from incentives.forms.typed_plan import TypedPlan, written
from incentives.forms.typed_tree import text_of
from incentives.models import PlanVersion
from incentives.rules.component import Component
from incentives.rules.dragging import TierEnd, moved
from incentives.rules.engine import Facts
from incentives.rules.exact import rounded
from incentives.rules.kinds import MarginalTiers, PayoutCurve
from incentives.rules.measures import ATTAINMENT
from incentives.views.editor.alone import Drawn, alone, size_at_target

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drag:
    """Point number `point` of the curve was moved to an attainment and its pay."""

    point: int
    attainment: Decimal
    pay: Decimal


def is_draggable(drawn: Drawn) -> bool:
    """Whether each point of the curve is a row of the grid."""
    component = drawn.component
    if component.terms is not None or getattr(component, "counts", None) is not None:
        return False
    if isinstance(component, MarginalTiers):
        return component.basis == ATTAINMENT and component.rates == "target_pay"
    return isinstance(component, PayoutCurve) and _is_plain_curve(component)


def _is_plain_curve(component: PayoutCurve) -> bool:
    return component.measure.of == ATTAINMENT and component.between == "line" and component.above == "last"


def points_expected(drawn: Drawn) -> int:
    """The number of points a curve has when each bend is a row: with the origin and the right end."""
    component = drawn.component
    if isinstance(component, MarginalTiers):
        inside = len([tier for tier in component.tiers if tier.ceiling is not None])
        return inside + 2
    points = getattr(component, "points", ())
    return len(points) + (2 if not points or points[0].at else 1) + _jump(component)


def _jump(component: Component) -> int:
    """A first point above nothing is a jump: two points at one place."""
    first = next(iter(getattr(component, "points", ())), None)
    return 1 if first is not None and first.at and first.pays and getattr(component, "below", "") == "zero" else 0


def dragged(version: PlanVersion, typed: TypedPlan, facts: Facts | None, place: int, drag: Drag) -> TypedPlan:
    """The fields after the drag. Unchanged where the rows can't be computed with."""
    content = written(typed, version.content).content
    drawn = alone(content, place)
    if drawn is None or facts is None or drawn.is_healed or not is_draggable(drawn):
        return typed
    size = size_at_target(drawn, facts)
    if not size:
        return typed
    if isinstance(drawn.component, MarginalTiers):
        return _tier_dragged(typed, content["components"][place]["tiers"], place, drag, size)
    return _point_dragged(typed, drawn.component, place, drag, size)


def _tier_dragged(typed: TypedPlan, rows: Sequence[Content], place: int, drag: Drag, size: Decimal) -> TypedPlan:
    ends = [TierEnd(None if row["to"] is None else Decimal(row["to"]), Decimal(row["rate"])) for row in rows]
    changed = moved(ends, point=drag.point, x=drag.attainment, share=drag.pay / size)
    fresh = deepcopy(typed)
    for row, end in zip(fresh.components[place]["tiers"], changed, strict=True):
        row["to"] = "" if end.to is None else plain(end.to * 100)
        row["rate"] = plain(end.rate)
    return fresh


def _point_dragged(typed: TypedPlan, component: Component, place: int, drag: Drag, size: Decimal) -> TypedPlan:
    """Attainment and pay snap to whole percents; a point stays between its neighbours."""
    first = next(iter(getattr(component, "points", ())), None)
    number = drag.point - (1 + _jump(component) if first is not None and first.at else 0)
    fresh = deepcopy(typed)
    rows = fresh.components[place]["points"]
    if not 0 <= number < len(rows):
        return typed
    low = _percent(rows[number - 1]) + 1 if number else Fraction(0)
    high = _percent(rows[number + 1]) - 1 if number + 1 < len(rows) else Fraction(1000)
    at = Fraction(rounded(Fraction(drag.attainment) * 100, 0))
    rows[number]["at"] = exact_text(min(max(at, low), high))
    rows[number]["pays"] = exact_text(Fraction(max(rounded(Fraction(drag.pay) / Fraction(size) * 100, 0), Decimal(0))))
    return fresh


def _percent(row: Mapping[str, Any]) -> Fraction:
    return exact_typed(text_of(row.get("at")))
