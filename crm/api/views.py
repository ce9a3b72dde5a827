"""Key accounts and opportunities for programs: the rows and filters of the pages, flat, as the database gives them."""

from typing import Any, ClassVar, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import F, OuterRef, QuerySet, Subquery
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import PortalViewSet
from accounts.doors import get_visible
from core.calendar import period, period_on, today
from core.errors import NotFound, UnknownFilter
from core.serializers import ExplanationSerializer
from crm.api.filters import KeyAccountFilterSet, OpportunityFilterSet
from crm.api.serializers import KeyAccountSerializer, OpportunitySerializer
from crm.models import KeyAccount, KeyAccountOwner, Opportunity
from crm.selectors import DealFilter, explanations
from crm.selectors.deal_explanation import explain_deal

M = TypeVar("M", bound=models.Model)


class FlatViewSet(PortalViewSet[M]):
    """Lists and shows rows as `values`: no model object and no nested serializer a row.

    columns  name in the answer -> where it comes from (a field, a path, or an annotation of `flat_rows`)
    """

    columns: ClassVar[dict[str, Any]] = {}
    ordering_fields: ClassVar[tuple[str, ...]] = ()

    def flat_rows(self, rows: QuerySet[M]) -> QuerySet[M]:
        return rows

    def _values(self, rows: QuerySet[M]) -> Any:
        renamed = {f"out_{name}": F(path) if isinstance(path, str) else path for name, path in self.columns.items()}
        return self.flat_rows(rows).annotate(**renamed).values("id", *self.ordering_fields, *renamed)

    def _shown(self, row: dict[str, Any]) -> dict[str, Any]:
        return {name: row[f"out_{name}"] for name in self.columns}

    def list(self, _request: Request) -> Response:
        page = self.paginate_queryset(self._values(self.filter_queryset(self.get_queryset())))
        return self.get_paginated_response([self._shown(row) for row in page or ()])

    def retrieve(self, _request: Request, uid: Any) -> Response:
        row = self._values(self.get_queryset().filter(uid=uid)).first()
        if row is None:
            raise NotFound
        return Response(self._shown(row))


class KeyAccountViewSet(FlatViewSet[KeyAccount]):
    """Key accounts that the login may see."""

    queryset = KeyAccount.objects.all()
    serializer_class = KeyAccountSerializer
    filterset_class = KeyAccountFilterSet
    ordering_fields = ("name",)
    permissions = dict.fromkeys(("list", "retrieve", "explain"), "crm.view_accounts")
    columns = {
        **{name: name for name in ("uid", "name", "sector", "country", "founded", "annual_revenue", "employees")},
        "parent": "parent__uid",
        "owner": "owner_uid",
        "owner_name": "owner_name",
    }

    @extend_schema(
        responses=ExplanationSerializer,
        parameters=[
            OpenApiParameter("figure", enum=list(explanations.FIGURES), description="By default won-in-period."),
            OpenApiParameter("period", description="A month, quarter or year; by default the present quarter."),
            OpenApiParameter("family", bool, description="With the subsidiaries."),
        ],
    )
    @action(detail=True)
    def explain(self, request: Request, uid: UUID) -> Response:
        """How a figure of the account came about, over the deals that are open to the login."""
        asked = request.query_params
        account = get_visible(KeyAccount, self.user, uid)
        code, figure = asked.get("period", ""), asked.get("figure") or "won-in-period"
        if figure not in explanations.FIGURES:
            raise UnknownFilter(name="figure", given=figure[:40], allowed=", ".join(explanations.FIGURES))
        explanation = explanations.explain_account_figure(
            viewer=self.user,
            figure=figure,
            chosen=DealFilter(account=account, family=asked.get("family", "").lower() in {"1", "on", "true"}),
            period=period(code) if code else period_on(today()),
            on=today(),
        )
        return Response(explanation.as_json())

    def flat_rows(self, rows: QuerySet[KeyAccount]) -> QuerySet[KeyAccount]:
        owner = KeyAccountOwner.objects.filter(key_account=OuterRef("pk"), during__contains=today())
        return rows.annotate(
            owner_uid=Subquery(owner.values("person__uid")[:1]), owner_name=Subquery(owner.values("person__name")[:1])
        )


class OpportunityViewSet(FlatViewSet[Opportunity]):
    """Deals of the people whose work is open to the login."""

    queryset = Opportunity.objects.all()
    serializer_class = OpportunitySerializer
    filterset_class = OpportunityFilterSet
    ordering_fields = ("amount", "external_id")
    permissions = dict.fromkeys(("list", "retrieve", "explain"), "crm.view_deals")
    columns = {
        "uid": "uid",
        "external_id": "external_id",
        "stage": "stage",
        "product_name": "product__name",
        "key_account": "key_account__uid",
        "key_account_name": "key_account__name",
        "owner": "owner__uid",
        "owner_name": "owner__name",
        "engaged_on": "engaged_on",
        "closed_on": "closed_on",
        "amount": "amount",
        "currency": "currency",
    }

    @extend_schema(responses=ExplanationSerializer)
    @action(detail=True)
    def explain(self, _request: Request, uid: UUID) -> Response:
        """How the deal's amount came about."""
        deal = get_visible(Opportunity, self.user, uid)
        return Response(explain_deal(deal=deal, on=today()).as_json())
