"""Pages of accounts, deals and imports through a browser's eyes."""

import csv
import io
import re
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from accounts.access import Role
from accounts.models import Person
from core.models import ImportBatch, ImportRejection
from crm.models import Credit, KeyAccount, Opportunity
from crm.services import keep_credits, refresh_facts
from tests.accounts.factories import Company, client_for, company, person_with_role
from tests.crm.factories import DealFactory, KeyAccountFactory, ProductFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
FRAGMENT = {"HX-Request": "true"}


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
def other(tree: Company) -> Person:
    return person_with_role(Role.KAM, tree.teams["east-1"], name="Bob Other")


@pytest.fixture
def analyst() -> Client:
    return client_for(person_with_role(Role.ANALYST))


def text(client: Client, url: str, **headers: str) -> str:
    answer = client.get(url, headers=headers or None)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer.content.decode()


# Who sees what


def test_a_kam_sees_the_own_deals_and_accounts_and_no_others(kam: Person, other: Person) -> None:
    mine = DealFactory.create(owner=kam, key_account__name="Mine Ltd")
    theirs = DealFactory.create(owner=other, key_account__name="Theirs Ltd", key_account__owner=other)
    client = client_for(kam)

    for page in ("/crm/deals/", "/crm/accounts/", "/crm/deals/?stage=all&q=Ltd", "/search/?q=Ltd", "/search/?q=D0"):
        found = text(client, page)
        assert "Mine Ltd" in found or mine.external_id in found
        assert "Theirs" not in found
        assert theirs.external_id not in found
    assert theirs.key_account is not None
    for page in (
        f"/crm/deals/{theirs.uid}/",
        f"/crm/accounts/{theirs.key_account.uid}/",
        f"/people/{other.uid}/deals/",
        f"/people/{other.uid}/accounts/",
        f"/crm/deals/?owner={other.uid}",
        f"/crm/deals/?account={theirs.key_account.uid}",
        f"/crm/deals/{uuid4()}/",
    ):
        assert client.get(page).status_code == 404, page


def test_figures_of_a_shared_account_count_only_the_deals_one_may_see(kam: Person, other: Person) -> None:
    account = KeyAccountFactory.create(name="Shared Ltd")
    DealFactory.create(owner=kam, key_account=account, won_on=date(2026, 10, 5), amount=1100)
    DealFactory.create(owner=other, key_account=account, won_on=date(2026, 10, 6), amount=7700)
    assert "$8,800" not in (mine := text(client_for(kam), f"/crm/accounts/{account.uid}/"))
    assert "$1,100" in mine
    assert "$8,800" in text(client_for(person_with_role(Role.DIRECTOR)), f"/crm/accounts/{account.uid}/")


def test_a_manager_sees_the_deals_of_the_team(kam: Person, other: Person, tree: Company) -> None:
    DealFactory.create(owner=kam, key_account__name="West Ltd")
    DealFactory.create(owner=other, key_account__name="East Ltd")
    found = text(client_for(person_with_role(Role.MANAGER, tree.regions["west"])), "/crm/deals/")
    assert "West Ltd" in found
    assert "East Ltd" not in found


def test_a_counsellor_has_no_business_with_customers() -> None:
    client = client_for(person_with_role(Role.COUNSELLOR))
    assert client.get("/crm/accounts/").status_code == 404
    assert client.get("/crm/deals/").status_code == 404


# Accounts


def test_the_accounts_show_owner_won_open_and_last_won(analyst: Client, kam: Person) -> None:
    account = KeyAccountFactory.create(name="Konex", owner=kam)
    DealFactory.create(owner=kam, key_account=account, won_on=date(2026, 10, 5), amount=1234)
    DealFactory.create(owner=kam, key_account=account, won_on=date(2026, 3, 5), amount=5000)
    DealFactory.create(owner=kam, key_account=account, amount=777)
    found = text(analyst, "/crm/accounts/?period=2026-Q4")
    row = next(row for row in found.split("<tr") if "Konex" in row)
    for shown in ("Ada Kam", "$1,234", "$777", "5\u00a0Oct\u00a02026"):
        assert shown in row
    assert "$5,000" in text(analyst, "/crm/accounts/?period=2026-Q1")


def test_accounts_filter_and_sort(analyst: Client, kam: Person, other: Person) -> None:
    KeyAccountFactory.create(name="Alpha", sector="medical", country="Kenya", owner=kam)
    KeyAccountFactory.create(name="Beta", sector="retail", country="Japan", owner=other)
    for query, hidden in {
        "sector=medical": "Beta",
        "country=Japan": "Alpha",
        "q=alp": "Beta",
        f"owner={other.uid}": "Alpha",
    }.items():
        shown = "Beta" if hidden == "Alpha" else "Alpha"
        DealFactory.create(owner=kam, key_account=KeyAccount.objects.get(name=shown))
        found = text(analyst, f"/crm/accounts/?{query}")
        assert shown in found
        assert hidden not in re.sub(r"<select.*?</select>", "", found, flags=re.DOTALL)
    by_name = text(analyst, "/crm/accounts/?sort=-name")
    assert by_name.index("Beta") < by_name.index("Alpha")
    assert analyst.get("/crm/accounts/?sort=owner__user__password").status_code == 422


