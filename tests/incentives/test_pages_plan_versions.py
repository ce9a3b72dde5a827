"""Versions side by side, and as files: out, and in again."""

import json
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.access import Role
from accounts.models import Person
from incentives import services
from incentives.models import Plan, PlanVersion
from tests.accounts.factories import client_for, company, person_with_role
from tests.incentives.factories import bookings_kpi, kam_content, published_plan
from tests.incentives.test_pages_editor import text

pytestmark = pytest.mark.django_db
NEXT_YEAR = date(2099, 1, 1)
COMPARE = "/incentives/plans/kam-plan/compare/"
IMPORT = "/incentives/plans/kam-plan/import/"


@pytest.fixture
def hr() -> Person:
    bookings_kpi()
    return person_with_role(Role.HR)


@pytest.fixture
def plan(hr: Person) -> Plan:
    return published_plan(code="kam-plan")


@pytest.fixture
def hr_client(hr: Person) -> Client:
    return client_for(hr)


def changed_content() -> dict[str, Any]:
    """Another top rate, a draw, and a bonus beside."""
    content = kam_content(top_rate="3")
    bonus = {"key": "goal", "name": {"en": "Goal", "zh": "目标奖"}, "kind": "goal_bonus", "amount": "500"}
    content["components"].append(bonus)
    return {**content, "draw": {"kind": "recoverable", "amount": "2000"}}


def test_two_versions_stand_side_by_side_with_their_differences_marked(
    plan: Plan, hr: Person, hr_client: Client
) -> None:
    services.create_draft(plan=plan, starts=NEXT_YEAR, by=hr.user, content=changed_content())

    page = text(hr_client.get(COMPARE))

    assert "5 differences" not in page
    assert "4 differences" in page, "the rate, both fields of the draw, the new component"
    assert "above 130 % at 2.5 × base</td><td><strong>above 130 % at 3 × base" in page
    assert "<strong>$2,000</strong>" in page
    assert "Fixed bonus" in page
    assert "50–100 % at 1.5 × base</td><td>50–100 % at 1.5 × base" in page, "what is the same stands there unmarked"


def test_only_what_differs_may_be_shown_and_the_versions_chosen(plan: Plan, hr: Person, hr_client: Client) -> None:
    services.create_draft(plan=plan, starts=NEXT_YEAR, by=hr.user, content=changed_content())

    page = text(hr_client.get(f"{COMPARE}?before=2&after=1&show=changes"))

    assert "above 130 % at 3 × base</td><td><strong>above 130 % at 2.5 × base" in page
    assert "50–100 %" not in page
    assert "removed" in page


def test_a_plan_with_one_version_says_that_there_is_nothing_to_compare(plan: Plan, hr_client: Client) -> None:
    assert "There is no second version yet" in text(hr_client.get(COMPARE))


