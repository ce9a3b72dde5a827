"""The example beside the editor: 'at 112 % on a target of 30,000 this pays …, because …', by the engine; and the worked
examples that are kept with the version."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from core import formats
from core.money import places
from incentives import messages
from incentives.forms.typed_case import (
    ROOT,
    Case,
    Needs,
    ResultNeed,
    beginning_case,
    case_fields,
    case_of,
    completed,
    deals_field,
    needs_of,
    quota_names,
    result_row,
)
from incentives.forms.typed_numbers import plain
from incentives.forms.typed_plan import TypedExample
from incentives.forms.typed_tree import Node as Typed
from incentives.forms.typed_tree import list_of, object_of, text_of
from incentives.reasons import reason_text
from incentives.rules.component import Component
from incentives.rules.document import PlanDocument, read
from incentives.rules.engine import Facts, Line, Outcome, Slice, evaluate, reason, slices
from incentives.rules.exact import rounded
from incentives.rules.facts_document import read_facts
from incentives.rules.measures import CREDIT_MEASURES, READS
from incentives.views.editor.nodes import NodeBuilder, say
from incentives.views.editor.shown import ExampleLine, ExampleResult, Input, Node


def result_units(needs: Needs) -> dict[str, str]:
    """The input for each result by 'code.read'."""
    return {f"{need.code}.{need.read}": "share" if need.read == "attainment" else "number" for need in needs.results}


# The fields


def case_nodes(
    needs: Needs, typed: Mapping[str, Typed], builder: NodeBuilder, names: Mapping[str, str], plan: PlanDocument | None
) -> list[Node]:
    """What is asked, in its order: target, pay, what else the plan looks at, deals, results, ranks, pools."""
    nodes: list[Node] = []
    for declared in case_fields(needs):
        node = builder.node(declared, typed.get(declared.name, ""), f"{ROOT}.{declared.name}", (typed,))
        if isinstance(node, Input) and declared.name == "attainment":
            node = _as_percent(node)
        nodes.append(node)
    nodes += [_quota(place, name, typed, builder) for place, name in enumerate(quota_names(needs))]
    for place, need in enumerate(needs.results):
        nodes += _result(place, need, typed, builder, names)
    nodes += [each for place, by in enumerate(needs.ranks) for each in _rank(place, by, typed, builder)]
    for place, (key, by_points) in enumerate(needs.pools):
        nodes += _pool(place, _component_name(plan, key), typed, builder, by_points=by_points)
    if needs.of_deals:
        nodes.append(builder.node(deals_field(needs), typed.get("credits"), f"{ROOT}.credits", (typed,)))
    return nodes


def _as_percent(node: Input) -> Input:
    return Input(name=node.name, label=node.label, value=node.value, error=node.error, widget="share", unit="%")


def _field(  # noqa: PLR0917  (an input, in the order one says it)
    path: str, value: str, label: str, builder: NodeBuilder, widget: str = "number", unit: str = ""
) -> Input:
    return Input(
        name=f"{ROOT}.{path}",
        label=label,
        value=value,
        error=builder.reasons.get(f"{ROOT}.{path}", ""),
        widget=widget,
        unit=unit,
    )


def _row(typed: Mapping[str, Typed], name: str, place: int) -> Mapping[str, Typed]:
    rows = list_of(typed.get(name))
    return object_of(rows[place]) if place < len(rows) else {}


def _quota(place: int, name: str, typed: Mapping[str, Typed], builder: NodeBuilder) -> Input:
    value = text_of(_row(typed, "quotas", place).get("amount"))
    return _field(f"quotas.{place}.amount", value, _("Target of %(name)s") % {"name": name}, builder)


def _result(
    place: int, need: ResultNeed, typed: Mapping[str, Typed], builder: NodeBuilder, names: Mapping[str, str]
) -> Iterator[Input]:
    row, of = result_row(typed, need), f"{need.code}.{need.read}"
    name = names.get(need.code, need.code)
    label = name if need.read == "value" else f"{name} · {say(READS[need.read])}"
    unit = "%" if need.read == "attainment" else ""
    yield Input(name=f"{ROOT}.results.{place}.of", label="", value=of, hidden=True)
    yield _field(f"results.{place}.value", text_of(row.get("value")), label, builder, unit=unit)
    if need.counted:
        text = _("%(name)s: answers") % {"name": name}
        yield _field(f"results.{place}.n", text_of(row.get("n")), text, builder, "count")


def _rank(place: int, by: str, typed: Mapping[str, Typed], builder: NodeBuilder) -> Iterator[Input]:
    row, name = _row(typed, "ranks", place), say(CREDIT_MEASURES[by])
    rank = text_of(row.get("rank"))
    yield _field(f"ranks.{place}.rank", rank, _("Rank by %(name)s") % {"name": name}, builder, "count")
    yield _field(f"ranks.{place}.tied", text_of(row.get("tied")), _("People on this rank"), builder, "count")


def _pool(
    place: int, name: str, typed: Mapping[str, Typed], builder: NodeBuilder, *, by_points: bool
) -> Iterator[Input]:
    row, values = _row(typed, "pools", place), {"name": name}
    sold = text_of(row.get("credits"))
    yield _field(f"pools.{place}.credits", sold, _("%(name)s: credits of all") % values, builder)
    members = text_of(row.get("members"))
    yield _field(f"pools.{place}.members", members, _("%(name)s: members") % values, builder, "count")
    if by_points:
        points = text_of(row.get("points"))
        yield _field(f"pools.{place}.points", points, _("%(name)s: own points, others 1") % values, builder)


def _component_name(plan: PlanDocument | None, key: str) -> str:
    for component in plan.components if plan else ():
        if component.key == key:
            return named(component)
    return key


def named(component: Component) -> str:
    """In the active language."""
    return component.name.get("zh" if formats.chinese() else "en") or component.name.get("en", "") or component.key


# What it pays


@dataclass(frozen=True, slots=True)
class Computed:
    """The facts as the engine reads them, None where it cannot; and what it makes of them."""

    facts: Facts | None
    outcome: Outcome | None
    plan: PlanDocument | None


def example_result(found: Computed, case: Case, currency: str, *, is_sound: bool) -> ExampleResult:
    """The whole plan; while something is wrong in it, the components that stand."""
    if case.errors or found.facts is None or found.outcome is None or found.plan is None:
        return ExampleResult(error=_("The example comes back when its fields and the plan can be computed."))
    outcome, facts = found.outcome, found.facts
    total = formats.money_full(outcome.total, currency)
    values = {
        "attainment": formats.percent(rounded(outcome.attainment, 6)) if outcome.attainment is not None else "",
        "quota": exact_money(Decimal(facts.quota or 0), currency),
        "total": total,
    }
    if not is_sound:
        sentence = _("As far as the plan stands, without what is wrong in it.")
    elif outcome.attainment is None:
        sentence = _("This pays %(total)s.") % values
    else:
        sentence = _("At %(attainment)s on a target of %(quota)s this pays %(total)s.") % values
    return ExampleResult(
        total=total,
        sentence=sentence,
        lines=[_line(line, found.plan, facts, currency) for line in outcome.lines],
        notes=[messages.note_text(note.code, note.values, currency) for note in outcome.notes],
        facts=case.facts,
        pays=str(outcome.total) if is_sound else "",
    )


def _line(line: Line, plan: PlanDocument, facts: Facts, currency: str) -> ExampleLine:
    name = named(plan.components[line.component]) if line.component is not None else _("Whole plan")
    parts = slices(plan, facts, line)
    why = [_slice(each, currency) for each in parts] if parts else [line_reason(plan, facts, line, currency)]
    return ExampleLine(name, formats.money_full(line.amount, currency), [text for text in why if text])


def _slice(part: Slice, currency: str) -> str:
    pay = exact_money(rounded(part.pay, 2), currency)
    values = {"amount": exact_money(rounded(part.part, 2), currency), "rate": rate_text(part.rate), "pay": pay}
    return _("%(amount)s at %(rate)s = %(pay)s") % values


def line_reason(plan: PlanDocument, facts: Facts, line: Line, currency: str) -> str:
    """Why a line has its amount, in one sentence."""
    return reason_text(reason(plan, facts, line), currency)


def exact_money(amount: Decimal, currency: str) -> str:
    """Money to the minor unit, without it where it is zero: '$15,000', '$1,012.50'."""
    text = formats.money_full(amount, currency)
    decimals = places(currency)
    return text[: -decimals - 1] if decimals and amount == amount.to_integral_value() else text


def rate_text(rate: Fraction) -> str:
    """Percent with as many decimals as it needs, at most two: '9 %', '6.3 %', '8.75 %'."""
    return f"{plain(rounded(rate * 100, 2))}{formats.NBSP}%"


def everyday_facts(content: Mapping[str, Any], quota: Fraction, target_pay: Fraction, currency: str) -> Facts | None:
    """The case with which the calculator begins, for this quota and pay at target."""
    plan, _problems = read(content)
    needs = needs_of(plan)
    typed = completed({}, needs, beginning_case(quota, target_pay))
    facts, wrong = read_facts(case_of(typed, needs, currency, result_units(needs)).facts)
    return None if wrong else facts


# Worked examples


@dataclass(frozen=True, slots=True)
class ShownExample:
    """A worked example. `pays` what the plan pays now, empty where it can't be computed; `facts` as JSON."""

    path: str
    name: Input
    expected: Input
    facts: str
    now: str
    holds: bool
    summary: str


