"""Promises: agreed in a note, ticked off by their owner or by the note's author."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.doors import get_visible
from accounts.models import User
from core.audit import acting
from core.calendar import today
from training.errors import ActionWithoutText, NoSuchOwner, NotYourPromise
from training.models import ActionItem
from training.rules.quick_action import Named, parse
from training.selectors.notes import readers_of
from training.services.notes import own_open_note


@transaction.atomic
def add_action(*, note_uid: UUID, line: str, by: User) -> ActionItem:
    """Agree on what is typed in one line, such as 'send the offer @me fri'.

    Only who reads the note can owe something in it; without a name it is the person coached.
    Raises NotFound, OnlyTheAuthorWrites, NoteIsClosed, NoSuchOwner, ActionWithoutText.
    """
    note = own_open_note(note_uid, by)
    readers = {person.pk: person for person in readers_of(note)}
    typed = parse(
        line, on=today(), me=note.author_id, names=[Named(person.pk, person.name) for person in readers.values()]
    )
    if typed.unknown:
        raise NoSuchOwner(given=typed.unknown, names=", ".join(person.name for person in readers.values()))
    if not typed.text:
        raise ActionWithoutText
    with acting(by, "action.agreed"):
        return ActionItem.objects.create(
            note=note,
            owner=readers[typed.owner] if typed.owner else note.person,
            text=typed.text[: ActionItem._meta.get_field("text").max_length],
            due_on=typed.due,
        )


@transaction.atomic
def remove_action(*, action_uid: UUID, by: User) -> None:
    """Take an action out of an open note. Raises NotFound, OnlyTheAuthorWrites, NoteIsClosed."""
    item = get_visible(ActionItem, by, action_uid)
    own_open_note(item.note.uid, by)
    with acting(by, "action.removed"):
        item.delete()


@transaction.atomic
def set_done(*, action_uid: UUID, done: bool, by: User) -> ActionItem:
    """Tick a promise off, or undo that; twice changes nothing. Its owner and the note's author may.

    A closed note's promises are ticked off all the same. Raises NotFound, NotYourPromise.
    """
    item = get_visible(ActionItem, by, action_uid, lock=True)
    if by.pk not in {item.owner.user_id, item.note.author.user_id}:
        raise NotYourPromise(owner=item.owner.name)
    if done == (item.done_at is not None):
        return item
    item.done_at = timezone.now() if done else None
    with acting(by, "action.done" if done else "action.reopened"):
        item.save(update_fields=["done_at"])
    return item
