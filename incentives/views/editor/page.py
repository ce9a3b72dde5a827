"""Everything the plan editor shows for what is typed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from django.utils.translation import gettext as _

from core import formats
from core.charts import Chart
from incentives.forms.typed_case import Needs, case_of, completed, needs_of
from incentives.forms.typed_numbers import exact_text
from incentives.forms.typed_plan import PLAN, Removed, TypedExample, TypedPlan, Written, written
from incentives.forms.typed_tree import Node as Typed
from incentives.forms.typed_tree import text_of
from incentives.models import PlanVersion
from incentives.rules.checks import has_errors, problems
from incentives.rules.document import PlanDocument, read
from incentives.rules.facts_document import read_facts
from incentives.rules.plan_terms import PLAN_FIELDS
from incentives.rules.reading import Problem, exact_number
from incentives.views.editor.components import shown_component
from incentives.views.editor.curve import plan_curve
from incentives.views.editor.example import (
    Computed,
    ShownExample,
    case_nodes,
    computed,
    example_result,
    facts_summary,
    holds,
    result_units,
)
from incentives.views.editor.nodes import NodeBuilder
from incentives.views.editor.reasons import reasons_by_path, shown_problems
from incentives.views.editor.shown import ExampleResult, Input, Node, Part, ShownComponent, ShownProblem, field_id

# Fields of the plan as a whole that are offered rather than shown while nothing is said.
PLAN_PANEL = "plan"
_OFFERED = frozenset(each.name for each in PLAN_FIELDS)


@dataclass(frozen=True, slots=True)
class View:
    """What the page is about beside the plan.

    selected  the component shown in the middle
    on_plan   what the plan says as a whole is shown there instead
    tier      the row being edited: its range is shaded in the curve
    focus     the path of the field to go to after a change by a button
    removed   what the last button took away
    results   codes of results that may be named, with their names
    """

    selected: int = 0
    on_plan: bool = False
    tier: int | None = None
    focus: str = ""
    removed: Removed | None = None
    results: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class EditorPage:
    version: PlanVersion
    typed: TypedPlan
    written: Written
    components: Sequence[ShownComponent]
    plan: Part
    problems: Sequence[ShownProblem]
    weights: Fraction | None
    case: Sequence[Node]
    case_key: str
    example: ExampleResult
    examples: Sequence[ShownExample]
    chart: Chart | None
    view: View
    target_pay: Fraction | None
    facts: Computed

    @property
    def selected(self) -> str:
        """What is shown in the middle: a component's number, or PLAN_PANEL."""
        return PLAN_PANEL if self.on_plan else str(self.view.selected)

    @property
    def on_plan(self) -> bool:
        return self.view.on_plan or not self.components

    @property
    def plan_text(self) -> str:
        """What the plan's card says."""
        cap = text_of(self.typed.fields.get("cap"))
        texts = [_("cap %(cap)s %%") % {"cap": cap} if cap else _("no cap"), *(node.label for node in self.plan.parts)]
        return " · ".join(texts)

    @property
    def plan_has_error(self) -> bool:
        return any(field.error for field in self.plan.inputs)

    @property
    def can_be_saved(self) -> bool:
        return not self.written.errors

    @property
    def blocking(self) -> int:
        return sum(problem.tone == "bad" for problem in self.problems)

    @property
    def focus(self) -> str:
        """The id of the field to go to."""
        if not self.view.focus:
            return ""
        paths = (each.name for each in self.fields if not each.hidden)
        wanted = self.view.focus
        found = next((path for path in paths if path == wanted or path.startswith(f"{wanted}.")), "")
        return field_id(found) if found else ""

    @property
    def fields(self) -> Iterator[Input]:
        """All fields that may carry a reason."""
        yield from self.plan.inputs
        for component in self.components:
            yield from component.inputs
        for node in self.case:
            yield from node.inputs
        for example in self.examples:
            yield example.name
            yield example.expected

    @property
    def result_codes(self) -> list[str]:
        """Of the results that the plan reads."""
        return [] if self.facts.plan is None else self.facts.plan.results

    def located(self, problem: ShownProblem) -> ShownProblem:
        """With the panel in which its field is shown, and the field's name."""
        if any(each.id == problem.field for each in self.plan.inputs):
            label = next(each.label for each in self.plan.inputs if each.id == problem.field)
            return replace(problem, panel=PLAN_PANEL, where=label)
        for component in self.components:
            for each in component.inputs:
                if each.id == problem.field:
                    several = len(self.components) > 1
                    where = f"{component.title} · {each.label}" if several else each.label
                    return replace(problem, panel=str(component.index), where=where)
        return problem

    @property
    def visible_fields(self) -> Iterator[Input]:
        return (each for each in self.fields if not each.hidden)

    @property
    def weights_text(self) -> str:
        """All digits, since they must be exactly 100 %."""
        return "" if self.weights is None else f"{exact_text(self.weights * 100)}{formats.NBSP}%"

    @property
    def weights_are_whole(self) -> bool:
        return self.weights == 1

    @property
    def pay_at_target(self) -> str:
        if self.target_pay is None:
            return formats.DASH
        amount = self.target_pay
        return formats.money_full(amount.numerator / amount.denominator, self.version.currency)

    @property
    def kept(self) -> str:
        """What the last button took away, carried along until the next one."""
        return self.view.removed.as_json() if self.view.removed else ""


