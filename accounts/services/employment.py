"""What HR does: hire, move, promote, appoint, and let go, from a day on.

The rule of `organisation` holds here, too: a new row ends the one of that day. HR is moreover told where a later change
is already planned, instead of finding the new one cut short by it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.doors import get_visible
from accounts.errors import (
    AlreadyPlanned,
    EmailTaken,
    HasLeft,
    LeavesBeforeStart,
    NothingToWithdraw,
    NumberTaken,
    SomebodyWasFaster,
    TeamCodeTaken,
)
from accounts.models import Leadership, LevelRecord, Membership, Person, RoleGrant, Team, User
from accounts.ranges import day_text, first_day, range_text
from accounts.services.organisation import ensure_person, ensure_team, grant_role, lead_team, place_in_team, set_level
from core.audit import acting

Dated = TypeVar("Dated", Membership, Leadership, LevelRecord)
# The database's second line; the kind message names the range before it comes to that.
NO_OVERLAP = {
    "person_is_in_one_team_at_a_time",
    "team_has_one_leader_at_a_time",
    "person_has_one_level_at_a_time",
    "role_is_granted_once_at_a_time",
}


@contextmanager
def no_overlap() -> Iterator[None]:
    """One transaction; an overlap that only the database sees (two writers at once) becomes SomebodyWasFaster."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        if getattr(diagnostics, "constraint_name", None) not in NO_OVERLAP:
            raise
        raise SomebodyWasFaster from error


def hire_person(
    *, name: str, email: str, number: str, title: str, team: Team, level: int | None, since: date, by: User
) -> Person:
    """A new KAM with a login (its password is set through the mail of "Forgot the password?"), a team and a level.

    Raises NumberTaken, EmailTaken.
    """
    if Person.objects.filter(number=number).exists():
        raise NumberTaken(number=number)
    if User.objects.filter(email=email.strip().lower()).exists():
        raise EmailTaken(email=email)
    with no_overlap():
        person, _made = ensure_person(number=number, name=name, email=email, title=title, by=by)
        with acting(by, "person.hired"):
            person.hired_on = since
            person.save(update_fields=["hired_on"])
        place_in_team(person=person, team=team, since=since, by=by)
        grant_role(user=person.user, role=Role.KAM, team=None, since=since, by=by)
        if level is not None:
            set_level(person=person, level=level, since=since, by=by)
    return person


def move_person(*, person_uid: UUID, team: Team, since: date, by: User) -> Membership:
    """The person works in the team from a day on. Raises NotFound, HasLeft, AlreadyPlanned, SomebodyWasFaster."""
    with no_overlap():
        person = _employed(person_uid, by)
        later = _later(Membership.objects.filter(person=person).select_related("team"), since)
        if later is not None:
            raise AlreadyPlanned(name=person.name, what=later.team.name, range=range_text(later.during))
        return place_in_team(person=person, team=team, since=since, by=by)


def change_level(*, person_uid: UUID, level: int, since: date, by: User) -> LevelRecord:
    """The person is on the level from a day on. Raises NotFound, HasLeft, AlreadyPlanned, SomebodyWasFaster."""
    with no_overlap():
        person = _employed(person_uid, by)
        later = _later(LevelRecord.objects.filter(person=person), since)
        if later is not None:
            what = _("level %(level)s") % {"level": later.level}
            raise AlreadyPlanned(name=person.name, what=what, range=range_text(later.during))
        return set_level(person=person, level=level, since=since, by=by)


def appoint_leader(*, team_code: str, person_uid: UUID, since: date, by: User) -> Leadership:
    """The person leads the team from a day on, with a manager's access to it; the leader before leads it until then.

    Raises NotFound, HasLeft, AlreadyPlanned, SomebodyWasFaster.
    """
    with no_overlap():
        team = get_visible(Team, by, code=team_code)
        person = _employed(person_uid, by)
        later = _later(Leadership.objects.filter(team=team).select_related("person"), since)
        if later is not None:
            raise AlreadyPlanned(name=team.name, what=later.person.name, range=range_text(later.during))
        before = Leadership.objects.filter(team=team, during__contains=since).select_related("person").first()
        if before is not None and before.person_id != person.pk:
            _end_leading_role(team, before.person, since, by)
        grant_role(user=person.user, role=_leading_role(team), team=team, since=since, by=by)
        return lead_team(team=team, person=person, since=since, by=by)


def end_leadership(*, team_code: str, last_day: date, by: User) -> None:
    """Nobody leads the team after the day. Raises NotFound, NothingToWithdraw."""
    end = last_day + timedelta(days=1)
    with no_overlap(), acting(by, "team.leadership_ended"):
        team = get_visible(Team, by, code=team_code)
        leading = Leadership.objects.select_for_update().filter(team=team, during__contains=last_day).first()
        if leading is None:
            raise NothingToWithdraw(name=team.name)
        _cut(leading, end)
        _end_leading_role(team, leading.person, end, by)


