"""Buttons in the head of each person page: an app registers what can be done for a person, such as a coaching note."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from accounts.models import Person, User


def always(_user: User, _person: Person) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class PersonAction:
    """`url` gets the person; `key` is the keyboard's shortcut; `fits` may refuse, as nobody coaches oneself."""

    order: int
    label: str | Promise
    icon: str
    url: Callable[[Person], str]
    permission: str
    key: str = ""
    fits: Callable[[User, Person], bool] = always


ACTIONS: list[PersonAction] = []


def register(action: PersonAction) -> None:
    ACTIONS.append(action)
    ACTIONS.sort(key=lambda known: known.order)


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    icon: str
    url: str
    key: str


def actions_for(user: User, person: Person) -> list[Button]:
    """What the user may do for the person, in order."""
    return [
        Button(str(action.label), action.icon, action.url(person), action.key)
        for action in ACTIONS
        if user.may(action.permission) and action.fits(user, person)
    ]
