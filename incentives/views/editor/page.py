"""Everything the plan editor shows for what is typed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from core import formats
from core.charts import Chart
from incentives.forms.typed_plan import TypedPlan, Written, written
from incentives.models import PlanVersion
from incentives.rules.checks import has_errors, problems
from incentives.views.editor.components import shown_component
from incentives.views.editor.curve import plan_curve
from incentives.views.editor.example import example_fields, example_result
from incentives.views.editor.reasons import reasons_by_path, shown_problems
from incentives.views.editor.shown import ExampleResult, ShownComponent, ShownField, ShownProblem, Typical


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
    focus: str
    has_override: bool

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
        yield from (field for name, field in self.typical_fields.items() if name != "team" or self.has_override)
        for component in self.components:
            yield from component.shown_fields
            for tier in component.tiers:
                yield from (tier.to, tier.rate)

    @property
    def pay_at_target(self) -> str:
        amount = self.typical.target_amount
        return formats.DASH if amount is None else formats.money_full(amount, self.version.currency)


def editor_page(
    version: PlanVersion,
    typed: TypedPlan,
    typical: Typical,
    *,
    selected: int = 0,
    tier: int | None = None,
    focus: str = "",
) -> EditorPage:
    """The page for what is typed. No queries.

    selected  the component shown in the middle
    tier      the row being edited: its range is shaded in the curve
    focus     the id of the field to go to after a change by a button
    """
    selected = min(max(selected, 0), max(len(typed.components) - 1, 0))
    result = written(typed, version.content)
    found = problems(result.content)
    reasons = reasons_by_path(result, found, typed)
    is_sound = not result.errors and not has_errors(found)
    return EditorPage(
        version=version,
        typed=typed,
        written=result,
        components=[
            shown_component(
                number,
                component,
                result.content["components"][number],
                reasons,
                selected=number == selected,
                currency=version.currency,
            )
            for number, component in enumerate(typed.components)
        ],
        selected=selected,
        cap=ShownField("cap", typed.cap, reasons.get("cap", ""), "%", _("Cap")),
        problems=shown_problems(result, found, typed),
        weights=_weights(result),
        typical=typical,
        typical_fields=example_fields(typical),
        example=example_result(version, result, typical, is_sound=is_sound, selected=selected),
        chart=plan_curve(version, result.content, typical, selected=selected, tier=tier),
        focus=focus,
        has_override=any(not component.has_tiers for component in typed.components),
    )


def _weights(result: Written) -> Decimal | None:
    """The sum of the weights that are numbers; None where no component has one."""
    weights = [component["weight"] for component in result.content["components"] if component.get("weight")]
    return sum((Decimal(weight) for weight in weights), Decimal(0)) if weights else None