def test_an_account_rolls_its_subsidiaries_up(analyst: Client, kam: Person) -> None:
    parent = KeyAccountFactory.create(name="Acme")
    child = KeyAccountFactory.create(name="Bluth", parent=parent)
    DealFactory.create(owner=kam, key_account=parent, won_on=date(2026, 10, 5), amount=1000)
    DealFactory.create(owner=kam, key_account=child, won_on=date(2026, 10, 6), amount=2345)
    found = text(analyst, f"/crm/accounts/{parent.uid}/?period=2026-Q4")
    assert "$3,345" in found
    assert "Bluth" in found
    below = text(analyst, f"/crm/accounts/{child.uid}/")
    assert f"/crm/accounts/{parent.uid}/" in below


def test_an_account_tells_who_owned_it_when(analyst: Client, kam: Person, other: Person) -> None:
    account = KeyAccountFactory.create(name="Acme")
    account.owners.create(person=other, during=(date(2024, 1, 1), date(2026, 1, 1)))
    account.owners.create(person=kam, during=(date(2026, 1, 1), None))
    found = text(analyst, f"/crm/accounts/{account.uid}/")
    assert "Bob Other" in found
    assert "since 1\u00a0Jan\u00a02026" in found


# Deals


def test_deals_filter_by_stage_product_team_period_and_text(analyst: Client, kam: Person, other: Person) -> None:
    product = ProductFactory.create(name="GTX Pro")
    won = DealFactory.create(owner=kam, product=product, won_on=date(2026, 10, 5), external_id="WON1")
    lost = DealFactory.create(owner=other, lost_on=date(2026, 8, 5), external_id="LOST1")
    engaging = DealFactory.create(owner=other, engaged_on=date(2026, 8, 1), external_id="OPEN1")
    deals = {won, lost, engaging}
    for query, expected in {
        "": {engaging},
        "stage=all": deals,
        "stage=won": {won},
        "stage=closed": {won, lost},
        "stage=all&product=GTX+Pro": {won},
        "stage=all&team=east": {lost, engaging},
        "stage=all&team=west-1": {won},
        "stage=all&period=2026-Q3": {lost, engaging},
        "stage=closed&period=2026-Q4": {won},
        f"stage=all&owner={kam.uid}": {won},
        "stage=all&q=los": {lost},
    }.items():
        found = text(analyst, f"/crm/deals/?{query}")
        assert {deal for deal in deals if f"/crm/deals/{deal.uid}/" in found} == expected, query
    for query in ("stage=dreaming", "sort=nothing", "after=nonsense"):
        assert analyst.get(f"/crm/deals/?{query}").status_code == 422, query
    for query in ("team=nowhere", "period=2026-Q9", "owner=1", "product=None"):
        assert analyst.get(f"/crm/deals/?{query}").status_code == 404, query


def test_more_deals_come_without_a_gap_or_a_repeat(analyst: Client, kam: Person) -> None:
    product = ProductFactory.create()
    DealFactory.create_batch(120, owner=kam, product=product, key_account=None, amount=500)
    url = "/crm/deals/?sort=-amount"
    seen: list[str] = []
    while url:
        found = text(analyst, url, **FRAGMENT) if seen else text(analyst, url)
        seen += re.findall(r'<a href="/crm/deals/([0-9a-f-]{36})/"', found)
        more = re.search(r'hx-get="([^"]*after=[^"]*)"', found)
        url = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 120


def test_a_deal_without_an_account_is_shown_as_such(analyst: Client, kam: Person) -> None:
    deal = DealFactory.create(owner=kam, key_account=None, stage="prospecting")
    assert "No account" in text(analyst, "/crm/deals/?stage=prospecting")
    page = text(analyst, f"/crm/deals/{deal.uid}/")
    assert "No account" in page
    assert "nothing is dated yet" in page


def test_a_won_deal_shows_its_credits_and_how_long_it_took(analyst: Client, kam: Person) -> None:
    deal = DealFactory.create(owner=kam, engaged_on=date(2026, 9, 5), won_on=date(2026, 10, 5), amount=4321)
    keep_credits()
    page = text(analyst, f"/crm/deals/{deal.uid}/")
    for shown in ("$4,321.00", "after 30\u00a0d", "100\u00a0%", "Ada Kam", "West 1"):
        assert shown in page, shown
    assert Credit.objects.get().amount == Decimal(4321)


