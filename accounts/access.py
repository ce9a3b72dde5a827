"""What a role may do at all. Each app declares its permissions in `<app>/permissions.py`; unknown names stop the start.

On which rows is another question: `Model.objects.visible_to(user)` answers it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    DIRECTOR = "director", _("Sales director")
    MANAGER = "manager", _("Manager")
    KAM = "kam", _("Key account manager")
    HR = "hr", _("HR")
    COUNSELLOR = "counsellor", _("Counsellor")
    ANALYST = "analyst", _("Analyst")
    ADMINISTRATOR = "administrator", _("Administrator")


EVERYONE = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Permission:
    """One thing that roles may do, such as `incentives.approve_run`."""

    name: str
    label: str | Promise
    roles: frozenset[Role]


class UnknownPermission(LookupError):
    """A door names a permission that no app has declared."""


PERMISSIONS: dict[str, Permission] = {}


def declare(name: str, label: str | Promise, roles: Iterable[Role]) -> None:
    """Add a permission. A name is declared once."""
    if name in PERMISSIONS and PERMISSIONS[name].label != label:
        raise ValueError(f"permission {name} is declared twice")
    PERMISSIONS[name] = Permission(name, label, frozenset(roles))


def permission(name: str) -> Permission:
    """Raises UnknownPermission."""
    if name not in PERMISSIONS:
        raise UnknownPermission(f"{name} is not declared in any permissions.py")
    return PERMISSIONS[name]
