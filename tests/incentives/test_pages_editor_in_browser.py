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
def version(monkeypatch: pytest.MonkeyPatch) -> PlanVersion:
    monkeypatch.setattr("core.jobs.enqueue", lambda *_args, **_kwargs: None)  # no worker listens here
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

    page.locator("#plan-whole-card").click()
    expect(field).to_be_hidden()
    page.locator("#plan-problems a").first.click()
    expect(field).to_be_focused()
    field.fill("")
    expect(field).not_to_have_attribute("aria-invalid", "true")


def test_a_dragged_point_and_the_grid_stay_equal(page: Page) -> None:
    page.locator("#chart-plan-curve").scroll_into_view_if_needed()
    x, y = page.evaluate(FIRST_BOUND)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 20, steps=5)
    page.mouse.up()

    expect(page.locator("#f-components-0-tiers-0-to")).not_to_have_value("50")
    page.wait_for_load_state("networkidle")  # the last of the answers to the drag
    bound = page.locator("#f-components-0-tiers-0-to").input_value()
    expect(page.locator("#f-components-0-tiers-1-start")).to_contain_text(bound)
    expect(page.locator("#f-components-0-tiers-1-rate")).to_have_value("1.5")


def test_the_grid_is_worked_by_keys_and_saved(page: Page, version: PlanVersion) -> None:
    page.locator("#f-components-0-tiers-0-to").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#f-components-0-tiers-1-to")).to_be_focused()

    page.keyboard.press("Control+Enter")
    expect(page.locator(".component-panel .tier-row[data-tier]")).to_have_count(5)
    expect(page.locator("#f-components-0-tiers-2-to")).to_be_focused()
    page.keyboard.press("Alt+Delete")
    expect(page.locator(".component-panel .tier-row[data-tier]")).to_have_count(4)

    page.locator("#f-components-0-tiers-3-rate").fill("3")
    page.get_by_role("button", name="Save draft").last.click()
    expect(page.locator("#save-state")).to_contain_text("Saved")
    version.refresh_from_db()
    assert version.content["components"][0]["tiers"][3]["rate"] == "3"


def test_a_component_is_added_dragged_removed_and_put_back(page: Page) -> None:
    page.get_by_text("Add a component").click()
    page.get_by_role("button", name="Fixed bonus").click()
    expect(page.locator("#f-components-1-name-en")).to_be_focused()

    below = page.locator("#component-1-card").bounding_box()
    above = page.locator("#component-0-card").bounding_box()
    assert below is not None
    assert above is not None
    page.mouse.move(below["x"] + 60, below["y"] + 20)
    page.mouse.down()
    page.mouse.move(above["x"] + 60, above["y"] + 4, steps=6)
    page.mouse.up()
    expect(page.locator("#component-0-card")).to_contain_text("Fixed bonus")
    expect(page.locator("#component-0-card")).to_have_attribute("aria-current", "true")

    page.locator("#component-0").get_by_role("button", name="Remove component").click()
    expect(page.locator("[data-component-item]")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#component-0-card")).to_contain_text("Fixed bonus")


def test_a_row_is_dragged_by_its_handle_and_moved_by_keys(page: Page) -> None:
    rows = page.locator(".component-panel .tier-row[data-tier]")
    handle, goal = rows.nth(0).locator("[data-drag-row]").bounding_box(), rows.nth(1).bounding_box()
    assert handle is not None
    assert goal is not None
    page.mouse.move(handle["x"] + 8, handle["y"] + 8)
    page.mouse.down()
    page.mouse.move(handle["x"] + 8, goal["y"] + goal["height"] - 4, steps=6)
    page.mouse.up()
    expect(page.locator("#f-components-0-tiers-0-rate")).to_have_value("1.5")
    expect(page.locator("#f-components-0-tiers-1-rate")).to_have_value("0.5")
    expect(page.locator("#f-components-0-tiers-0-to")).to_have_value("50")

    page.locator("#f-components-0-tiers-0-rate").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#f-components-0-tiers-0-rate")).to_have_value("0.5")


def test_the_curve_follows_the_card_and_the_whole_plan(page: Page) -> None:
    title = page.locator("#chart-plan-curve-title")
    expect(title).to_contain_text("component at target")
    expect(page.locator("#plan-curve-hint")).to_contain_text("Drag a point")

    page.locator("#plan-whole-card").click()

    expect(title).to_have_text("Pay of the whole plan against attainment")
    expect(page.locator("#plan-curve-hint")).to_be_empty()
    expect(page.locator("#f-cap")).to_be_visible()


def test_the_calculator_answers_while_one_types_and_its_case_is_kept(page: Page) -> None:
    page.locator("#f-typical-quota").fill("30000")
    page.locator("#f-typical-target_pay").fill("5400")
    page.locator("#f-typical-attainment").fill("100")
    expect(page.locator("#plan-example .example-total")).to_have_text("$5,400.00")

    page.get_by_role("button", name="Keep as a worked example").click()
    expect(page.locator("#plan-examples")).to_contain_text("holds")

    page.locator("#f-components-0-tiers-1-rate").fill("2")
    expect(page.locator("#plan-examples")).to_contain_text("does not hold: $6,750.00")


def test_the_editor_speaks_chinese(browser_page: BrowserPages, version: PlanVersion) -> None:
    page = browser_page(version.created_by, language="zh-hans")
    page.goto(EDIT)

    expect(page.locator(".component-panel:not([hidden]) .chip")).to_have_text("超额累进")
    page.locator("#plan-whole-card").click()
    expect(page.get_by_role("button", name="预支或保底")).to_be_visible()
