"""Request-wide concerns of the foundation: the acting user for the audit trail, and domain errors as pages."""

from collections.abc import Callable

import pghistory
import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from core.errors import DomainError
from core.ui import Notice

Handler = Callable[[HttpRequest], HttpResponse]
SAFE = {"GET", "HEAD", "OPTIONS"}
log = structlog.get_logger(__name__)


class AuditContextMiddleware:
    """Gives each change of a request its user and address. Reading requests need no context and pay nothing."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE:
            return self.get_response(request)
        with pghistory.context(user=request.user.pk, url=request.path):
            return self.get_response(request)


class DomainErrorMiddleware:
    """A domain error that a page did not handle itself: the not-found page, else its sentence with its status."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError) or request.path.startswith("/api/"):
            return None
        log.info("domain_error", code=exception.code, path=request.path)
        if exception.status == 404:
            return render(request, "404.html", status=404)
        if request.headers.get("HX-Request"):
            return render(
                request, "ui/_notices.html", {"notices": [Notice(str(exception), tone="bad")]}, status=exception.status
            )
        return render(request, "400.html", {"error": exception, "back": _back(request)}, status=exception.status)


def _back(request: HttpRequest) -> str:
    """The page of this portal where the request came from; empty where that is unknown."""
    referer = request.headers.get("Referer", "")
    secure = request.is_secure()
    return referer if url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=secure) else ""
