"""Writes on people, teams, roles, tokens, schedules and notices. One public function a use case."""

from accounts.services.employment import (
    appoint_leader,
    change_level,
    end_employment,
    end_leadership,
    hire_person,
    make_team,
    move_person,
    rename_team,
    withdraw_level,
    withdraw_move,
)
from accounts.services.notices import mark_all_read, mark_read
from accounts.services.organisation import (
    ensure_person,
    ensure_team,
    grant_role,
    lead_team,
    place_in_team,
    set_level,
)
from accounts.services.profile import change_profile, choose_language
from accounts.services.roles import end_role, give_role
from accounts.services.schedules import change_schedule, sync_schedules, turn_schedule
from accounts.services.tokens import make_token, revoke_token

__all__ = [
    "appoint_leader",
    "change_level",
    "change_profile",
    "change_schedule",
    "choose_language",
    "end_employment",
    "end_leadership",
    "end_role",
    "ensure_person",
    "ensure_team",
    "give_role",
    "grant_role",
    "hire_person",
    "lead_team",
    "make_team",
    "make_token",
    "mark_all_read",
    "mark_read",
    "move_person",
    "place_in_team",
    "rename_team",
    "revoke_token",
    "set_level",
    "sync_schedules",
    "turn_schedule",
    "withdraw_level",
    "withdraw_move",
]
