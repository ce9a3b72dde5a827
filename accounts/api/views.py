"""People and teams for programs: the same rows as on the pages."""

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from accounts.api.doors import PortalViewSet
from accounts.api.filters import PersonFilterSet, TeamFilterSet
from accounts.api.serializers import PersonSerializer, TeamSerializer
from accounts.models import Leadership, Person, Team
from core.calendar import today


class PersonViewSet(ListModelMixin, RetrieveModelMixin, PortalViewSet[Person]):
    """People whose work is open to the login, as they stand today."""

    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    filterset_class = PersonFilterSet
    ordering_fields = ("name", "number")
    scope = "people:read"
    permissions = {"list": "accounts.view_people", "retrieve": "accounts.view_people"}

    def get_queryset(self) -> QuerySet[Person]:
        people = super().get_queryset().select_related("user")
        return people.with_team(today())  # type: ignore[attr-defined, no-any-return]  # its manager's own queryset


class TeamViewSet(ListModelMixin, RetrieveModelMixin, PortalViewSet[Team]):
    """Teams whose figures are open to the login."""

    queryset = Team.objects.select_related("parent")
    serializer_class = TeamSerializer
    filterset_class = TeamFilterSet
    ordering_fields = ("name", "code")
    scope = "people:read"
    permissions = {"list": "accounts.view_team", "retrieve": "accounts.view_team"}
    lookup_field = "code"
    lookup_value_converter = "slug"

    def get_queryset(self) -> QuerySet[Team]:
        leading = Leadership.objects.filter(team=OuterRef("pk"), during__contains=today())
        return (
            super()
            .get_queryset()
            .annotate(
                leader_uid=Subquery(leading.values("person__uid")[:1]),
                leader_name=Subquery(leading.values("person__name")[:1]),
                people=Count("memberships", filter=Q(memberships__during__contains=today())),
            )
        )
