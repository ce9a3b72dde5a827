"""Pages that belong to no app: errors, long work, and what a form without its token gets."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def _problem(code: str, title: str, status: int) -> HttpResponse:
    """Problem details for an address under /api/ that no viewset answers."""
    body = {"type": f"urn:kam-portal:problem:{code}", "code": code, "title": title, "status": status}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    if _is_api(request):
        return _problem("not_found", "There is no such address.", 404)
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        return _problem("error", "The server failed. It is logged.", 500)
    # Without the request: the frame would ask the database, which may be what failed.
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    """The form was open too long or in another tab's session: say so, keep nothing half-done."""
    return render(request, "403.html", {"csrf": True}, status=403)
