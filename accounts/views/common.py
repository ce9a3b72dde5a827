"""The language and the search, which every page has."""

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts import services
from accounts.doors import UserRequest, public, requires
from accounts.models import User
from accounts.search import search

LANGUAGES = {code for code, _ in django_settings.LANGUAGES}


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """The language of this browser, and of one's mails where one is logged in. Goes back to where it was chosen."""
    language = request.POST.get("language", "")
    back = request.POST.get("next") or request.headers.get("Referer", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = redirect(back)
    if language in LANGUAGES:
        if isinstance(request.user, User):
            services.choose_language(language=language, by=request.user)
        response.set_cookie(
            django_settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=31536000,
            samesite="Lax",
            secure=request.is_secure(),
            httponly=True,
        )
    return response


@requires("accounts.use_portal")
def search_palette(request: UserRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    return render(request, "accounts/_search_results.html", {"groups": search(request.user, text), "text": text})
