"""The plan editor: a plain form, and live answers by the real rules."""

import json
import re
from datetime import date
from typing import Protocol

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from accounts.access import Role
from accounts.models import Person
from incentives import services
from incentives.models import PlanVersion
from tests.accounts.factories import client_for, person_with_role
from tests.incentives.factories import bookings_kpi, kam_content, published_plan


class Answer(Protocol):
    content: bytes


pytestmark = pytest.mark.django_db
EDIT = "/incentives/plans/kam-plan/versions/2/edit/"
PREVIEW = "/incentives/plans/kam-plan/versions/2/preview/"


@pytest.fixture
def hr() -> Person:
    bookings_kpi()
    return person_with_role(Role.HR)


@pytest.fixture
def version(hr: Person) -> PlanVersion:
    plan = published_plan(code="kam-plan")
    return services.create_draft(plan=plan, starts=date(2099, 1, 1), by=hr.user, content=kam_content())


@pytest.fixture
def hr_client(hr: Person, version: PlanVersion) -> Client:
    return client_for(hr)


def fields(page: Answer) -> dict[str, str]:
    """What a browser would post of the editor as it was rendered."""
    html = page.content.decode()
    form = html[html.index('id="plan-editor"') : html.rindex("</form>")]
    found = {match[1]: match[2] for match in re.finditer(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', form)}
    for name, options in re.findall(r'<select[^>]*? name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def text(answer: Answer) -> str:
    return answer.content.decode().replace("\xa0", " ")


def reason_at(answer: Answer, field: str) -> str:
    """The reason that stands at a field; empty where it is right."""
    slot = re.search(rf'id="{field}-error"[^>]*>(.*?)</div>', text(answer), re.DOTALL)
    assert slot, f"no place for a reason at {field}"
    return re.sub(r"<[^>]+>", "", slot[1]).strip()


def live(answer: Answer) -> dict[str, object]:
    """What plan_editor.js is given."""
    found = re.search(r'id="plan-curve-live"[^>]*>(.*?)</div>', answer.content.decode(), re.DOTALL)
    assert found
    return dict(json.loads(found[1].replace("&quot;", '"')))


def test_the_editor_shows_the_draft_and_its_example(hr_client: Client) -> None:
    posted = fields(hr_client.get(EDIT)) | {
        "typical.quota": "30,000",
        "typical.target_pay": "5,400",
        "typical.attainment": "112",
    }

    answer = hr_client.post(PREVIEW, posted)

    assert "$6,696.00" in text(answer)
    assert "$15,000 at 9 %" in text(answer)
    assert "$3,600 at 36 %" in text(answer)


def test_a_tier_that_ends_before_it_starts_is_told_at_its_field(hr_client: Client) -> None:
    posted = fields(hr_client.get(EDIT)) | {"components.0.tiers.3.to": "120"}

    answer = hr_client.post(PREVIEW, posted)

    reason = "Tier 4 ends (120 %) before it starts (130 %). Give an end above 130 % or leave it open."
    assert reason_at(answer, "f-components-0-tiers-3-to") == reason
    assert reason_at(answer, "f-components-0-tiers-2-to") == ""
    assert 'href="#f-components-0-tiers-3-to"' in text(answer)
    assert live(answer)["spec"] is not None, "one wrong field does not take the picture away"


def test_what_is_no_number_is_told_at_its_field_and_not_saved(hr_client: Client, version: PlanVersion) -> None:
    posted = fields(hr_client.get(EDIT)) | {"components.0.tiers.1.rate": "much", "action": "save"}

    answer = hr_client.post(EDIT, posted)

    version.refresh_from_db()
    assert answer.status_code == 422
    assert reason_at(answer, "f-components-0-tiers-1-rate") == "“much” is not a number."
    assert 'value="much"' in text(answer), "what was typed is kept"
    assert version.content == kam_content()


@pytest.mark.parametrize("typed", ["55", "55 %", " 55％ ", "5５"])
def test_a_percentage_may_be_typed_as_people_do(hr_client: Client, version: PlanVersion, typed: str) -> None:
    hr_client.post(EDIT, fields(hr_client.get(EDIT)) | {"components.0.tiers.0.to": typed, "action": "save"})

    version.refresh_from_db()
    assert version.content["components"][0]["tiers"][0]["to"] == "0.55"
    assert version.content["components"][0]["tiers"][1]["from"] == "0.55"


def test_saving_without_a_change_keeps_the_document(hr_client: Client, version: PlanVersion) -> None:
    hr_client.post(EDIT, fields(hr_client.get(EDIT)) | {"action": "save"})

    version.refresh_from_db()
    saved = version.content["components"][0]
    before = kam_content()["components"][0]
    assert {key: saved[key] for key in before} == before
    assert version.content["cap"] == "2"


def test_a_draft_may_be_saved_with_problems(hr_client: Client, version: PlanVersion) -> None:
    posted = fields(hr_client.get(EDIT)) | {"components.0.weight": "60", "action": "save"}

    assert hr_client.post(EDIT, posted).status_code == 302

    assert "add up to 60 %" in text(hr_client.get(EDIT))


def test_of_two_editors_the_second_is_told_and_loses_nothing(hr_client: Client, version: PlanVersion) -> None:
    mine = fields(hr_client.get(EDIT))
    other = person_with_role(Role.HR, name="Ana Adeyemi")
    services.save_draft(version_uid=version.uid, content=kam_content(top_rate="3"), seen=None, by=other.user)

    refused = hr_client.post(EDIT, mine | {"cap": "150", "action": "save"})

    version.refresh_from_db()
    assert refused.status_code == 409
    assert "Ana Adeyemi changed this draft" in text(refused)
    assert 'name="cap" value="150"' in text(refused)
    assert version.content["cap"] == "2"
    assert hr_client.post(EDIT, fields(refused) | {"action": "save"}).status_code == 302


def test_rows_and_components_come_and_go_by_buttons_without_a_script(hr_client: Client, version: PlanVersion) -> None:
    added = hr_client.post(EDIT, fields(hr_client.get(EDIT)) | {"action": "add:components.0.tiers.1"})
    assert fields(added)["components.0.tiers.1.to"] == "75"
    assert fields(added)["components.0.tiers.2.to"] == "100"
    assert 'data-focus="f-components-0-tiers-2-to"' in text(added)

    removed = hr_client.post(EDIT, fields(added) | {"action": "remove:components.0.tiers.1"})
    assert fields(removed)["components.0.tiers.1.to"] == "100"

    override = hr_client.post(EDIT, fields(removed) | {"action": "add-component:team_override"})
    saved = hr_client.post(EDIT, fields(override) | {"action": "save"})

    version.refresh_from_db()
    assert saved.status_code == 302
    assert [component["kind"] for component in version.content["components"]] == ["marginal_tiers", "team_override"]
    assert version.content["components"][1]["rate"] == "0.004"


def test_dragging_a_point_moves_the_bound_and_its_rate(hr_client: Client) -> None:
    posted = fields(hr_client.get(EDIT)) | {"typical.quota": "30000", "typical.target_pay": "5400"}

    answer = hr_client.post(PREVIEW, posted | {"drag.point": "1", "drag.x": "0.6", "drag.y": "3240"})

    moved = live(answer)["fields"]
    assert isinstance(moved, dict)
    assert moved["f-components-0-tiers-0-to"] == "60"
    assert moved["f-components-0-tiers-0-rate"] == "1"
    assert moved["f-components-0-tiers-1-rate"] == "1.5"


def test_review_saves_and_leads_to_publishing(hr_client: Client) -> None:
    answer = hr_client.post(EDIT, fields(hr_client.get(EDIT)) | {"action": "review"})

    assert answer.headers["Location"] == "/incentives/plans/kam-plan/versions/2/publish/"


def test_a_published_version_has_no_editor(hr_client: Client) -> None:
    assert hr_client.get("/incentives/plans/kam-plan/versions/1/edit/").status_code == 404


def test_a_live_answer_takes_few_queries(
    hr_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    posted = fields(hr_client.get(EDIT))
    hr_client.post(PREVIEW, posted)

    with django_assert_max_num_queries(12):
        hr_client.post(PREVIEW, posted)
