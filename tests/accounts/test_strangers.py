"""A KAM sees nothing of another KAM: not by address, filter, ordering, export or search, on pages or in the API."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.access import Role
from accounts.models import Person
from accounts.person_tabs import TABS
from core.calendar import current_period, today
from incentives import services as incentives
from tests.accounts.factories import client_for, company, person_with_role
from tests.crm.factories import KeyAccountFactory
from tests.goals.factories import computed, result, target, won
from tests.incentives.factories import calculated_run, credit, kam_content, published_plan, put_on, quota
from tests.training.factories import ActionItemFactory, CoachingNoteFactory

pytestmark = pytest.mark.django_db

SECRET = "Zebediah"


@dataclass(frozen=True, slots=True)
class Scene:
    """Two KAMs of the same team; everything here belongs to the other one, whose name stands in all of it."""

    me: Client
    other: Person
    addresses: tuple[str, ...]


@pytest.fixture
def scene() -> Scene:
    team = company().teams["west-1"]
    mine = person_with_role(Role.KAM, team, name="Me Myself")
    other = person_with_role(Role.KAM, team, name=SECRET)
    manager = person_with_role(Role.MANAGER, team)
    period = current_period().code
    deal = won(other, today().isoformat(), 1000)
    account = KeyAccountFactory.create(owner=other, name=f"{SECRET} Ltd")
    wanted = target(other, period, 2000)
    computed(period)
    note = CoachingNoteFactory.create(author=manager, person=other, topic=f"About {SECRET}", held_on=today())
    action = ActionItemFactory.create(note=note, text=f"{SECRET} calls back")
    statement = _approved_statement(other)
    figure = result(other, period)
    addresses = (
        f"/coaching/{note.uid}/",
        f"/incentives/statements/{statement}/",
        f"/incentives/statements/{statement}/explain/",
        f"/crm/deals/{deal.uid}/",
        f"/crm/accounts/{account.uid}/",
        f"/goals/results/{figure.uid}/explain/",
        f"/api/v1/people/{other.uid}/",
        f"/api/v1/coaching-notes/{note.uid}/",
        f"/api/v1/action-items/{action.uid}/",
        f"/api/v1/statements/{statement}/",
        f"/api/v1/statements/{statement}/explain/",
        f"/api/v1/opportunities/{deal.uid}/",
        f"/api/v1/key-accounts/{account.uid}/",
        f"/api/v1/kpi-results/{figure.uid}/",
        f"/api/v1/kpi-results/{figure.uid}/explain/",
        f"/api/v1/targets/{wanted.uid}/",
    )
    return Scene(client_for(mine), other, addresses)


def _approved_statement(person: Person) -> Any:
    put_on(published_plan(kam_content()), person)
    quota(person, "1000", "2026-Q2")
    credit(person, "900", date(2026, 5, 4))
    preparer, approver = person_with_role(Role.HR).user, person_with_role(Role.DIRECTOR).user
    run = calculated_run("2026-Q2", by=preparer)
    incentives.submit_run(run_uid=run.uid, by=preparer)
    incentives.approve_run(run_uid=run.uid, by=approver)
    return run.statements.get(person=person).uid


def test_everything_of_another_answers_404_but_opens_to_its_owner(scene: Scene) -> None:
    owner = client_for(scene.other)

    assert {url: scene.me.get(url).status_code for url in scene.addresses} == dict.fromkeys(scene.addresses, 404)
    assert {url: owner.get(url).status_code for url in scene.addresses} == dict.fromkeys(scene.addresses, 200)


def test_no_tab_of_another_persons_page_is_there(scene: Scene) -> None:
    tabs = [tab.key for tab in TABS]
    pages = [f"/people/{scene.other.uid}/{'' if key == 'overview' else key + '/'}" for key in tabs]

    assert {page: scene.me.get(page).status_code for page in pages} == dict.fromkeys(pages, 404)


LISTS = (
    "people",
    "coaching-notes",
    "action-items",
    "statements",
    "opportunities",
    "key-accounts",
    "kpi-results",
    "targets",
)


@pytest.mark.parametrize("name", LISTS)
def test_no_list_of_the_api_shows_another_whatever_is_asked(scene: Scene, name: str) -> None:
    uid = scene.other.uid
    queries = (
        "",
        f"?person={uid}",
        f"?owner={uid}",
        f"?q={SECRET}",
        f"?search={SECRET}",
        "?ordering=name",
        "?limit=500",
    )

    for query in queries:
        answer = scene.me.get(f"/api/v1/{name}/{query}")
        assert answer.status_code in {200, 404, 422}, query
        shown = answer.json().get("results", []) if answer.status_code == 200 else []
        assert SECRET not in str(shown), query
        assert str(uid) not in str(shown), query


PAGES = (
    "/",
    "/people/",
    f"/people/?q={SECRET}",
    "/people/?sort=-name",
    f"/people/choices/?person={SECRET}",
    f"/search/?q={SECRET}",
    "/coaching/",
    "/incentives/",
    "/incentives/statements/",
    "/crm/accounts/",
    "/crm/deals/",
    "/goals/",
    "/goals/results/",
    "/goals/targets/",
)


@pytest.mark.parametrize("url", PAGES)
def test_no_page_list_or_search_names_another(scene: Scene, url: str) -> None:
    answer = scene.me.get(url)

    assert answer.status_code in {200, 302, 404}
    assert f"{SECRET}<" not in answer.content.decode()
    assert str(scene.other.uid) not in answer.content.decode()


@pytest.mark.parametrize("url", ["/crm/deals/export/csv/", "/goals/results/export/csv/", "/goals/targets/export/csv/"])
def test_no_export_holds_a_row_of_another(scene: Scene, url: str) -> None:
    for query in ("", f"?person={scene.other.uid}", f"?owner={scene.other.uid}", f"?q={SECRET}"):
        answer: Any = scene.me.get(url + query)
        assert answer.status_code in {200, 404, 422}, query
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert scene.other.number.encode() not in content, query
        assert answer.status_code != 200 or SECRET.encode() not in content, query
