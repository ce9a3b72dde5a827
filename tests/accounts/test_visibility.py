"""Who sees whom: the one rule behind every `visible_to`."""

from datetime import date

import pytest

from accounts.access import Role
from accounts.models import Person, Team, User
from accounts.services import lead_team
from tests.accounts.factories import PersonFactory, company, person_with_role

pytestmark = pytest.mark.django_db


def test_a_kam_sees_only_oneself() -> None:
    teams = company().teams
    kam = person_with_role(Role.KAM, teams["west-1"])
    PersonFactory.create(team=teams["west-1"])

    assert list(Person.objects.visible_to(kam.user)) == [kam]
    assert not Team.objects.visible_to(kam.user).exists()


def test_a_manager_sees_the_own_team_and_those_under_it() -> None:
    tree = company()
    leader = person_with_role(Role.MANAGER, tree.regions["west"])
    inside = PersonFactory.create(team=tree.teams["west-2"])
    PersonFactory.create(team=tree.teams["east-1"])

    assert set(Person.objects.visible_to(leader.user)) == {leader, inside}
    assert {team.code for team in Team.objects.visible_to(leader.user)} == {"west", "west-1", "west-2"}


@pytest.mark.parametrize("role", [Role.HR, Role.ANALYST, Role.ADMINISTRATOR, Role.DIRECTOR])
def test_company_wide_roles_see_everybody(role: Role) -> None:
    tree = company()
    viewer = person_with_role(role)
    others = [PersonFactory.create(team=team) for team in tree.teams.values()]

    assert set(Person.objects.visible_to(viewer.user)) == {viewer, *others}
    assert Team.objects.visible_to(viewer.user).count() == 7


def test_a_grant_that_has_ended_opens_nothing() -> None:
    tree = company()
    former = person_with_role(Role.MANAGER, tree.regions["west"])
    former.user.role_grants.update(during=("2020-01-01", "2021-01-01"))
    PersonFactory.create(team=tree.teams["west-1"])

    assert list(Person.objects.visible_to(former.user)) == [former]
    assert not former.user.may("accounts.view_people")


def test_a_director_sees_who_leads_a_team_without_being_its_member() -> None:
    tree = company()
    director = person_with_role(Role.DIRECTOR, tree.regions["west"])
    leader, elsewhere = PersonFactory.create(), PersonFactory.create()
    since = date(2020, 1, 1)
    lead_team(team=tree.teams["west-1"], person=leader, since=since, by=None)
    lead_team(team=tree.teams["east-1"], person=elsewhere, since=since, by=None)

    assert set(Person.objects.visible_to(director.user)) == {director, leader}


def test_who_is_made_on_the_command_line_administers_the_portal() -> None:
    first = User.objects.create_superuser("first@company.example", "a long enough one", name="First")

    assert first.roles == {Role.ADMINISTRATOR}
    assert first.may("accounts.grant_roles")
