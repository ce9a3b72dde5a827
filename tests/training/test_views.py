"""Journeys through the pages, as a browser without script would make them, and as HTMX and the editor's script do."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.access import Role
from accounts.models import Person
from core.models import OutboxMessage
from tests.accounts.factories import client_for, person_with_role
from tests.goals.factories import lost
from tests.training.factories import ActionItemFactory, CoachingNoteFactory, a_team
from training.models import ActionItem, CoachingCadence, CoachingNote, PrivateNote

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 23, 10, 42, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def sent(note: CoachingNote, **changes: Any) -> dict[str, Any]:
    """What the editor's form sends."""
    form = {
        "topic": "Plan",
        "held_on": "2026-11-23",
        "shared_text": "Goal: more\r\nWill: less",
        "private_text": "tired",
        "version": note.version,
        "page": str(uuid4()),
        "follows": "",
    }
    return form | changes


def url(name: str, *args: Any) -> str:
    return reverse(f"training:{name}", args=args)


def test_from_a_kams_page_to_a_closed_note_with_an_action_and_a_deal() -> None:
    manager, [kam] = a_team()
    deal = lost(kam, "2026-11-09")
    client = client_for(manager)

    tab = client.get(url("person-coaching", kam.uid))
    assert f'href="{url("note-new", kam.uid)}" data-shortcut="n"' in tab.content.decode()

    opened = client.get(url("note-new", kam.uid), {"deal": str(deal.uid)}, follow=True)
    note = CoachingNote.objects.get()
    page = opened.content.decode()
    assert opened.redirect_chain == [(url("note", note.uid), 302)]
    assert f"Read by: you, {kam.name}" in page
    assert "Read by: only you. Not by HR" in page
    assert "Konex · GTX Pro" in page

    client.post(url("note", note.uid), sent(note, line="send the offer @me fri"))
    note.refresh_from_db()
    assert (note.topic, note.shared_text) == ("Plan", "Goal: more\nWill: less")
    assert ActionItem.objects.get().due_on == date(2026, 11, 27)

    client.post(url("note-close", note.uid), sent(note, shared_text="Goal: the last word"))
    note.refresh_from_db()
    assert note.closed_at is not None
    assert note.shared_text == "Goal: the last word"
    assert OutboxMessage.objects.get().user == kam.user

    record = client.get(url("note", note.uid)).content.decode()
    assert "<strong>Goal</strong> the last word" in record
    assert "note-form" not in record


def test_the_kam_reads_the_shared_part_ticks_the_own_action_and_undoes_it() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(author=manager, person=kam, shared_text="Goal: more", private="tired")
    item = ActionItemFactory.create(note=note, owner=kam)
    client = client_for(kam)

    page = client.get(url("note", note.uid)).content.decode()
    assert "<strong>Goal</strong> more" in page
    assert "tired" not in page
    assert "note-form" not in page
    assert f"One-on-one with {manager.name}" in page

    client.post(url("action-done", item.uid), {"next": url("coaching")})
    item.refresh_from_db()
    assert item.done_at is not None

    undone = client.post(url("action-undo", item.uid), headers={"HX-Request": "true"})
    assert ActionItem.objects.get().done_at is None
    assert f'id="promise-{item.uid}"' in undone.content.decode()


def test_after_ticking_without_script_one_is_back_where_one_was_but_never_elsewhere() -> None:
    item = ActionItemFactory.create(owner=a_team()[1][0])
    client = client_for(item.owner)

    assert client.post(url("action-done", item.uid), {"next": "/coaching/"}).headers["Location"] == "/coaching/"
    away = client.post(url("action-undo", item.uid), {"next": "https://evil.example/"})
    assert away.headers["Location"] == url("note", item.note.uid)


