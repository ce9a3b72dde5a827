"""What every API answer shares: orjson, keyset pages, declared orderings, problem details (RFC 9457)."""

import functools
import time
from typing import Any

import orjson
import redis
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import CursorPagination
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from core.errors import DomainError, UnknownFilter

WINDOW = 60  # seconds


class OrjsonRenderer(BaseRenderer):
    """JSON with strings for decimals; bytes are taken as JSON that PostgreSQL has already built."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002  (the framework's signature)
        renderer_context: Any = None,  # noqa: ARG002
    ) -> bytes:
        if isinstance(data, bytes):
            return data
        return b"" if data is None else orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS)


class ProblemRenderer(OrjsonRenderer):
    media_type = "application/problem+json"


class KeysetPagination(CursorPagination):
    """Pages by key, not by offset: the hundredth page costs what the first does. `limit` up to 500."""

    ordering = "id"
    page_size_query_param = "limit"
    max_page_size = 500
    # Rows with the same value are told apart by an offset among them; cut off, the same page would come for ever.
    offset_cutoff = 0


@functools.cache
def _counts() -> "redis.Redis":
    """Django's cache asks whether a key is there before each increment; Redis itself needs not."""
    return redis.Redis.from_url(settings.CACHES["default"]["LOCATION"])


class WindowThrottle(BaseThrottle):
    """So many requests a user and minute, counted by one INCR: REST framework's own keeps a list of every moment in
    the cache.
    """

    def allow_request(self, request: Request, _view: Any) -> bool:
        who = request.user.pk if request.user.is_authenticated else self.get_ident(request)
        key = f"requests:{who}:{int(time.time() // WINDOW)}"
        counts = _counts()
        count = int(counts.incr(key))
        if count == 1:
            counts.expire(key, WINDOW + 1)
        return count <= settings.API_REQUESTS_A_MINUTE

    def wait(self) -> float:
        """Seconds until the next window."""
        return WINDOW - time.time() % WINDOW


class DeclaredOrderingFilter(OrderingFilter):
    """`ordering=` by the fields a viewset declares in `ordering_fields`; another field is an error, not silently
    ignored.
    """

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> Any:
        given = request.query_params.get(self.ordering_param, "")
        names = [name.strip() for name in given.split(",") if name.strip()]
        allowed = list(getattr(view, "ordering_fields", None) or [])
        for name in names:
            if name.lstrip("-") not in allowed:
                raise UnknownFilter(name=self.ordering_param, given=name, allowed=", ".join(allowed) or "-")
        ordering = super().get_ordering(request, queryset, view)
        return (*ordering, "id") if ordering else ordering  # one order of rows with the same value, on every page


def _problem(code: str, title: str, http_status: int, **more: Any) -> Response:
    body = {"type": f"urn:kam-portal:problem:{code}", "code": code, "title": title, "status": http_status, **more}
    return Response(body, status=http_status, content_type="application/problem+json")


def problem_details(error: Exception, _context: dict[str, Any]) -> Response | None:
    """The one mapping from errors to problem details. None lets a bug become a 500."""
    if isinstance(error, DomainError):
        return _problem(error.code, str(error), error.status, values={k: str(v) for k, v in error.values.items()})
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    if isinstance(error, exceptions.ValidationError):
        return _problem(
            "invalid",
            "The request has errors in these fields.",
            status.HTTP_422_UNPROCESSABLE_ENTITY,
            errors=error.detail,
        )
    response = _problem(str(error.get_codes()), str(error.detail), error.status_code)
    wait = getattr(error, "wait", None)  # of Throttled
    if wait is not None:
        response["Retry-After"] = str(int(wait) + 1)
    if header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = header
    return response
