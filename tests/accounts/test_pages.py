"""The pages of people, teams and settings through a browser's eyes."""

import pytest
from django.urls import reverse

from accounts.access import Role
from accounts.models import Leadership, LevelRecord, Membership, Person
from tests.accounts.factories import LeadershipFactory, PersonFactory, client_for, company, person_with_role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name",
    [
        "people",
        "person-new",
        "teams",
        "team-new",
        "notifications",
        "settings",
        "settings-profile",
        "settings-tokens",
        "settings-schedules",
        "settings-roles",
        "settings-role-new",
        "settings-audit",
        "settings-rates",
    ],
)
def test_the_administrator_opens_every_page(name: str) -> None:
    company()
    client = client_for(person_with_role(Role.ADMINISTRATOR))

    assert client.get(reverse(name)).status_code == 200