@pytest.mark.parametrize("role", [Role.HR, Role.DIRECTOR, Role.KAM, Role.ANALYST, Role.ADMINISTRATOR, Role.COUNSELLOR])
def test_to_everybody_else_the_note_and_its_doors_do_not_exist(role: Role) -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(author=manager, person=kam)
    item = ActionItemFactory.create(note=note)
    client = client_for(person_with_role(role))

    assert client.get(url("note", note.uid)).status_code == 404
    given = sent(note) | {"line": "x", "text": "x", "what": f"deal:{uuid4()}"}
    for name in ("note", "note-autosave", "note-close", "note-addendum", "action-add", "note-attach"):
        assert client.post(url(name, note.uid), given).status_code == 404, name
    for name in ("action-done", "action-undo", "action-remove"):
        assert client.post(url(name, item.uid)).status_code == 404, name
    note.refresh_from_db()
    assert note.version == 2


def test_hr_sees_how_the_rhythm_is_kept_and_no_note() -> None:
    manager, [kam] = a_team()
    CoachingNoteFactory.create(author=manager, person=kam, topic="secret topic", held_on=date(2026, 10, 13))
    client = client_for(person_with_role(Role.HR))

    page = client.get(url("coaching")).content.decode()
    tab = client.get(url("person-coaching", kam.uid)).content.decode()

    assert manager.name in page
    assert "27 days overdue" in tab
    for text in (page, tab):
        assert "secret topic" not in text
    assert client.get(url("note-new", kam.uid)).status_code == 404


# The editor's script


def autosave(client: Client, note: CoachingNote, **changes: Any) -> Any:
    return client.post(url("note-autosave", note.uid), sent(note, **changes))


def test_autosave_answers_the_new_version_and_the_state_in_words() -> None:
    note = CoachingNoteFactory.create(author=a_team()[0])

    answer = autosave(client_for(note.author), note)

    assert answer.json() == {"version": 3, "state": "Saved 10:42"}
    assert PrivateNote.objects.of_author(note.author.user).get().text == "tired"


def test_autosave_shows_what_another_page_has_saved_and_overwrites_nothing() -> None:
    note = CoachingNoteFactory.create(author=a_team()[0], private="mine")
    client = client_for(note.author)
    autosave(client, note, shared_text="first page")

    answer = autosave(client, note, shared_text="second page")

    assert answer.status_code == 409
    assert answer.json()["code"] == "note_changed"
    theirs = answer.json()["theirs"]
    assert (theirs["shared_text"], theirs["private_text"], theirs["version"]) == ("first page", "tired", 3)
    assert "10:42" in answer.json()["message"]


def test_autosave_into_a_closed_note_is_refused_in_words() -> None:
    note = CoachingNoteFactory.create(author=a_team()[0], closed_at=datetime(2026, 11, 20, tzinfo=UTC))

    answer = autosave(client_for(note.author), note)

    assert answer.status_code == 409
    assert "Write an addendum" in answer.json()["message"]


def test_autosave_with_a_wrong_day_says_so() -> None:
    note = CoachingNoteFactory.create(author=a_team()[0])

    answer = autosave(client_for(note.author), note, held_on="yesterday")

    assert answer.status_code == 422
    assert "date" in answer.json()["message"]


def test_without_script_both_texts_are_shown_and_the_next_save_replaces_knowingly() -> None:
    note = CoachingNoteFactory.create(author=a_team()[0])
    client = client_for(note.author)
    autosave(client, note, shared_text="first page")

    refused = client.post(url("note", note.uid), sent(note, shared_text="second page"))

    page = refused.content.decode()
    assert refused.status_code == 409
    assert "first page" in page
    assert "second page" in page
    assert 'name="version" value="3"' in page


