"""Coaching for programs: read only, and only what the token's user reads in the portal."""

from typing import ClassVar

from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from accounts.api.doors import PortalViewSet
from core.calendar import today
from training.api.serializers import ActionItemSerializer, CoachingNoteSerializer
from training.models import ActionItem, ActionItemQuerySet, CoachingNote


class CoachingNoteFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """`person` and `author` by uid, `since` a day on which or after which the talk was held."""

    person = filters.UUIDFilter(field_name="person__uid")
    author = filters.UUIDFilter(field_name="author__uid")
    since = filters.DateFilter(field_name="held_on", lookup_expr="gte")

    class Meta:
        model = CoachingNote
        fields = ("person", "author", "since")


class CoachingNoteViewSet(ListModelMixin, RetrieveModelMixin, PortalViewSet[CoachingNote]):
    """One-on-ones with their shared text, promises, attachments and addenda. Private texts are not part of the API."""

    queryset = CoachingNote.objects.select_related("person", "author").prefetch_related(
        Prefetch("actions", ActionItem.objects.select_related("owner", "note").order_by("pk")),
        "links__opportunity",
        "links__result",
        "addenda__author",
    )
    serializer_class = CoachingNoteSerializer
    filterset_class = CoachingNoteFilter
    ordering_fields: ClassVar[list[str]] = ["held_on", "changed_at"]
    scope = "coaching:read"
    permissions: ClassVar[dict[str, str]] = {"list": "training.read_notes", "retrieve": "training.read_notes"}

    def get_queryset(self) -> QuerySet[CoachingNote]:
        return super().get_queryset().begun()  # type: ignore[attr-defined,no-any-return]  # our queryset


class ActionItemFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """`owner` by uid, `note` by uid, `state`: open, done or overdue."""

    owner = filters.UUIDFilter(field_name="owner__uid")
    note = filters.UUIDFilter(field_name="note__uid")
    state = filters.ChoiceFilter(
        choices=[("open", "open"), ("done", "done"), ("overdue", "overdue")], method="in_state"
    )

    class Meta:
        model = ActionItem
        fields = ("owner", "note", "state")

    def in_state(self, rows: ActionItemQuerySet, _name: str, state: str) -> ActionItemQuerySet:
        if state == "done":
            return rows.exclude(done_at=None)
        return rows.overdue(today()) if state == "overdue" else rows.open()


class ActionItemViewSet(ListModelMixin, RetrieveModelMixin, PortalViewSet[ActionItem]):
    """Promises of the notes that the token's user reads, and the user's own."""

    queryset = ActionItem.objects.select_related("owner", "note")
    serializer_class = ActionItemSerializer
    filterset_class = ActionItemFilter
    ordering_fields: ClassVar[list[str]] = ["due_on", "created_at"]
    scope = "coaching:read"
    permissions: ClassVar[dict[str, str]] = {"list": "training.read_notes", "retrieve": "training.read_notes"}
