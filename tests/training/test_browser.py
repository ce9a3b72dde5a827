"""The editor in Chromium: saved as typed, nothing lost without a network, two editors noticed, keyboard only."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from accounts.models import Person
from tests.conftest import BrowserPages
from tests.training.factories import ActionItemFactory, CoachingNoteFactory, a_team
from training import selectors
from training.models import ActionItem, CoachingNote

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pair(transactional_db: None) -> tuple[Person, Person]:
    manager, [kam] = a_team()
    return manager, kam


def note_of(manager: Person, kam: Person) -> CoachingNote:
    return CoachingNoteFactory.create(author=manager, person=kam, topic="Plan", shared_text="Goal: more")


def saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")
    expect(page.locator("#save-words")).to_have_text(re.compile(r"Saved \d\d:\d\d"))


def test_a_note_is_logged_with_the_keyboard_alone(pair: tuple[Person, Person], browser_page: BrowserPages) -> None:
    manager, kam = pair
    page = browser_page(manager.user)
    page.goto(f"/people/{kam.uid}/coaching/")

    page.keyboard.press("n")
    expect(page.get_by_role("heading", name=f"One-on-one with {kam.name}")).to_be_visible()
    expect(page.get_by_label("Topic")).to_be_focused()
    page.keyboard.type("Konex plan")
    page.keyboard.press("Enter")
    page.keyboard.type("Goal: win back Konex\nWill: trial first")
    saved(page)
    page.locator("#quick-action").focus()
    page.keyboard.type("send the offer @me fri")
    page.keyboard.press("Enter")
    expect(page.locator(".promise")).to_contain_text("send the offer")
    expect(page.locator("#quick-action")).to_be_focused()
    page.keyboard.type("trial for Konex tomorrow")
    page.keyboard.press("Enter")
    expect(page.locator(".promise")).to_have_count(2)
    page.get_by_label("Private note").fill("seems tired")
    page.keyboard.press("Control+s")
    saved(page)
    page.get_by_role("button", name="Close note").click()
    expect(page.get_by_text("Closed 2")).to_be_visible()

    note = CoachingNote.objects.get()
    assert (note.topic, note.shared_text) == ("Konex plan", "Goal: win back Konex\nWill: trial first")
    assert selectors.private_text(note=note, viewer=manager.user) == "seems tired"
    assert {item.owner for item in ActionItem.objects.all()} == {manager, kam}


def test_what_is_typed_and_taken_back_needs_no_save(pair: tuple[Person, Person], browser_page: BrowserPages) -> None:
    note = note_of(*pair)
    page = browser_page(pair[0].user, height=500)
    page.goto(f"/coaching/{note.uid}/")
    saved(page)

    page.get_by_label("Shared note").press("End")
    page.keyboard.type("!")
    page.keyboard.press("Backspace")
    saved(page)
    page.mouse.wheel(0, 600)
    expect(page.locator("#save-words")).to_be_in_viewport()

    note.refresh_from_db()
    assert note.shared_text == "Goal: more"


def test_closing_right_after_typing_loses_no_word(pair: tuple[Person, Person], browser_page: BrowserPages) -> None:
    note = note_of(*pair)
    page = browser_page(pair[0].user)
    page.goto(f"/coaching/{note.uid}/")

    page.get_by_label("Shared note").fill("Goal: the very last word")
    page.get_by_role("button", name="Close note").click()

    expect(page.get_by_text("Closed 2")).to_be_visible()
    note.refresh_from_db()
    assert note.shared_text == "Goal: the very last word"


def test_without_a_network_the_text_stays_on_the_device_and_is_saved_when_it_is_back(
    pair: tuple[Person, Person], browser_page: BrowserPages
) -> None:
    note = note_of(*pair)
    page = browser_page(pair[0].user)
    page.goto(f"/coaching/{note.uid}/")
    page.context.set_offline(True)

    page.get_by_label("Shared note").fill("Goal: written in the train")
    expect(page.locator("#save-words")).to_have_text("Offline, kept on this device")
    note.refresh_from_db()
    assert note.shared_text == "Goal: more"

    page.context.set_offline(False)
    saved(page)
    note.refresh_from_db()
    assert note.shared_text == "Goal: written in the train"
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('note:')).length") == 0


def test_a_tab_closed_while_offline_gives_the_text_back_when_the_note_is_opened_again(
    pair: tuple[Person, Person], browser_page: BrowserPages
) -> None:
    note = note_of(*pair)
    page = browser_page(pair[0].user)
    page.goto(f"/coaching/{note.uid}/")
    page.context.set_offline(True)
    page.get_by_label("Shared note").fill("Goal: written in the train")
    expect(page.locator("#save-words")).to_have_text("Offline, kept on this device")
    page.close()

    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(f"/coaching/{note.uid}/")

    expect(again.get_by_label("Shared note")).to_have_value("Goal: written in the train")
    saved(again)
    note.refresh_from_db()
    assert note.shared_text == "Goal: written in the train"


def test_an_answer_lost_on_its_way_is_no_conflict(pair: tuple[Person, Person], browser_page: BrowserPages) -> None:
    """The server saved and died before it answered; the page goes on as soon as there is a server again."""
    note = note_of(*pair)
    page = browser_page(pair[0].user)
    page.goto(f"/coaching/{note.uid}/")
    lost: list[object] = []

    def lose(route: Route) -> None:
        if not lost:
            lost.append(route.fetch())
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**/autosave/", lose)
    page.get_by_label("Shared note").fill("Goal: m")
    expect(page.locator("#save-words")).to_have_text("Offline, kept on this device")
    page.get_by_label("Shared note").fill("Goal: more and more")

    saved(page)
    note.refresh_from_db()
    assert note.shared_text == "Goal: more and more"
    assert note.version == 4


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", "second"), ("Take the saved one", "first")])
def test_two_editors_are_shown_both_texts_and_the_choice_decides(
    pair: tuple[Person, Person], browser_page: BrowserPages, choice: str, kept: str
) -> None:
    note = note_of(*pair)
    first, second = browser_page(pair[0].user), browser_page(pair[0].user)
    for page in (first, second):
        page.goto(f"/coaching/{note.uid}/")
    first.get_by_label("Shared note").fill("Goal: first")
    saved(first)

    second.get_by_label("Shared note").fill("Goal: second")
    expect(second.locator("#save-words")).to_have_text("Changed elsewhere: compare")
    expect(second.locator("#conflict-mine")).to_contain_text("Goal: second")
    expect(second.locator("#conflict-theirs")).to_contain_text("Goal: first")
    note.refresh_from_db()
    assert note.shared_text == "Goal: first"

    second.get_by_role("button", name=choice).click()
    saved(second)
    expect(second.get_by_label("Shared note")).to_have_value(f"Goal: {kept}")
    note.refresh_from_db()
    assert note.shared_text == f"Goal: {kept}"


def test_a_kam_ticks_a_promise_off_in_place_and_takes_it_back(
    pair: tuple[Person, Person], browser_page: BrowserPages
) -> None:
    note = note_of(*pair)
    item = ActionItemFactory.create(note=note, owner=pair[1], text="Send the sheet")
    page = browser_page(pair[1].user, width=390)
    page.goto("/coaching/")

    box = page.get_by_role("checkbox", name="Send the sheet")
    box.click()
    expect(box).to_have_attribute("aria-checked", "true")
    item.refresh_from_db()
    assert item.done_at is not None
    box.click()
    expect(box).to_have_attribute("aria-checked", "false")


def test_a_grow_hint_writes_its_label_under_which_one_goes_on(
    pair: tuple[Person, Person], browser_page: BrowserPages
) -> None:
    note = note_of(*pair)
    page = browser_page(pair[0].user, language="zh-hans")
    page.goto(f"/coaching/{note.uid}/")

    page.locator(".grow-hint[data-label='现状'] summary").click()
    page.locator("[data-insert='现状']").click()
    page.keyboard.type("丢了两单")

    expect(page.locator("#id_shared_text")).to_have_value("Goal: more\n现状: 丢了两单")
    expect(page.locator(".note-mirror b")).to_have_count(2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_of_coaching_have_no_accessibility_fault(
    pair: tuple[Person, Person], browser_page: BrowserPages, theme: str
) -> None:
    manager, kam = pair
    note = note_of(manager, kam)
    ActionItemFactory.create(note=note, owner=kam)
    ActionItemFactory.create(note=note, owner=manager)
    paths = {
        manager: [f"/coaching/{note.uid}/", "/coaching/", "/coaching/settings/", f"/people/{kam.uid}/coaching/"],
        kam: [f"/coaching/{note.uid}/"],
    }

    for person, opened in paths.items():
        page = browser_page(person.user, theme=theme)
        page.emulate_media(reduced_motion="reduce")
        for path in opened:
            page.goto(path)
            # Without `preload` axe copies no style sheets into the page, which the policy forbids.
            found = Axe().run(page, options={"preload": False}).response["violations"]
            assert [(path, each["id"], node["html"][:120]) for each in found for node in each["nodes"]] == []
