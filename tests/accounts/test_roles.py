"""Roles are granted by administrators, for teams where they lead, and end at once."""

from datetime import date, timedelta

import pytest

from accounts.access import Role
from accounts.errors import LastAdministrator, RoleAlreadyGranted, RoleHasNoTeam, RoleNeedsTeam, UnknownLogin
from accounts.models import User
from accounts.services import end_role, give_role
from core.calendar import today
from core.errors import NotFound
from tests.accounts.factories import EVER, PersonFactory, TeamFactory, client_for, person_with_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return person_with_role(Role.ADMINISTRATOR).user


def give(role: Role, by: User, email: str, **more: object) -> None:
    values = {"team": None, "since": today(), "last_day": None} | more
    give_role(email=email, role=role, by=by, **values)  # type: ignore[arg-type]  # as the tests name them


def test_a_granted_role_opens_what_it_should_from_its_day_on(admin: User) -> None:
    person = PersonFactory.create()
    give(Role.HR, admin, person.user.email, since=today() + timedelta(days=1))
    assert not User.objects.get(pk=person.user_id).may("accounts.edit_people")

    give(Role.ANALYST, admin, person.user.email)
    assert User.objects.get(pk=person.user_id).roles == {Role.ANALYST}


def test_a_manager_needs_a_team_and_hr_has_none(admin: User) -> None:
    person = PersonFactory.create()

    with pytest.raises(RoleNeedsTeam):
        give(Role.MANAGER, admin, person.user.email)
    with pytest.raises(RoleHasNoTeam):
        give(Role.HR, admin, person.user.email, team=TeamFactory.create())


def test_the_same_role_twice_at_a_time_is_refused_with_its_range(admin: User) -> None:
    person = PersonFactory.create()
    give(Role.HR, admin, person.user.email, since=date(2026, 3, 1))

    with pytest.raises(RoleAlreadyGranted, match=r"from 1.Mar.2026"):
        give(Role.HR, admin, person.user.email)


def test_nobody_gets_a_role_by_an_unknown_address(admin: User) -> None:
    with pytest.raises(UnknownLogin, match=r"nobody@company\.example"):
        give(Role.HR, admin, "nobody@company.example")


def test_an_ended_role_opens_nothing_from_the_same_moment(admin: User) -> None:
    hr = person_with_role(Role.HR)

    end_role(user_uid=hr.user.uid, role=Role.HR, team_code="", since=EVER[0], by=admin)

    assert not User.objects.get(pk=hr.user_id).may("accounts.view_people")
    with pytest.raises(NotFound):
        end_role(user_uid=hr.user.uid, role=Role.HR, team_code="", since=EVER[0], by=admin)


def test_the_last_administrator_stays(admin: User) -> None:
    with pytest.raises(LastAdministrator):
        end_role(user_uid=admin.uid, role=Role.ADMINISTRATOR, team_code="", since=EVER[0], by=admin)

    person_with_role(Role.ADMINISTRATOR)
    end_role(user_uid=admin.uid, role=Role.ADMINISTRATOR, team_code="", since=EVER[0], by=admin)


def test_an_administrator_who_cannot_log_in_does_not_count(admin: User) -> None:
    gone = person_with_role(Role.ADMINISTRATOR)
    User.objects.filter(pk=gone.user_id).update(is_active=False)

    with pytest.raises(LastAdministrator):
        end_role(user_uid=admin.uid, role=Role.ADMINISTRATOR, team_code="", since=EVER[0], by=admin)


def test_the_page_grants_and_ends(admin: User) -> None:
    client, person = client_for(admin), PersonFactory.create(name="Chen Wei", number="E42")
    form = {"person": "Chen Wei (E42)", "role": "hr", "team": "", "since": today().isoformat(), "last_day": ""}

    client.post("/settings/roles/new/", form)
    assert User.objects.get(pk=person.user_id).roles == {Role.HR}

    row = {"user_uid": person.user.uid, "role": "hr", "team_code": "", "since": today().isoformat()}
    client.post("/settings/roles/end/", row)
    assert User.objects.get(pk=person.user_id).roles == frozenset()


def test_hr_does_not_grant_roles() -> None:
    assert client_for(person_with_role(Role.HR)).get("/settings/roles/").status_code == 404
