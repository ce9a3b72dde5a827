"""Key accounts and opportunities as programs read them."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.access import Role
from accounts.models import Person
from tests.accounts.factories import Company, client_for, company, person_with_role
from tests.crm.factories import DealFactory, KeyAccountFactory, ProductFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel("2026-11-23 12:00:00Z", tick=False):
        yield


@pytest.fixture
def tree() -> Company:
    return company()


@pytest.fixture
def kam(tree: Company) -> Person:
    return person_with_role(Role.KAM, tree.teams["west-1"], name="Ada Kam")


@pytest.fixture
def analyst() -> Client:
    return client_for(person_with_role(Role.ANALYST))


def ids(client: Client, query: str = "") -> list[str]:
    answer: dict[str, Any] = client.get(f"/api/v1/opportunities/{query}").json()
    return [row["external_id"] for row in answer["results"]]


def test_a_deal_is_flat_with_exact_amounts_and_public_ids(kam: Person, analyst: Client) -> None:
    account = KeyAccountFactory.create(name="Konex", owner=kam)
    product = ProductFactory.create(name="GTX Pro")
    deal = DealFactory.create(owner=kam, key_account=account, product=product, won_on=date(2026, 10, 5), amount="12.50")
    expected = {
        "uid": str(deal.uid),
        "external_id": deal.external_id,
        "stage": "won",
        "product_name": "GTX Pro",
        "key_account": str(account.uid),
        "key_account_name": "Konex",
        "owner": str(kam.uid),
        "owner_name": "Ada Kam",
        "engaged_on": "2026-09-05",
        "closed_on": "2026-10-05",
        "amount": "12.50",
        "currency": "USD",
    }
    assert analyst.get(f"/api/v1/opportunities/{deal.uid}/").json() == expected
    assert analyst.get("/api/v1/opportunities/").json()["results"] == [expected]


def test_an_account_names_its_owner_and_parent(kam: Person, analyst: Client) -> None:
    parent = KeyAccountFactory.create(name="Acme", owner=kam)
    account = KeyAccountFactory.create(name="Bluth", parent=parent, owner=kam)
    shown = analyst.get(f"/api/v1/key-accounts/{account.uid}/").json()
    assert (shown["parent"], shown["owner"], shown["owner_name"]) == (str(parent.uid), str(kam.uid), "Ada Kam")
    assert "id" not in shown


def test_filters_are_those_of_the_page(kam: Person, analyst: Client, tree: Company) -> None:
    other = person_with_role(Role.KAM, tree.teams["east-1"])
    won = DealFactory.create(owner=kam, won_on=date(2026, 10, 5)).external_id
    lost = DealFactory.create(owner=other, lost_on=date(2026, 8, 5)).external_id
    engaging = DealFactory.create(owner=other, engaged_on=date(2026, 8, 1)).external_id
    for query, expected in {
        "": [won, lost, engaging],
        "?stage=closed": [won, lost],
        "?team=east": [lost, engaging],
        "?period=2026-Q3": [lost, engaging],
        f"?owner={kam.uid}": [won],
        f"?q={lost.lower()}": [lost],
        "?ordering=-external_id": [engaging, lost, won],
        "?limit=1": [won],
    }.items():
        assert ids(analyst, query) == expected, query
    for query in ("?stage=dreaming", "?team=nowhere", "?period=2026-Q9", "?ordering=owner"):
        assert analyst.get(f"/api/v1/opportunities/{query}").status_code == 422, query


def test_a_program_pages_through_all_deals(kam: Person, analyst: Client) -> None:
    product = ProductFactory.create()
    DealFactory.create_batch(25, owner=kam, product=product, key_account=None)
    url, seen = "/api/v1/opportunities/?limit=10&ordering=amount", []
    while url:
        answer = analyst.get(url).json()
        seen += [row["uid"] for row in answer["results"]]
        url = answer["next"]
    assert len(seen) == len(set(seen)) == 25


def test_a_kam_pulls_only_own_deals_and_accounts(kam: Person, tree: Company) -> None:
    other = person_with_role(Role.KAM, tree.teams["east-1"])
    mine = DealFactory.create(owner=kam)
    theirs = DealFactory.create(owner=other)
    client = client_for(kam)
    assert ids(client) == ids(client, f"?q={mine.external_id}") == [mine.external_id]
    assert ids(client, f"?owner={other.uid}") == []
    assert client.get(f"/api/v1/opportunities/{theirs.uid}/").status_code == 404
    accounts = client.get("/api/v1/key-accounts/").json()["results"]
    assert [row["uid"] for row in accounts] == [str(mine.key_account.uid if mine.key_account else "")]
