"""KPI results, KPIs and targets for programs."""

import hashlib
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.translation import get_language
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import PortalViewSet
from accounts.doors import get_visible
from accounts.models import Person, Team
from core import calendar
from core.errors import UnknownFilter
from core.serializers import ExplanationSerializer
from goals import selectors, services
from goals.api import filters
from goals.api.serializers import (
    KpiResultPageSerializer,
    KpiResultSerializer,
    KpiSerializer,
    NewTargetSerializer,
    TargetSerializer,
    TargetValuesSerializer,
)
from goals.models import Kpi, KpiResult, Target
from goals.selectors.json_results import WrongKey, result_json, result_page

FILTERS = [
    OpenApiParameter("period", description="A month, quarter or year: 2017-03, 2017-Q2, 2017."),
    OpenApiParameter("kpi", description="A KPI's code, such as booked_revenue."),
    OpenApiParameter("team", description="A team's code: the team, all under it, and their people."),
    OpenApiParameter("subject", description="A person's uid."),
]
RESULT_FILTERS = [
    *FILTERS,
    OpenApiParameter("kind", enum=["person", "team"], description="Only people, or only teams."),
    OpenApiParameter("ordering", enum=list(filters.ORDERINGS), description="Default: as computed, oldest row first."),
    OpenApiParameter("limit", int, description="Rows a page, up to 500; 50 where not given."),
    OpenApiParameter("cursor", description="Where the page begins: follow `next`."),
]


@extend_schema_view(
    list=extend_schema(parameters=RESULT_FILTERS, responses=KpiResultPageSerializer),
    retrieve=extend_schema(responses=KpiResultSerializer),
    explain=extend_schema(responses=ExplanationSerializer),
)
class KpiResultViewSet(PortalViewSet[KpiResult]):
    """What was measured, with target and attainment. The page is built as JSON by PostgreSQL; `ETag` saves repeated
    transfers.
    """

    queryset = KpiResult.objects.all()
    serializer_class = KpiResultSerializer
    pagination_class = None
    filter_backends: list[Any] = []
    permissions = {"list": "goals.view_results", "retrieve": "goals.view_results", "explain": "goals.view_results"}

    def list(self, request: Request) -> HttpResponseBase:
        asked = filters.wanted(request.query_params, self.user)
        base = request.build_absolute_uri(request.path)
        try:
            page = result_page(
                viewer=self.user,
                where=asked.where,
                order=asked.order,
                after=asked.after,
                limit=asked.limit,
                chinese=_chinese(),
                base=base,
            )
        except WrongKey:
            raise UnknownFilter(
                name="cursor", given=request.query_params["cursor"][:40], allowed="the one of `next`"
            ) from None
        if page.rows == "[]":
            filters.require_kpi(asked.where.kpi)
        following = f'"{_next(request, base, page.after)}"' if page.after else "null"
        return _tagged(request, f'{{"next":{following},"previous":null,"results":{page.rows}}}'.encode())

    def retrieve(self, request: Request, uid: UUID) -> HttpResponseBase:
        result = get_visible(KpiResult, self.user, uid)
        base = request.build_absolute_uri("../")
        return _tagged(request, result_json(result_id=result.pk, chinese=_chinese(), base=base).encode())

    @action(detail=True)
    def explain(self, request: Request, uid: UUID) -> Response:  # noqa: ARG002 (DRF passes it)
        result = get_visible(KpiResult, self.user, uid)
        return Response(selectors.explanation(viewer=self.user, result=result).as_json())


def _chinese() -> bool:
    return (get_language() or "").startswith("zh")


def _next(request: Request, base: str, after: tuple[str | None, int]) -> str:
    """Parameters are percent-encoded, so that the address needs no escaping in JSON."""
    return f"{base}?{urlencode({**request.query_params.dict(), 'cursor': filters.encoded(after)})}"


def _tagged(request: Request, body: bytes) -> HttpResponseBase:
    tag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    if tag in request.headers.get("If-None-Match", ""):
        return HttpResponseNotModified(headers={"ETag": tag})
    return Response(body, headers={"ETag": tag, "Vary": "Accept-Language, Authorization, Cookie"})


class KpiViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet[Kpi]):
    """The KPI library."""

    queryset = Kpi.objects.order_by("pk")
    serializer_class = KpiSerializer
    lookup_field = "code"
    lookup_value_converter = "slug"
    permissions = {"list": "goals.view_results", "retrieve": "goals.view_results"}

    def get_queryset(self) -> Any:
        """The same for everybody: definitions are no secret."""
        return Kpi.objects.order_by("pk")


@extend_schema_view(
    list=extend_schema(parameters=FILTERS),
    create=extend_schema(request=NewTargetSerializer, responses={200: TargetSerializer, 201: TargetSerializer}),
    update=extend_schema(request=TargetValuesSerializer, responses=TargetSerializer),
)
class TargetViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, PortalViewSet[Target]):
    """What people and teams must reach. Writing one sets attainments at once; DELETE gives way to the derived
    target.
    """

    queryset = Target.objects.select_related("kpi", "person", "team", "set_by")
    serializer_class = TargetSerializer
    ordering_fields = ("id",)
    permissions = {
        "list": "goals.view_results",
        "retrieve": "goals.view_results",
        "create": "goals.edit_targets",
        "update": "goals.edit_targets",
        "destroy": "goals.edit_targets",
    }

    def filter_queryset(self, queryset: Any) -> Any:
        if self.action != "list":
            return queryset
        params = self.request.query_params
        filters.require_names(params, ("period", "kpi", "team", "subject", "limit", "cursor", "ordering"))
        wanted = {
            "period": period.code if (period := filters.period_of(params)) else None,
            "kpi": filters.kpi_of(params),
            "team": filters.team_of(params, self.user),
            "person": filters.person_of(params, self.user),
        }
        return queryset.filter(**{name: value for name, value in wanted.items() if value is not None})

    def create(self, request: Request) -> Response:
        given = NewTargetSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        subject: Person | Team
        if "person" in data:
            subject = get_visible(Person, self.user, data["person"])
        else:
            subject = get_visible(Team, self.user, code=data["team"])
        period = calendar.period(data["period"])
        column = {"person" if isinstance(subject, Person) else "team": subject}
        known = Target.objects.filter(kpi__code=data["kpi"], period=period.code, **column).exists()
        target = services.set_target(kpi=data["kpi"], subject=subject, period=period, by=self.user, **_values(data))
        return Response(TargetSerializer(target).data, status=status.HTTP_200_OK if known else status.HTTP_201_CREATED)

    def update(self, request: Request, uid: UUID) -> Response:
        given = TargetValuesSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        target = get_visible(Target, self.user, uid)
        period = calendar.period(target.period)
        changed = services.set_target(
            kpi=target.kpi.code, subject=target.subject, period=period, by=self.user, **_values(given.validated_data)
        )
        return Response(TargetSerializer(changed).data)

    def destroy(self, request: Request, uid: UUID) -> Response:  # noqa: ARG002 (DRF passes it)
        target = get_visible(Target, self.user, uid)
        period = calendar.period(target.period)
        services.clear_target(kpi=target.kpi.code, subject=target.subject, period=period, by=self.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _values(data: dict[str, Any]) -> dict[str, Any]:
    names = ("value", "threshold", "stretch", "reason")
    return {name: data[name] for name in names if name in data}
