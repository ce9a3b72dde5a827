"""Who has which role, for what, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q

from accounts.access import Role
from accounts.models import RoleGrant
from accounts.ranges import first_day
from core.keyset import keyset_page


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A role of a login from `start` up to, and without, `end` (None: open). `state`: "now", "planned" or "over"."""

    user_uid: UUID
    name: str
    email: str
    role: Role
    team: str
    team_code: str
    start: date
    end: date | None
    state: str


@dataclass(frozen=True, slots=True)
class GrantRows:
    rows: Sequence[GrantRow]
    after: str | None


def grant_rows(*, on: date, text: str = "", role: str = "", past: bool = False, after: str = "") -> GrantRows:
    """Role grants by name, 50 a page: those in force or planned, or with `past` also those that are over. One query."""
    grants = RoleGrant.objects.select_related("user", "team")
    if text:
        grants = grants.filter(Q(user__name__icontains=text) | Q(user__email__icontains=text))
    if role:
        grants = grants.filter(role=role)
    if not past:
        grants = grants.filter(Q(during__upper_inf=True) | Q(during__endswith__gt=on))
    page = keyset_page(grants, order=("user__name", "pk"), after=after)
    return GrantRows([_row(grant, on) for grant in page.rows], page.after)


def _row(grant: RoleGrant, on: date) -> GrantRow:
    start, end = first_day(grant.during), grant.during.upper
    state = "planned" if start > on else "over" if end is not None and end <= on else "now"
    return GrantRow(
        user_uid=grant.user.uid,
        name=grant.user.name,
        email=grant.user.email,
        role=Role(grant.role),
        team=grant.team.name if grant.team else "",
        team_code=grant.team.code if grant.team else "",
        start=start,
        end=end,
        state=state,
    )