def test_comparing_takes_few_queries(
    plan: Plan, hr: Person, hr_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    services.create_draft(plan=plan, starts=NEXT_YEAR, by=hr.user, content=changed_content())
    hr_client.get(COMPARE)

    with django_assert_max_num_queries(10):
        hr_client.get(COMPARE)


def test_an_exported_version_is_imported_again_as_a_draft_that_says_the_same(plan: Plan, hr_client: Client) -> None:
    exported = hr_client.get("/incentives/plans/kam-plan/versions/1/export/")
    assert exported.headers["Content-Disposition"] == 'attachment; filename="kam-plan-v1.json"'
    file = SimpleUploadedFile("plan.json", exported.content, "application/json")

    answer = hr_client.post(IMPORT, {"file": file, "starts": "2099-01-01"})

    assert answer.headers["Location"] == "/incentives/plans/kam-plan/versions/2/edit/"
    draft = plan.versions.get(number=2)
    assert draft.status == PlanVersion.Status.DRAFT
    assert draft.content == plan.versions.get(number=1).content
    assert draft.starts == NEXT_YEAR


def test_a_file_takes_the_place_of_the_drafts_rules_and_may_need_corrections(
    plan: Plan, hr: Person, hr_client: Client
) -> None:
    draft = services.create_draft(plan=plan, starts=NEXT_YEAR, by=hr.user, content=kam_content())
    content = changed_content()
    content["components"][0]["weight"] = "0.6"
    assert "There is a draft already, version 2" in text(hr_client.get(IMPORT))

    answer = hr_client.post(IMPORT, {"text": json.dumps(content), "starts": "2099-04-01"}, follow=True)

    draft.refresh_from_db()
    assert draft.content == content
    assert "1 place is still to be corrected" in text(answer)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("components.0.tiers.1.rate", "much", "“much” is not a number"),
        ("components.0.kind", "magic", "“magic” is not one of"),
        ("components.0.tires", "x", "There is no field “tires” here"),
        ("schema", 7, "This document has schema 7"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_path_and_changes_nothing(
    plan: Plan, hr_client: Client, path: str, value: object, reason: str
) -> None:
    content: Any = kam_content()
    *steps, last = path.split(".")
    holder = content
    for step in steps:
        holder = holder[int(step) if step.isdigit() else step]
    holder[last] = value

    answer = hr_client.post(IMPORT, {"text": json.dumps(content), "starts": "2099-01-01"})

    assert answer.status_code == 422
    assert f"<code>{path}</code>: {reason}" in text(answer)
    assert plan.versions.count() == 1


@pytest.mark.parametrize(
    ("posted", "reason"),
    [
        ({"text": '{"schema": 1,'}, "This is not JSON: look at line 1, column 14."),
        ({}, "Choose a file, or paste its text."),
        ({"file": SimpleUploadedFile("plan.json", b"\xff\xfe\x00")}, "The file is not text in UTF-8."),
        ({"file": SimpleUploadedFile("plan.json", b" " * (1024 * 1024 + 1))}, "The file is larger than 1 MB."),
        ({"text": "[1]"}, "cannot be read as a plan"),
    ],
)
def test_what_is_no_plan_at_all_is_told(plan: Plan, hr_client: Client, posted: dict[str, Any], reason: str) -> None:
    answer = hr_client.post(IMPORT, {**posted, "starts": "2099-01-01"})

    assert answer.status_code == 422
    assert reason in text(answer)


def test_who_reads_plans_may_compare_and_export_but_not_import(plan: Plan) -> None:
    manager = client_for(person_with_role(Role.MANAGER, company().teams["west-1"]))

    assert manager.get(COMPARE).status_code == 200
    assert manager.get("/incentives/plans/kam-plan/versions/1/export/").status_code == 200
    assert manager.get(IMPORT).status_code == 404
    assert manager.get("/incentives/plans/kam-plan/versions/9/export/").status_code == 404


def test_publishing_shows_what_changes_and_refuses_with_reasons(plan: Plan, hr: Person, hr_client: Client) -> None:
    content = changed_content()
    content["components"][1]["at_least"] = "1"
    content["components"][1]["below"] = "0.5"
    services.create_draft(plan=plan, starts=NEXT_YEAR, by=hr.user, content=content)

    page = text(hr_client.get("/incentives/plans/kam-plan/versions/2/publish/"))
    refused = hr_client.post("/incentives/plans/kam-plan/versions/2/publish/")

    assert "above 130 % at 3 × base" in page
    assert "This version cannot be published yet." in page
    assert refused.status_code == 422
    assert plan.versions.get(number=2).status == PlanVersion.Status.DRAFT


def test_the_plans_picture_shows_a_jump_as_a_jump(hr: Person, hr_client: Client) -> None:
    tiers = [{"from": "0", "to": "1", "rate": "0.02"}, {"from": "1", "to": None, "rate": "0.04"}]
    slab = {"key": "slab", "name": {"en": "Slab", "zh": "全额"}, "kind": "whole_tiers", "tiers": tiers}
    slab |= {"basis": "attainment", "rates": "credit"}
    published_plan({**kam_content(), "components": [slab], "cap": None}, code="slab-plan")

    page = hr_client.get("/incentives/plans/slab-plan/").content.decode()

    spec = json.loads(page.split('id="chart-plan-spec" type="application/json">')[1].split("</script>")[0])
    at_target = [pay for attainment, pay in spec["points"] if attainment == 1]
    assert len(at_target) == 2, "pay before the bound and at it"
    assert at_target[1] == pytest.approx(2 * at_target[0], rel=0.001)


def test_a_plan_reads_as_chinese_in_chinese(plan: Plan, hr: Person) -> None:
    content = {**changed_content(), "ramp": ["0", "0.5", "1"]}
    services.create_draft(plan=plan, starts=NEXT_YEAR, by=hr.user, content=content)
    client = client_for(hr)
    client.cookies["django_language"] = "zh-hans"

    page = text(client.get(COMPARE))

    for words in ("预支或保底：金额", "× 0、× 0.5、× 1", "达标奖金"):
        assert words in page
