"""API tokens: shown once, kept as a digest, limited in scope and time."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.errors import TokenLifeOutOfRange, UnknownScope
from accounts.models import ApiToken, User
from accounts.tokens import SCOPES, digest_of
from core.audit import acting
from core.errors import NotFound

MOST_DAYS = 366
SECRET_BYTES = 32
SHOWN = 10  # of a token's first characters, so that people can tell tokens apart


@transaction.atomic
def make_token(*, user: User, name: str, scopes: Sequence[str], days: int, by: User | None) -> tuple[ApiToken, str]:
    """A token of the user and its secret, which nobody can read again. Raises UnknownScope, TokenLifeOutOfRange."""
    for scope in scopes:
        if scope not in SCOPES:
            raise UnknownScope(given=scope, allowed=", ".join(SCOPES))
    if not 1 <= days <= MOST_DAYS:
        raise TokenLifeOutOfRange(most=MOST_DAYS)
    secret = f"kam_{secrets.token_urlsafe(SECRET_BYTES)}"
    with acting(by, "token.made"):
        token = ApiToken.objects.create(
            user=user,
            name=name,
            digest=digest_of(secret),
            prefix=secret[:SHOWN],
            scopes=sorted(set(scopes)),
            expires_at=timezone.now() + timedelta(days=days),
        )
    return token, secret


@transaction.atomic
def revoke_token(*, token_uid: UUID, by: User) -> ApiToken:
    """One's own token opens nothing any more, at once. Twice is as good as once. Raises NotFound."""
    token = ApiToken.objects.select_for_update().filter(uid=token_uid, user=by).first()
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        with acting(by, "token.revoked"):
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
    return token
