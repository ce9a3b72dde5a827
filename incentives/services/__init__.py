"""What may be done with plans, assignments and runs."""

from incentives.services.assignments import assign, end_assignment
from incentives.services.calculation import calculate_run
from incentives.services.corrections import (
    find_corrections,
    look_for_corrections,
    release_correction,
    take_corrections,
)
from incentives.services.demo import ensure_demo_plan, kam_content
from incentives.services.plans import create_draft, create_plan, delete_draft, import_draft, publish, retire, save_draft
from incentives.services.runs import approve_run, mark_run, recalculate_run, return_run, start_run, submit_run

__all__ = [
    "approve_run",
    "assign",
    "calculate_run",
    "create_draft",
    "create_plan",
    "delete_draft",
    "end_assignment",
    "ensure_demo_plan",
    "find_corrections",
    "import_draft",
    "kam_content",
    "look_for_corrections",
    "mark_run",
    "publish",
    "recalculate_run",
    "release_correction",
    "retire",
    "return_run",
    "save_draft",
    "start_run",
    "submit_run",
    "take_corrections",
]
