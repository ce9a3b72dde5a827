"""What the plan editor shows, computed by the real rules from what is typed: fields with their reasons, the curve, an example.

The whole page and the live fragments are rendered from the same `EditorPage`.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formats
from core.charts import Chart, Curve, Values
from incentives import messages
from incentives.forms.typed_plan import (
    KINDS,
    NotANumber,
    TypedComponent,
    TypedPlan,
    TypedTier,
    Written,
    number_kept,
    number_typed,
    percent_to_ratio,
    plain,
    ratio_to_percent,
    written,
)
from incentives.models import PlanVersion
from incentives.rules.checks import Problem, has_errors, problems
from incentives.rules.curve import payout_curve
from incentives.rules.document import PlanDocument, read
from incentives.rules.dragging import TierEnd, moved
from incentives.rules.engine import CreditFact, Facts, evaluate, slices
from incentives.rules.kinds import MarginalTiers
from incentives.rules.kinds.marginal_tiers import shares_at_top

CURVE_ID = "plan-curve"
CURVE_TO = Decimal("1.6")
CURVE_BEYOND = Decimal("0.3")


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field of the document as the page shows it; `unit` stands behind the value."""

    name: str
    value: str
    error: str = ""
    unit: str = ""
    label: str = ""

    @property
    def id(self) -> str:
        return field_id(self.name)


def field_id(path: str) -> str:
    return f"f-{path.replace('.', '-')}"


@dataclass(frozen=True, slots=True)
class ShownTier:
    """A row of the grid. `share` is what all credit up to its end has earned, of the component's pay at target."""

    number: int
    action: str
    start: str
    to: ShownField
    rate: ShownField
    share: str

    @property
    def errors(self) -> list[str]:
        return [text for text in (self.to.error, self.rate.error) if text]


@dataclass(frozen=True, slots=True)
class ShownComponent:
    """A component: its card at the left and its panel in the middle."""

    index: int
    typed: TypedComponent
    title: str
    kind: str
    sentence: str
    weight_text: str
    fields: Mapping[str, ShownField]
    tiers: Sequence[ShownTier]
    selected: bool
    has_error: bool

    @property
    def path(self) -> str:
        return f"components.{self.index}"


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """What stands before publishing; `field` is the id of the field to go to."""

    text: str
    tone: Literal["bad", "careful", "accent"]
    field: str = ""
    component: int | None = None


@dataclass(frozen=True, slots=True)
class Typical:
    """The case of the example as typed: bookings target, pay at target, attainment, bookings of a leader's team."""

    quota: str
    target_pay: str
    attainment: str = "112"
    team: str = ""


@dataclass(frozen=True, slots=True)
class ExampleLine:
    text: str
    pay: str


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What the plan pays in the example, and the parts it is made of; `error` where the case can't be computed."""

    total: str = ""
    sentence: str = ""
    lines: Sequence[ExampleLine] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class EditorPage:
    version: PlanVersion
    typed: TypedPlan
    written: Written
    components: Sequence[ShownComponent]
    selected: int
    cap: ShownField
    problems: Sequence[ShownProblem]
    weights: Decimal | None
    typical: Typical
    typical_fields: Mapping[str, ShownField]
    example: ExampleResult
    chart: Chart | None
    focus: str = ""
    has_override: bool = field(default=False)

    @property
    def can_be_saved(self) -> bool:
        return not self.written.errors

    @property
    def blocking(self) -> int:
        return sum(problem.tone == "bad" for problem in self.problems)

    @property
    def fields(self) -> Iterator[ShownField]:
        """All fields that may carry a reason."""
        yield self.cap
        yield from self.typical_fields.values()
        for component in self.components:
            yield from component.fields.values()
            for tier in component.tiers:
                yield from (tier.to, tier.rate)

    @property
    def pay_at_target(self) -> str:
        amount = _typical_number(self.typical.target_pay)
        return formats.DASH if amount is None else formats.money_full(amount, self.version.currency)


