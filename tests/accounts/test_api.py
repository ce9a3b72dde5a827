"""People and teams as programs read them."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.access import Role
from accounts.models import Person
from tests.accounts.factories import Company, PersonFactory, client_for, company, person_with_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree() -> Company:
    return company()


@pytest.fixture
def hr(tree: Company) -> Client:
    return client_for(person_with_role(Role.HR, name="Hanna"))


def names(client: Client, query: str = "") -> list[str]:
    answer: dict[str, Any] = client.get(f"/api/v1/people/{query}").json()
    return [row["name"] for row in answer["results"]]


def test_a_person_is_shown_as_of_today(hr: Client, tree: Company) -> None:
    person = PersonFactory.create(name="Ada", team=tree.teams["west-1"], level=3)

    assert hr.get(f"/api/v1/people/{person.uid}/").json() == {
        "uid": str(person.uid),
        "number": person.number,
        "name": "Ada",
        "title": "",
        "email": person.user.email,
        "team": "west-1",
        "team_name": "West 1",
        "level": 3,
        "hired_on": None,
        "left_on": None,
    }


def test_filters_narrow_by_team_with_all_under_it_level_and_text(hr: Client, tree: Company) -> None:
    PersonFactory.create(name="Ada", team=tree.teams["west-1"], level=3)
    PersonFactory.create(name="Bob", team=tree.teams["west-2"], level=1)
    PersonFactory.create(name="Cid", team=tree.teams["east-1"], level=3)

    assert sorted(names(hr, "?team=west")) == ["Ada", "Bob"]
    assert sorted(names(hr, "?level=3")) == ["Ada", "Cid"]
    assert names(hr, "?q=bo") == ["Bob"]
    assert names(hr, "?ordering=-name")[0] == "Hanna"


@pytest.mark.parametrize("query", ["?ordering=user__password", "?team=nowhere"])
def test_an_unknown_ordering_or_team_is_an_error(hr: Client, query: str) -> None:
    answer = hr.get(f"/api/v1/people/{query}")

    assert answer.status_code == 422
    assert answer.json()["code"] == "unknown_filter"


def test_pages_go_by_key_and_meet_everybody_once(hr: Client) -> None:
    for n in range(7):
        PersonFactory.create(name=f"P{n}")
    url, seen = "/api/v1/people/?limit=3&ordering=name", []
    while url:
        page = hr.get(url).json()
        seen += [row["name"] for row in page["results"]]
        url = page["next"]

    assert seen == ["Hanna", *(f"P{n}" for n in range(7))]


def test_the_list_costs_the_same_at_one_and_at_fifty_rows(
    hr: Client, tree: Company, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    PersonFactory.create_batch(50, team=tree.teams["west-1"], level=1)

    with django_assert_max_num_queries(6):
        assert len(names(hr, "?limit=50")) == 50


def test_a_manager_reads_only_the_own_team(tree: Company) -> None:
    manager = person_with_role(Role.MANAGER, tree.teams["west-1"], name="Mo")
    PersonFactory.create(name="Ada", team=tree.teams["west-1"])
    stranger = PersonFactory.create(name="Cid", team=tree.teams["east-1"])
    client = client_for(manager)

    assert sorted(names(client)) == ["Ada", "Mo"]
    assert names(client, "?q=Cid") == []
    assert client.get("/api/v1/people/?team=east-1").status_code == 422
    assert client.get(f"/api/v1/people/{stranger.uid}/").status_code == 404
    assert [row["code"] for row in client.get("/api/v1/teams/").json()["results"]] == ["west-1"]
    assert client.get("/api/v1/teams/east-1/").status_code == 404


def test_a_team_names_its_leader_and_counts_its_people(hr: Client, tree: Company) -> None:
    leader = person_with_role(Role.MANAGER, tree.teams["west-1"])
    PersonFactory.create_batch(2, team=tree.teams["west-1"])

    assert hr.get("/api/v1/teams/west-1/").json() == {
        "code": "west-1",
        "name": "West 1",
        "kind": "team",
        "parent": "west",
        "leader": str(leader.uid),
        "leader_name": leader.name,
        "people": 2,
    }


def test_nothing_can_be_written_here(hr: Client) -> None:
    answer = hr.post("/api/v1/people/", {"name": "x"}, content_type="application/json")

    assert answer.status_code == 405
    assert Person.objects.filter(name="x").count() == 0
