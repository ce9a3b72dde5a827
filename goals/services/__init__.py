"""Writes of goals: results are computed, targets are set, imported and derived, KPIs edited, questions asked."""

from goals.services.compute import (
    all_periods,
    compute,
    compute_all,
    compute_for,
    differences,
    periods_of,
    refresh_targets,
)
from goals.services.kpis import KpiTexts, edit_kpi
from goals.services.questions import ask_about, who_answers
from goals.services.target_import import apply_targets, preview_targets
from goals.services.targets import Derived, clear_target, derive_targets, set_target

__all__ = [
    "Derived",
    "KpiTexts",
    "all_periods",
    "apply_targets",
    "ask_about",
    "clear_target",
    "compute",
    "compute_all",
    "compute_for",
    "derive_targets",
    "differences",
    "edit_kpi",
    "periods_of",
    "preview_targets",
    "refresh_targets",
    "set_target",
    "who_answers",
]