def computed(plan: PlanDocument | None, facts: Facts | None) -> Computed:
    """What the engine makes of the facts. Nothing where the plan reads as nothing."""
    if plan is None or facts is None:
        return Computed(facts, None, plan)
    return Computed(facts, evaluate(plan, facts), plan)


def facts_summary(facts: Mapping[str, Any], currency: str) -> str:
    """'target $30,000, credits $33,600': what a worked example is about."""
    parts = []
    quota = _decimal(facts.get("quota"))
    if quota is not None:
        parts.append(_("target %(amount)s") % {"amount": exact_money(quota, currency)})
    amounts = [_decimal(object_of(each).get("amount")) for each in list_of(facts.get("credits"))]
    sold = sum((amount for amount in amounts if amount is not None), Decimal(0))
    parts.append(_("credits %(amount)s") % {"amount": exact_money(sold, currency)})
    parts += [
        f"{code} {next(iter(object_of(each).values()), '')}" for code, each in object_of(facts.get("results")).items()
    ]
    return ("，" if formats.chinese() else ", ").join(parts)


def _decimal(value: object) -> Decimal | None:
    try:
        return Decimal(str(value)) if value is not None and "/" not in str(value) else None
    except ArithmeticError:
        return None


def holds(example: TypedExample, outcome: Outcome | None) -> bool:
    """Whether the plan pays what the example expects."""
    expected = _decimal(example.pays)
    return outcome is not None and expected is not None and outcome.total == expected
