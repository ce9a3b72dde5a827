from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.access import Role
from accounts.models import ApiToken, Person
from accounts.tokens import digest_of
from tests.accounts.factories import client_for, person_with_role
from tests.goals.factories import lost
from tests.training.factories import ActionItemFactory, CoachingNoteFactory, NoteAddendumFactory, a_team
from training import services

pytestmark = pytest.mark.django_db
NOTES, ACTIONS = "/api/v1/coaching-notes/", "/api/v1/action-items/"


def results(client: Client, path: str, **filters: Any) -> list[dict[str, Any]]:
    answer = client.get(path, filters)
    assert answer.status_code == 200, answer.content
    return list(answer.json()["results"])


def test_a_note_comes_with_its_people_actions_attachments_and_addenda() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(author=manager, person=kam, topic="Plan")
    item = ActionItemFactory.create(note=note)
    deal = lost(kam, "2026-11-09")
    services.attach_deal(note_uid=note.uid, deal_uid=deal.uid, by=manager.user)
    NoteAddendumFactory.create(note=note)

    [found] = results(client_for(manager), NOTES)

    assert found["uid"] == str(note.uid)
    assert (found["topic"], found["person"]["name"], found["author"]["name"]) == ("Plan", kam.name, manager.name)
    assert [action["uid"] for action in found["actions"]] == [str(item.uid)]
    assert (found["links"][0]["deal"], found["links"][0]["result"]) == (str(deal.uid), None)
    assert found["links"][0]["state_then"]["stage"] == "lost"
    assert found["addenda"][0]["text"] == "Added later."


def test_notes_are_filtered_by_person_and_day() -> None:
    manager, [kam, other] = a_team(kams=2)
    for person, held_on in [(kam, date(2026, 10, 1)), (kam, date(2026, 11, 1)), (other, date(2026, 11, 1))]:
        CoachingNoteFactory.create(author=manager, person=person, held_on=held_on)
    client = client_for(manager)

    assert len(results(client, NOTES)) == 3
    assert len(results(client, NOTES, person=kam.uid)) == 2
    assert len(results(client, NOTES, person=kam.uid, since="2026-10-15")) == 1
    assert client.get(NOTES, {"since": "soon"}).status_code == 422


def test_a_filter_is_no_way_around_the_readers() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(author=manager, person=kam)
    item = ActionItemFactory.create(note=note)

    for role in (Role.HR, Role.DIRECTOR, Role.KAM):
        client = client_for(person_with_role(role))
        assert results(client, NOTES, person=kam.uid) == []
        assert results(client, ACTIONS, owner=kam.uid) == []
        assert client.get(f"{NOTES}{note.uid}/").status_code == 404
        assert client.get(f"{ACTIONS}{item.uid}/").status_code == 404


def test_promises_are_filtered_by_state() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(author=manager, person=kam)
    today = timezone.localdate()
    late = ActionItemFactory.create(note=note, due_on=today - timedelta(days=1))
    ActionItemFactory.create(note=note, due_on=today)
    kept = ActionItemFactory.create(note=note, done_at=datetime(2026, 11, 1, tzinfo=UTC))
    client = client_for(kam)

    assert len(results(client, ACTIONS)) == 3
    assert len(results(client, ACTIONS, state="open")) == 2
    assert [row["uid"] for row in results(client, ACTIONS, state="overdue")] == [str(late.uid)]
    assert [row["uid"] for row in results(client, ACTIONS, state="done")] == [str(kept.uid)]


def token_of(person: Person, *scopes: str) -> dict[str, str]:
    ApiToken.objects.create(
        user=person.user,
        name="test",
        digest=digest_of("secret"),
        prefix="s",
        scopes=list(scopes),
        expires_at=timezone.now() + timedelta(days=1),
    )
    return {"Authorization": "Bearer secret"}


def test_a_token_needs_the_scope_coaching_read() -> None:
    manager, _kams = a_team()
    other, _others = a_team()

    assert Client(headers=token_of(manager, "coaching:read")).get(NOTES).status_code == 200
    ApiToken.objects.all().delete()
    refused = Client(headers=token_of(other, "kpi:read")).get(NOTES)
    assert refused.status_code == 403
    assert refused.json()["code"] == "scope_missing"


def test_nothing_is_written_through_the_api() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(author=manager, person=kam)
    client = client_for(manager)

    assert client.post(NOTES, {}).status_code == 405
    assert client.patch(f"{NOTES}{note.uid}/", {}, content_type="application/json").status_code == 405