def editor_page(
    version: PlanVersion, typed: TypedPlan, typical: Typical, *, selected: int = 0, tier: int | None = None, focus: str = ""
) -> EditorPage:
    """Everything the editor shows for what is typed. No queries.

    tier   the row being edited: its range is shaded in the curve
    focus  the id of the field to go to after a change by a button
    """
    selected = min(max(selected, 0), max(len(typed.components) - 1, 0))
    result = written(typed, version.content)
    found = problems(result.content)
    reasons = _reasons(result, found, typed)
    typical_fields = _typical_fields(typical)
    components = [
        _component(number, component, result, reasons, number == selected, version.currency)
        for number, component in enumerate(typed.components)
    ]
    return EditorPage(
        version=version,
        typed=typed,
        written=result,
        components=components,
        selected=selected,
        cap=ShownField("cap", typed.cap, reasons.get("cap", ""), "%", _("Cap")),
        problems=_shown_problems(result, found, typed),
        weights=_weights(result),
        typical=typical,
        typical_fields=typical_fields,
        example=_example(version, result, found, typical, selected),
        chart=_chart(version, result, typical, selected, tier),
        focus=focus,
        has_override=any(not component.has_tiers for component in typed.components),
    )


# Reasons at fields


def _reasons(result: Written, found: Sequence[Problem], typed: TypedPlan) -> dict[str, str]:
    """Why a field is wrong, by its path: what is no number first, then what the rules say of the rest."""
    reasons = dict(result.errors)
    for problem in found:
        if problem.severity == "error":
            reasons.setdefault(_field_path(problem.path, typed), messages.problem_text(problem))
    return reasons


def _field_path(path: str, typed: TypedPlan) -> str:
    """The field to change for a problem at a path: a tier's start is the end of the tier before it."""
    parts = path.split(".")
    if len(parts) == 5 and parts[4] == "from":
        return ".".join([*parts[:3], str(max(int(parts[3]) - 1, 0)), "to"])
    if path == "components":
        return next((f"components.{n}.weight" for n, c in enumerate(typed.components) if c.has_weight), path)
    return path


def _shown_problems(result: Written, found: Sequence[Problem], typed: TypedPlan) -> list[ShownProblem]:
    shown = [_problem_at(path, text, "bad") for path, text in result.errors.items()]
    for problem in found:
        path = _field_path(problem.path, typed)
        if path in result.errors:
            continue  # no number there: what the rules make of the gap says nothing more
        tone: Literal["bad", "careful"] = "bad" if problem.severity == "error" else "careful"
        shown.append(_problem_at(path, messages.problem_text(problem), tone))
    return shown


def _problem_at(path: str, text: str, tone: Literal["bad", "careful"]) -> ShownProblem:
    parts = path.split(".")
    component = int(parts[1]) if len(parts) > 1 and parts[0] == "components" and parts[1].isdigit() else None
    return ShownProblem(text, tone, field_id(path), component)


# Components and tiers


def _component(
    number: int, typed: TypedComponent, result: Written, reasons: Mapping[str, str], selected: bool, currency: str
) -> ShownComponent:
    path = f"components.{number}"

    def shown(name: str, value: str, label: str, unit: str = "") -> ShownField:
        return ShownField(f"{path}.{name}", value, reasons.get(f"{path}.{name}", ""), unit, label)

    return ShownComponent(
        index=number,
        typed=typed,
        title=(typed.name_zh if formats.chinese() else typed.name_en) or typed.name_en or _("Without a name"),
        kind=str(KINDS[typed.kind]),
        sentence=_sentence(typed, currency),
        weight_text=_weight_text(typed),
        fields={
            "name_en": shown("name.en", typed.name_en, _("Name in English")),
            "name_zh": shown("name.zh", typed.name_zh, _("Name in Chinese")),
            "weight": shown("weight", typed.weight, _("Weight"), "%"),
            "rate": shown("rate", typed.rate, _("Rate"), "%"),
            "threshold": shown("threshold", typed.threshold, _("On bookings above"), currency),
        },
        tiers=list(_tiers(path, typed, result.content["components"][number], reasons, currency)),
        selected=selected,
        has_error=any(key.startswith(f"{path}.") for key in reasons),
    )


def _weight_text(typed: TypedComponent) -> str:
    value, _known = (typed.weight, True) if typed.has_weight else (typed.rate, True)
    return f"{value}{formats.NBSP}%" if value and (typed.has_weight or not typed.has_tiers) else ""


