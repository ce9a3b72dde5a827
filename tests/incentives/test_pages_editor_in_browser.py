"""The plan editor as HR works in it: typing, dragging, keys."""

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from accounts.access import Role
from incentives import services
from incentives.models import PlanVersion
from tests.accounts.factories import person_with_role
from tests.conftest import BrowserPages
from tests.incentives.factories import bookings_kpi, kam_content, published_plan

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
EDIT = "/incentives/plans/kam-plan/versions/2/edit/"
FIRST_BOUND = """() => {
    const plot = document.querySelector('#chart-plan-curve .chart-plot');
    const chart = echarts.getInstanceByDom(plot);
    const [x, y] = chart.convertToPixel({ gridIndex: 0 }, chart.getOption().series[0].data[1]);
    const box = plot.getBoundingClientRect();
    return [box.x + x, box.y + y];
}"""


@pytest.fixture
def version() -> PlanVersion:
    bookings_kpi()  # an earlier test that commits has emptied the tables
    hr = person_with_role(Role.HR, name="Wei Chen")
    plan = published_plan(code="kam-plan")
    return services.create_draft(plan=plan, starts=date(2099, 1, 1), by=hr.user, content=kam_content())


@pytest.fixture
def page(browser_page: BrowserPages, version: PlanVersion) -> Page:
    page = browser_page(version.created_by)
    page.goto(EDIT)
    expect(page.locator("#chart-plan-curve canvas")).to_be_visible()
    return page


def test_a_wrong_tier_is_marked_while_typing_and_the_problem_leads_to_it(page: Page) -> None:
    field = page.locator("#f-components-0-tiers-3-to")
    field.fill("120")

    expect(page.get_by_text("Tier 4 ends (120 %) before it starts (130 %)").first).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#save-state")).to_have_text("Not saved yet")

    page.locator("#f-cap").focus()
    page.locator("#plan-problems a").first.click()
    expect(field).to_be_focused()
    field.fill("")
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_a_dragged_point_and_the_grid_stay_equal(page: Page) -> None:
    x, y = page.evaluate(FIRST_BOUND)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 20, steps=5)
    page.mouse.up()

    expect(page.locator("#f-components-0-tiers-0-to")).not_to_have_value("50")
    page.wait_for_load_state("networkidle")  # the last of the answers to the drag
    bound = page.locator("#f-components-0-tiers-0-to").input_value()
    expect(page.locator("#f-components-0-tiers-1-to-start")).to_contain_text(bound)
    expect(page.locator("#f-components-0-tiers-1-rate")).to_have_value("1.5")


def test_the_grid_is_worked_by_keys_and_saved(page: Page, version: PlanVersion) -> None:
    page.locator("#f-components-0-tiers-0-to").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#f-components-0-tiers-1-to")).to_be_focused()

    page.keyboard.press("Control+Enter")
    expect(page.locator(".tier-row[data-tier]")).to_have_count(5)
    expect(page.locator("#f-components-0-tiers-2-to")).to_be_focused()
    page.keyboard.press("Alt+Delete")
    expect(page.locator(".tier-row[data-tier]")).to_have_count(4)

    page.locator("#f-components-0-tiers-3-rate").fill("3")
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.locator("#save-state")).to_contain_text("Saved")
    version.refresh_from_db()
    assert version.content["components"][0]["tiers"][3]["rate"] == "3"
