"""How often people are to be coached, and the reminders that follow from it."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import cast
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import Person, User
from core import outbox
from core.audit import acting
from core.errors import NotFound
from core.outbox import Message
from training import notices
from training.models import ActionItem, CoachingCadence, CoachingNote
from training.rules.cadence import week_code, weeks_late
from training.selectors.cadence import Talk, managers_seen, may_set_default, talks
from training.selectors.notes import with_people

EMPTY_PAGES_LIVE = timedelta(days=1)


@transaction.atomic
def set_cadence(*, manager_uid: UUID | None, days: int | None, by: User, on: date) -> None:
    """Say after how many days a manager's people are due (None: as for all others), or, without a manager, all others.

    Raises NotFound for managers of people whom the user does not see.
    """
    manager = None
    if manager_uid is not None:
        manager = managers_seen(viewer=by, on=on).filter(uid=manager_uid).first()
    if manager is None and (manager_uid is not None or not may_set_default(by)):
        raise NotFound
    with acting(by, "coaching_cadence.changed"):
        if days is None:
            CoachingCadence.objects.filter(manager=manager).delete()
        else:
            CoachingCadence.objects.update_or_create(manager=manager, defaults={"days": days})


def remind_coaching(*, on: date) -> None:
    """Tell managers whom they have not coached for too long, and people which promises are past their day.

    Each reminder comes once, however often this runs on a day or in a week: a manager's list once a week, a promise on
    the first day it is late and then once a week. Pages opened yesterday and left empty are thrown away.
    """
    with transaction.atomic():
        outbox.put_all(_coaching_reminders(on))
    with transaction.atomic():
        outbox.put_all(_action_reminders(on))
    remove_empty_pages()


def remove_empty_pages() -> int:
    """Delete notes that were opened, left without a word and not touched for a day; how many."""
    stale = CoachingNote.objects.filter(closed_at=None, changed_at__lt=timezone.now() - EMPTY_PAGES_LIVE)
    empty = stale.exclude(pk__in=stale.begun().values("pk"))
    with acting(None, "note.empty_removed"):
        deleted, _by_table = empty.delete()
    return deleted


def _coaching_reminders(on: date) -> Iterator[Message]:
    late = sorted((talk for talk in talks(on=on) if talk.cadence.days_late), key=attrgetter("leader_id"))
    by_leader = {leader: list(found) for leader, found in groupby(late, key=attrgetter("leader_id"))}
    for leader in Person.objects.filter(pk__in=by_leader, user__is_active=True, left_on=None):
        people = sorted(by_leader[leader.pk], key=lambda talk: -talk.cadence.days_late)
        yield Message(
            notices.COACHING_DUE,
            key=f"coaching-due:{leader.uid}:{week_code(on)}",
            user_id=leader.user_id,
            payload={"people": [_person(talk) for talk in people]},
        )


def _person(talk: Talk) -> dict[str, object]:
    last = talk.cadence.last
    return {
        "name": talk.person.name,
        "last": last.isoformat() if last else None,
        "days_late": talk.cadence.days_late,
    }


def _action_reminders(on: date) -> Iterator[Message]:
    overdue = with_people(ActionItem.objects.overdue(on)).filter(owner__user__is_active=True, owner__left_on=None)
    for item in overdue:
        due_on = cast("date", item.due_on)  # overdue() asks for a day
        other = item.note.author if item.owner_id == item.note.person_id else item.note.person
        yield Message(
            notices.ACTION_OVERDUE,
            key=f"action-overdue:{item.uid}:{due_on}:{weeks_late(due_on, on)}",
            user_id=item.owner.user_id,
            payload={
                "text": item.text,
                "due_on": due_on.isoformat(),
                "with": other.name,
                "path": f"/coaching/{item.note.uid}/",
            },
        )