def _sentence(typed: TypedComponent, currency: str) -> str:
    if not typed.has_tiers:
        return _("of what the led team books, own deals left out")
    if typed.on_attainment:
        return _("marginal tiers on attainment of the bookings target")
    return _("marginal tiers on bookings in %(currency)s") % {"currency": currency}


def _tiers(
    path: str, typed: TypedComponent, content: Mapping[str, Any], reasons: Mapping[str, str], currency: str
) -> Iterator[ShownTier]:
    bound_unit = "%" if typed.on_attainment else currency
    rate_unit = _("× base") if typed.of_target_pay else "%"
    shares = _shares(typed, content, currency)
    start = "0"
    for number, tier in enumerate(typed.tiers):
        at = f"{path}.tiers.{number}"
        to_label = _("Tier %(number)s to") % {"number": number + 1}
        rate_label = _("Tier %(number)s rate") % {"number": number + 1}
        yield ShownTier(
            number=number + 1,
            action=f"{path.split('.')[1]}:{number}",
            start=f"{start}{formats.NBSP}{bound_unit}" if start else formats.DASH,
            to=ShownField(f"{at}.to", tier.to, reasons.get(f"{at}.to", ""), bound_unit, to_label),
            rate=ShownField(f"{at}.rate", tier.rate, reasons.get(f"{at}.rate", ""), rate_unit, rate_label),
            share=shares[number],
        )
        start = tier.to


def _shares(typed: TypedComponent, content: Mapping[str, Any], currency: str) -> list[str]:
    """What is earned at the end of each tier: of pay at target, or in money where the rates are of the credit."""
    texts = []
    for number in range(len(typed.tiers)):
        part = content["tiers"][: number + 1]
        if not _is_sound(part):
            texts.append(formats.DASH)
            continue
        tiers = _read_tiers(content | {"tiers": part})
        share = shares_at_top(tiers)[-1] if tiers else None
        if share is None:
            texts.append(_("no end"))
        elif typed.on_attainment == typed.of_target_pay:
            texts.append(formats.percent(share) if typed.of_target_pay else formats.money_full(share, currency))
        else:
            texts.append(formats.DASH)
    return texts


