"""Django's own administration, for operators with `is_staff`. They sign in on the portal's page, with its limits."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from accounts.doors import public
from core.errors import NotFound


@public
def sign_in(request: HttpRequest, /, _extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """In place of a second login page; for somebody logged in who is no operator there is no such page."""
    if request.user.is_authenticated:
        raise NotFound
    return redirect_to_login(request.GET.get("next", "/admin/"))


admin.site.login = sign_in  # type: ignore[assignment]  # Django's way to exchange it
