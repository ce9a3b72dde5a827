"""May this request's role, and this token's scope, do this action? (Apart from the viewset: DRF imports it early.)"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from rest_framework import permissions

from accounts.models import ApiToken, User
from core.errors import DomainError, NotFound

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class ScopeMissing(DomainError):
    code = "scope_missing"
    message = _(
        "The token lacks the scope %(scope)s. Make one with it: manage.py create_token EMAIL --scope %(scope)s."
    )
    status = 403


class DeclaredPermission(permissions.BasePermission):
    """Logged in, the action's permission, the token's scope. Without the permission the action does not exist (404)."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User):
            return False
        action = getattr(view, "action", None)
        name = getattr(view, "permissions", {}).get(action)
        if name is None:
            return action is None  # a method without an action answers 405
        if not request.user.may(name):
            raise NotFound
        if isinstance(request.auth, ApiToken):
            reads = request.method in permissions.SAFE_METHODS or action in getattr(view, "reads", ())
            scope = str(getattr(view, "scope", "")) if reads else "write"
            if scope not in request.auth.scopes:
                raise ScopeMissing(scope=scope)
        return True
