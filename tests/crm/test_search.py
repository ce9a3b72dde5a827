"""Ctrl-K and the lists find Chinese names by how they are typed, and nothing that is not open to one."""

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.access import Role
from accounts.models import Person
from crm.models import KeyAccount
from crm.services import import_crm
from crm.services.imports import DEMO_DATA
from tests.accounts.factories import Company, client_for, company, person_with_role
from tests.crm.factories import DealFactory

pytestmark = pytest.mark.django_db
WAYS = ("王小明", "wangxiaoming", "wang xiaoming", "WXM")


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel("2026-11-23 12:00:00Z", tick=False):
        yield


@pytest.fixture
def tree() -> Company:
    return company()


@pytest.fixture
def xiaoming(tree: Company) -> Person:
    return person_with_role(Role.KAM, tree.teams["west-1"], name="王小明")


@pytest.fixture
def analyst() -> Client:
    return client_for(person_with_role(Role.ANALYST))


def found(client: Client, text: str, page: str = "/search/") -> str:
    answer = client.get(page, {"q": text})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("text", WAYS)
def test_a_person_is_found_however_the_name_is_typed(analyst: Client, xiaoming: Person, text: str) -> None:
    assert f"/people/{xiaoming.uid}/" in found(analyst, text)
    assert "王小明" in found(analyst, text, "/people/")


@pytest.mark.parametrize("text", ["华为", "huawei", "hwjs", "jishu"])
def test_an_account_and_its_open_deals_are_found_by_its_name(analyst: Client, xiaoming: Person, text: str) -> None:
    deal = DealFactory.create(owner=xiaoming, key_account__name="华为技术")
    won = DealFactory.create(owner=xiaoming, key_account=deal.key_account, won_on=date(2026, 10, 5))
    assert deal.key_account is not None
    hits = found(analyst, text)
    assert f"/crm/accounts/{deal.key_account.uid}/" in hits
    assert f"/crm/deals/{deal.uid}/" in hits
    assert f"/crm/deals/{won.uid}/" not in hits
    assert "华为技术" in found(analyst, text, "/crm/accounts/")
    assert deal.external_id in found(analyst, text, "/crm/deals/")
    assert len(analyst.get("/api/v1/key-accounts/", {"q": text}).json()["results"]) == 1
    assert len(analyst.get("/api/v1/opportunities/", {"q": text}).json()["results"]) == 2


def test_a_deal_is_found_by_its_owner_and_before_that_by_its_id(analyst: Client, xiaoming: Person) -> None:
    deal = DealFactory.create(owner=xiaoming)
    same = DealFactory.create(external_id="WXM1")
    assert f"/crm/deals/{deal.uid}/" in found(analyst, "wangxm")
    assert f"/crm/deals/{same.uid}/" in found(analyst, "wxm")


@pytest.mark.parametrize("text", [*WAYS, "华为", "huawei", "hw"])
def test_what_is_not_open_to_one_is_not_found_by_any_spelling(tree: Company, xiaoming: Person, text: str) -> None:
    deal = DealFactory.create(owner=xiaoming, key_account__name="华为", key_account__owner=xiaoming)
    stranger = client_for(person_with_role(Role.KAM, tree.teams["east-1"], name="Bob"))
    assert deal.key_account is not None
    for page in ("/search/", "/crm/accounts/", "/crm/deals/", "/people/"):
        hits = found(stranger, text, page)
        for uid in (xiaoming.uid, deal.uid, deal.key_account.uid):
            assert str(uid) not in hits, page
    assert stranger.get("/api/v1/key-accounts/", {"q": text}).json()["results"] == []


@pytest.mark.parametrize("size", [1, 30])
def test_a_search_costs_the_same_however_much_is_found(
    size: int, analyst: Client, xiaoming: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    DealFactory.create_batch(size, owner=xiaoming)
    with django_assert_max_num_queries(12):
        assert "王小明" in found(analyst, "wxm")


def test_an_import_spells_the_accounts_that_it_brings(tmp_path: Path) -> None:
    """It writes past the models."""
    folder = Path(shutil.copytree(DEMO_DATA, tmp_path / "files"))
    with (folder / "accounts.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    renamed, rows[1][0] = rows[1][0], "华为技术"
    with (folder / "accounts.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[cell.replace(renamed, "华为技术") for cell in row] for row in rows])
    pipeline = folder / "sales_pipeline.csv"
    lines = pipeline.read_text(encoding="utf-8").splitlines(keepends=True)
    pipeline.write_text("".join(lines[:50]).replace(renamed, "华为技术"), encoding="utf-8")
    import_crm(folder=folder, profile="maven", by=None, keep_dates=True)
    assert KeyAccount.objects.get(name="华为技术").spelling.startswith(" huaweijishu hwjs")
