"""Writing notes: open, save, close, add to, attach."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.doors import get_visible
from accounts.models import Person, User
from core import formats, outbox
from core.audit import acting
from core.calendar import today
from core.outbox import Message
from crm.models import Opportunity
from goals.models import KpiResult
from training import notices
from training.errors import (
    NotAttachable,
    NoteChanged,
    NoteIsClosed,
    NoteIsEmpty,
    NoteIsOpen,
    NotOneself,
    OnlyTheAuthorWrites,
)
from training.models import CoachingNote, NoteAddendum, NoteLink, PrivateNote
from training.selectors.attachments import deal_state, result_state


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """What the editor holds: the shared topic and text, the author's private text, the day of the talk."""

    topic: str
    shared_text: str
    private_text: str
    held_on: date


@transaction.atomic
def open_draft(*, person_uid: UUID, by: User) -> CoachingNote:
    """The author's note about the person to write into now: today's unfinished one, else an empty page.

    An empty page left behind earlier is used again, so that pressing `n` twice makes one note.
    Raises NotFound for people the user does not see, NotOneself.
    """
    person = get_visible(Person, by, person_uid)
    author = _writer(by)
    if author.pk == person.pk:
        raise NotOneself
    # Locks the author: two tabs opened at the same moment come to the same page.
    Person.objects.select_for_update(of=("self",)).get(pk=author.pk)
    mine = CoachingNote.objects.filter(author=author, person=person, closed_at=None)
    unfinished = mine.begun().filter(held_on=today()).order_by("-changed_at").first()
    if unfinished is not None:
        return unfinished
    with acting(by, "note.opened"):
        empty = mine.exclude(pk__in=mine.begun().values("pk")).first()
        if empty is None:
            return CoachingNote.objects.create(author=author, person=person, held_on=today())
        if empty.held_on != today():
            empty.held_on = today()
            empty.save(update_fields=["held_on"])
        return empty


@transaction.atomic
def save_note(
    *, note_uid: UUID, draft: NoteDraft, version: int, page: UUID, by: User, follows: UUID | None = None
) -> CoachingNote:
    """Save what the editor holds, shared and private part together; the version grows by one.

    version   the one that the editor has read
    page      the opened page that saves. Where the answer to its last save was lost (a closed lid, a killed server) the
              page still names an old version; since the note was saved last from that same page, it may go on.
    follows   a page that was closed before its text was saved, and whose text this page has taken over

    Raises NotFound, OnlyTheAuthorWrites, NoteIsClosed; NoteChanged where another page has saved since. Nothing is
    overwritten then.
    """
    note = own_open_note(note_uid, by)
    if version != note.version and note.edited_in not in {page, follows} - {None}:
        raise NoteChanged(at=formats.clock(note.changed_at))
    if version == note.version and draft == _draft_of(note, by):
        return note
    note.topic, note.shared_text, note.held_on = draft.topic, draft.shared_text, draft.held_on
    note.version, note.edited_in, note.changed_at = note.version + 1, page, timezone.now()
    with acting(by, "note.saved"):
        note.save(update_fields=["topic", "shared_text", "held_on", "version", "edited_in", "changed_at"])
    PrivateNote.objects.update_or_create(note=note, defaults={"text": draft.private_text})
    return note


@transaction.atomic
def close_note(*, note_uid: UUID, by: User) -> CoachingNote:
    """Make the note a record: from now on the database refuses changes. Tells the person coached.

    Raises NotFound, OnlyTheAuthorWrites, NoteIsClosed, NoteIsEmpty.
    """
    note = own_open_note(note_uid, by)
    if not CoachingNote.objects.filter(pk=note.pk).begun().exists():
        raise NoteIsEmpty
    note.closed_at = timezone.now()
    with acting(by, "note.closed"):
        note.save(update_fields=["closed_at"])
    payload = {
        "author": note.author.name,
        "held_on": note.held_on.isoformat(),
        "mine": note.actions.filter(owner=note.person).count(),
        "path": f"/coaching/{note.uid}/",
    }
    outbox.put(Message(notices.NOTE_CLOSED, f"note-closed:{note.uid}", note.person.user_id, payload))
    return note


