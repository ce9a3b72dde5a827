"""The typed doors of pages: who may open them is declared on each, by a name that must exist."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts.access import permission as declared
from accounts.models import User
from core.errors import NotFound

P = ParamSpec("P")
M = TypeVar("M", bound=models.Model)


class UserRequest(HttpRequest):
    """A request of somebody who is logged in."""

    user: User
    htmx: HtmxDetails


# A download may be streamed, so the common base of answers.
Page = Callable[Concatenate[UserRequest, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(name: str) -> Callable[[Page[P]], View[P]]:
    """Opens a page to logged-in users whose role has the permission; to others it does not exist (404).

    Raises UnknownPermission when the module is imported with a name that nobody declares.
    """
    declared(name)

    def decorate(page: Page[P]) -> View[P]:
        @wraps(page)
        def door(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _to_login(request)
            if not request.user.may(name):
                raise NotFound
            return page(cast("UserRequest", request), *args, **kwargs)

        door.permission = name  # type: ignore[attr-defined]  # read by the start-up check and the matrix test
        return door

    return decorate


def public(page: View[P]) -> View[P]:
    """Marks a page that needs no login, so that the start-up check knows it is meant."""
    page.permission = "public"  # type: ignore[attr-defined]
    return page


def _to_login(request: HttpRequest) -> HttpResponse:
    target = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}"
    if request.headers.get("HX-Request"):
        return cast("HttpResponse", HttpResponseClientRedirect(resolve_url(settings.LOGIN_URL)))
    return redirect(target)


def wants_fragment(request: UserRequest) -> bool:
    """True where HTMX asks for a part of the page; false for whole pages, boosted links and restored history."""
    return bool(request.htmx) and not request.htmx.boosted and not request.htmx.history_restore_request


def get_visible(model: type[M], user: User, uid: UUID | str | None = None, *, lock: bool = False, **keys: Any) -> M:
    """The one door to an object: through `visible_to`, by public id (or other keys), locked for writing.

    Raises NotFound for what is not there and for what the user may not see, without a difference.
    """
    if uid is not None:
        keys["uid"] = uid
    rows = model._default_manager.filter(pk__in=_visible(model, user).filter(**keys).values("pk"))
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.first()
    if found is None:
        raise NotFound
    return found


def _visible(model: type[M], user: User) -> "models.QuerySet[M]":
    return cast("models.QuerySet[M]", model._default_manager.visible_to(user))  # type: ignore[attr-defined]
