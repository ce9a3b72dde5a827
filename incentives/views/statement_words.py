"""Why a statement pays nothing or is missing, in one sentence."""

from incentives.messages import error_text, note_text
from incentives.models import Statement

# Of several notes the first of these explains an empty statement best; the others are remarks.
REASONS = (
    "no_assignment",
    "no_quota",
    "no_target_pay",
    "no_credits",
    "negative_credit",
    "team_below_threshold",
    "leads_no_team",
)


def reason_of(statement: Statement) -> str:
    """Why there is no pay; empty where there is some."""
    if statement.error:
        return error_text(statement.error)
    notes = {note["code"]: note.get("values", {}) for note in statement.facts.get("notes", ())}
    code = next((code for code in REASONS if code in notes), None)
    if statement.total or code is None:
        return ""
    return note_text(code, notes[code], statement.currency)


def remarks_of(statement: Statement) -> list[str]:
    """What a reader must know beside the lines. That somebody leads no team goes without saying."""
    shown = [note for note in statement.facts.get("notes", ()) if note["code"] != "leads_no_team"]
    return [note_text(note["code"], note.get("values", {}), statement.currency) for note in shown]
