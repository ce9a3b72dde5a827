"""Pages of goals: what they show, to whom, at what cost."""

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from accounts.access import Role
from accounts.models import Person
from core.models import OutboxMessage
from goals.models import Kpi, KpiResult, Target
from tests.accounts.factories import Company, PersonFactory, client_for, company, person_with_role
from tests.goals.factories import computed, lost, result, target, won

pytestmark = pytest.mark.django_db
P = {"period": "2026-Q2"}
FRAGMENT = {"hx-request": "true"}


@pytest.fixture
def tree() -> Company:
    return company()


@pytest.fixture
def kam(tree: Company) -> Person:
    kam = person_with_role(Role.KAM, tree.teams["west-1"], name="Ann Adams", number="E1")
    won(kam, "2026-05-04", 1000)
    lost(kam, "2026-05-05")
    won(kam, "2026-02-05", 500)
    target(kam, "2026-Q2", 2000)
    computed("2026-Q1", "2026-Q2")
    return kam


@pytest.fixture
def manager(tree: Company) -> Person:
    return person_with_role(Role.MANAGER, tree.teams["west-1"], name="Max Moor")


@pytest.fixture
def director(tree: Company) -> Person:
    return person_with_role(Role.DIRECTOR, tree.root, name="Dora Dean")


@pytest.fixture
def hr() -> Person:
    return person_with_role(Role.HR, name="Hana Rao")


def page(person: Person, url: str, **params: str) -> str:
    response = client_for(person).get(url, {**P, **params})
    assert response.status_code == 200, response.content[:500]
    return response.content.decode()


def streamed(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_a_kam_sees_the_own_scorecard(kam: Person) -> None:
    html = page(kam, "/goals/")
    assert "<h1>Ann Adams</h1>" in html.replace("\n", "") or "Ann Adams" in html
    assert "Booked revenue" in html
    assert "$1,000 to go" in html
    assert f"/goals/results/{result(kam, '2026-Q2').uid}/explain/" in html


def test_a_manager_sees_the_team_with_its_people(kam: Person, manager: Person) -> None:
    html = page(manager, "/goals/")
    assert "West 1" in html
    assert "Ann Adams" in html


def test_a_director_goes_down_by_the_code_of_a_team(kam: Person, director: Person) -> None:
    assert "East" in page(director, "/goals/")
    assert "Ann Adams" in page(director, "/goals/", team="west-1")


@pytest.mark.parametrize("query", [{"team": "west-1"}, {"team": "nowhere"}])
def test_a_scorecard_out_of_scope_does_not_exist(tree: Company, kam: Person, query: dict[str, str]) -> None:
    other = person_with_role(Role.KAM, tree.teams["east-1"])
    assert client_for(other).get("/goals/", {**P, **query}).status_code == 404
    assert client_for(other).get("/goals/", {**P, "person": str(kam.uid)}).status_code == 404
    assert client_for(other).get(f"/people/{kam.uid}/results/", P).status_code == 404
    assert client_for(other).get(f"/goals/results/{result(kam, '2026-Q2').uid}/explain/").status_code == 404
    assert client_for(other).get(f"/goals/results/{result(kam, '2026-Q2').uid}/ask/").status_code == 404


def test_a_person_has_a_results_tab(kam: Person, manager: Person) -> None:
    html = page(manager, f"/people/{kam.uid}/results/")
    assert "Against target" in html
    assert "Days to win" in html


def test_a_half_year_has_no_results_and_says_so(kam: Person) -> None:
    response = client_for(kam).get("/goals/", {"period": "2026-H1"})
    assert response.status_code == 422


def test_a_period_without_results_says_what_to_do(kam: Person) -> None:
    assert "No results in this period" in page(kam, "/goals/", period="2019-Q1")


# The list


def test_the_list_filters_sorts_and_goes_on(tree: Company, kam: Person, director: Person) -> None:
    for number in range(60):
        won(PersonFactory.create(team=tree.teams["east-1"], name=f"Kam {number:02}"), "2026-05-04", 10 + number)
    computed("2026-Q2")
    html = page(director, "/goals/results/", kpi="booked_revenue", kind="person", sort="name")
    assert "Ann Adams" in html
    assert "Show more" in html
    after = html.partition("after=")[2].partition('"')[0].partition("&")[0]
    more = client_for(director, **FRAGMENT).get(
        "/goals/results/", {**P, "kpi": "booked_revenue", "kind": "person", "sort": "name", "after": after}
    )
    assert more.content.decode().count("<tr data-href") == 11
    assert "Kam 59" in more.content.decode()
    assert "Ann Adams" not in page(director, "/goals/results/", team="east")
    assert "Kam 07" in page(director, "/goals/results/", q="kam 07")


@pytest.mark.parametrize("query", [{"kpi": "x"}, {"team": "x"}, {"sort": "salary"}, {"kind": "dog"}])
def test_unknown_filters_of_the_list_are_refused(kam: Person, director: Person, query: dict[str, str]) -> None:
    assert client_for(director).get("/goals/results/", {**P, **query}).status_code == 422


def test_a_kam_finds_only_the_own_rows_in_list_and_export(tree: Company, kam: Person) -> None:
    other = person_with_role(Role.KAM, tree.teams["east-1"], name="Bob Brown")
    won(other, "2026-05-04", 5)
    computed("2026-Q2")
    for query in ({}, {"q": "Bob"}, {"sort": "name"}):
        assert "Bob Brown" not in page(kam, "/goals/results/", **query)
    whole = client_for(kam).get("/goals/results/export/csv/", {**P, "kpi": ""})
    content = streamed(whole).decode()
    assert "Ann Adams" in content
    assert "Bob Brown" not in content
    assert content.count("\n") == 1 + KpiResult.objects.filter(person=kam, period="2026-Q2").count()


def test_the_export_has_exact_numbers(kam: Person, director: Person) -> None:
    response = client_for(director).get("/goals/results/export/xlsx/", {**P, "kpi": "win_rate", "kind": "person"})
    book = load_workbook(io.BytesIO(streamed(response)))
    heading, row = list(book.worksheets[0].iter_rows(values_only=True))
    assert dict(zip(heading, row, strict=True))["Actual"] == 0.5
    assert client_for(director).get("/goals/results/export/pdf/", P).status_code == 404


def test_the_number_of_queries_of_each_page_does_not_grow(tree: Company, kam: Person, director: Person) -> None:
    urls = ["/goals/", "/goals/results/", "/goals/targets/", f"/people/{kam.uid}/results/"]
    client = client_for(director)

    def costs() -> list[int]:
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url, P).status_code == 200
            found.append(len(queries))
        return found

    costs()
    few = costs()
    for number in range(40):
        person = PersonFactory.create(team=tree.teams["west-1"], name=f"Kam {number}")
        won(person, "2026-05-04", 10)
        target(person, "2026-Q2", 100)
    computed("2026-Q2")
    assert costs() == few
    assert max(few) <= 30


