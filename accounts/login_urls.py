"""Logging in, out, and passwords: what allauth has and we offer. The rest keeps the name that allauth asks for, closed.

Logins are made by HR or an import, and so are their addresses; nobody signs up, adds or confirms one here.
"""

from allauth.account import views
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path

from accounts.doors import public
from core.errors import NotFound


@public
def closed(_request: HttpRequest, /, **_named: str) -> HttpResponse:
    """There is no such page."""
    raise NotFound


urlpatterns: list[URLPattern] = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    path("signup/", closed, name="account_signup"),
    path("email/", closed, name="account_email"),
    path("confirm-email/", closed, name="account_email_verification_sent"),
    path("confirm-email/<str:key>/", closed, name="account_confirm_email"),
    path("password/set/", closed, name="account_set_password"),
    path("login/code/confirm/", closed, name="account_confirm_login_code"),
]
