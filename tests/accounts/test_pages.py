"""The pages of people, teams and settings through a browser's eyes."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.access import Role
from accounts.models import Person, User
from accounts.person_actions import actions_for
from core.models import ExchangeRate
from tests.accounts.factories import Company, PersonFactory, client_for, company, person_with_role

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def tree() -> Company:
    return company()


@pytest.fixture
def hr(tree: Company) -> Client:
    return client_for(person_with_role(Role.HR, name="Hanna Berg"))


def text(client: Client, url: str, **headers: str) -> str:
    answer = client.get(url, headers=headers or None)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


# The directory


def test_the_directory_filters_and_sorts(hr: Client, tree: Company) -> None:
    PersonFactory.create(name="Ada", team=tree.teams["west-1"], level=3, title="KAM")
    PersonFactory.create(name="Bob", team=tree.teams["east-1"], level=1, title="Senior KAM")

    assert "Bob" not in text(hr, "/people/?team=west")
    assert "Ada" not in text(hr, "/people/?level=1")
    assert "Ada" not in text(hr, "/people/?title=Senior+KAM")
    assert "Ada" not in text(hr, "/people/?q=bob")
    by_level = text(hr, "/people/?sort=-level")
    assert by_level.index("Ada") < by_level.index("Bob")


def test_who_has_left_is_shown_on_demand(hr: Client) -> None:
    PersonFactory.create(name="Gone Girl", left_on="2026-01-31")

    assert "Gone Girl" not in text(hr, "/people/")
    assert "Gone Girl" in text(hr, "/people/?state=left")


@pytest.mark.parametrize("query", ["?sort=user__password", "?after=nonsense"])
def test_a_made_up_sort_or_place_is_refused(hr: Client, query: str) -> None:
    assert hr.get(f"/people/{query}").status_code == 422


def test_a_team_that_one_does_not_see_is_no_filter(tree: Company) -> None:
    manager = client_for(person_with_role(Role.MANAGER, tree.teams["west-1"]))

    assert manager.get("/people/?team=east-1").status_code == 404


@pytest.mark.parametrize("count", [1, 50])
def test_the_directory_costs_the_same_at_one_and_at_fifty_rows(
    hr: Client, tree: Company, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    PersonFactory.create_batch(count, team=tree.teams["west-1"], level=2)

    with django_assert_max_num_queries(10):
        text(hr, "/people/")


def test_more_rows_come_as_rows(hr: Client) -> None:
    for n in range(60):
        PersonFactory.create(name=f"Z{n:03}")

    first = hr.get("/people/")
    rest = text(hr, first.context["next_url"], **FRAGMENT)

    assert rest.strip().startswith("<tr") or "<tr" in rest
    assert "<html" not in rest
    assert "Z059" in rest


def test_typing_a_name_offers_those_one_may_see(tree: Company) -> None:
    PersonFactory.create(name="Ada West", number="E9", team=tree.teams["west-1"])
    PersonFactory.create(name="Ada East", team=tree.teams["east-1"])
    manager = client_for(person_with_role(Role.MANAGER, tree.teams["west-1"]))

    offered = text(manager, "/people/choices/?person=ada")

    assert 'value="Ada West (E9)"' in offered
    assert "Ada East" not in offered


# A person


def test_the_employment_tab_tells_teams_levels_and_leading(hr: Client, tree: Company) -> None:
    person = PersonFactory.create(team=tree.teams["west-1"], level=2, hired_on="2020-01-01")

    page = text(hr, f"/people/{person.uid}/employment/")

    assert "West 1" in page
    assert "Level 2" in page
    assert "1\xa0Jan\xa02020" in page


def test_hr_moves_somebody_and_takes_it_back(hr: Client, tree: Company) -> None:
    person = PersonFactory.create(team=tree.teams["west-1"])
    url = f"/people/{person.uid}/move/"

    saved = hr.post(url, {"team": "east-1", "since": "2026-03-01"}, follow=True)
    assert "is in East 1 from 1\xa0Mar\xa02026 on" in saved.content.decode()
    assert f'action="{url}2026-03-01/withdraw/"' in saved.content.decode()

    hr.post(f"{url}2026-03-01/withdraw/")
    assert person.memberships.get().team == tree.teams["west-1"]


def test_a_refused_move_comes_back_with_the_form_and_the_range(hr: Client, tree: Company) -> None:
    person = PersonFactory.create(name="Ada", team=tree.teams["west-1"])
    url = f"/people/{person.uid}/move/"
    hr.post(url, {"team": "east-1", "since": "2026-06-01"})

    refused = hr.post(url, {"team": "west-2", "since": "2026-03-01"})

    assert refused.status_code == 422
    page = refused.content.decode()
    assert "Ada already has East 1 from 1\xa0Jun\xa02026" in page
    assert 'value="2026-03-01"' in page


def test_the_dialog_gets_the_form_alone_and_leads_on_when_saved(hr: Client, tree: Company) -> None:
    person = PersonFactory.create(team=tree.teams["west-1"])
    url = f"/people/{person.uid}/level/"

    assert "<html" not in text(hr, url, **FRAGMENT)
    saved = hr.post(url, {"level": "2", "since": "2026-03-01"}, headers=FRAGMENT)
    assert saved["HX-Redirect"] == f"/people/{person.uid}/employment/"


def test_a_team_of_elsewhere_cannot_be_chosen_by_a_forged_form(tree: Company) -> None:
    person = PersonFactory.create(team=tree.teams["west-1"])
    manager = client_for(person_with_role(Role.MANAGER, tree.teams["west-1"]))

    assert manager.post(f"/people/{person.uid}/move/", {"team": "east-1", "since": "2026-03-01"}).status_code == 404


def test_hr_adds_a_colleague(hr: Client, tree: Company) -> None:
    form = {
        "name": "陈薇",
        "email": "chen@company.example",
        "number": "E77",
        "title": "",
        "team": "west-1",
        "level": "",
        "since": "2026-03-01",
    }

    hr.post("/people/new/", form)

    assert Person.objects.get(number="E77").memberships.get().team == tree.teams["west-1"]
    again = hr.post("/people/new/", form)
    assert again.status_code == 422
    assert "E77 belongs to somebody already" in again.content.decode()


def test_nobody_is_offered_an_action_that_is_not_theirs(tree: Company) -> None:
    kam = person_with_role(Role.KAM, tree.teams["west-1"])

    assert all(button.url.startswith("/") for button in actions_for(kam.user, kam))
    page = text(client_for(kam), f"/people/{kam.uid}/employment/")
    assert "/move/" not in page
    assert "/teams/" not in page


# Teams


def test_the_tree_shows_who_leads_and_how_many_work_there(hr: Client, tree: Company) -> None:
    person_with_role(Role.MANAGER, tree.teams["west-1"], name="Mo Lead")
    PersonFactory.create_batch(2, team=tree.teams["west-1"])

    nodes = {node.code: node for node in hr.get("/teams/").context["nodes"]}

    assert list(nodes) == ["company", "east", "east-1", "east-2", "west", "west-1", "west-2"]
    assert (nodes["west-1"].leader, nodes["west-1"].people, nodes["west-1"].depth) == ("Mo Lead", 2, 2)
    assert (nodes["company"].people, nodes["west"].people, nodes["east"].people) == (2, 2, 0)


def test_a_manager_sees_the_own_branch_only(tree: Company) -> None:
    client = client_for(person_with_role(Role.MANAGER, tree.regions["west"]))

    assert [(node.code, node.depth) for node in client.get("/teams/").context["nodes"]] == [
        ("west", 0),
        ("west-1", 1),
        ("west-2", 1),
    ]
    assert client.get("/teams/east-1/").status_code == 404


def test_a_team_shows_members_now_and_before(hr: Client, tree: Company) -> None:
    PersonFactory.create(name="Here Now", team=tree.teams["west-1"])
    PersonFactory.create(name="Was Here", team=tree.teams["west-1"], during=("2020-01-01", "2021-01-01"))

    assert "Was Here" not in text(hr, "/teams/west-1/")
    assert "Was Here" in text(hr, "/teams/west-1/?view=past")
    assert "/dashboard/?team=west-1" in text(hr, "/teams/west-1/")


@pytest.mark.parametrize("count", [1, 50])
def test_a_team_page_costs_the_same_at_one_and_at_fifty_members(
    hr: Client, tree: Company, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    PersonFactory.create_batch(count, team=tree.teams["west-1"], level=2)

    with django_assert_max_num_queries(14):
        text(hr, "/teams/west-1/")


def test_hr_appoints_a_leader_by_typing_a_name(hr: Client, tree: Company) -> None:
    PersonFactory.create(name="Mo Lead", number="E5")

    hr.post("/teams/west-1/leader/", {"person": "Mo Lead (E5)", "since": "2026-03-01"})

    assert "Mo Lead" in text(hr, "/teams/west-1/")
    refused = hr.post("/teams/west-1/leader/", {"person": "No Body", "since": "2026-03-01"})
    assert refused.status_code == 422


def test_hr_makes_and_renames_a_team(hr: Client) -> None:
    hr.post("/teams/new/", {"name": "West 3", "code": "west-3", "kind": "team", "parent": "west"})
    hr.post("/teams/west-3/rename/", {"name": "Far West"})

    assert "Far West" in text(hr, "/teams/")


# Settings


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
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_administrator_opens_every_page_in_both_languages(tree: Company, name: str, language: str) -> None:
    person = person_with_role(Role.ADMINISTRATOR)
    User.objects.filter(pk=person.user_id).update(language=language)

    assert f'lang="{"en" if language == "en" else "zh-hans"}"' in text(client_for(person), reverse(name))


def test_the_profile_changes_name_language_and_mail(tree: Company) -> None:
    kam = person_with_role(Role.KAM)

    client_for(kam).post("/settings/profile/", {"name": "Lajuana V.", "language": "zh-hans"})

    kam.user.refresh_from_db()
    assert (kam.user.name, kam.user.language, kam.user.wants_mail) == ("Lajuana V.", "zh-hans", False)


def test_a_rate_is_dated_and_given_once_a_day(hr: Client) -> None:
    form = {"base": "eur", "quote": "USD", "rate": "1.0842", "on": "2026-03-02", "source": "ECB"}

    assert hr.post("/settings/exchange-rates/", form).status_code == 302
    assert hr.post("/settings/exchange-rates/", form).status_code == 422
    assert hr.post("/settings/exchange-rates/", form | {"base": "USD"}).status_code == 422
    assert hr.post("/settings/exchange-rates/", form | {"on": "2999-01-01"}).status_code == 422
    assert str(ExchangeRate.objects.get()) == "EUR/USD 2026-03-02"


def test_search_finds_people_and_teams_that_one_may_see(tree: Company) -> None:
    PersonFactory.create(name="Westley", team=tree.teams["west-1"])
    hr, kam = client_for(person_with_role(Role.HR)), client_for(person_with_role(Role.KAM))

    assert "Westley" in text(hr, "/search/?q=west")
    assert "/teams/west-1/" in text(hr, "/search/?q=west")
    assert "Nothing open to you is called" in text(kam, "/search/?q=west")