# The drawer


def test_the_drawer_opens_the_figure_to_its_deals(kam: Person, director: Person) -> None:
    url = f"/goals/results/{result(kam, '2026-Q2').uid}/explain/"
    drawer = client_for(director, **FRAGMENT).get(url).content.decode()
    assert "<html" not in drawer
    for text in ("$1,000.00", "Konex · GTX Pro", "Show all", "Export", "Ask about this", "booked_revenue"):
        assert text in drawer
    assert "<html" in client_for(director).get(url).content.decode()


def test_a_question_goes_once_to_who_leads_the_team(kam: Person, manager: Person, director: Person) -> None:
    url = f"/goals/results/{result(kam, '2026-Q2').uid}/ask/"
    assert "Max Moor will read the question" in client_for(kam).get(url).content.decode()
    for _ in range(2):
        response = client_for(kam).post(url, {"question": "Where is the Konex deal of June?"})
        assert response.status_code == 302
    notice = OutboxMessage.objects.get()
    assert notice.user == manager.user
    assert notice.payload["question"] == "Where is the Konex deal of June?"
    client_for(manager).post(url, {"question": "And mine?"})
    assert OutboxMessage.objects.filter(user=director.user).count() == 1
    listed = client_for(manager).get("/notifications/").content.decode()
    assert "Ann Adams asks about Booked revenue of Ann Adams in Q2" in listed.replace("\u00a0", " ")


# Targets


def test_the_grid_shows_own_and_derived_targets_and_sums(tree: Company, kam: Person, director: Person) -> None:
    html = page(director, "/goals/targets/")
    assert html.count("$2,000") >= 4  # Ann, her team, region, company
    assert "Ann Adams" in html
    assert "target-derive" not in html
    assert "/goals/targets/derive/" in html


def test_a_kam_sees_the_own_targets_and_cannot_change_them(kam: Person) -> None:
    html = page(kam, "/goals/targets/")
    assert "$2,000" in html
    assert "/goals/targets/cell/" not in html
    for url in ("/goals/targets/cell/", "/goals/targets/derive/", "/goals/targets/import/"):
        assert client_for(kam).get(url, P).status_code == 404


