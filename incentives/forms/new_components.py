"""What a component of each kind begins with when HR adds it: small, and sound but for what only HR can know."""

from collections.abc import Mapping
from typing import Any

from incentives.rules.kinds import KINDS

Content = dict[str, Any]

_ATTAINMENT = {"of": "attainment"}
_RESULT = {"of": "kpi", "code": "csat", "read": "value"}

# Where a kind may pay a share of the pay at target, it takes the weight that is still free.
_WEIGHTED = {"marginal_tiers", "payout_curve", "score"}

_BEGINNINGS: Mapping[str, Content] = {
    "marginal_tiers": {
        "basis": "attainment",
        "tiers": [{"from": "0", "to": "1", "rate": "1"}, {"from": "1", "to": None, "rate": "1.5"}],
    },
    "whole_tiers": {
        "basis": "amount",
        "rates": "credit",
        "tiers": [{"from": "0", "to": "30000", "rate": "0.02"}, {"from": "30000", "to": None, "rate": "0.04"}],
    },
    "flat_rate": {"rates": [{"rate": "0.03"}]},
    "payout_curve": {
        "measure": _ATTAINMENT,
        "points": [{"at": "0.8", "pays": "0.5"}, {"at": "1", "pays": "1"}, {"at": "1.2", "pays": "1.6"}],
    },
    "goal_bonus": {"measure": _ATTAINMENT, "at_least": "1", "amount": "500"},
    "score": {"measure": {"of": "kpi", "code": "review", "read": "score"}, "score_most": "1.5"},
    "matrix": {
        "row": _ATTAINMENT,
        "column": _RESULT,
        "row_bounds": ["0.8", "1"],
        "column_bounds": ["0", "0.8"],
        "cells": [["0.5", "0.8"], ["0.8", "1.2"]],
        "amount": "1000",
    },
    "spiff": {"per": "unit", "amount": "100"},
    "rank_bonus": {"by": "booked_revenue", "among": "plan", "prizes": ["5000", "3000", "1000"]},
    "team_pool": {"rate": "0.01", "split": "equal"},
    "team_override": {"rate": "0.004", "threshold": "0"},
    "leave_deduction": {"hours_per_day": "8"},
}


def beginning(kind: str, free: str) -> Content:
    """What the document says of a new component; `free` is the weight that no other component has."""
    if kind not in _WEIGHTED:
        weight = {}
    elif free == "0" and kind != "marginal_tiers":
        weight = {"share": "0.1"}  # all weights are given away: beside them
    else:
        weight = {"weight": free}
    label = KINDS[kind].label
    return {"name": {"en": label.en, "zh": label.zh}, **_BEGINNINGS.get(kind, {}), **weight}
