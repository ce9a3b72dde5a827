"""Why a field is wrong, and what stands before publishing."""

from collections.abc import Sequence
from typing import Literal

from incentives import messages
from incentives.forms.typed_plan import TypedPlan, Written
from incentives.rules.checks import Problem
from incentives.views.editor.shown import ShownProblem, field_id


def reasons_by_path(result: Written, found: Sequence[Problem], typed: TypedPlan) -> dict[str, str]:
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


def shown_problems(result: Written, found: Sequence[Problem], typed: TypedPlan) -> list[ShownProblem]:
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