def _is_sound(tiers: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the rows can be counted with: numbers where they must be, each ending after it starts."""
    for place, tier in enumerate(tiers):
        if tier["from"] is None or tier["rate"] is None or (tier["to"] is None and place < len(tiers) - 1):
            return False
        if tier["to"] is not None and Decimal(tier["to"]) <= Decimal(tier["from"]):
            return False
    return True


def _read_tiers(content: Mapping[str, Any]) -> Sequence[Any]:
    plan, _problems = read({"schema": 1, "measure": "booked_revenue", "period": "quarter", "components": [content]})
    component = plan.components[0] if plan and plan.components else None
    return component.tiers if isinstance(component, MarginalTiers) else ()


def _weights(result: Written) -> Decimal | None:
    """The sum of the weights that are numbers; None where no component has one."""
    weights = [component["weight"] for component in result.content["components"] if component.get("weight")]
    return sum((Decimal(weight) for weight in weights), Decimal(0)) if weights else None


# Curve


def drawable(content: Mapping[str, Any], component: int) -> PlanDocument | None:
    """The plan of one component alone, healed for drawing: from the first broken tier on the rows are left out.

    The last row that stands goes on without an end, so that one wrong field does not take the picture away.
    """
    if component >= len(content["components"]):
        return None
    alone = deepcopy(content["components"][component])
    if "tiers" not in alone:
        return None
    rows = alone["tiers"]
    while rows and not _is_sound(rows):
        broken = rows[-1]
        if broken["from"] is not None and broken["rate"] is not None and _is_sound(rows[:-1]):
            broken["to"] = None
            break
        rows.pop()
    weight = alone.get("weight")
    if "weight" in alone:
        alone["weight"] = "1"
    plan, found = read({**content, "components": [alone], "cap": None})
    return plan if plan and weight != "0" and not has_errors(found) else None


def _component_pay(content: Mapping[str, Any], component: int, target_pay: Decimal) -> Decimal:
    """The part of the pay at target that a component carries."""
    weight = content["components"][component].get("weight")
    return target_pay * Decimal(weight) if weight else target_pay


def _chart(version: PlanVersion, result: Written, typical: Typical, selected: int, tier: int | None) -> Chart | None:
    plan, quota, target_pay = drawable(result.content, selected) if result.content["components"] else None, *_case(typical)
    if plan is None or not quota or target_pay is None:
        return None
    part = _component_pay(result.content, selected, target_pay)
    points = payout_curve(plan, 0, quota, part, version.currency, _reach(plan, quota))
    component = plan.components[0]
    of_target = isinstance(component, MarginalTiers) and component.rates == "target_pay"
    attainment = _typical_ratio(typical.attainment)
    body = Curve(
        points=[(point.attainment, point.pay) for point in points],
        x_label=_("Attainment"),
        y_label=_("Pay"),
        target_y=part if of_target else None,
        target_label=_("pay at target") if of_target else "",
        mark=_mark(plan, quota, part, attainment, version.currency, points[-1].attainment),
        range=_range(component, tier, quota, points[-1].attainment),
        draggable=isinstance(component, MarginalTiers) and component.basis == "attainment" and of_target,
    )
    amount = formats.money(part, version.currency)
    title = _("Pay against attainment, component at target %(amount)s") % {"amount": amount}
    sub = _("Drag a point, or type in the grid.") if body.draggable else ""
    return Chart(CURVE_ID, title, body, Values("money", version.currency), sub=sub, height=320)


def _reach(plan: PlanDocument, quota: Decimal) -> Decimal:
    """How far the curve goes: a little beyond the last bound."""
    component = plan.components[0]
    if not isinstance(component, MarginalTiers):
        return CURVE_TO
    last = component.tiers[-1].floor
    at = last if component.basis == "attainment" else last / quota
    return max(CURVE_TO, (at + CURVE_BEYOND).quantize(Decimal("0.1")))


def _range(component: object, tier: int | None, quota: Decimal, end: Decimal) -> tuple[Decimal, Decimal] | None:
    if tier is None or not isinstance(component, MarginalTiers) or tier >= len(component.tiers):
        return None
    row = component.tiers[tier]
    scale = Decimal(1) if component.basis == "attainment" else quota
    ceiling = end if row.ceiling is None else min(row.ceiling / scale, end)
    return row.floor / scale, ceiling


def _mark(
    plan: PlanDocument, quota: Decimal, target_pay: Decimal, attainment: Decimal | None, currency: str, end: Decimal
) -> tuple[Decimal, Decimal, str] | None:
    if attainment is None or not 0 <= attainment <= end:
        return None
    pay = evaluate(plan, _facts(currency, quota, target_pay, attainment)).total
    text = _("%(attainment)s pays %(amount)s") % {
        "attainment": formats.percent(attainment),
        "amount": formats.money(pay, currency),
    }
    return attainment, pay, text


# Example


def _facts(currency: str, quota: Decimal, target_pay: Decimal, attainment: Decimal, team: Decimal | None = None) -> Facts:
    """One person with one credit that makes the attainment."""
    credit = CreditFact(date(2000, 1, 1), 1, quota * attainment)
    return Facts(currency, quota, target_pay, [credit], team_credits=team)


def _example(
    version: PlanVersion, result: Written, found: Sequence[Problem], typical: Typical, selected: int
) -> ExampleResult:
    """The whole plan; while something is wrong in it, the selected component as far as it stands."""
    quota, target_pay = _case(typical)
    attainment, team = _typical_ratio(typical.attainment), _typical_number(typical.team)
    if not quota or target_pay is None or attainment is None:
        return ExampleResult(error=_("Give a target, a pay at target and an attainment."))
    plan, alone = None, False
    if not result.errors and not has_errors(list(found)):
        plan = PlanDocument.parse(result.content)
    elif result.content["components"]:
        plan, alone = drawable(result.content, selected), True
        target_pay = _component_pay(result.content, selected, target_pay)
    if plan is None:
        return ExampleResult(error=_("The example comes back when the component can be computed."))
    facts = _facts(version.currency, quota, target_pay, attainment, team)
    outcome = evaluate(plan, facts)
    sentence = _("At %(attainment)s on a target of %(quota)s this pays %(total)s.") % {
        "attainment": formats.percent(attainment),
        "quota": _exact_money(quota, version.currency),
        "total": formats.money_full(outcome.total, version.currency),
    }
    if alone:
        sentence = _("The selected component alone, as far as it stands.")
    lines = [
        line for each in outcome.lines for line in _example_lines(plan, facts, each, version.currency)
    ]
    return ExampleResult(formats.money_full(outcome.total, version.currency), sentence, lines)


def _example_lines(plan: PlanDocument, facts: Facts, line: Any, currency: str) -> Iterator[ExampleLine]:
    if line.component is None:
        yield ExampleLine(_("Cut by the cap"), formats.money_full(line.amount, currency))
        return
    for part in slices(plan, facts, line):
        amount, rate = Decimal(part.part.numerator) / part.part.denominator, float(part.rate)
        text = _("%(amount)s at %(rate)s") % {"amount": _exact_money(amount, currency), "rate": _rate_text(rate)}
        pay = Decimal(part.pay.numerator) / part.pay.denominator
        yield ExampleLine(text, formats.money_full(pay, currency))


def _exact_money(amount: Decimal, currency: str) -> str:
    """Money to the minor unit, without it where it is zero: '$15,000', '$1,012.50'."""
    if amount == amount.to_integral_value():
        symbol_first = formats.money_full(amount, currency)
        return symbol_first.removesuffix(".00")
    return formats.money_full(amount, currency)


def _rate_text(rate: float) -> str:
    """Percent with as many decimals as it needs, at most two: '9 %', '6.3 %', '8.75 %'."""
    digits = plain(Decimal(f"{rate * 100:.2f}"))
    return f"{digits}{formats.NBSP}%"


# What is typed in the example


def _typical_fields(typical: Typical) -> dict[str, ShownField]:
    labels = {
        "quota": _("Target"),
        "attainment": _("Attainment"),
        "target_pay": _("Pay at target"),
        "team": _("Team's bookings"),
    }
    fields = {}
    for name, label in labels.items():
        value = getattr(typical, name)
        error = "" if name == "team" and not value else _number_error(value)
        fields[name] = ShownField(f"typical.{name}", value, error, "%" if name == "attainment" else "", label)
    return fields


def _number_error(text: str) -> str:
    try:
        number_typed(text)
    except NotANumber as error:
        return str(error)
    return ""


def _typical_number(text: str) -> Decimal | None:
    try:
        return Decimal(number_kept(text))
    except NotANumber:
        return None


def _typical_ratio(text: str) -> Decimal | None:
    try:
        return Decimal(percent_to_ratio(text))
    except NotANumber:
        return None


def _case(typical: Typical) -> tuple[Decimal | None, Decimal | None]:
    quota, target_pay = _typical_number(typical.quota), _typical_number(typical.target_pay)
    return (quota if quota and quota > 0 else None), (target_pay if target_pay and target_pay > 0 else None)


# A point of the curve is dragged


def dragged(version: PlanVersion, typed: TypedPlan, typical: Typical, component: int, drag: tuple[int, str, str]) -> TypedPlan:
    """The fields after a point was moved to (attainment, pay). Unchanged where the tiers can't be read."""
    point, x, pay = drag
    result = written(typed, version.content)
    _quota, target_pay = _case(typical)
    if component >= len(typed.components) or not typed.components[component].tiers or target_pay is None:
        return typed
    rows = result.content["components"][component].get("tiers", ())
    part = _component_pay(result.content, component, target_pay)
    if not _is_sound(rows) or not part:
        return typed
    ends = [TierEnd(None if row["to"] is None else Decimal(row["to"]), Decimal(row["rate"])) for row in rows]
    try:
        share = Decimal(pay) / part
        changed = moved(ends, point=point, x=Decimal(x), share=share)
    except ArithmeticError:
        return typed
    fresh = deepcopy(typed)
    fresh.components[component] = replace(
        fresh.components[component],
        tiers=[TypedTier(ratio_to_percent(None if end.to is None else plain(end.to)), plain(end.rate)) for end in changed],
    )
    return fresh


def problem_count(page: EditorPage) -> str:
    """'2 problems', for the live region."""
    return ngettext("%(n)s problem", "%(n)s problems", page.blocking) % {"n": page.blocking}
