"""Whom a page of goals is about: `?team=CODE`, `?person=UID`, else the topmost team that the user sees, else the
user.
"""

from uuid import UUID

from accounts.doors import UserRequest, get_visible
from accounts.models import Person, Team
from core.errors import NotFound, UnknownFilter
from core.period_choice import PeriodChoice, chosen_period
from goals.errors import NoResultsForPeriod
from goals.services.compute import KINDS


def chosen_subject(request: UserRequest) -> Person | Team:
    """Raises NotFound for what the user may not see."""
    if code := request.GET.get("team"):
        return get_visible(Team, request.user, code=code)
    if uid := request.GET.get("person"):
        return person_of(request, uid)
    found = topmost_team(request) or request.user.person_or_none
    if found is None:
        raise NotFound
    return found


def topmost_team(request: UserRequest) -> Team | None:
    return Team.objects.visible_to(request.user).order_by("path").first()


def person_of(request: UserRequest, uid: str) -> Person:
    try:
        return get_visible(Person, request.user, UUID(uid))
    except ValueError:
        raise UnknownFilter(name="person", given=uid[:40], allowed="uid") from None


def period_choice(request: UserRequest) -> PeriodChoice:
    """As `chosen_period`. Raises NoResultsForPeriod for a half year."""
    choice = chosen_period(request)
    if choice.period.kind not in KINDS:
        raise NoResultsForPeriod(period=choice.period.code)
    return choice
