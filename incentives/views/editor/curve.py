"""The curve of the selected component, by the engine: pay against what it follows.

The engine is asked at each bound, just below it, and at every whole step between; points on one straight line are left
out. So bends, jumps, gates, modifiers and limits are all in the picture, whatever the kind.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from core import formats
from core.charts import Chart, Curve, Values
from incentives.models import PlanVersion
from incentives.rules.component import Component
from incentives.rules.document import PlanDocument, read
from incentives.rules.engine import Facts, case_of, evaluate
from incentives.rules.exact import rounded
from incentives.rules.kinds import MarginalTiers, PayoutCurve, Spiff
from incentives.views.editor.alone import alone, of_this_period, size_at_target
from incentives.views.editor.axes import BEYOND, REACH, Axis, axis_of, follows_attainment, with_credit
from incentives.views.editor.drags import is_draggable, points_expected

CURVE_ID = "plan-curve"
STEPS = 160
JUST_BELOW = Fraction(1, 10**6)
Content = Mapping[str, Any]
Sample = tuple[Fraction, Decimal]


def plan_curve(
    version: PlanVersion, content: Content, facts: Facts | None, *, selected: int | None, tier: int | None
) -> Chart | None:
    """The selected component's curve for the example's facts, the range of row `tier` shaded; None: nothing to draw.

    selected  None: the whole plan's
    """
    if selected is None:
        return whole_curve(version, content, facts, marked=True)
    drawn = alone(content, selected)
    if drawn is None or facts is None:
        return None
    axis = axis_of(drawn, facts, version.currency)
    if axis is None:
        return None
    points = sampled(drawn.plan, axis)
    if len(points) < 2:
        return None
    size = size_at_target(drawn, facts)
    body = Curve(
        points=[(rounded(at, 6), pay) for at, pay in points],
        x_values=axis.values,
        x_label=axis.label,
        y_label=_("Pay"),
        target_y=size,
        target_label=_("pay at target") if size is not None else "",
        mark=_mark(drawn.plan, axis, version.currency),
        range=_range(drawn.component, tier, facts, axis.to),
        draggable=is_draggable(drawn) and len(points) == points_expected(drawn),
    )
    title = _heading(axis, size, version.currency)
    return Chart(CURVE_ID, title, body, Values("money", version.currency), height=320)


def whole_curve(version: PlanVersion, content: Content, facts: Facts | None, *, marked: bool = False) -> Chart | None:
    """What the whole plan pays against attainment, with its gates, cap and floor, before draws and hold-backs."""
    plan, found = read(content)
    if plan is None or facts is None or not facts.quota or any(problem.severity == "error" for problem in found):
        return None
    plan = replace(plan, terms=of_this_period(plan))
    scale = Fraction(case_of(plan, facts).quota or facts.quota)
    case = case_of(plan, facts)
    bounds = [bound / scale for component in plan.components for bound in component.bounds(case)]
    sold = sum((Fraction(credit.amount) for credit in facts.credits), Fraction(0)) / scale
    to = max(REACH, Fraction(rounded(max(bounds, default=Fraction(0)) + BEYOND, 1)))
    axis = Axis(_("Attainment"), Values("percent"), bounds, to, sold, with_credit(facts, scale))
    points = sampled(plan, axis)
    pay = facts.target_pay
    body = Curve(
        points=[(rounded(at, 6), amount) for at, amount in points],
        x_label=axis.label,
        y_label=_("Pay"),
        target_y=pay,
        target_label=_("pay at target") if pay is not None else "",
        mark=_mark(plan, axis, version.currency) if marked else None,
    )
    return Chart(
        CURVE_ID, _("Pay of the whole plan against attainment"), body, Values("money", version.currency), height=320
    )


def _heading(axis: Axis, size: Decimal | None, currency: str) -> str:
    if size is not None:
        values = {"measure": axis.label.lower(), "amount": formats.money(size, currency)}
        return _("Pay against %(measure)s, component at target %(amount)s") % values
    return _("Pay against %(measure)s") % {"measure": axis.label.lower()}


def _mark(plan: PlanDocument, axis: Axis, currency: str) -> tuple[Decimal, Decimal, str] | None:
    if axis.at is None or not 0 <= axis.at <= axis.to:
        return None
    pay = evaluate(plan, axis.facts(axis.at)).total
    values = {"attainment": _where(axis, axis.at, currency), "amount": formats.money(pay, currency)}
    return rounded(axis.at, 6), pay, _("%(attainment)s pays %(amount)s") % values


def _where(axis: Axis, at: Fraction, currency: str) -> str:
    if axis.values.kind == "percent":
        return formats.percent(rounded(at, 6))
    if axis.values.kind == "money":
        return formats.money(rounded(at, 2), currency)
    return formats.number(rounded(at, 2), 0 if at.denominator == 1 else 2)


# Sampling


def sampled(plan: PlanDocument, axis: Axis) -> list[Sample]:
    """Pay along the axis: its bends and jumps."""
    bounds = {bound for bound in axis.bounds if 0 <= bound <= axis.to}
    below = {bound - JUST_BELOW for bound in bounds if bound > 0}
    grid = {axis.to * step / STEPS for step in range(STEPS + 1)}
    places = sorted(bounds | below | grid)
    points = [(at, evaluate(plan, axis.facts(at)).total) for at in places]
    kept = _without_straight(points, plan, bounds)
    return _jumps_upright(kept, below)


def _without_straight(points: list[Sample], plan: PlanDocument, bounds: set[Fraction]) -> list[Sample]:
    """Points that lie on the line between their neighbours, to the cent, say nothing. Bounds of tiers stay."""
    stays = bounds if isinstance(plan.components[0], MarginalTiers | PayoutCurve) else set()
    kept: list[Sample] = []
    for place, point in enumerate(points):
        is_end = place in {0, len(points) - 1}
        if is_end or point[0] in stays or not _between(kept[-1], point, points[place + 1]):
            kept.append(point)
    return kept


def _between(left: Sample, middle: Sample, right: Sample) -> bool:
    share = (middle[0] - left[0]) / (right[0] - left[0])
    straight = Fraction(left[1]) + share * (Fraction(right[1]) - Fraction(left[1]))
    return abs(straight - Fraction(middle[1])) <= Fraction(2, 100)


def _jumps_upright(points: list[Sample], below: set[Fraction]) -> list[Sample]:
    """A point just below a bound stands on the bound."""
    return [(at + JUST_BELOW if at in below else at, pay) for at, pay in points]


# The row being edited


def _range(component: Component, tier: int | None, facts: Facts, to: Fraction) -> tuple[Decimal, Decimal] | None:
    rows = getattr(component, "tiers", ())
    if tier is None or tier >= len(rows) or isinstance(component, Spiff):
        return None
    row = rows[tier]
    by_quota = not follows_attainment(component) or getattr(component, "basis", "") == "attainment"
    scale = Fraction(1) if by_quota else Fraction(facts.quota or 1)
    end = to if row.ceiling is None else min(Fraction(row.ceiling) / scale, to)
    start = Fraction(row.floor) / scale
    return None if start >= end else (rounded(start, 6), rounded(end, 6))
