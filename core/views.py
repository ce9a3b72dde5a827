"""Pages that belong to no app: errors, long work, and what a form without its token gets."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        body = '{"type":"urn:kam-portal:problem:not_found","code":"not_found","title":"There is no such address.","status":404}'
        return HttpResponse(body, status=404, content_type="application/problem+json")
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        body = '{"type":"urn:kam-portal:problem:error","code":"error","title":"The server failed. It is logged.","status":500}'
        return HttpResponse(body, status=500, content_type="application/problem+json")
    # Without the request: the frame would ask the database, which may be what failed.
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was open too long or in another tab's session: say so, keep nothing half-done."""
    return render(request, "403.html", {"csrf": True}, status=403)
