"""A marker word is planted in a private text and looked for everywhere, as everybody."""

import logging
from pathlib import Path

import orjson
import pytest
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.test import RequestFactory
from django.urls import resolve, reverse
from django.views.debug import SafeExceptionReporterFilter

from accounts import search
from accounts.access import Role
from accounts.models import Person, User
from core.mailing import send_batch
from core.models import OutboxMessage
from tests.accounts.factories import RoleGrantFactory, client_for, company, person_with_role
from tests.training.factories import ActionItemFactory
from training import models, selectors, services
from training.models import CoachingNote, PrivateNote
from training.services import NoteDraft

pytestmark = pytest.mark.django_db

MARKER = "zanzibar-marker"
SHARED = "quarter-plan"


@pytest.fixture
def note() -> CoachingNote:
    """A note of a manager about a KAM, saved through the service with the marker in its private part, and closed."""
    found = company()
    west = found.teams["west-1"]
    manager = person_with_role(Role.MANAGER, west, name="Manager")
    person_with_role(Role.DIRECTOR, found.root, name="Director")
    for role in (Role.HR, Role.ANALYST, Role.ADMINISTRATOR, Role.COUNSELLOR):
        person_with_role(role, name=role.label)
    superuser = person_with_role(Role.ADMINISTRATOR, name="Superuser")
    User.objects.filter(pk=superuser.user_id).update(is_superuser=True, is_staff=True)
    for role in Role:
        if role != Role.ADMINISTRATOR:
            RoleGrantFactory.create(user=superuser.user, role=role)
    kam = person_with_role(Role.KAM, west, name="KAM")
    draft = services.open_draft(person_uid=kam.uid, by=manager.user)
    written = NoteDraft(SHARED, f"Goal: {SHARED}", f"tired, {MARKER}", draft.held_on)
    services.save_note(note_uid=draft.uid, draft=written, version=1, page=draft.uid, by=manager.user)
    ActionItemFactory.create(note=draft, owner=kam)
    services.close_note(note_uid=draft.uid, by=manager.user)
    services.add_addendum(note_uid=draft.uid, text="More on the plan.", by=manager.user)
    return CoachingNote.objects.get(pk=draft.pk)


OTHERS = ["KAM", "Director", "HR", "Analyst", "Administrator", "Counsellor", "Superuser"]


def named(name: str) -> Person:
    return Person.objects.get(name=name)


@pytest.mark.parametrize("name", OTHERS)
def test_the_private_text_has_one_door_and_it_opens_for_its_author_only(note: CoachingNote, name: str) -> None:
    assert not PrivateNote.objects.of_author(named(name).user).exists()
    assert selectors.private_text(note=note, viewer=named(name).user) == ""
    assert MARKER in selectors.private_text(note=note, viewer=named("Manager").user)


@pytest.mark.parametrize("name", OTHERS)
def test_no_page_shows_the_private_text_to_anybody_else(note: CoachingNote, name: str) -> None:
    client = client_for(named(name))
    paths = [
        reverse("training:note", args=[note.uid]),
        reverse("training:coaching"),
        reverse("training:settings"),
        reverse("training:person-coaching", args=[note.person.uid]),
        reverse("training:note-attach", args=[note.uid]),
        f"/people/{note.person.uid}/",
        "/notifications/",
        f"/search/?q={SHARED}",
        "/settings/audit/",
        "/admin/",
    ]
    for path in paths:
        assert MARKER.encode() not in client.get(path).content, path
    assert str(note.uid).encode() not in client.get("/search/", {"q": MARKER}).content


def test_its_author_reads_it_on_the_note_and_nowhere_else(note: CoachingNote) -> None:
    client = client_for(named("Manager"))

    assert MARKER.encode() in client.get(reverse("training:note", args=[note.uid])).content
    assert MARKER.encode() not in client.get(reverse("training:coaching")).content
    assert MARKER.encode() not in client.get(reverse("training:person-coaching", args=[note.person.uid])).content


