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
from goals.services.targets import Derived, clear_target, derive_targets, set_target

__all__ = [
    "Derived",
    "all_periods",
    "clear_target",
    "compute",
    "compute_all",
    "compute_for",
    "derive_targets",
    "differences",
    "periods_of",
    "refresh_targets",
    "set_target",
]
