"""Statements: a payslip whose lines add up, each with its reason, for the right eyes only."""

import re
from decimal import Decimal

import pytest
from django.test import Client

from accounts.access import Role
from accounts.models import Person
from core import calendar, outbox
from core.models import OutboxMessage
from incentives.models import Dispute, Run, Statement
from tests.accounts.factories import Company, client_for, company, person_with_role
from tests.incentives.factories import (
    approved_run,
    calculated_run,
    credit,
    kam_content,
    published_plan,
    put_on,
    quota,
)
from tests.incentives.page_queries import queries_of

pytestmark = pytest.mark.django_db
PERIOD = calendar.current_period().previous


@pytest.fixture
def firm() -> Company:
    return company()


@pytest.fixture
def vicki(firm: Company) -> Person:
    """Three deals on a quota of 30,000 with 5,400 at target; the second crosses 50 %."""
    person = person_with_role(Role.KAM, firm.teams["west-1"], name="Vicki Laflamme")
    put_on(published_plan(kam_content()), person)
    quota(person, "30000", PERIOD.code)
    for amount in ("12064", "4936", "5590"):
        credit(person, amount, PERIOD.start)
    return person


@pytest.fixture
def statement(vicki: Person) -> Statement:
    return Statement.objects.get(run=approved_run(PERIOD.code), person=vicki)


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode().replace("\xa0", " ")


def path_of(statement: Statement) -> str:
    return f"/incentives/statements/{statement.uid}/"


def test_the_lines_shown_add_up_to_the_total(statement: Statement, vicki: Person) -> None:
    page = text(client_for(vicki), path_of(statement))

    shown = re.findall(r'aria-haspopup="dialog"><span class="visually-hidden">[^<]*</span>([−\d,.]+)</button>', page)
    assert sum(Decimal(amount.replace(",", "")) for amount in shown) == statement.total
    assert f"${statement.total:,.2f}" in page


def test_a_crossed_bound_is_shown_as_two_parts(statement: Statement, vicki: Person) -> None:
    page = text(client_for(vicki), path_of(statement))

    row = page[page.index('id="line-2"') : page.index('id="line-3"')]
    assert "0–50 %" in row
    assert "50–100 %" in row
    assert "2,936.00 at 9.00 %" in row
    assert "804.24" in row


def test_each_amount_opens_to_its_explanation(statement: Statement, vicki: Person) -> None:
    drawer = text(client_for(vicki), f"{path_of(statement)}lines/2/explain/")

    assert "Why $804.24" in drawer
    assert "2,936.00 × 9.00 % + 2,000.00 × 27.00 %" in drawer
    assert "Question this line" in drawer


@pytest.mark.parametrize("suffix", ["", "explain/", "lines/1/explain/", "lines/1/question/"])
def test_a_kam_does_not_find_the_statement_of_a_colleague(statement: Statement, firm: Company, suffix: str) -> None:
    colleague = client_for(person_with_role(Role.KAM, firm.teams["west-1"]))

    assert colleague.get(path_of(statement) + suffix).status_code == 404


def test_a_kam_does_not_find_the_statements_page_of_a_colleague(vicki: Person, firm: Company) -> None:
    colleague = client_for(person_with_role(Role.KAM, firm.teams["west-1"]))

    assert colleague.get(f"/people/{vicki.uid}/statements/").status_code == 404


def test_a_manager_of_another_team_finds_nothing(statement: Statement, firm: Company) -> None:
    stranger = client_for(person_with_role(Role.MANAGER, firm.teams["east-1"]))

    assert stranger.get(path_of(statement)).status_code == 404
    assert "Vicki" not in text(stranger, f"/incentives/statements/?period={PERIOD.code}")


def test_a_final_statement_is_closed_to_its_person_until_it_is_approved(vicki: Person) -> None:
    run = calculated_run(PERIOD.code, by=person_with_role(Role.HR).user)
    statement = Statement.objects.get(run=run, person=vicki)

    assert client_for(vicki).get(path_of(statement)).status_code == 404


def test_a_kam_starts_with_the_own_statements(statement: Statement, vicki: Person) -> None:
    page = text(client_for(vicki), "/incentives/")

    assert "My statements" in page
    assert path_of(statement) in page


def test_an_empty_statement_says_why(firm: Company) -> None:
    person = person_with_role(Role.KAM, firm.teams["west-1"])
    put_on(published_plan(), person)
    statement = Statement.objects.get(run=approved_run(PERIOD.code), person=person)

    page = text(client_for(person), path_of(statement))

    assert "There is no target for the period" in page
    assert "$0.00" in page


def test_a_question_reaches_hr_and_the_preparer_once(statement: Statement, vicki: Person) -> None:
    other_hr = person_with_role(Role.HR)
    browser = client_for(vicki)
    for _time in range(2):
        browser.post(f"{path_of(statement)}lines/2/question/", {"text": "Half of it was Kary's."})

    notices = OutboxMessage.objects.filter(kind="incentives.line_question")
    assert {notice.user_id for notice in notices} == {other_hr.user_id, statement.run.prepared_by_id}
    assert notices.count() == 2
    rendered = outbox.rendered(notices[0])
    assert "Vicki Laflamme questions $804.24" in rendered.title
    assert rendered.body == "Half of it was Kary's."
    assert rendered.path == f"/incentives/disputes/{Dispute.objects.get().uid}/"


def test_an_empty_question_is_told_at_its_field(statement: Statement, vicki: Person) -> None:
    answer = client_for(vicki).post(f"{path_of(statement)}lines/2/question/", {"text": " "})

    assert answer.status_code == 422
    assert not OutboxMessage.objects.filter(kind="incentives.line_question").exists()


def test_a_statement_takes_the_same_queries_however_many_lines(vicki: Person) -> None:
    hr = person_with_role(Role.HR)
    browser = client_for(hr)

    def opened(run: Run) -> str:
        return path_of(Statement.objects.get(run=run, person=vicki))

    few = queries_of(browser, opened(calculated_run(PERIOD.code, by=hr.user)))
    for _number in range(50):
        credit(vicki, "100", PERIOD.start)
    path = opened(calculated_run(PERIOD.code, by=hr.user))

    assert queries_of(browser, path) == few <= 20
    assert browser.get(path).content.count(b'id="line-') == 53
