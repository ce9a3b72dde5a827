"""Notes and promises as a reader may see them, and who reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.access import Role
from accounts.models import Person, User
from core import formats
from core.rich_text import as_html
from core.ui import Audience
from training.models import ActionItem, ActionItemQuerySet, CoachingNote, NoteAddendum, PrivateNote
from training.rules.grow import as_markdown

# Whom people fear to be read by; private text names all of them.
NEVER_READERS = (Role.HR, Role.DIRECTOR, Role.ADMINISTRATOR)


# Who reads


def readers_of(note: CoachingNote) -> list[Person]:
    """Everybody who reads the shared part, by the very rule that opens it (`CoachingNoteQuerySet.read_by`). One query.

    The author comes first, then the person coached, then who else leads them.
    """
    rule = CoachingNote.objects.filter(pk=note.pk).read_by(OuterRef("pk"))
    readers = Person.objects.filter(Exists(rule)).select_related("user")
    first = {note.author_id: 0, note.person_id: 1}
    return sorted(readers, key=lambda person: (first.get(person.pk, 2), person.name))


def shared_audience(readers: Sequence[Person], viewer: User) -> Audience:
    """The audience line over shared text: the readers' names, the viewer as 'you' and first."""
    mine = [_("you") for person in readers if person.user_id == viewer.pk]
    return Audience(readers=(*mine, *(person.name for person in readers if person.user_id != viewer.pk)))


def private_audience() -> Audience:
    """The audience line over private text: the writer, and expressly nobody else."""
    return Audience(
        readers=(_("only you"),),
        private=True,
        excluded=(_("HR"), _("directors"), _("administrators"), _("the API")),
    )


# Promises


@dataclass(frozen=True, slots=True)
class Promise:
    """An action item as its readers see it. `late` is for a day that has passed, kept or not."""

    uid: UUID
    text: str
    owner: Person
    due_on: date | None
    done_at: datetime | None
    overdue: bool
    late: bool
    mine: bool
    may_tick: bool
    note_uid: UUID
    about: Person
    held_on: date

    @property
    def due_words(self) -> str:
        return formats.weekday_day(self.due_on) if self.due_on else ""

    @property
    def note_url(self) -> str:
        return reverse("training:note", args=[self.note_uid])

    @property
    def done_url(self) -> str:
        return reverse("training:action-done", args=[self.uid])

    @property
    def undo_url(self) -> str:
        return reverse("training:action-undo", args=[self.uid])

    @property
    def remove_url(self) -> str:
        return reverse("training:action-remove", args=[self.uid])


def promise(item: ActionItem, *, viewer: User, on: date) -> Promise:
    """An action item with its note, the note's people and its owner already fetched."""
    done_on = timezone.localdate(item.done_at) if item.done_at else None
    past = item.due_on is not None and item.due_on < (done_on or on)
    mine = item.owner.user_id == viewer.pk
    return Promise(
        uid=item.uid,
        text=item.text,
        owner=item.owner,
        due_on=item.due_on,
        done_at=item.done_at,
        overdue=past and item.done_at is None,
        late=past,
        mine=mine,
        may_tick=mine or item.note.author.user_id == viewer.pk,
        note_uid=item.note.uid,
        about=item.note.person,
        held_on=item.note.held_on,
    )


def with_people(items: ActionItemQuerySet) -> ActionItemQuerySet:
    return items.select_related("owner", "note__author", "note__person")


def promises_of(*, note: CoachingNote, viewer: User, on: date) -> list[Promise]:
    """What was agreed in a note, in the order of writing. One query."""
    items = with_people(ActionItem.objects.visible_to(viewer)).filter(note=note).order_by("pk")
    return [promise(item, viewer=viewer, on=on) for item in items]


def carried_into(*, note: CoachingNote, viewer: User, on: date) -> list[Promise]:
    """What earlier notes of the same two left open, carried from talk to talk until it is done. One query."""
    items = (
        with_people(ActionItem.objects.visible_to(viewer))
        .open()
        .filter(note__author=note.author_id, note__person=note.person_id)
        .filter(Q(note__held_on__lt=note.held_on) | Q(note__held_on=note.held_on, note__lt=note.pk))
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )
    return [promise(item, viewer=viewer, on=on) for item in items]


def open_actions(*, user: User, on: date, most: int | None = None) -> list[Promise]:
    """The user's own open promises, and those that others made in notes the user wrote; overdue first. One query."""
    items = (
        with_people(ActionItem.objects.open())
        .filter(Q(owner__user=user) | Q(note__author__user=user))
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )
    return [promise(item, viewer=user, on=on) for item in items[:most]]


def promises_about(*, person: Person, viewer: User, on: date) -> list[Promise]:
    """The open promises of all notes about a person that the viewer reads; overdue first. One query."""
    items = (
        with_people(ActionItem.objects.visible_to(viewer))
        .open()
        .filter(note__person=person)
        .order_by(F("due_on").asc(nulls_last=True), "pk")
    )
    return [promise(item, viewer=viewer, on=on) for item in items]


# Notes


@dataclass(frozen=True, slots=True)
class NoteText:
    """The shared part as it reads: Markdown with the GROW labels, as safe HTML; and what was added later."""

    html: SafeString
    addenda: Sequence[tuple[NoteAddendum, SafeString]]


def note_text(note: CoachingNote) -> NoteText:
    """One query."""
    addenda = note.addenda.select_related("author")
    return NoteText(
        html=as_html(as_markdown(note.shared_text)),
        addenda=[(addendum, as_html(as_markdown(addendum.text))) for addendum in addenda],
    )


def private_text(*, note: CoachingNote, viewer: User) -> str:
    """The viewer's own private text of a note; nothing for anybody but its author. One query."""
    found = PrivateNote.objects.of_author(viewer).filter(note=note).first()
    return found.text if found else ""


def note_rows(viewer: User) -> QuerySet[CoachingNote]:
    """The notes the viewer reads, with `agreed`, `still_open` and both people: for lists. Empty drafts are left out."""
    return (
        CoachingNote.objects.visible_to(viewer)
        .begun()
        .select_related("person", "author")
        .annotate(agreed=_counted(ActionItem.objects.all()), still_open=_counted(ActionItem.objects.open()))
    )


def _counted(items: QuerySet[ActionItem]) -> Coalesce:
    """How many of the items a note has, asked for each row shown rather than for all notes at once."""
    counts = items.filter(note=OuterRef("pk")).order_by().values("note").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counts), 0)


def earlier_notes(*, note: CoachingNote, viewer: User, most: int = 6) -> list[CoachingNote]:
    """The notes about the same person before this one that the viewer reads, newest first. One query."""
    before = Q(held_on__lt=note.held_on) | Q(held_on=note.held_on, pk__lt=note.pk)
    rows = note_rows(viewer).filter(before, person=note.person_id).order_by("-held_on", "-pk")
    return list(rows[:most])


def unfinished_notes(
    *, author: User, person: Person, except_note: CoachingNote | None = None
) -> QuerySet[CoachingNote]:
    """Open notes that the author has begun about the person."""
    rows = CoachingNote.objects.filter(author__user=author, person=person, closed_at=None).begun()
    return rows if except_note is None else rows.exclude(pk=except_note.pk)
