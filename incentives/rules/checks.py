"""What is wrong with a plan document, by the path of the field to change."""

from incentives.rules.document import read
from incentives.rules.reading import Problem

__all__ = ["Problem", "has_errors", "problems"]


def problems(content: object) -> list[Problem]:
    """Everything that is wrong, errors first, then warnings, each in the order of the document. Never raises."""
    return sorted(read(content)[1], key=lambda problem: problem.severity != "error")


def has_errors(found: list[Problem]) -> bool:
    return any(problem.severity == "error" for problem in found)
