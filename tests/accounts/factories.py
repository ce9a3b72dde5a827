"""People, teams and logins for tests: the smallest valid thing; a test names only what matters to it.

person_with_role(Role.MANAGER, team)   somebody who leads the team
PersonFactory(team=team, level=3)      a KAM of the team since 2020
company()                              company > 2 regions > 2 teams each
client_for(person.user)                a browser logged in
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.test import Client
from factory.declarations import LazyAttribute, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.access import Role
from accounts.models import Leadership, LevelRecord, Membership, Person, RoleGrant, Team, User

# Everybody has been here for long, unless a test says otherwise.
EVER = (date(2020, 1, 1), None)
LEADERS = {Role.MANAGER, Role.DIRECTOR}


class UserFactory(DjangoModelFactory[User]):
    """A login without a password that works: `client_for` needs none. Give `password="…"` to test the login page."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = Sequence(lambda n: f"person{n}@company.example")
    name = Sequence(lambda n: f"Person {n}")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(*args, **kwargs)


class TeamFactory(DjangoModelFactory[Team]):
    """A team under `parent`, by default under the one company."""

    class Meta:
        model = Team

    code = Sequence(lambda n: f"team-{n}")
    name = Sequence(lambda n: f"Team {n}")
    kind = Team.Kind.TEAM
    parent = LazyAttribute(lambda _team: the_company())

    @classmethod
    def _create(cls, model_class: type[Team], *_args: Any, **kwargs: Any) -> Team:
        team = model_class.objects.create(**kwargs)
        team.path = f"{team.parent.path if team.parent else '/'}{team.pk}/"
        team.save(update_fields=["path"])
        return team


def the_company() -> Team:
    """The one root of the tree; made where it is not there yet."""
    found = Team.objects.filter(kind=Team.Kind.COMPANY).first()
    return found or TeamFactory.create(code="company", name="Company", kind=Team.Kind.COMPANY, parent=None)


class PersonFactory(DjangoModelFactory[Person]):
    """Somebody who works here; a role comes by `person_with_role`. `team`, `level`: in both since 2020."""

    class Meta:
        model = Person
        skip_postgeneration_save = True

    name = Sequence(lambda n: f"Person {n}")
    number = Sequence(lambda n: f"E{n:05d}")
    user = SubFactory(UserFactory, name=SelfAttribute("..name"))

    @classmethod
    def _create(cls, model_class: type[Person], *args: Any, **kwargs: Any) -> Person:
        team, level, during = kwargs.pop("team", None), kwargs.pop("level", None), kwargs.pop("during", EVER)
        person = model_class.objects.create(*args, **kwargs)
        if team is not None:
            MembershipFactory.create(person=person, team=team, during=during)
        if level is not None:
            LevelRecord.objects.create(person=person, level=level, during=during)
        return person


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    person = SubFactory(PersonFactory)
    team = SubFactory(TeamFactory)
    during = EVER


class LeadershipFactory(DjangoModelFactory[Leadership]):
    class Meta:
        model = Leadership

    person = SubFactory(PersonFactory)
    team = SubFactory(TeamFactory)
    during = EVER


class RoleGrantFactory(DjangoModelFactory[RoleGrant]):
    class Meta:
        model = RoleGrant

    user = SubFactory(UserFactory)
    role = Role.KAM
    team = None
    during = EVER


def person_with_role(role: Role | str, team: Team | None = None, **fields: Any) -> Person:
    """A person whose login has the role, for `team` and all under it (None: the whole company).

    A KAM is a member of the team; a manager or director leads it.
    """
    role = Role(role)
    member_of = team if role == Role.KAM else None
    person = PersonFactory.create(team=member_of, **fields)
    RoleGrantFactory.create(user=person.user, role=role, team=None if role == Role.KAM else team)
    if role in LEADERS and team is not None and not Leadership.objects.filter(team=team).exists():
        LeadershipFactory.create(person=person, team=team)
    return person


@dataclass(frozen=True, slots=True)
class Company:
    """A small tree: two regions with two teams each."""

    root: Team
    regions: Mapping[str, Team]
    teams: Mapping[str, Team]


def company() -> Company:
    """West (west-1, west-2) and East (east-1, east-2) under the one company."""
    root = the_company()
    regions = {
        code: TeamFactory.create(code=code, name=code.title(), kind=Team.Kind.REGION, parent=root)
        for code in ("west", "east")
    }
    teams = {
        f"{code}-{n}": TeamFactory.create(code=f"{code}-{n}", name=f"{region.name} {n}", parent=region)
        for code, region in regions.items()
        for n in (1, 2)
    }
    return Company(root, regions, teams)


def client_for(user: User | Person, **headers: str) -> Client:
    """A browser in which the user is logged in."""
    client = Client(headers=headers or None)
    client.force_login(user.user if isinstance(user, Person) else user)
    return client
