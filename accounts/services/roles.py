"""Roles: given and ended by administrators, dated like everything else."""

from datetime import date, timedelta
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from accounts.access import Role
from accounts.errors import LastAdministrator, RoleAlreadyGranted, RoleHasNoTeam, RoleNeedsTeam, UnknownLogin
from accounts.models import RoleGrant, Team, User
from accounts.ranges import first_day, range_text
from accounts.scope import LEADS
from accounts.services.employment import no_overlap
from core.audit import acting
from core.calendar import today
from core.errors import NotFound


def give_role(*, email: str, role: Role, team: Team | None, since: date, last_day: date | None, by: User) -> RoleGrant:
    """The login has the role from a day on (through `last_day`); managers and directors for a team, others for all.

    Raises UnknownLogin, RoleNeedsTeam, RoleHasNoTeam, RoleAlreadyGranted.
    """
    _check_team(role, team)
    during = DateRange(since, last_day + timedelta(days=1) if last_day else None)
    with no_overlap(), acting(by, "role.granted"):
        user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
        if user is None:
            raise UnknownLogin(email=email)
        same = RoleGrant.objects.filter(user=user, role=role, team=team, during__overlap=during).first()
        if same is not None:
            raise RoleAlreadyGranted(name=user.name, range=range_text(same.during))
        return RoleGrant.objects.create(user=user, role=role, team=team, during=during)


def _check_team(role: Role, team: Team | None) -> None:
    """A director may lead the whole company; a manager always has a team; all other roles know no teams."""
    if role == Role.MANAGER and team is None:
        raise RoleNeedsTeam(role=role.label)
    if role not in LEADS and team is not None:
        raise RoleHasNoTeam(role=role.label)


def end_role(*, user_uid: UUID, role: Role, team_code: str, since: date, by: User) -> RoleGrant:
    """The role granted from `since` ends at once; one that has not begun, or began today, is taken back.

    Raises NotFound, LastAdministrator.
    """
    with no_overlap(), acting(by, "role.ended"):
        of_team = Q(team__code=team_code) if team_code else Q(team=None)
        grant = (
            RoleGrant.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(of_team, user__uid=user_uid, role=role, during__startswith=since)
            .first()
        )
        if grant is None or (grant.during.upper is not None and grant.during.upper <= today()):
            raise NotFound
        if role == Role.ADMINISTRATOR and not _another_administrator(grant):
            raise LastAdministrator(name=grant.user.name)
        if first_day(grant.during) >= today():
            grant.delete()
        else:
            grant.during = DateRange(grant.during.lower, today())
            grant.save(update_fields=["during"])
    return grant


def _another_administrator(grant: RoleGrant) -> bool:
    """Whether somebody else stays administrator without an end. Locks all their grants, in key order."""
    others = RoleGrant.objects.select_for_update(of=("self",)).filter(
        role=Role.ADMINISTRATOR, during__contains=today(), during__upper_inf=True, user__is_active=True
    )
    return any(other.user_id != grant.user_id for other in others.order_by("pk"))
