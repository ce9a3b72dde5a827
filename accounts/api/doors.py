"""The typed door of the API: rows through `visible_to`, a declared permission an action, a declared scope a viewset."""

from typing import Any, ClassVar, Generic, TypeVar, cast

from django.db import models
from django.db.models import QuerySet
from rest_framework.viewsets import GenericViewSet

from accounts.access import permission
from accounts.models import User

M = TypeVar("M", bound=models.Model)


class PortalViewSet(GenericViewSet[M], Generic[M]):
    """A viewset whose actions each declare a permission and whose rows are those visible to the user.

    `permissions`  action -> permission name; a missing or unknown name fails at start
    `scope`        what a token needs for reading
    `reads`        actions that only read although they are asked by POST
    """

    permissions: ClassVar[dict[str, str]] = {}
    scope: ClassVar[str] = "kpi:read"
    reads: ClassVar[frozenset[str]] = frozenset()
    lookup_field = "uid"
    lookup_value_converter = "uuid"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name in cls.permissions.values():
            permission(name)

    @property
    def user(self) -> User:
        return cast("User", self.request.user)

    def get_queryset(self) -> QuerySet[M]:
        rows = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return cast("QuerySet[M]", rows.visible_to(self.user))  # type: ignore[attr-defined]
