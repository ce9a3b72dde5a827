"""The kinds of notices that coaching sends. Payloads hold names, days and ids, and a promise only to its owner."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core import formats
from core.outbox import Kind, Rendered, register

COACHING_DUE = "training.coaching_due"
ACTION_OVERDUE = "training.action_overdue"
NOTE_CLOSED = "training.note_closed"
ADDENDUM_WRITTEN = "training.addendum_written"


def coaching_due(payload: Mapping[str, Any]) -> Rendered:
    """Payload: `people`, each with name, `last` (ISO day or None) and `days_late`, most overdue first."""
    people = payload["people"]
    title = ngettext(
        "%(count)s person is due for a one-on-one", "%(count)s people are due for a one-on-one", len(people)
    ) % {"count": len(people)}
    return Rendered(title, "\n".join(_due_line(person) for person in people), "/coaching/")


def _due_line(person: Mapping[str, Any]) -> str:
    if person["last"] is None:
        return _("%(name)s: no one-on-one yet, due %(days)s days ago") % {
            "name": person["name"],
            "days": person["days_late"],
        }
    return _("%(name)s: last on %(day)s, due %(days)s days ago") % {
        "name": person["name"],
        "day": formats.day(date.fromisoformat(person["last"])),
        "days": person["days_late"],
    }


def action_overdue(payload: Mapping[str, Any]) -> Rendered:
    """Payload: the promise's `text`, `due_on` (ISO), `with` whom it was agreed, `path` of the note."""
    title = _("Overdue: %(text)s") % {"text": payload["text"]}
    body = _("Agreed with %(name)s, due on %(day)s. Tick it off when it is done, or agree on another day.") % {
        "name": payload["with"],
        "day": formats.day(date.fromisoformat(payload["due_on"])),
    }
    return Rendered(title, body, payload["path"])


def note_closed(payload: Mapping[str, Any]) -> Rendered:
    """Payload: the `author`'s name, `held_on` (ISO), how many promises are `mine`, `path`."""
    title = _("%(name)s closed the note of your one-on-one") % {"name": payload["author"]}
    held = formats.day(date.fromisoformat(payload["held_on"]))
    body = ngettext(
        "One-on-one of %(day)s. %(count)s action is yours.",
        "One-on-one of %(day)s. %(count)s actions are yours.",
        payload["mine"],
    ) % {"day": held, "count": payload["mine"]}
    return Rendered(title, body, payload["path"])


def addendum_written(payload: Mapping[str, Any]) -> Rendered:
    """Payload: the `author`'s name, `held_on` (ISO), `path`."""
    title = _("%(name)s added to a note of your one-on-one") % {"name": payload["author"]}
    body = _("One-on-one of %(day)s.") % {"day": formats.day(date.fromisoformat(payload["held_on"]))}
    return Rendered(title, body, payload["path"])


register(Kind(COACHING_DUE, gettext_lazy("People due for a one-on-one"), coaching_due))
register(Kind(ACTION_OVERDUE, gettext_lazy("Overdue actions"), action_overdue))
register(Kind(NOTE_CLOSED, gettext_lazy("Notes about me"), note_closed))
register(Kind(ADDENDUM_WRITTEN, gettext_lazy("Addenda to notes about me"), addendum_written))
