"""What stands on the settings page: each app registers its own; a person sees what may be used."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from accounts.models import User


@dataclass(frozen=True, slots=True)
class SettingsPlace:
    """`mine`: about the own login, rather than about the company."""

    order: int
    label: str | Promise
    text: str | Promise
    icon: str
    url_name: str
    permission: str
    mine: bool = False


PLACES: list[SettingsPlace] = []


def register(place: SettingsPlace) -> None:
    PLACES.append(place)
    PLACES.sort(key=lambda known: known.order)


@dataclass(frozen=True, slots=True)
class SettingsLink:
    label: str
    text: str
    icon: str
    url: str
    mine: bool


def settings_links(user: User) -> list[SettingsLink]:
    return [
        SettingsLink(str(place.label), str(place.text), place.icon, reverse(place.url_name), place.mine)
        for place in PLACES
        if user.may(place.permission)
    ]