def test_the_tabs_of_a_person_list_deals_and_accounts(kam: Person) -> None:
    account = KeyAccountFactory.create(name="Konex", owner=kam)
    DealFactory.create(owner=kam, key_account=account)
    refresh_facts(on=TODAY)
    client = client_for(kam)
    assert "Konex" in text(client, f"/people/{kam.uid}/deals/")
    assert "Konex" in text(client, f"/people/{kam.uid}/accounts/")


def test_the_export_has_the_filtered_deals_and_no_formulas(kam: Person, other: Person) -> None:
    DealFactory.create(owner=kam, key_account__name="=1+1", won_on=date(2026, 10, 5), amount=4321)
    DealFactory.create(owner=other, key_account__name="Theirs", won_on=date(2026, 10, 5))
    client = client_for(kam)
    answer = client.get("/crm/deals/export/csv/?stage=won")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert len(rows) == 2
    assert rows[1][1:3] == ["'=1+1", rows[1][2]]
    assert rows[1][5:] == ["2026-09-05", "2026-10-05", "4321.00", "USD", "4321.00"]
    answer = client.get("/crm/deals/export/xlsx/?stage=won")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active  # type: ignore[attr-defined]
    assert sheet is not None
    assert [cell.value for cell in sheet["H"]] == ["Amount", 4321]
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")
    assert client.get("/crm/deals/export/pdf/").status_code == 404


# Cost


@pytest.mark.parametrize("size", [4, 40])
def test_lists_and_pages_cost_the_same_at_ten_times_the_rows(
    size: int, tree: Company, kam: Person, analyst: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    product = ProductFactory.create()
    parent = KeyAccountFactory.create(owner=kam)
    for n in range(size):
        account = KeyAccountFactory.create(owner=kam, parent=parent)
        for closing in ({"won_on": date(2026, 1 + n % 11, 5)}, {"lost_on": date(2026, 10, 5)}, {}):
            DealFactory.create(owner=kam, product=product, key_account=account, **closing)
    DealFactory.create_batch(size, owner=kam, product=product, key_account=parent)
    keep_credits()
    refresh_facts(on=TODAY)
    deal = Opportunity.objects.filter(stage="won").first()
    assert deal is not None
    for page, most in {
        "/crm/accounts/": 13,
        "/crm/accounts/export/csv/": 9,
        "/crm/accounts/explain/open/": 14,
        f"/crm/accounts/{parent.uid}/": 14,
        f"/crm/accounts/{parent.uid}/explain/won-in-period/?family=on": 12,
        "/crm/deals/?stage=all": 16,
        "/crm/deals/explain/?stage=all": 14,
        "/crm/pipeline/explain/stuck/": 12,
        f"/crm/deals/{deal.uid}/explain/": 12,
        f"/crm/deals/{deal.uid}/": 14,
        f"/people/{kam.uid}/deals/": 20,
        f"/people/{kam.uid}/accounts/": 14,
        "/api/v1/key-accounts/": 6,
        "/api/v1/opportunities/": 6,
        f"/api/v1/key-accounts/{parent.uid}/explain/?figure=won": 12,
        f"/api/v1/opportunities/{deal.uid}/explain/": 12,
    }.items():
        with django_assert_max_num_queries(most, info=page):
            assert analyst.get(page).status_code == 200


# Imports


@pytest.fixture
def batch() -> ImportBatch:
    file = {"name": "opportunities", "file": "deals.csv", "header": ["id", "value"], "rows": 3, "rejected": 2}
    file |= {"created": 1, "updated": 0, "unchanged": 0, "reasons": {"bad_value": 2}, "blanks": {}, "corrections": []}
    batch = ImportBatch.objects.create(kind="crm", source="some/folder", profile="maven", report={"files": [file]})
    for line in (2, 4):
        ImportRejection.objects.create(
            batch=batch, file="deals.csv", line=line, code="bad_value", values={"given": "abc"}, row=["X", "abc"]
        )
    return batch


def test_an_import_shows_its_report_and_reasons(analyst: Client, batch: ImportBatch) -> None:
    assert "some/folder" in text(analyst, "/settings/imports/")
    page = text(analyst, f"/settings/imports/{batch.uid}/")
    assert "The value abc is not an amount, such as 1250 or 1250.50." in page


def test_the_quarantine_downloads(analyst: Client, batch: ImportBatch) -> None:
    answer = analyst.get(f"/settings/imports/{batch.uid}/quarantine/?file=deals.csv")
    rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert rows[1] == '2,bad_value,"The value abc is not an amount, such as 1250 or 1250.50.",X,abc'
    assert analyst.get(f"/settings/imports/{batch.uid}/quarantine/?file=other.csv").status_code == 404


def test_imports_are_not_for_kams(kam: Person, batch: ImportBatch) -> None:
    client = client_for(kam)
    for page in ("/settings/imports/", f"/settings/imports/{batch.uid}/"):
        assert client.get(page).status_code == 404