@pytest.mark.parametrize("name", [*OTHERS, "Manager"])
def test_the_api_has_no_private_text_for_anybody_its_author_included(note: CoachingNote, name: str) -> None:
    client = client_for(named(name))

    for path in ("/api/v1/coaching-notes/", f"/api/v1/coaching-notes/{note.uid}/", "/api/v1/action-items/"):
        answer = client.get(path)
        assert MARKER.encode() not in answer.content
        assert b"private" not in answer.content.lower()


@pytest.mark.parametrize("name", [*OTHERS, "Manager"])
def test_search_never_finds_it(note: CoachingNote, name: str) -> None:
    assert search.search(named(name).user, MARKER) == []


def test_no_table_but_its_own_holds_it_the_audit_trail_included(note: CoachingNote) -> None:
    holding = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT count(*) FROM {name} t WHERE t::text LIKE %s", [f"%{MARKER}%"])  # noqa: S608
            if cursor.fetchone()[0]:
                holding.append(table)

    assert holding == ["training_privatenote"]


def test_the_audit_trail_holds_no_shared_text_topic_or_promise_either(note: CoachingNote) -> None:
    with connection.cursor() as cursor:
        for table in ("training_coachingnoteevent", "training_actionitemevent", "training_noteaddendumevent"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")  # noqa: S608
            kept = cursor.fetchone()[0]
            assert kept
            assert SHARED not in kept
            assert "Do thing" not in kept
            assert "More on the plan" not in kept


def test_no_notice_or_mail_carries_it(note: CoachingNote) -> None:
    while send_batch():
        pass

    assert OutboxMessage.objects.exists()
    assert mail.outbox
    assert all(MARKER not in str(message.message()) for message in mail.outbox)


def test_no_log_line_and_no_refusal_carries_it(note: CoachingNote, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_for(named("Manager"))
    form = {
        "topic": "x",
        "held_on": "2026-11-23",
        "shared_text": "",
        "private_text": MARKER,
        "version": 1,
        "page": note.uid,
    }

    refused = client.post(reverse("training:note-autosave", args=[note.uid]), form)

    assert refused.status_code == 409
    assert MARKER.encode() not in refused.content
    assert MARKER not in caplog.text


def test_an_error_report_leaves_out_what_was_written(note: CoachingNote) -> None:
    """Also where somebody turns on mails to administrators: the texts of a failed save are not in them."""
    request = RequestFactory().post(
        "/", {"private_text": MARKER, "shared_text": MARKER, "line": MARKER, "version": "1"}
    )
    request.user = named("Manager").user
    view = resolve(reverse("training:note-autosave", args=[note.uid])).func
    view(request, note_uid=note.uid)

    shown = SafeExceptionReporterFilter().get_post_parameters(request)

    assert MARKER not in str(shown)
    assert shown["version"] == "1"


def test_nothing_of_coaching_is_in_the_admin_and_no_model_leads_back_to_the_private_text() -> None:
    assert not [model for model in admin.site._registry if model.__module__ == models.__name__]
    assert not hasattr(CoachingNote, "private")
    assert not hasattr(CoachingNote, "privatenote")


def test_only_the_models_and_the_one_door_name_the_table() -> None:
    """Everywhere else `PrivateNote.objects` is followed by `of_author`, or writes the author's own."""
    allowed = ("PrivateNote.objects.of_author(", "PrivateNote.objects.update_or_create(note=note")
    for path in Path(models.__file__).parents[1].rglob("*.py"):
        if {"tests", "migrations", ".venv", "node_modules"} & set(path.parts) or path.name == "models.py":
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            if "PrivateNote.objects" in line:
                assert any(use in line for use in allowed), f"{path}: {line.strip()}"


def test_no_object_of_the_api_schema_has_a_private_property() -> None:
    answer = client_for(person_with_role(Role.ADMINISTRATOR)).get("/api/schema/?format=json")
    schemas = orjson.loads(answer.content)["components"]["schemas"]

    assert "CoachingNote" in schemas
    assert not [
        (name, key) for name, schema in schemas.items() for key in schema.get("properties", {}) if "private" in key
    ]