@transaction.atomic
def add_addendum(*, note_uid: UUID, text: str, by: User) -> NoteAddendum:
    """Add a dated text to a closed note; whoever reads the note reads it. Its two people may write one.

    Raises NotFound, OnlyTheAuthorWrites, NoteIsOpen, NoteIsEmpty.
    """
    note = get_visible(CoachingNote, by, note_uid, lock=True)
    writer = _writer(by)
    if writer.pk not in {note.author_id, note.person_id}:
        raise OnlyTheAuthorWrites(author=note.author.name)
    if note.is_open:
        raise NoteIsOpen
    if not text.strip():
        raise NoteIsEmpty
    with acting(by, "note.addendum"):
        addendum = NoteAddendum.objects.create(note=note, author=writer, text=text.strip())
    other = note.person if writer.pk == note.author_id else note.author
    payload = {"author": writer.name, "held_on": note.held_on.isoformat(), "path": f"/coaching/{note.uid}/"}
    outbox.put(Message(notices.ADDENDUM_WRITTEN, f"note-addendum:{addendum.uid}", other.user_id, payload))
    return addendum


@transaction.atomic
def attach_deal(*, note_uid: UUID, deal_uid: UUID, by: User) -> NoteLink:
    """Attach a deal of the person coached and keep its state as it is now; a second time changes nothing.

    Others' deals are refused: the note's readers need not be allowed to see them.
    Raises NotFound, OnlyTheAuthorWrites, NoteIsClosed, NotAttachable.
    """
    note = own_open_note(note_uid, by)
    deal = get_visible(Opportunity, by, deal_uid)
    if deal.owner_id != note.person_id:
        raise NotAttachable(person=note.person.name)
    link, _created = NoteLink.objects.get_or_create(
        note=note, opportunity=deal, result=None, defaults={"state_then": deal_state(deal)}
    )
    return link


@transaction.atomic
def attach_result(*, note_uid: UUID, result_uid: UUID, by: User) -> NoteLink:
    """Attach a KPI result of the person coached, as `attach_deal` does a deal."""
    note = own_open_note(note_uid, by)
    result = get_visible(KpiResult, by, result_uid)
    if result.person_id != note.person_id:
        raise NotAttachable(person=note.person.name)
    link, _created = NoteLink.objects.get_or_create(
        note=note, opportunity=None, result=result, defaults={"state_then": result_state(result)}
    )
    return link


@transaction.atomic
def detach(*, note_uid: UUID, link_uid: UUID, by: User) -> None:
    """Take an attachment off an open note. Raises NotFound, OnlyTheAuthorWrites, NoteIsClosed."""
    note = own_open_note(note_uid, by)
    note.links.filter(uid=link_uid).delete()


def own_open_note(note_uid: UUID, by: User) -> CoachingNote:
    """The note, locked, if the user wrote it and it is open. Call it inside a transaction.

    Raises NotFound, OnlyTheAuthorWrites, NoteIsClosed.
    """
    note = get_visible(CoachingNote, by, note_uid, lock=True)
    if note.author.user_id != by.pk:
        raise OnlyTheAuthorWrites(author=note.author.name)
    if note.closed_at is not None:
        raise NoteIsClosed(on=formats.day(note.closed_at))
    return note


def _writer(by: User) -> Person:
    """The person who logs in as the user: a login without a person (an operator's) writes no notes."""
    person = by.person_or_none
    if person is None:
        raise NotOneself
    return person


def _draft_of(note: CoachingNote, by: User) -> NoteDraft:
    private = PrivateNote.objects.of_author(by).filter(note=note).first()
    return NoteDraft(note.topic, note.shared_text, private.text if private else "", note.held_on)