@dataclass(frozen=True, slots=True)
class CaseTyped:
    """What was typed of the example, and what it begins with."""

    typed: Mapping[str, Typed] = field(default_factory=dict)
    start: Mapping[str, Typed] = field(default_factory=dict)


def editor_page(version: PlanVersion, typed: TypedPlan, case: CaseTyped, view: View) -> EditorPage:
    """The page for what is typed. No queries."""
    result = written(typed, version.content)
    found = problems(result.content)
    plan, _problems = read(result.content)
    is_sound = not result.errors and not has_errors([each for each in found if not each.path.startswith("examples.")])
    needs = needs_of(plan)
    full = completed(case.typed, needs, case.start)
    facts = case_of(full, needs, version.currency, result_units(needs))
    known, wrong = read_facts(facts.facts)
    outcome = computed(_standing(plan, result, is_sound=is_sound), None if wrong else known)
    reasons = reasons_by_path(result, found, typed) | facts.errors
    builder = NodeBuilder(reasons, version.currency, view.results)
    view = _within(view, len(typed.components))
    components = [
        shown_component(
            number,
            component,
            result.content["components"][number],
            builder,
            selected=number == view.selected and not view.on_plan,
            currency=version.currency,
            count=len(typed.components),
        )
        for number, component in enumerate(typed.components)
    ]
    part = builder.part(PLAN, typed.fields, "", optional=_OFFERED)
    nodes = case_nodes(needs, full, builder, dict(view.results), plan)
    examples = [
        _example(number, each, plan, version, reasons, is_sound=is_sound) for number, each in enumerate(typed.examples)
    ]
    page = EditorPage(
        version=version,
        typed=typed,
        written=result,
        components=components,
        plan=part,
        problems=(),
        weights=_weights(result),
        case=nodes,
        case_key=_case_key(needs),
        example=example_result(outcome, facts, version.currency, is_sound=is_sound),
        examples=examples,
        chart=plan_curve(
            version, result.content, outcome.facts, selected=None if view.on_plan else view.selected, tier=view.tier
        ),
        view=view,
        target_pay=exact_number(facts.facts.get("target_pay")),
        facts=outcome,
    )
    return _with_problems(page, result, found, typed)


def _standing(plan: PlanDocument | None, result: Written, *, is_sound: bool) -> PlanDocument | None:
    """The plan, and while something is wrong in it what can be computed of it."""
    if plan is None or is_sound:
        return plan
    return None if result.errors or not plan.components else _sound_part(plan, result)


def _sound_part(plan: PlanDocument, result: Written) -> PlanDocument | None:
    found = [problem for problem in problems(result.content) if problem.severity == "error"]
    inside = [problem for problem in found if problem.path.startswith("components.") or problem.path == "schema"]
    return None if inside else plan


def _with_problems(page: EditorPage, result: Written, found: Sequence[Problem], typed: TypedPlan) -> EditorPage:
    fields = {each.name: each.id for each in page.visible_fields}
    shown = shown_problems(result, found, typed, fields)
    return replace(page, problems=[page.located(each) for each in shown])


def _within(view: View, count: int) -> View:
    return replace(view, selected=min(max(view.selected, 0), max(count - 1, 0)))


def _weights(result: Written) -> Fraction | None:
    """The sum of the weights that are numbers; None where no component has one."""
    weights = [exact_number(component.get("weight")) for component in result.content["components"]]
    known = [weight for weight in weights if weight is not None]
    return sum(known, Fraction(0)) if known else None


def _case_key(needs: Needs) -> str:
    """Tells whether the example asks the same as before."""
    results = [f"{need.code}.{need.read}.{need.counted}" for need in needs.results]
    parts = [*sorted(needs.columns), *needs.figures, *sorted(needs.single), *results, *needs.ranks, *needs.quotas]
    return "|".join([*parts, *(key for key, _points in needs.pools)])


def _example(
    number: int,
    example: TypedExample,
    plan: PlanDocument | None,
    version: PlanVersion,
    reasons: Mapping[str, str],
    *,
    is_sound: bool,
) -> ShownExample:
    facts, wrong = read_facts(example.facts)
    found = computed(plan if is_sound else None, None if wrong else facts)
    path = f"examples.{number}"
    name = Input(name=f"{path}.name", label=_("Name"), value=example.name, error=reasons.get(f"{path}.name", ""))
    expected = Input(
        name=f"{path}.pays",
        label=_("Pays"),
        value=example.pays,
        widget="money",
        unit=formats.currency_symbol(version.currency),
        error=reasons.get(f"{path}.pays", ""),
    )
    return ShownExample(
        path=path,
        name=name,
        expected=expected,
        facts=json.dumps(example.facts, ensure_ascii=False),
        now=formats.money_full(found.outcome.total, version.currency) if found.outcome else "",
        holds=holds(example, found.outcome),
        summary=facts_summary(example.facts, version.currency),
    )
