"""What the pages of a note show: the editor for its author, the record for all who read it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.doors import UserRequest
from accounts.models import Person, User
from accounts.selectors.people import standing
from core import formats
from core.calendar import today
from core.errors import DomainError
from core.ids import new_uid
from core.period_choice import chosen_period
from core.ui import Crumb, TimelineItem
from training import selectors
from training.forms import AddendumForm, NoteForm
from training.models import CoachingNote
from training.rules.grow import LABELS


def show(
    request: UserRequest,
    note: CoachingNote,
    form: NoteForm | None = None,
    *,
    addendum: AddendumForm | None = None,
    error: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    writes = note.author.user_id == request.user.pk and note.is_open and request.user.may("training.log_note")
    choice = chosen_period(request)
    earlier = selectors.earlier_notes(note=note, viewer=request.user)
    readers, other = selectors.readers_of(note), _other(note, request.user)
    context: dict[str, Any] = {
        "note": note,
        "other": other,
        "title": _("One-on-one with %(name)s") % {"name": other.name},
        "subtitle": _subtitle(note, other, earlier),
        "crumbs": _crumbs(note, request.user),
        "period_bar": choice.bar,
        "shared": selectors.shared_audience(readers, request.user),
        "brief": selectors.brief(
            viewer=request.user,
            person=note.person,
            period=choice.period,
            compare=choice.compare,
            on=today(),
            before=earlier[0] if earlier else None,
        ),
        "sees_the_same": _sees_the_same(note, request.user),
        "timeline": [_timeline_item(row) for row in earlier],
        **agreed(request, note),
        **attached(note, request.user),
        "error": error,
    }
    if writes:
        context |= _editor(note, request.user, form, readers)
    else:
        context |= _record(note, request.user, addendum)
    return render(request, "training/note.html" if writes else "training/record.html", context, status=status)


def _editor(note: CoachingNote, user: User, form: NoteForm | None, readers: list[Person]) -> dict[str, Any]:
    saved = texts(note, user)
    return {
        "form": form or NoteForm(initial=saved | {"version": note.version, "page": new_uid()}),
        "saved": saved,
        "saved_words": saved_words(note) if note.version > 1 else "",
        "private": selectors.private_audience(),
        "grow": _grow_hints(),
        "unfinished": selectors.unfinished_notes(author=user, person=note.person, except_note=note).first(),
        "names": [reader.name for reader in readers],
        "line": "",
        "line_error": "",
    }


def _record(note: CoachingNote, user: User, addendum: AddendumForm | None) -> dict[str, Any]:
    is_author = note.author.user_id == user.pk
    takes_part = is_author or note.person.user_id == user.pk
    return {
        "text": selectors.note_text(note),
        "private_text": selectors.private_text(note=note, viewer=user) if is_author else "",
        "private": selectors.private_audience(),
        "addendum": (addendum or AddendumForm()) if takes_part and not note.is_open else None,
    }


def agreed(request: UserRequest, note: CoachingNote) -> dict[str, Any]:
    """What was agreed in this note, and what earlier ones left open."""
    writes = note.author.user_id == request.user.pk and note.is_open
    return {
        "note": note,
        "promises": selectors.promises_of(note=note, viewer=request.user, on=today()),
        "carried": selectors.carried_into(note=note, viewer=request.user, on=today()) if note.is_open else [],
        "writes": writes,
        "form_id": "note-form" if writes else "tick",
    }


def attached(note: CoachingNote, user: User) -> dict[str, Any]:
    writes = note.author.user_id == user.pk and note.is_open
    return {"note": note, "attachments": selectors.attachments(note), "writes": writes}


def _other(note: CoachingNote, user: User) -> Person:
    """Whom the talk is with, as the reader sees it: the person coached reads the author's name."""
    return note.author if note.person.user_id == user.pk else note.person


def _subtitle(note: CoachingNote, other: Person, earlier: list[CoachingNote]) -> str:
    """Who the other one is, when the talk was, how often they talk, when they did last."""
    now = standing(person=other, on=today())
    talk = selectors.talk_with(person=note.person, on=today())
    last = earlier[0].held_on if earlier else None
    parts = [
        other.title,
        _("level %(level)s") % {"level": now.level} if now.level else "",
        now.team.name if now.team and now.team.name != other.name else "",
        formats.day(note.held_on),
        talk.every_words if talk else "",
        _last(last, note.held_on) if last else _("the first one"),
    ]
    return " · ".join(part for part in parts if part)


def _last(last: date, on: date) -> str:
    days = (on - last).days
    return ngettext("last %(day)s, %(days)s day before", "last %(day)s, %(days)s days before", days) % {
        "day": formats.day_short(last),
        "days": days,
    }


def _crumbs(note: CoachingNote, user: User) -> list[Crumb]:
    coaching = Crumb(_("Coaching"), reverse("training:coaching"))
    if Person.objects.visible_to(user).filter(pk=note.person_id).exists():
        return [
            coaching,
            Crumb(note.person.name, reverse("training:person-coaching", args=[note.person.uid])),
            Crumb(formats.day_short(note.held_on)),
        ]
    return [coaching, Crumb(note.person.name)]


def _sees_the_same(note: CoachingNote, user: User) -> str:
    if note.person.user_id == user.pk:
        return _("%(name)s sees the same") % {"name": note.author.name}
    return _("%(name)s sees the same") % {"name": note.person.name}


def _timeline_item(row: Any) -> TimelineItem:
    """A note of `selectors.note_rows`."""
    if not row.agreed:
        detail = _("nothing agreed")
    elif row.still_open:
        detail = _("%(agreed)s agreed, %(open)s open") % {"agreed": row.agreed, "open": row.still_open}
    else:
        detail = _("%(agreed)s agreed, all done") % {"agreed": row.agreed}
    return TimelineItem(
        when=formats.day_short(row.held_on),
        title=row.topic or _("without a topic"),
        detail=detail,
        href=reverse("training:note", args=[row.uid]),
        tone="careful" if row.still_open else "muted",
    )


@dataclass(frozen=True, slots=True)
class GrowHint:
    """A part of the talk: what its line begins with, and questions that help to fill it."""

    key: str
    label: str
    questions: tuple[str, ...]


def _grow_hints() -> list[GrowHint]:
    """The four parts in the active language; the labels are the ones that the rule knows."""
    questions = {
        "goal": (
            _("What should be different at the end of the quarter?"),
            _("How will we both see that it is reached?"),
        ),
        "reality": (
            _("What happened in the last deals, step by step?"),
            _("What is in your hands, what is not?"),
        ),
        "options": (
            _("What else could be tried?"),
            _("Who has solved this before?"),
        ),
        "will": (
            _("What will you do, and by which day?"),
            _("What could get in the way, and who helps?"),
        ),
    }
    return [
        GrowHint(label.key, label.chinese if formats.chinese() else label.english, questions[label.key])
        for label in LABELS
    ]


def texts(note: CoachingNote, user: User) -> dict[str, Any]:
    """What the author's editor holds of a saved note."""
    return {
        "topic": note.topic,
        "shared_text": note.shared_text,
        "private_text": selectors.private_text(note=note, viewer=user),
        "held_on": note.held_on.isoformat(),
        "version": note.version,
    }


def saved_words(note: CoachingNote) -> str:
    return _("Saved %(time)s") % {"time": formats.clock(note.changed_at)}
