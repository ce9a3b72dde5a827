"""What is wrong with a plan document, by the path of the field to change."""

from collections.abc import Mapping

from incentives.rules.document import read
from incentives.rules.examples import example_problems
from incentives.rules.reading import Problem

__all__ = ["Problem", "has_errors", "problems"]


def problems(content: object) -> list[Problem]:
    """Everything that is wrong, errors first, then warnings, each in the order of the document. Never raises.

    A worked example that the plan does not pay as expected is an error.
    """
    plan, found = read(content)
    if isinstance(content, Mapping) and content.get("examples") is not None:
        found = found + example_problems(content, None if has_errors(found) else plan)
    return sorted(found, key=lambda problem: problem.severity != "error")


def has_errors(found: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in found)
