"""A statement or a run with nothing in it says why, from a checklist of facts."""

from datetime import date

import pytest
from django.test import Client

from accounts.access import Role
from accounts.models import Person
from core.models import ExchangeRate
from crm.models import Credit
from incentives.models import Run, Statement
from incentives.selectors.silence import run_checks, statement_checks
from tests.accounts.factories import PersonFactory, TeamFactory, client_for, person_with_role
from tests.incentives.factories import (
    calculated_run,
    credit,
    open_deal,
    published_plan,
    put_on,
    quota,
    tiers_content,
)
from tests.incentives.page_queries import queries_of

pytestmark = pytest.mark.django_db
Q2, MAY = "2026-Q2", date(2026, 5, 4)


@pytest.fixture
def kam() -> Person:
    return person_with_role(Role.KAM, TeamFactory.create())


def statement_of(person: Person) -> Statement:
    return calculated_run(Q2).statements.get(person=person)


def failing(person: Person) -> list[str]:
    return [check.code for check in statement_checks(statement_of(person)) if check.met is False]


def told(person: Person) -> dict[str, str]:
    return {check.code: check.text.replace("\xa0", " ") for check in statement_checks(statement_of(person))}


def test_a_statement_that_pays_has_nothing_to_explain(kam: Person) -> None:
    put_on(published_plan(), kam)
    quota(kam, "30000", Q2)
    credit(kam, "100", MAY)
    assert statement_checks(statement_of(kam)) == []


def test_no_credit_in_the_period_names_the_nearest_outside(kam: Person) -> None:
    put_on(published_plan(), kam)
    quota(kam, "30000", Q2)
    credit(kam, "100", date(2026, 3, 31))
    credit(kam, "100", date(2026, 7, 1))
    assert failing(kam) == ["credits"]
    assert set(told(kam)) >= {"credit_before", "credit_after"}
    assert "31" in told(kam)["credit_before"]


def test_nobodys_first_deal_is_told_as_such(kam: Person) -> None:
    put_on(published_plan(), kam)
    quota(kam, "30000", Q2)
    assert "credit_never" in told(kam)


def test_deals_that_bring_no_credit_are_named(kam: Person) -> None:
    put_on(published_plan(), kam)
    quota(kam, "30000", Q2)
    other = PersonFactory.create()
    Credit.objects.filter(pk=credit(kam, "100", MAY).pk).update(person=other)
    open_deal(kam, "500")
    assert told(kam)["credited_elsewhere"] == "1 won deal is credited to somebody else."
    assert told(kam)["open"] == "1 deal is still open."


@pytest.mark.parametrize(
    ("starts", "words"),
    [(date(2026, 7, 1), "begins on"), (None, "No plan was ever assigned")],
)
def test_no_plan_in_the_period_says_when_there_is_one(kam: Person, starts: date | None, words: str) -> None:
    put_on(published_plan(), PersonFactory.create())
    if starts:
        put_on(published_plan(), kam, starts=starts)
    credit(kam, "100", MAY)
    assert failing(kam) == ["assignment"]
    assert words in told(kam)["assignment"]


def test_a_plan_that_ended_says_so(kam: Person) -> None:
    put_on(published_plan(), PersonFactory.create())
    put_on(published_plan(), kam)
    kam.plan_assignments.update(during=(date(2016, 1, 1), date(2026, 4, 1)))
    credit(kam, "100", MAY)
    assert "ended before" in told(kam)["assignment"]


def test_a_missing_target_is_the_answer(kam: Person) -> None:
    put_on(published_plan(), kam)
    credit(kam, "100", MAY)
    assert failing(kam)[0] == "target"


def test_credit_below_the_first_tier_says_how_far_it_came(kam: Person) -> None:
    put_on(published_plan(tiers_content(("0", "0.5", "0"), ("0.5", None, "1"))), kam)
    quota(kam, "1000", Q2)
    credit(kam, "200", MAY)
    assert failing(kam) == ["below_first_tier"]
    assert "20" in told(kam)["below_first_tier"]


def test_an_error_is_the_whole_answer(kam: Person) -> None:
    put_on(published_plan(), kam)
    quota(kam, "30000", Q2)
    credit(kam, "100", MAY, currency="EUR")
    assert not ExchangeRate.objects.exists()
    assert failing(kam) == ["error"]


# Runs


def test_a_run_outside_of_the_data_says_where_the_data_are(kam: Person) -> None:
    put_on(published_plan(), kam)
    credit(kam, "100", date(2025, 5, 4))
    checks = {check.code: check for check in run_checks(calculated_run(Q2))}
    assert [code for code, check in checks.items() if check.met is False] == ["targets", "credits"]
    assert "2025" in checks["credits_reach"].text
    assert checks["assignments"].text == "1 person is on a plan in the period."


def test_a_run_that_pays_has_nothing_to_explain(kam: Person) -> None:
    put_on(published_plan(), kam)
    quota(kam, "30000", Q2)
    credit(kam, "100", MAY)
    assert run_checks(calculated_run(Q2)) == []


@pytest.fixture
def empty_run(kam: Person) -> Run:
    put_on(published_plan(), kam)
    return calculated_run(Q2)


def page(client: Client, path: str, language: str = "en") -> str:
    return client.get(path, headers={"Accept-Language": language}).content.decode().replace("\xa0", " ")


@pytest.mark.parametrize(
    ("language", "words"), [("en", "There is no credited deal in the period."), ("zh-hans", "本期没有计入业绩的商机。")]
)
def test_page_and_api_say_it_in_both_languages(empty_run: Run, language: str, words: str) -> None:
    hr, statement = client_for(person_with_role(Role.HR)), empty_run.statements.get()
    assert words in page(hr, f"/incentives/statements/{statement.uid}/", language)
    headers = {"Accept-Language": language}
    answer = hr.get(f"/api/v1/statements/{statement.uid}/", headers=headers).json()
    assert [check["code"] for check in answer["checks"] if check["met"] is False] == ["target", "credits"]
    assert words in [check["text"] for check in answer["checks"]]
    of_run = hr.get(f"/api/v1/runs/{empty_run.uid}/", headers=headers).json()
    assert "credits" in [check["code"] for check in of_run["checks"]]
    assert of_run["checks"][0]["text"] in page(hr, f"/incentives/runs/{empty_run.uid}/", language)


def test_the_checklist_costs_a_known_number_of_queries(empty_run: Run) -> None:
    hr, statement = client_for(person_with_role(Role.HR)), empty_run.statements.get()
    assert queries_of(hr, f"/incentives/statements/{statement.uid}/") <= 20
    assert queries_of(hr, f"/incentives/runs/{empty_run.uid}/") <= 26
