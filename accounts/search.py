"""Ctrl-K: each app registers what can be found; every search goes through `visible_to`."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, Team, User
from core.spelling import named_like

MOST = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found: what it is called, one line more, where it is."""

    label: str
    detail: str
    path: str


@dataclass(frozen=True, slots=True)
class Searchable:
    """A kind of thing. `find` gets the user, the text and the most hits wanted; one query."""

    order: int
    label: str | Promise
    icon: str
    permission: str
    find: Callable[[User, str, int], list[Hit]]


SEARCHABLES: list[Searchable] = []


def register(searchable: Searchable) -> None:
    SEARCHABLES.append(searchable)
    SEARCHABLES.sort(key=lambda known: known.order)


def search(user: User, text: str) -> list[tuple[Searchable, list[Hit]]]:
    """What the user may see and whose name fits, grouped by kind; nothing below two characters (one in Chinese)."""
    text = text.strip()
    if len(text) < 2 and text.isascii():
        return []
    groups = [(kind, kind.find(user, text, MOST)) for kind in SEARCHABLES if user.may(kind.permission)]
    return [(kind, hits) for kind, hits in groups if hits]


def find_people(user: User, text: str, most: int) -> list[Hit]:
    rows = Person.objects.visible_to(user).filter(named_like(text)).order_by("name")[:most]
    return [Hit(person.name, person.title, f"/people/{person.uid}/") for person in rows]


def find_teams(user: User, text: str, most: int) -> list[Hit]:
    rows = Team.objects.visible_to(user).filter(named_like(text)).order_by("name")[:most]
    return [Hit(team.name, team.get_kind_display(), f"/teams/{team.code}/") for team in rows]


register(Searchable(10, _("People"), "user", "accounts.view_people", find_people))
register(Searchable(20, _("Teams"), "users", "accounts.view_team", find_teams))