def test_a_quick_action_that_names_a_stranger_keeps_the_line_and_says_who_is_possible() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(author=manager, person=kam)

    answer = client_for(manager).post(
        url("action-add", note.uid), {"line": "call @Kary fri"}, headers={"HX-Request": "true"}
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="call @Kary fri"' in page
    assert "Nobody who reads this note is called Kary" in page
    assert kam.name in page


def test_a_deal_is_found_by_its_account_attached_and_taken_off() -> None:
    manager, [kam] = a_team()
    deal = lost(kam, "2026-11-09")
    note = CoachingNoteFactory.create(author=manager, person=kam)
    client = client_for(manager)
    fragment = {"HX-Request": "true"}

    offers = client.get(url("note-attach", note.uid), {"q": "kone"}, headers=fragment).content.decode()
    assert f"deal:{deal.uid}" in offers
    assert "Nothing of that name" in client.get(url("note-attach", note.uid), {"q": "zzz"}).content.decode()

    attached = client.post(url("note-attach", note.uid), {"what": f"deal:{deal.uid}"}, headers=fragment)
    assert attached.headers["HX-Trigger"] == "close-dialog"
    link = note.links.get()
    client.post(url("note-detach", note.uid, link.uid), headers=fragment)
    assert not note.links.exists()


def test_the_list_shows_who_is_next_open_actions_and_notes() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(author=manager, person=kam, topic="Konex plan", held_on=date(2026, 10, 13))
    ActionItemFactory.create(note=note, owner=kam, text="Send the sheet", due_on=date(2026, 10, 27))

    page = client_for(manager).get(url("coaching")).content.decode()

    assert "1 one-on-one overdue · 1 action overdue" in page
    assert "27 days overdue" in page
    assert "Send the sheet" in page
    assert "was due Tue 27 Oct".replace(" ", "\xa0").replace("was\xa0due\xa0", "was due ") in page
    assert "Konex plan" in page


def test_an_empty_page_shows_in_no_list() -> None:
    manager, [kam] = a_team()
    client = client_for(manager)
    client.get(url("note-new", kam.uid))

    assert "No notes yet" in client.get(url("coaching")).content.decode()
    assert "No notes yet" in client_for(kam).get(url("person-coaching", kam.uid)).content.decode()


def test_somebody_without_open_actions_has_none_in_number() -> None:
    manager, [kam] = a_team()

    for page in (url("coaching"), url("person-coaching", kam.uid)):
        assert "<dt>Own open actions</dt><dd>0</dd>" in client_for(kam).get(page).content.decode()
    assert "<dd>0</dd>" in client_for(manager).get(url("person-coaching", kam.uid)).content.decode()


def test_days_between_talks_are_changed_on_the_settings_page() -> None:
    manager, _kams = a_team()
    client = client_for(manager)

    assert client.post(url("settings"), {"manager": manager.uid, "days": 7}).status_code == 302
    assert client.post(url("settings"), {"manager": manager.uid, "days": 0}).status_code == 422
    assert client.post(url("settings"), {"days": 30}).status_code == 404

    assert CoachingCadence.objects.get().days == 7
    assert 'value="7"' in client.get(url("settings")).content.decode()


def test_an_addendum_stands_under_the_record_with_name_and_day() -> None:
    note = CoachingNoteFactory.create(author=a_team()[0], closed_at=datetime(2026, 11, 20, tzinfo=UTC))
    client = client_for(note.author)

    client.post(url("note-addendum", note.uid), {"text": "The customer signed."})

    page = client.get(url("note", note.uid)).content.decode()
    assert "The customer signed." in page
    assert f"{note.author.name} · 23\xa0Nov\xa02026,\xa010:42" in page


def test_what_somebody_typed_is_never_run() -> None:
    manager, [kam] = a_team()
    attack = "<script>alert(1)</script>"
    note = CoachingNoteFactory.create(author=manager, person=kam, topic=attack, shared_text=attack, private=attack)
    ActionItemFactory.create(note=note, text=attack)

    for person in (manager, kam):
        for path in (url("note", note.uid), url("coaching"), url("person-coaching", kam.uid)):
            assert attack not in client_for(person).get(path).content.decode()


def test_pages_speak_chinese() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(author=manager, person=kam)
    person = Person.objects.get(pk=manager.pk)
    person.user.language = "zh-hans"
    person.user.save()
    client = client_for(person)

    editor = client.get(url("note", note.uid)).content.decode()

    assert "2026\xa0年\xa011\xa0月\xa023\xa0日" in editor
    assert 'data-label="目标"' in editor
