"""Writes on coaching notes, promises and the cadence. One public function a use case."""

from training.services.actions import add_action, remove_action, set_done
from training.services.cadence import remind_coaching, remove_empty_pages, set_cadence
from training.services.notes import (
    NoteDraft,
    add_addendum,
    attach_deal,
    attach_result,
    close_note,
    detach,
    open_draft,
    save_note,
)

__all__ = [
    "NoteDraft",
    "add_action",
    "add_addendum",
    "attach_deal",
    "attach_result",
    "close_note",
    "detach",
    "open_draft",
    "remind_coaching",
    "remove_action",
    "remove_empty_pages",
    "save_note",
    "set_cadence",
    "set_done",
]
