"""Reads: what a page or the API shows, in a known number of queries."""

from accounts.selectors.audit import AuditFilter, audit_rows, column_name, table_name, tracked_models
from accounts.selectors.notices import notice_rows
from accounts.selectors.people import (
    PersonFilter,
    Standing,
    career,
    people_named,
    person_rows,
    standing,
    titles_seen,
    years_here,
)
from accounts.selectors.roles import grant_rows
from accounts.selectors.schedules import schedule_row, schedule_rows
from accounts.selectors.teams import leader_rows, leaders_on, member_rows, team_tree

__all__ = [
    "AuditFilter",
    "PersonFilter",
    "Standing",
    "audit_rows",
    "career",
    "column_name",
    "grant_rows",
    "leader_rows",
    "leaders_on",
    "member_rows",
    "notice_rows",
    "people_named",
    "person_rows",
    "schedule_row",
    "schedule_rows",
    "standing",
    "table_name",
    "team_tree",
    "titles_seen",
    "tracked_models",
    "years_here",
]
