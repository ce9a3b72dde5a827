"""What payroll and accounting get of an approved run, and a statement as a document."""

import csv
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.access import Role
from accounts.models import Person, Team
from incentives.models import Run
from tests.accounts.factories import PersonFactory, TeamFactory, client_for, person_with_role
from tests.core.pdf_reading import characters
from tests.incentives.factories import approved_run, calculated_run, credit, published_plan, put_on, quota

pytestmark = pytest.mark.django_db
Q2 = "2026-Q2"


def paid_person(team: Team, amount: str, name: str) -> Person:
    person = PersonFactory.create(team=team, name=name)
    put_on(published_plan(), person)
    quota(person, "30000", Q2)
    credit(person, amount, date(2026, 5, 4))
    return person


@pytest.fixture
def teams() -> list[Team]:
    made = [TeamFactory.create(name=name) for name in ("West", "East", "North")]
    for team, centre in zip(made, ("4711", "4711", ""), strict=True):
        Team.objects.filter(pk=team.pk).update(cost_centre=centre)
    return made


@pytest.fixture
def run(teams: list[Team]) -> Run:
    for team, amount, name in zip(teams, ("1000", "2000", "3000"), ("Ann", "Bo", "=Cy"), strict=True):
        paid_person(team, amount, name)
    paid_person(teams[0], "0.01", "Nobody")
    return approved_run(Q2)


@pytest.fixture
def hr() -> Client:
    return client_for(person_with_role(Role.HR))


def rows_of(client: Client, path: str) -> list[list[str]]:
    answer = client.get(path)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.reader(text.splitlines()))


def test_the_payroll_file_has_a_row_a_person_who_is_paid(run: Run, hr: Client) -> None:
    head, *rows = rows_of(hr, f"/incentives/runs/{run.uid}/payroll.csv")
    assert head[0] == "Employee number"
    assert [(row[1], row[3], row[6], row[8]) for row in rows] == [
        ("Ann", "4711", "90.00", "USD"),
        ("Bo", "4711", "180.00", "USD"),
        ("'=Cy", "", "270.00", "USD"),  # no formula for a spreadsheet
    ]
    assert sum(Decimal(row[6]) for row in rows) == run.total


def test_the_payroll_sheet_holds_numbers(run: Run, hr: Client) -> None:
    answer = hr.get(f"/incentives/runs/{run.uid}/payroll.xlsx")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0]  # type: ignore[attr-defined]
    assert [row[6] for row in sheet.iter_rows(min_row=2, values_only=True)] == [90, 180, 270]


def test_the_journal_books_by_cost_centre_and_balances(run: Run, hr: Client) -> None:
    _head, *rows = rows_of(hr, f"/incentives/runs/{run.uid}/journal.csv")
    assert [(row[2], row[3], row[4], row[5], row[6]) for row in rows] == [
        ("Bonus expense", "", "North", "270.00", ""),
        ("Bonus expense", "4711", "East, West", "270.00", ""),
        ("Bonus payable", "", "", "", "540.00"),
    ]
    assert {row[0] for row in rows} == {"2026-06-30"}


def test_a_run_that_is_not_approved_gives_no_file(teams: list[Team], hr: Client) -> None:
    paid_person(teams[0], "1000", "Ann")
    run = calculated_run(Q2)
    assert hr.get(f"/incentives/runs/{run.uid}/payroll.csv").status_code == 409
    assert hr.get(f"/incentives/runs/{run.uid}/payroll.pdf").status_code == 409


def test_only_hr_takes_the_files(run: Run) -> None:
    director = client_for(person_with_role(Role.DIRECTOR))
    assert director.get(f"/incentives/runs/{run.uid}/payroll.csv").status_code == 404
    assert client_for(person_with_role(Role.HR)).get(f"/incentives/runs/{run.uid}/payroll.doc").status_code == 404


def test_a_team_gets_its_cost_centre_on_the_form_of_its_name(teams: list[Team], hr: Client) -> None:
    hr.post(f"/teams/{teams[2].code}/rename/", {"name": "North", "cost_centre": "0815"})
    teams[2].refresh_from_db()
    assert (teams[2].name, teams[2].cost_centre) == ("North", "0815")


# A statement as PDF


@pytest.fixture
def kam() -> Person:
    person = person_with_role(Role.KAM, TeamFactory.create(), name="王小明")
    put_on(published_plan(), person)
    quota(person, "30000", Q2)
    credit(person, "33600", date(2026, 5, 4))
    approved_run(Q2)
    return person


@pytest.mark.parametrize(("language", "word"), [("en", "Tier"), ("zh-hans", "对账单")])
def test_a_statement_is_a_document_in_the_readers_language(kam: Person, language: str, word: str) -> None:
    statement = kam.statements.get()
    answer = client_for(kam).get(f"/incentives/statements/{statement.uid}/pdf/", headers={"Accept-Language": language})
    assert answer.headers["Content-Type"] == "application/pdf"
    assert f"statement-2026-Q2-{kam.number}.pdf" in answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"%PDF-")
    assert set(word) | set("王小明") | set("6,696.00") <= characters(answer.content)


def test_another_persons_statement_is_no_document(kam: Person) -> None:
    stranger = client_for(person_with_role(Role.KAM))
    assert stranger.get(f"/incentives/statements/{kam.statements.get().uid}/pdf/").status_code == 404
