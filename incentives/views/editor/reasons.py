"""Why a field is wrong, and what stands before publishing."""

from collections.abc import Mapping, Sequence
from typing import Literal

from incentives import messages
from incentives.forms.typed_plan import TypedPlan, Written
from incentives.forms.typed_tree import object_of, split_path, text_of
from incentives.rules.checks import Problem
from incentives.views.editor.shown import ShownProblem, field_id


def reasons_by_path(result: Written, found: Sequence[Problem], typed: TypedPlan) -> dict[str, str]:
    """Why a field is wrong, by its path: what is no number first, then what the rules say of the rest."""
    reasons = dict(result.errors)
    for problem in found:
        if problem.severity == "error":
            reasons.setdefault(field_path(problem.path, typed), messages.problem_text(problem))
    return reasons


def field_path(path: str, typed: TypedPlan) -> str:
    """The field to change for a problem at a path: a row's start is the end of the row before, unless it is typed."""
    if path == "components":
        weights = (n for n, each in enumerate(typed.components) if text_of(each.get("weight")))
        return next((f"components.{n}.weight" for n in weights), path)
    row, last = split_path(path)
    rows, number = split_path(row)
    if last != "from" or not number.isdigit() or int(number) == 0:
        return path
    return path if _is_typed(path, typed) else f"{rows}.{int(number) - 1}.to"


def _is_typed(path: str, typed: TypedPlan) -> bool:
    row, last = split_path(path)
    node: object = typed.tree
    for step in row.split("."):
        node = node[int(step)] if isinstance(node, list) and step.isdigit() else object_of(node).get(step)
    return bool(object_of(node).get(last))


def shown_problems(
    result: Written, found: Sequence[Problem], typed: TypedPlan, fields: Mapping[str, str]
) -> list[ShownProblem]:
    """`fields`: the ids of the page's fields by their path."""
    shown = [_problem_at(path, text, "bad", fields) for path, text in result.errors.items()]
    for problem in found:
        path = field_path(problem.path, typed)
        if path in result.errors:
            continue  # no number there: what the rules make of the gap says nothing more
        tone: Literal["bad", "careful"] = "bad" if problem.severity == "error" else "careful"
        shown.append(_problem_at(path, messages.problem_text(problem), tone, fields))
    return shown


def _problem_at(path: str, text: str, tone: Literal["bad", "careful"], fields: Mapping[str, str]) -> ShownProblem:
    parts = path.split(".")
    panel = parts[1] if len(parts) > 1 and parts[0] == "components" else ""
    return ShownProblem(text, tone, _nearest(path, fields), panel)


def _nearest(path: str, fields: Mapping[str, str]) -> str:
    """The field at a path, else the first one inside, else the place that holds it."""
    while path:
        if path in fields:
            return fields[path]
        inside = next((each for name, each in fields.items() if name.startswith(f"{path}.")), None)
        if inside is not None:
            return inside
        path = split_path(path)[0]
    return ""


def ids_of(paths: Sequence[str]) -> dict[str, str]:
    return {path: field_id(path) for path in paths}
