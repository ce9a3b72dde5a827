"""Who holds an API token: what every request of a program asks first, so it is one statement and builds nothing
else.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from django.db import connection

from accounts.models import ApiToken, RoleGrant, Team, User
from accounts.tokens import digest_of
from core.calendar import today

# SQL because compiling the same ORM query anew for each request costs more than the database takes to answer it.
HOLDER = """
    SELECT token.id, token.scopes::text, token.expires_at, token.revoked_at, token.last_used_at,
           holder.id, holder.uid, holder.email, holder.name, holder.language, holder.is_active,
           (SELECT jsonb_agg(jsonb_build_object('id', held.id, 'role', held.role, 'team', to_jsonb(team)))
            FROM accounts_rolegrant held LEFT JOIN accounts_team team ON team.id = held.team_id
            WHERE held.user_id = holder.id AND held.during @> %(today)s::date)::text
    FROM accounts_apitoken token JOIN accounts_user holder ON holder.id = token.user_id
    WHERE token.digest = %(digest)s
"""
TOKEN_FIELDS = ("id", "scopes", "expires_at", "revoked_at", "last_used_at")
USER_FIELDS = ("id", "uid", "email", "name", "language", "is_active")


def token_of(secret: str) -> ApiToken | None:
    """The token of a secret with its user, whose role grants of today are known; other fields load when asked for.
    One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLDER, {"today": today(), "digest": digest_of(secret)})
        row = cursor.fetchone()
    if row is None:
        return None
    token_values, user_values, grants = row[:5], row[5:11], row[11]
    user = User.from_db("default", USER_FIELDS, user_values)
    user.grants = [_grant(values) for values in orjson.loads(grants or "[]")]
    token = ApiToken.from_db(
        "default", TOKEN_FIELDS, (token_values[0], orjson.loads(token_values[1]), *token_values[2:])
    )
    token.user = user
    return token


def _grant(values: Mapping[str, Any]) -> RoleGrant:
    """As `User.grants` reads it."""
    team = Team(**values["team"]) if values["team"] else None
    return RoleGrant(pk=values["id"], role=values["role"], team=team)
