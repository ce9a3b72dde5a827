"""The tabs of a person's page: each app registers its own, each is a page of that app under `/people/<uid>/…/`."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from accounts.models import Person, User
from core.ui import Tab


@dataclass(frozen=True, slots=True)
class PersonTab:
    """`key` is named by the page that is active; `url_name` takes the person's uid."""

    order: int
    key: str
    label: str | Promise
    url_name: str
    permission: str


TABS: list[PersonTab] = []


def register(tab: PersonTab) -> None:
    TABS.append(tab)
    TABS.sort(key=lambda known: known.order)


def tabs_for(user: User, person: Person, active: str) -> list[Tab]:
    """The tabs of the person's page that the user may open."""
    return [
        Tab(str(tab.label), reverse(tab.url_name, args=[person.uid]), active=tab.key == active)
        for tab in TABS
        if user.may(tab.permission)
    ]
