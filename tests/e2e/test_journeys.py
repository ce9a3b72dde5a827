"""A working day of each user, in both languages, from the login page on, in a real browser before the whole portal."""

import json
import re
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Portal, Visit

# One process runs them one after another: they share one portal.
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("portal")]
both_languages = pytest.mark.parametrize("language", ["en-US", "zh-CN"])


def speaks(page: Page, language: str) -> None:
    expected = "en" if language == "en-US" else "zh-hans"
    assert page.evaluate("document.documentElement.lang") == expected


@both_languages
def test_a_director_drills_down_from_the_company_to_a_kam_and_opens_a_figure(visit: Visit, language: str) -> None:
    page = visit("director", language)
    speaks(page, language)
    page.click("a[href^='/dashboard/']")
    for step in ("west", "summer-sewald"):
        page.click(f"#team-table a[href*='team={step}']")
        expect(page).to_have_url(re.compile(f"team={step}"))
    assert page.locator(".crumbs li").count() == 3

    page.locator("#team-table a[href^='/people/']").first.click()
    expect(page).to_have_url(re.compile("/people/"))
    page.locator(".kpi-strip button, .kpi button").first.click()

    drawer = page.locator("#drawer")
    expect(drawer).to_be_visible()
    expect(drawer).to_contain_text("$")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.go_back()
    expect(page).to_have_url(re.compile("team=summer-sewald"))


def test_a_director_approves_the_run_that_waits(visit: Visit) -> None:
    page = visit("director", "en-US")
    page.locator("a[href^='/incentives/runs/']").first.click()
    page.click("form[action$='/approve/'] button")

    expect(page.locator("main")).to_contain_text("approved")
    assert page.locator("form[action$='/approve/']").count() == 0


@both_languages
def test_a_manager_logs_a_one_on_one_with_the_keyboard(visit: Visit, language: str) -> None:
    page = visit("manager", language)
    speaks(page, language)
    page.locator("main a[href^='/people/']").first.click()
    expect(page.locator("[data-shortcut=n]")).to_be_visible()
    page.keyboard.press("n")
    expect(page.locator("#note-form")).to_be_visible()
    readers = page.locator(".audience")
    expect(readers.first).to_be_visible()
    assert readers.count() == 2

    topic = f"Journey {language}"
    page.fill("[name=topic]", topic)
    page.fill("[name=shared_text]", "Trial offer before the price talk.")
    page.fill("[name=private_text]", "Seems tired.")
    expect(page.locator("#save-state[data-state=saved]")).to_be_visible()
    page.reload()

    expect(page.locator("[name=topic]")).to_have_value(topic)
    expect(page.locator("[name=private_text]")).to_have_value("Seems tired.")
    page.click("[data-close-note]")
    expect(page.locator("main")).to_contain_text(topic)


@both_languages
def test_a_kam_ticks_deals_and_sees_the_bonus_change_then_reads_the_statement(visit: Visit, language: str) -> None:
    page = visit("kam", language)
    speaks(page, language)
    page.locator("input[name=deal]").first.check()
    expect(page.locator("#what-if")).to_contain_text("$")
    first = page.locator("#what-if strong").inner_text()
    page.locator("input[name=deal]").nth(1).check()
    expect(page.locator("#what-if strong")).not_to_have_text(first)

    page.locator("a[href^='/incentives/statements/']").last.click()
    page.locator("main table button").first.click()
    expect(page.locator("#drawer")).to_contain_text("=")


@both_languages
def test_hr_sees_a_broken_tier_at_its_field_and_starts_a_run(visit: Visit, language: str) -> None:
    page = visit("hr", language)
    speaks(page, language)
    page.goto("/incentives/plans/")
    page.locator("main a[href^='/incentives/plans/']:not([href$='/new/'])").first.click()
    page.locator("main form[action$='/draft/'] button, main a[href$='/edit/']").first.click()
    expect(page.locator("main form")).not_to_have_count(0)
    ends = page.locator(".tier-row input").first
    ends.fill("-5")
    ends.press("Tab")
    expect(page.locator("[aria-invalid=true]").first).to_be_visible()

    page.goto("/incentives/runs/new/")
    page.check("[name=kind][value=provisional]")
    page.select_option("[name=period]", index=0)
    page.click("form[action='/incentives/runs/new/'] .btn-primary")
    expect(page).to_have_url(re.compile("/incentives/runs/[0-9a-f-]{36}/"))
    expect(page.locator("main")).to_contain_text("$", timeout=60_000)


@both_languages
def test_an_administrator_finds_who_changed_what(visit: Visit, language: str) -> None:
    page = visit("admin", language)
    speaks(page, language)
    page.click(".sidebar a[href='/settings/']")
    page.click("main a[href='/settings/audit/']")
    assert page.locator("main tbody tr").count() > 5


def test_a_program_pulls_kpi_results_with_a_token(portal: Portal) -> None:
    token = portal.manage("create_token", "director@demo.example", "--scope", "kpi:read").split()[-1]
    request = Request(  # noqa: S310  (our own address on this machine)
        f"{portal.url}/api/v1/kpi-results/?kpi=booked_revenue&kind=person&limit=100",
        headers={"Authorization": f"Bearer {token}"},
    )
    with urlopen(request, timeout=20) as response:  # noqa: S310
        rows = json.load(response)["results"]

    assert {row["kpi"]["code"] for row in rows} == {"booked_revenue"}
    assert len({row["subject"]["uid"] for row in rows}) >= 35


@pytest.mark.parametrize("person", ["director", "manager", "kam", "hr", "admin"])
def test_every_place_of_the_sidebar_opens_on_a_phone_without_sideways_scrolling(visit: Visit, person: str) -> None:
    page = visit(person, "zh-CN", width=390)
    places = page.eval_on_selector_all(".sidebar a[href^='/']", "all => all.map(a => a.getAttribute('href'))")
    assert places
    for place in places:
        answer = page.goto(place)
        assert answer is not None
        assert answer.status == 200, place
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, place
