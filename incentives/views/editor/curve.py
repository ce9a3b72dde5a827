"""The curve of the selected component: drawn as far as its tiers stand, and moved by hand."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import formats
from core.charts import Chart, Curve, Values
from incentives import selectors
from incentives.forms.typed_plan import TypedPlan, TypedTier, plain, ratio_to_percent, written
from incentives.models import PlanVersion
from incentives.rules.checks import has_errors
from incentives.rules.curve import payout_curve
from incentives.rules.document import PlanDocument, read
from incentives.rules.dragging import TierEnd, moved
from incentives.rules.kinds import MarginalTiers
from incentives.views.editor.components import is_sound
from incentives.views.editor.shown import Typical

CURVE_ID = "plan-curve"
CURVE_TO = Decimal("1.6")
CURVE_BEYOND = Decimal("0.3")
Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Drawable:
    """One component as a plan of its own that pays all of `target_pay`, the component's part of the pay at target."""

    content: Content
    plan: PlanDocument
    tiers: MarginalTiers
    target_pay: Decimal


def drawable(content: Content, component: int, target_pay: Decimal | None) -> Drawable | None:
    """The component healed for drawing: from the first broken tier on the rows are left out.

    The last row that stands goes on without an end, so that one wrong field does not take the picture away.
    """
    if target_pay is None or component >= len(content["components"]):
        return None
    alone = deepcopy(content["components"][component])
    part = component_pay(alone, target_pay)
    if "tiers" not in alone or not part:
        return None
    _heal(alone["tiers"])
    if "weight" in alone:
        alone["weight"] = "1"
    document = {**content, "components": [alone], "cap": None}
    plan, found = read(document)
    if plan is None or has_errors(found) or not isinstance(plan.components[0], MarginalTiers):
        return None
    return Drawable(document, plan, plan.components[0], part)


def _heal(rows: list[dict[str, Any]]) -> None:
    while rows and not is_sound(rows):
        broken = rows[-1]
        if broken["from"] is not None and broken["rate"] is not None and is_sound(rows[:-1]):
            broken["to"] = None
            return
        rows.pop()


def component_pay(component: Content, target_pay: Decimal) -> Decimal:
    """The part of the pay at target that a component carries."""
    weight = component.get("weight")
    return target_pay * Decimal(weight) if weight else target_pay


def plan_curve(
    version: PlanVersion, content: Content, typical: Typical, *, selected: int, tier: int | None
) -> Chart | None:
    """The selected component's curve in the typical case, the range of row `tier` shaded; None: nothing to draw."""
    drawn, quota = drawable(content, selected, typical.target_amount), typical.quota_amount
    if drawn is None or quota is None:
        return None
    currency, of_target = version.currency, drawn.tiers.rates == "target_pay"
    points = payout_curve(drawn.plan, 0, quota, drawn.target_pay, currency, _reach(drawn.tiers, quota))
    end = points[-1].attainment
    body = Curve(
        points=[(point.attainment, point.pay) for point in points],
        x_label=_("Attainment"),
        y_label=_("Pay"),
        target_y=drawn.target_pay if of_target else None,
        target_label=_("pay at target") if of_target else "",
        mark=_mark(drawn, quota, typical.ratio, currency) if typical.ratio is None or typical.ratio <= end else None,
        range=_range(drawn.tiers, tier, quota, end),
        draggable=drawn.tiers.basis == "attainment" and of_target,
    )
    amount = formats.money(drawn.target_pay, currency)
    title = _("Pay against attainment, component at target %(amount)s") % {"amount": amount}
    sub = _("Drag a point, or type in the grid.") if body.draggable else ""
    return Chart(CURVE_ID, title, body, Values("money", currency), sub=sub, height=320)


def _reach(tiers: MarginalTiers, quota: Decimal) -> Decimal:
    """How far the curve goes: a little beyond the last bound."""
    last = tiers.tiers[-1].floor
    at = last if tiers.basis == "attainment" else last / quota
    return max(CURVE_TO, (at + CURVE_BEYOND).quantize(Decimal("0.1")))


def _range(tiers: MarginalTiers, tier: int | None, quota: Decimal, end: Decimal) -> tuple[Decimal, Decimal] | None:
    if tier is None or tier >= len(tiers.tiers):
        return None
    row = tiers.tiers[tier]
    scale = Decimal(1) if tiers.basis == "attainment" else quota
    return row.floor / scale, end if row.ceiling is None else min(row.ceiling / scale, end)


def _mark(
    drawn: Drawable, quota: Decimal, attainment: Decimal | None, currency: str
) -> tuple[Decimal, Decimal, str] | None:
    if attainment is None:
        return None
    pay = selectors.example(drawn.content, quota, drawn.target_pay, attainment, currency).total
    values = {"attainment": formats.percent(attainment), "amount": formats.money(pay, currency)}
    return attainment, pay, _("%(attainment)s pays %(amount)s") % values


@dataclass(frozen=True, slots=True)
class Drag:
    """Point number `point` of the curve (1: the end of the first tier) was moved to an attainment and its pay."""

    point: int
    attainment: Decimal
    pay: Decimal


def dragged(version: PlanVersion, typed: TypedPlan, typical: Typical, component: int, drag: Drag) -> TypedPlan:
    """The fields after the drag. Unchanged where the tiers can't be computed with."""
    content, target_pay = written(typed, version.content).content, typical.target_amount
    if component >= len(typed.components) or not typed.components[component].tiers or target_pay is None:
        return typed
    rows, part = content["components"][component]["tiers"], component_pay(content["components"][component], target_pay)
    if not is_sound(rows) or not part:
        return typed
    ends = [TierEnd(None if row["to"] is None else Decimal(row["to"]), Decimal(row["rate"])) for row in rows]
    changed = moved(ends, point=drag.point, x=drag.attainment, share=drag.pay / part)
    tiers = [TypedTier(ratio_to_percent(None if end.to is None else plain(end.to)), plain(end.rate)) for end in changed]
    fresh = deepcopy(typed)
    fresh.components[component] = replace(fresh.components[component], tiers=tiers)
    return fresh
