"""`Authorization: Bearer TOKEN`: one indexed query for the token, its user and the user's role grants of today."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.selectors.bearer import token_of

# `last_used_at` is for people who clean up; once an hour is exact enough and saves a write for each request.
USED_EVERY = timedelta(hours=1)


class TokenAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        kind, _, secret = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        now = timezone.now()
        token = token_of(secret.strip())
        if token is None or token.revoked_at or not token.user.is_active:
            raise exceptions.AuthenticationFailed("This token is not known. Make one under Settings > API tokens.")
        if token.expires_at <= now:
            raise exceptions.AuthenticationFailed(f"This token expired on {token.expires_at:%Y-%m-%d}. Make a new one.")
        if token.last_used_at is None or token.last_used_at < now - USED_EVERY:
            stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_EVERY)
            ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="KAM Portal"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "bearer"

    def get_security_definition(self, _auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
