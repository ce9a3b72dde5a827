"""What a token is: its digest, and the scopes it may be limited to."""

import hashlib

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Writing needs `write` besides the role's permission.
SCOPES: dict[str, str | Promise] = {
    "kpi:read": _("KPI results and targets"),
    "people:read": _("People and teams"),
    "pay:read": _("Bonus runs and statements"),
    "coaching:read": _("Shared coaching notes"),
    "write": _("Change what this login may change"),
}


def digest_of(token: str) -> bytes:
    """Tokens have 256 random bits, so a plain SHA-256 is enough to keep them safe at rest."""
    return hashlib.sha256(token.encode()).digest()
