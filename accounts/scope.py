"""Which teams and people a user may see: one rule, used by every `visible_to`.

A director or manager sees the granted teams and all under them, a KAM only the own rows; HR, analysts and
administrators see all people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.access import Role

if TYPE_CHECKING:
    from accounts.models import User

SEES_ALL_PEOPLE = frozenset({Role.HR, Role.ANALYST, Role.ADMINISTRATOR})
LEADS = frozenset({Role.DIRECTOR, Role.MANAGER})


@dataclass(frozen=True, slots=True)
class Scope:
    """`everyone`: no limit. Else the subtrees of `paths`, and the user's own rows."""

    user_id: int
    everyone: bool
    paths: tuple[str, ...]

    def under(self, field: str) -> Q:
        """The condition that the team path in `field` lies in one of the subtrees; false where there is none."""
        condition = Q(pk__in=[])
        for path in self.paths:
            condition |= Q(**{f"{field}__startswith": path})
        return condition


def scope_of(user: User) -> Scope:
    """The user's scope by the role grants in force today. A grant without a team is for the whole company."""
    paths = tuple(sorted({grant.team.path if grant.team else "" for grant in user.grants if grant.role in LEADS}))
    everyone = "" in paths or not user.roles.isdisjoint(SEES_ALL_PEOPLE)
    return Scope(user.pk, everyone, paths)
