"""Reads of goals: figures for pages, the pace of a period, targets that hold, lists of results, explanations."""

from goals.selectors.explain import explanation, history, subject_href
from goals.selectors.figures import (
    Figure,
    Past,
    Subject,
    SubjectFigures,
    child_figures,
    figures,
    figures_of_people,
    kpis,
)
from goals.selectors.pace import Pace, at_same_point, pace
from goals.selectors.results import ORDERS, ResultFilter, ordered, results, trends
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
    "ORDERS",
    "Figure",
    "Pace",
    "Past",
    "ResolvedTarget",
    "ResultFilter",
    "Subject",
    "SubjectFigures",
    "at_same_point",
    "child_figures",
    "explanation",
    "figures",
    "figures_of_people",
    "history",
    "kpis",
    "ordered",
    "pace",
    "resolved_target",
    "resolved_targets",
    "results",
    "sellers",
    "subject_href",
    "target_of",
    "targets_of_people",
    "trends",
    "who_is",
]