def test_a_target_is_changed_in_its_cell_and_the_sums_follow(kam: Person, hr: Person) -> None:
    url = f"/goals/targets/cell/?kpi=booked_revenue&person={kam.uid}&period=2026-Q2"
    client = client_for(hr, **FRAGMENT)
    assert 'value="2000"' in client.get(url).content.decode()
    grid = client.post(url, {"value": "4000"}).content.decode()
    assert 'id="target-grid"' in grid
    assert grid.count("$4,000") >= 4
    assert result(kam, "2026-Q2").attainment == Decimal("0.25")
    refused = client.post(url, {"value": "-4"})
    assert refused.status_code == 422
    client.post(url, {"value": ""})
    assert not Target.objects.exists()


def test_the_page_of_a_target_has_threshold_reason_and_history(kam: Person, hr: Person) -> None:
    url = f"/goals/targets/cell/?kpi=win_rate&person={kam.uid}&period=2026-Q2"
    client = client_for(hr)
    response = client.post(url, {"value": "60", "threshold": "40", "stretch": "", "reason": "as agreed"})
    assert response.status_code == 302
    row = Target.objects.get(kpi__code="win_rate")
    assert (row.value, row.threshold, row.reason) == (Decimal("0.6"), Decimal("0.4"), "as agreed")
    html = client.get(url).content.decode()
    assert "Hana Rao" in html
    assert "as agreed" in html
    assert client.post(url.replace("cell", "clear")).status_code == 302
    assert not Target.objects.filter(kpi__code="win_rate").exists()


def test_targets_are_derived_from_the_page(kam: Person, hr: Person) -> None:
    Target.objects.all().delete()
    response = client_for(hr).post("/goals/targets/derive/?period=2026-Q2", {"kpi": "booked_revenue", "growth": "5"})
    assert response.status_code == 302
    assert Target.objects.get().value == 1600  # 500 in one month with bookings: 500 x 3 x 1.05 = 1,575
    again = client_for(hr).post("/goals/targets/derive/?period=2026", {"kpi": "booked_revenue", "growth": "5"})
    assert again.status_code == 422


def test_an_export_can_be_brought_back(kam: Person, hr: Person) -> None:
    client = client_for(hr)
    content = streamed(client.get("/goals/targets/export/csv/", P))
    assert content.decode("utf-8-sig").splitlines()[1].startswith("booked_revenue,E1,2026-Q2,2000")
    broken = content + b"nonsense,E1,2026-Q2,5,,,,\r\n"
    response = client.post("/goals/targets/import/", {"file": SimpleUploadedFile("targets.csv", broken)})
    assert response.status_code == 302
    preview = client.get(response["Location"]).content.decode()
    assert "1 row kept out" in preview
    assert "nonsense is not a KPI" in preview
    quarantine = streamed(client.get(f"{response['Location']}quarantine/")).decode()
    assert "nonsense" in quarantine
    assert client.post(f"{response['Location']}apply/").status_code == 302
    assert Target.objects.get().origin == "imported"
    other = person_with_role(Role.DIRECTOR)
    assert client_for(other).get(response["Location"]).status_code == 404


# The library


def test_the_library_tells_definition_formula_and_source(kam: Person) -> None:
    html = page(kam, "/goals/kpis/")
    assert "deals won / deals won or lost" in html
    assert "Fewer is better" in html
    assert "/goals/kpis/win_rate/" not in html


def test_hr_changes_a_definition_which_counts_as_a_version(kam: Person, hr: Person) -> None:
    kpi = Kpi.objects.get(code="win_rate")
    values = {name: getattr(kpi, name) for name in ("name_en", "name_zh", "definition_zh")}
    given = {**values, "definition_en": "Won of all that closed.", "is_active": "on"}
    assert client_for(hr).post("/goals/kpis/win_rate/", given).status_code == 302
    kpi.refresh_from_db()
    assert (kpi.definition_en, kpi.version, kpi.is_active) == ("Won of all that closed.", 2, True)
    assert client_for(hr).post("/goals/kpis/win_rate/", {**given, "is_active": ""}).status_code == 302
    kpi.refresh_from_db()
    assert (kpi.version, kpi.is_active) == (2, False)
    assert "Win rate" not in page(kam, "/goals/kpis/")
    assert client_for(kam).get("/goals/kpis/win_rate/").status_code == 404
