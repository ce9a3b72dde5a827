"""People, teams, levels and roles: who works where since when. What changes over time is ended, never overwritten.

`by` is None where a program acts for nobody, such as an import started from the command line.
"""

from datetime import date
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from accounts.access import Role
from accounts.models import Leadership, LevelRecord, Membership, Person, RoleGrant, Team, User
from core.audit import acting

Dated = TypeVar("Dated", Membership, Leadership, LevelRecord)


@transaction.atomic
def ensure_team(*, code: str, name: str, kind: Team.Kind, parent: Team | None, by: User | None) -> Team:
    """The team of a code; made under `parent` where there is none. An existing one keeps its name and place."""
    found = Team.objects.filter(code=code).first()
    if found is not None:
        return found
    with acting(by, "team.created"):
        team = Team.objects.create(code=code, name=name, kind=kind, parent=parent)
        team.path = f"{parent.path if parent else '/'}{team.pk}/"
        team.save(update_fields=["path"])
    return team


@transaction.atomic
def ensure_person(*, number: str, name: str, email: str, title: str = "", by: User | None) -> tuple[Person, bool]:
    """The person of an employee number, and whether just made, then with a login that has no password yet.

    Where `email` is another login's, the new one gets a number: `li.na-2@…`.
    """
    found = Person.objects.select_related("user").filter(number=number).first()
    if found is not None:
        return found, False
    with acting(by, "person.created"):
        user = User.objects.create_user(email=_free_email(email), name=name)
        return Person.objects.create(user=user, number=number, name=name, title=title), True


def _free_email(wanted: str) -> str:
    wanted = wanted.strip().lower()
    local, _, domain = wanted.partition("@")
    similar = User.objects.filter(email__startswith=local, email__endswith=f"@{domain}")
    taken = set(similar.values_list("email", flat=True))
    numbered = (f"{local}-{n}@{domain}" for n in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(email for email in numbered if email not in taken)


@transaction.atomic
def place_in_team(*, person: Person, team: Team, since: date, by: User | None) -> Membership:
    """The person works in the team from a day on, until an already known later change."""
    with acting(by, "person.placed_in_team"):
        return _from_day_on(Membership, Q(person=person), {"person": person, "team": team}, since)


@transaction.atomic
def lead_team(*, team: Team, person: Person, since: date, by: User | None) -> Leadership:
    """The person leads the team from a day on, until an already known later change. The role is granted apart."""
    with acting(by, "team.led"):
        return _from_day_on(Leadership, Q(team=team), {"team": team, "person": person}, since)


@transaction.atomic
def set_level(*, person: Person, level: int, since: date, by: User | None) -> LevelRecord:
    """The person is on a level from a day on, until an already known later change."""
    with acting(by, "person.level_set"):
        return _from_day_on(LevelRecord, Q(person=person), {"person": person, "level": level}, since)


@transaction.atomic
def grant_role(*, user: User, role: Role, team: Team | None, since: date, by: User | None) -> RoleGrant:
    """The user has the role from a day on, for the team and all under it (None: the whole company), unless it is so."""
    same = RoleGrant.objects.select_for_update().filter(user=user, role=role, team=team, during__upper_inf=True)
    found = same.first()
    if found is not None:
        return found
    with acting(by, "role.granted"):
        return RoleGrant.objects.create(user=user, role=role, team=team, during=DateRange(since, None))


def _from_day_on(model: type[Dated], of: Q, values: dict[str, Any], since: date) -> Dated:
    """A row with `values` from `since` on: ends the row of that day there; a row that begins later stays.

    Nothing changes where the row of that day already says the same.
    """
    rows: models.QuerySet[Dated] = model._default_manager.filter(of).select_for_update().order_by("during")
    now = rows.filter(during__contains=since).first()
    if now is not None and all(getattr(now, name) == value for name, value in values.items()):
        return now
    later = rows.filter(during__startswith__gt=since).first()
    if now is not None and now.during.lower == since:
        for name, value in values.items():
            setattr(now, name, value)
        now.save(update_fields=list(values))
        return now
    if now is not None:
        now.during = DateRange(now.during.lower, since)
        now.save(update_fields=["during"])
    return model._default_manager.create(during=DateRange(since, later.during.lower if later else None), **values)
