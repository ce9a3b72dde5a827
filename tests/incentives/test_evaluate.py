"""A plan and facts given as JSON: the command, the API and the worked examples of a version say the same."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.access import Role
from accounts.models import Person
from incentives import services
from incentives.errors import ExampleDoesNotHold
from incentives.models import PlanVersion
from incentives.rules.checks import problems
from incentives.services.demo import kam_content
from tests.accounts.factories import client_for, person_with_role

FACTS: dict[str, Any] = {
    "currency": "USD",
    "quota": "30000",
    "target_pay": "5400",
    "credits": [{"id": 1, "on": "2026-07-03", "amount": "33600"}],
}
URL = "/api/v1/incentives/evaluate/"


def written(folder: Path, name: str, content: Any) -> str:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(folder / name)


def command(folder: Path, plan: Any, facts: Any, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = 0
    try:
        call_command("evaluate_plan", written(folder, "plan.json", plan), written(folder, "facts.json", facts))
    except SystemExit as ended:
        code = int(str(ended.code))
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command_prints_the_statement_with_its_reasons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _err = command(tmp_path, kam_content(), FACTS, capsys)
    found = json.loads(out)
    assert (code, found["total"], found["attainment"], found["notes"]) == (0, "6696.00", "1.120000", [])
    (line,) = found["lines"]
    assert (line["kind"], line["amount"], line["reason"]["code"]) == ("credit", "6696.00", "marginal")
    assert [(part["tier"], part["part"], part["pay"]) for part in line["parts"]] == [
        (1, "15000", "1350"),
        (2, "15000", "4050"),
        (3, "3600", "1296"),
    ]
    assert found["groups"][0]["total"] == "6696.00"


@pytest.mark.parametrize(
    ("plan", "facts", "told"),
    [
        ("{", FACTS, "no JSON"),
        (kam_content() | {"cap": "0.5"}, FACTS, "plan: cap: The cap of"),
        (kam_content(), FACTS | {"quota": 30000}, "facts: quota: “30000” is not a number"),
        (kam_content(), "[]", "facts: Here an object is expected"),
        ([], FACTS, "plan: "),
    ],
)
def test_bad_input_ends_with_2_and_one_clear_line(
    plan: Any, facts: Any, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = command(tmp_path, plan, facts, capsys)
    assert (code, out) == (2, "")
    assert told in err
    assert len(err.splitlines()) == 1


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        call_command("evaluate_plan", str(tmp_path / "none.json"), str(tmp_path / "none.json"))
    assert "none.json" in capsys.readouterr().err


# The API


@pytest.fixture
def hr(db: None) -> Person:
    return person_with_role(Role.HR)


def post(who: Person, body: Any) -> Any:
    return client_for(who).post(URL, json.dumps(body), content_type="application/json")


def test_the_api_answers_what_the_command_prints(
    hr: Person, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = post(hr, {"plan": kam_content(), "facts": FACTS})
    assert answer.status_code == 200
    assert answer.json() == json.loads(command(tmp_path, kam_content(), FACTS, capsys)[1])


def test_the_api_names_each_field_that_is_wrong(hr: Person) -> None:
    answer = post(hr, {"plan": kam_content(), "facts": FACTS | {"quota": "much"}})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == ["facts.quota"]
    assert post(hr, {"plan": {"schema": 7}, "facts": FACTS}).json()["errors"]["plan.schema"]
    assert "facts" in post(hr, {"plan": kam_content()}).json()["errors"]


def test_whoever_may_not_see_plans_finds_no_such_address(db: None) -> None:
    assert post(person_with_role(Role.KAM), {"plan": kam_content(), "facts": FACTS}).status_code == 404


# Worked examples


def draft(hr: Person, examples: list[Any]) -> PlanVersion:
    plan = services.create_plan(code="with-examples", name="With examples", by=hr.user)
    content = kam_content() | {"examples": examples}
    return services.create_draft(plan=plan, starts=date(2026, 1, 1), by=hr.user, content=content)


def test_a_version_whose_examples_hold_is_published(hr: Person) -> None:
    version = draft(hr, [{"name": "112 %", "facts": FACTS, "pays": "6696.00"}])
    assert services.publish(version_uid=version.uid, by=hr.user).status == PlanVersion.Status.PUBLISHED


def test_publishing_names_the_example_that_does_not_hold_and_the_difference(hr: Person) -> None:
    version = draft(hr, [{"name": "112 %", "facts": FACTS, "pays": "6700.00"}])
    with pytest.raises(ExampleDoesNotHold, match="112 %") as refused:
        services.publish(version_uid=version.uid, by=hr.user)
    assert "pays 6696.00, not 6700.00: a difference of -4.00" in str(refused.value)
    version.refresh_from_db()
    assert version.status == PlanVersion.Status.DRAFT


@pytest.mark.parametrize(
    ("example", "path", "code"),
    [
        ({"facts": FACTS, "pays": "1"}, "examples.0.name", "example_without_name"),
        ({"name": "A", "facts": {"quota": "x"}, "pays": "1"}, "examples.0.facts.quota", "example_facts"),
        ({"name": "A", "facts": FACTS}, "examples.0.pays", "missing"),
        ({"name": "A", "facts": FACTS, "pays": "6696.00", "why": ""}, "examples.0.why", "unknown_field"),
        ("A", "examples.0", "not_an_object"),
    ],
)
def test_a_fault_of_an_example_is_named_at_its_field(example: Any, path: str, code: str) -> None:
    found = problems(kam_content() | {"examples": [example]})
    assert (path, code) in [(problem.path, problem.code) for problem in found]
