"""Reads of goals: figures for pages, the pace of a period, targets that hold, lists of results, explanations."""

from goals.selectors.figures import (
    Figure,
    Past,
    Subject,
    SubjectFigures,
    child_figures,
    figures,
    kpis,
)
from goals.selectors.pace import Pace, pace
from goals.selectors.targets import (
    ResolvedTarget,
    resolved_target,
    resolved_targets,
    sellers,
    target_of,
    targets_of_people,
    who_is,
)

__all__ = [
    "Figure",
    "Pace",
    "Past",
    "ResolvedTarget",
    "Subject",
    "SubjectFigures",
    "child_figures",
    "figures",
    "kpis",
    "pace",
    "resolved_target",
    "resolved_targets",
    "sellers",
    "target_of",
    "targets_of_people",
    "who_is",
]
