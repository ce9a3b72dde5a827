"""Reads of incentives: runs, statements with reasons, pay for dashboards, what-if and simulation."""

from incentives.selectors.explanations import explain_line, explain_statement
from incentives.selectors.pay_figures import (
    BonusCost,
    BonusSoFar,
    Movers,
    NextBound,
    WhatIf,
    bonus_costs,
    bonus_so_far,
    movers,
    runs_waiting_for,
    what_if,
)
from incentives.selectors.pay_history import statements_of_person
from incentives.selectors.runs import (
    Cause,
    Changed,
    Difference,
    PayPoint,
    comparable_runs,
    compare_runs,
    pay_against_attainment,
    run_rows,
)
from incentives.selectors.simulation import Question, Simulation, simulate
from incentives.selectors.statements import (
    Group,
    LineRow,
    StatementDetail,
    TierPart,
    latest_statement,
    statement_detail,
)

__all__ = [
    "BonusCost",
    "BonusSoFar",
    "Cause",
    "Changed",
    "Difference",
    "Group",
    "LineRow",
    "Movers",
    "NextBound",
    "PayPoint",
    "Question",
    "Simulation",
    "StatementDetail",
    "TierPart",
    "WhatIf",
    "bonus_costs",
    "bonus_so_far",
    "comparable_runs",
    "compare_runs",
    "explain_line",
    "explain_statement",
    "latest_statement",
    "movers",
    "pay_against_attainment",
    "run_rows",
    "runs_waiting_for",
    "simulate",
    "statement_detail",
    "statements_of_person",
    "what_if",
]
