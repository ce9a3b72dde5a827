"""Pages of people, teams, settings, notices and jobs."""

from accounts.views.common import search_palette, set_language
from accounts.views.company_settings import audit, rates, role_end, role_new, roles, schedule, schedule_turn, schedules
from accounts.views.jobs import job, job_cancel
from accounts.views.my_settings import profile, settings_home, token_revoke, tokens
from accounts.views.notices import notification_open, notification_read, notifications, notifications_read_all
from accounts.views.people import (
    employment,
    people,
    person_choices,
    person_leave,
    person_level,
    person_move,
    person_new,
    person_withdraw_level,
    person_withdraw_move,
)
from accounts.views.teams import team, team_end_lead, team_lead, team_new, team_rename, teams

__all__ = [
    "audit",
    "employment",
    "job",
    "job_cancel",
    "notification_open",
    "notification_read",
    "notifications",
    "notifications_read_all",
    "people",
    "person_choices",
    "person_leave",
    "person_level",
    "person_move",
    "person_new",
    "person_withdraw_level",
    "person_withdraw_move",
    "profile",
    "rates",
    "role_end",
    "role_new",
    "roles",
    "schedule",
    "schedule_turn",
    "schedules",
    "search_palette",
    "set_language",
    "settings_home",
    "team",
    "team_end_lead",
    "team_lead",
    "team_new",
    "team_rename",
    "teams",
    "token_revoke",
    "tokens",
]
