"""What people set for themselves: the profile and their API tokens."""

from uuid import UUID

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import forms, services
from accounts.doors import UserRequest, requires
from accounts.settings_places import settings_links
from accounts.tokens import SCOPES
from core.ui import Crumb


@requires("accounts.use_portal")
@require_safe
def settings_home(request: UserRequest) -> HttpResponse:
    links = settings_links(request.user)
    context = {
        "mine": [link for link in links if link.mine],
        "company": [link for link in links if not link.mine],
        "crumbs": [Crumb(_("Settings"))],
    }
    return render(request, "accounts/settings.html", context)


@requires("accounts.use_portal")
def profile(request: UserRequest) -> HttpResponse:
    user = request.user
    now = {"name": user.name, "language": user.language or "browser", "wants_mail": user.wants_mail}
    form = forms.ProfileForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        changed = services.change_profile(by=user, **form.cleaned_data)
        translation.activate(changed.language or django_settings.LANGUAGE_CODE)
        messages.success(request, _("Your profile is saved."))
        return redirect("settings-profile")
    context = {"form": form, "crumbs": settings_crumbs(_("Your profile"))}
    return render(request, "accounts/profile.html", context, status=422 if form.is_bound else 200)


@requires("accounts.own_tokens")
@never_cache
def tokens(request: UserRequest) -> HttpResponse:
    """The own tokens. A new one's secret stands in the answer to its making, and nowhere else ever again."""
    form = forms.TokenForm(request.POST or None)
    made = secret = None
    if request.method == "POST" and form.is_valid():
        made, secret = services.make_token(user=request.user, by=request.user, **form.cleaned_data)
        form = forms.TokenForm()
    now = timezone.now()
    own = list(request.user.api_tokens.all())
    context = {
        "form": form,
        "made": made,
        "secret": secret,
        "tokens": [token for token in own if token.revoked_at is None and token.expires_at > now],
        "old_tokens": [token for token in own if token.revoked_at is not None or token.expires_at <= now],
        "scope_words": SCOPES,
        "docs_url": reverse("api-docs"),
        "crumbs": settings_crumbs(_("API tokens")),
    }
    return render(request, "accounts/tokens.html", context, status=422 if form.is_bound else 200)


@requires("accounts.own_tokens")
@require_POST
def token_revoke(request: UserRequest, uid: UUID) -> HttpResponse:
    token = services.revoke_token(token_uid=uid, by=request.user)
    messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": token.name})
    return redirect("settings-tokens")


def settings_crumbs(label: str) -> list[Crumb]:
    return [Crumb(_("Settings"), reverse("settings")), Crumb(label)]
