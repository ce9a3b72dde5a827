"""The sidebar: each app registers its places, in the order of the design; a person sees only what may be used."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from accounts.models import User
from core.ui import NavItem


@dataclass(frozen=True, slots=True)
class Place:
    """A sidebar entry. Paths under `prefix` or one of `also` mark it as the active one; "/" stands for itself."""

    order: int
    label: str | Promise
    icon: str
    url_name: str
    permission: str
    prefix: str
    also: tuple[str, ...] = ()

    def fit(self, path: str) -> int:
        """How many characters of the path it claims; 0: none."""
        claimed = [prefix for prefix in (self.prefix, *self.also) if path.startswith(prefix)]
        return (
            len(path) if path == self.prefix else max((len(prefix) for prefix in claimed if prefix != "/"), default=0)
        )


PLACES: list[Place] = []


def register(place: Place) -> None:
    PLACES.append(place)
    PLACES.sort(key=lambda known: known.order)


def places_for(request: HttpRequest, user: User) -> list[NavItem]:
    """The entries the user may open, the one of the present page marked."""
    allowed = [place for place in PLACES if user.may(place.permission)]
    fitting = [place for place in allowed if place.fit(request.path)]
    active = max(fitting, key=lambda place: (place.fit(request.path), place.order), default=None)
    return [NavItem(str(place.label), place.icon, reverse(place.url_name), active=place is active) for place in allowed]