def end_employment(*, person_uid: UUID, last_day: date, by: User) -> Person:
    """The person works here until the day: team, level, leading and roles end then; results and history stay.

    Raises NotFound, HasLeft, LeavesBeforeStart where something begins only after that day.
    """
    end = last_day + timedelta(days=1)
    with no_overlap(), acting(by, "person.left"):
        person = _employed(person_uid, by)
        dated: list[Membership | LevelRecord | Leadership] = [
            *person.memberships.select_for_update(of=("self",)).select_related("team"),
            *person.levels.select_for_update(),
            *person.leaderships.select_for_update(of=("self",)).select_related("team"),
        ]
        for row in dated:
            if first_day(row.during) >= end:
                raise LeavesBeforeStart(name=person.name, what=_what(row), range=range_text(row.during))
            if row.during.upper is None or row.during.upper > end:
                _cut(row, end)
        for grant in RoleGrant.objects.select_for_update().filter(user=person.user_id, during__contains=end):
            _cut(grant, end)
        RoleGrant.objects.filter(user=person.user_id, during__startswith__gte=end).delete()
        person.left_on = last_day
        person.save(update_fields=["left_on"])
    return person


def withdraw_move(*, person_uid: UUID, since: date, by: User) -> None:
    """Takes the latest move back, as if it had not been: the membership before it goes on. Raises NothingToWithdraw."""
    with no_overlap(), acting(by, "person.move_withdrawn"):
        person = get_visible(Person, by, person_uid, lock=True)
        _withdraw_latest(Membership.objects.filter(person=person), since, person.name)


def withdraw_level(*, person_uid: UUID, since: date, by: User) -> None:
    """Takes the latest change of level back. Raises NothingToWithdraw."""
    with no_overlap(), acting(by, "person.level_withdrawn"):
        person = get_visible(Person, by, person_uid, lock=True)
        _withdraw_latest(LevelRecord.objects.filter(person=person), since, person.name)


def make_team(*, code: str, name: str, kind: Team.Kind, parent_code: str, by: User) -> Team:
    """A team under another one. Raises NotFound, TeamCodeTaken."""
    parent = get_visible(Team, by, code=parent_code)
    if Team.objects.filter(code=code).exists():
        raise TeamCodeTaken(code=code)
    return ensure_team(code=code, name=name, kind=kind, parent=parent, by=by)


@transaction.atomic
def rename_team(*, code: str, name: str, by: User, cost_centre: str | None = None) -> Team:
    """Another name (and cost centre) for the same team; its code and address stay. Raises NotFound."""
    with acting(by, "team.renamed"):
        team = get_visible(Team, by, code=code, lock=True)
        team.name = name
        if cost_centre is not None:
            team.cost_centre = cost_centre
        team.save(update_fields=["name", "cost_centre"])
    return team


def _employed(person_uid: UUID, by: User) -> Person:
    """The person, locked. Raises NotFound, HasLeft."""
    person = get_visible(Person, by, person_uid, lock=True)
    if person.left_on is not None:
        raise HasLeft(name=person.name, on=day_text(person.left_on))
    return person


def _later(rows: "models.QuerySet[Dated]", since: date) -> Dated | None:
    return rows.filter(during__startswith__gt=since).order_by("during").first()


def _cut(row: Membership | LevelRecord | Leadership | RoleGrant, end: date) -> None:
    """Ends the row before `end`; what would then never have been goes."""
    if first_day(row.during) >= end:
        row.delete()
        return
    row.during = DateRange(row.during.lower, end)
    row.save(update_fields=["during"])


def _withdraw_latest(rows: "models.QuerySet[Dated]", since: date, name: str) -> None:
    latest_first = list(rows.select_for_update().order_by("-during")[:2])
    if len(latest_first) < 2 or latest_first[0].during.lower != since:
        raise NothingToWithdraw(name=name)
    latest, before = latest_first
    latest.delete()
    if before.during.upper == since:
        before.during = DateRange(before.during.lower, latest.during.upper)
        before.save(update_fields=["during"])


def _leading_role(team: Team) -> Role:
    return Role.MANAGER if team.kind != Team.Kind.COMPANY else Role.DIRECTOR


def _end_leading_role(team: Team, person: Person, end: date, by: User) -> None:
    """The access that came with leading the team ends with it."""
    with acting(by, "role.ended"):
        grants = RoleGrant.objects.select_for_update().filter(
            user=person.user_id, team=team, role=_leading_role(team), during__contains=end
        )
        for grant in grants:
            _cut(grant, end)


def _what(row: Membership | LevelRecord | Leadership) -> str:
    if isinstance(row, LevelRecord):
        return _("level %(level)s") % {"level": row.level}
    return row.team.name
