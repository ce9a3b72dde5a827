"""Plans, runs and statements for programs: what each role finds, how a run is approved, and how errors read."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from accounts.access import Role
from accounts.models import Person
from incentives import services
from incentives.models import Run, Statement
from tests.accounts.factories import PersonFactory, TeamFactory, client_for, person_with_role
from tests.incentives.factories import approved_run, calculated_run, credit, published_plan, put_on, quota

pytestmark = pytest.mark.django_db

Q3 = "2026-Q3"


@pytest.fixture
def kam() -> Person:
    person = person_with_role(Role.KAM, TeamFactory.create())
    put_on(published_plan(), person)
    quota(person, "30000", Q3)
    credit(person, "12064", date(2026, 7, 12))
    credit(person, "4936", date(2026, 9, 2))
    return person


@pytest.fixture
def hr() -> Person:
    return person_with_role(Role.HR)


@pytest.fixture
def director() -> Person:
    return person_with_role(Role.DIRECTOR)


def get(who: Person, path: str, /, **query: str) -> Any:
    response = client_for(who).get(f"/api/v1/{path}", query)
    assert response.status_code == 200, response.content
    return response.json()


def test_a_statement_comes_with_its_lines_and_why(kam: Person) -> None:
    statement = approved_run(Q3).statements.get()
    found = get(kam, f"statements/{statement.uid}/")
    assert (found["total"], found["currency"], found["attainment"]) == ("1890.00", "USD", "0.566667")
    assert found["run"] == {
        "uid": str(statement.run.uid),
        "code": Q3,
        "period": Q3,
        "kind": "final",
        "status": "approved",
    }
    line = found["lines"][1]
    assert (line["position"], line["amount"]) == (2, "804.24")
    assert line["why"].startswith("Crosses a bound")
    assert [part["pay"] for part in line["parts"]] == ["264.240000", "540.000000"]
    assert found["next_after"] is None


def test_a_line_and_a_total_explain_themselves(kam: Person) -> None:
    uid = approved_run(Q3).statements.get().uid
    assert get(kam, f"statements/{uid}/lines/2/explain/")["formula"][-1] == "= 264.24 + 540.00 = 804.24"
    assert get(kam, f"statements/{uid}/explain/")["value"] == "$1,890.00"
    assert client_for(kam).get(f"/api/v1/statements/{uid}/lines/9/explain/").status_code == 404


def test_a_kam_finds_only_the_own_statements_and_runs_once_they_are_approved(kam: Person) -> None:
    colleague = PersonFactory.create(team=kam.memberships.get().team)
    credit(colleague, "10", date(2026, 7, 1))
    calculated_run(Q3)
    assert get(kam, "statements/")["results"] == []
    assert get(kam, "runs/")["results"] == []
    approved_run(Q3)
    other = Statement.objects.get(person=colleague)
    assert [row["person"]["uid"] for row in get(kam, "statements/")["results"]] == [str(kam.uid)]
    assert len(get(kam, "runs/")["results"]) == 1
    assert get(kam, "statements/", person=str(colleague.uid))["results"] == []
    assert client_for(kam).get(f"/api/v1/statements/{other.uid}/").status_code == 404


def test_a_run_shown_to_a_kam_does_not_tell_what_the_others_are_paid(kam: Person) -> None:
    approved_run(Q3)
    (run,) = get(kam, "runs/")["results"]
    assert run["total"] is None


def test_lists_are_filtered_by_run_person_and_period(kam: Person, hr: Person) -> None:
    run = calculated_run(Q3)
    quota(kam, "30000", "2026-Q2")
    calculated_run("2026-Q2")
    assert len(get(hr, "statements/")["results"]) == 2
    for query in ({"run": str(run.uid)}, {"period": Q3}):
        assert [row["run"]["code"] for row in get(hr, "statements/", **query)["results"]] == [Q3]
    assert [row["code"] for row in get(hr, "runs/", ordering="period")["results"]] == ["2026-Q2", Q3]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("salary", "1", "unknown_filter"), ("kind", "secret", "invalid"), ("run", "7", "invalid")],
)
def test_an_unknown_filter_or_value_is_an_error(hr: Person, name: str, value: str, code: str) -> None:
    response = client_for(hr).get("/api/v1/statements/", {name: value})
    assert (response.status_code, response.json()["code"]) == (422, code)


def test_a_run_is_handed_in_and_approved_by_two_people(kam: Person, hr: Person, director: Person) -> None:
    run = calculated_run(Q3, by=hr.user)
    assert client_for(director).post(f"/api/v1/runs/{run.uid}/submit/").status_code == 404
    assert client_for(hr).post(f"/api/v1/runs/{run.uid}/submit/").json()["status"] == "submitted"
    assert client_for(hr).post(f"/api/v1/runs/{run.uid}/approve/").status_code == 404
    assert client_for(director).post(f"/api/v1/runs/{run.uid}/approve/").json()["approved_by"] == director.name
    again = client_for(director).post(f"/api/v1/runs/{run.uid}/approve/")
    assert (again.status_code, again.json()["code"]) == (409, "run_not_submitted")


def test_a_run_goes_back_with_a_reason(kam: Person, hr: Person, director: Person) -> None:
    run = calculated_run(Q3, by=hr.user)
    services.submit_run(run_uid=run.uid, by=hr.user)
    path = f"/api/v1/runs/{run.uid}/return/"
    assert client_for(director).post(path, {}, content_type="application/json").status_code == 422
    answer = client_for(director).post(path, {"reason": "A deal is missing."}, content_type="application/json").json()
    assert (answer["status"], answer["returned_reason"]) == ("calculated", "A deal is missing.")


def test_plans_come_with_their_versions_and_documents(kam: Person, hr: Person, director: Person) -> None:
    plan = kam.plan_assignments.get().plan
    services.create_draft(plan=plan, starts=date(2027, 1, 1), by=hr.user)
    assert [version["number"] for version in get(hr, f"plans/{plan.code}/")["versions"]] == [2, 1]
    assert [version["number"] for version in get(director, f"plans/{plan.code}/")["versions"]] == [1]
    (version,) = get(director, f"plans/{plan.code}/versions/")
    assert version["content"]["cap"] == "2"
    assert client_for(kam).get("/api/v1/plans/").status_code == 404


@pytest.mark.parametrize("rows", [1, 20])
def test_a_list_costs_the_same_queries_however_long(hr: Person, rows: int, django_assert_max_num_queries: Any) -> None:
    plan = published_plan()
    for _number in range(rows):
        put_on(plan, PersonFactory.create(team=TeamFactory.create()))
    calculated_run(Q3)
    client = client_for(hr)
    with django_assert_max_num_queries(6):
        assert len(client.get("/api/v1/statements/").json()["results"]) == rows


def test_without_a_login_there_is_nothing() -> None:
    assert Client().get("/api/v1/statements/").status_code in {401, 403}
    assert Run.objects.count() == 0
