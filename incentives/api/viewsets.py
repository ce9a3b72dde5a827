"""Plans, runs and statements for programs: the same selectors and services as the pages."""

from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import PortalViewSet
from core.errors import UnknownFilter
from core.serializers import ExplanationSerializer
from incentives import selectors, services
from incentives.api.filters import DisputeFilterSet, RunFilterSet, StatementFilterSet
from incentives.api.serializers import (
    AnswerSerializer,
    AskSerializer,
    DisputeSerializer,
    LineSerializer,
    MarkSerializer,
    PlanSerializer,
    ReturnSerializer,
    RunDetailSerializer,
    RunSerializer,
    StatementDetailSerializer,
    StatementSerializer,
    VersionSerializer,
)
from incentives.models import Dispute, Plan, PlanVersion, Run, Statement
from incentives.selectors.silence import statement_checks
from incentives.services.questions import answer_dispute, ask, withdraw_dispute

LINES_A_PAGE = 500


class PlanViewSet(ListModelMixin, RetrieveModelMixin, PortalViewSet[Plan]):
    """Incentive plans with their versions; drafts only for those who write them."""

    queryset = Plan.objects.all()
    serializer_class = PlanSerializer
    scope = "pay:read"
    lookup_field = "code"
    lookup_value_converter = "slug"
    permissions = {
        "list": "incentives.view_plans",
        "retrieve": "incentives.view_plans",
        "versions": "incentives.view_plans",
    }

    def get_queryset(self) -> QuerySet[Plan]:
        if getattr(self, "swagger_fake_view", False):
            return Plan.objects.none()
        return Plan.objects.prefetch_related(Prefetch("versions", self._versions()))

    def _versions(self) -> QuerySet[PlanVersion]:
        versions = PlanVersion.objects.order_by("-number")
        if self.user.may("incentives.edit_plans"):
            return versions
        return versions.exclude(status=PlanVersion.Status.DRAFT)

    @extend_schema(responses=VersionSerializer(many=True))
    @action(detail=True, pagination_class=None, filter_backends=[])
    def versions(self, _request: Request, code: str) -> Response:  # noqa: ARG002  (taken from the URL by get_object)
        """The versions with their documents, latest first."""
        found = self._versions().filter(plan=self.get_object())
        return Response(VersionSerializer(found, many=True).data)


class RunViewSet(ListModelMixin, RetrieveModelMixin, PortalViewSet[Run]):
    """Bonus runs. Those who only see statements find the runs that these are in."""

    queryset = Run.objects.select_related("plan", "prepared_by", "submitted_by", "approved_by")
    serializer_class = RunSerializer
    filterset_class = RunFilterSet
    ordering_fields = ("period", "calculated_at")
    scope = "pay:read"
    permissions = {
        "list": "incentives.view_runs",
        "retrieve": "incentives.view_runs",
        "submit": "incentives.submit_run",
        "approve": "incentives.approve_run",
        "send_back": "incentives.return_run",
        "mark": "incentives.pay_run",
    }

    def get_serializer_class(self) -> type[RunSerializer]:
        return RunDetailSerializer if self.action == "retrieve" else RunSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "user": self.user}

    def _answer(self, run: Run) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=run.pk)).data)

    @extend_schema(request=None, responses=RunSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, _request: Request, uid: UUID) -> Response:
        """Hand the run in for approval."""
        return self._answer(services.submit_run(run_uid=uid, by=self.user))

    @extend_schema(request=None, responses=RunSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, _request: Request, uid: UUID) -> Response:
        """Approve the run: from here on nothing in it changes."""
        return self._answer(services.approve_run(run_uid=uid, by=self.user))

    @extend_schema(request=ReturnSerializer, responses=RunSerializer)
    @action(detail=True, methods=["post"], url_path="return")
    def send_back(self, request: Request, uid: UUID) -> Response:
        """Send the run back with a reason."""
        given = ReturnSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self._answer(services.return_run(run_uid=uid, reason=given.validated_data["reason"], by=self.user))

    @extend_schema(request=MarkSerializer, responses=RunSerializer)
    @action(detail=True, methods=["post"])
    def mark(self, request: Request, uid: UUID) -> Response:
        """Say how far the payment of an approved run has come."""
        given = MarkSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        status = Run.Status(given.validated_data["status"])
        return self._answer(services.mark_run(run_uid=uid, status=status, by=self.user))


class StatementViewSet(ListModelMixin, RetrieveModelMixin, PortalViewSet[Statement]):
    """Statements: the own ones, those of the teams led, or all, as on the pages."""

    queryset = Statement.objects.select_related("run", "person", "team", "version__plan")
    serializer_class = StatementSerializer
    filterset_class = StatementFilterSet
    ordering_fields = ("total", "attainment")
    scope = "pay:read"
    permissions = {
        "list": "incentives.view_statements",
        "retrieve": "incentives.view_statements",
        "explain": "incentives.view_statements",
        "line": "incentives.view_statements",
    }

    @extend_schema(
        responses=StatementDetailSerializer,
        parameters=[OpenApiParameter("after", int, description="Lines after this position; 500 an answer.")],
    )
    def retrieve(self, request: Request, *_args: Any, uid: UUID, **_kwargs: Any) -> Response:
        """A statement with its lines, each with the sentence why."""
        detail = selectors.statement_detail(
            viewer=self.user, statement_uid=uid, after=_position(request), size=LINES_A_PAGE
        )
        lines = LineSerializer(list(detail.lines), many=True).data  # type: ignore[arg-type]  # many=True takes a list
        body = StatementSerializer(detail.statement).data
        checks = [check.as_json() for check in statement_checks(detail.statement)]
        return Response({**body, "checks": checks, "lines": lines, "next_after": detail.next_after})

    @extend_schema(responses=ExplanationSerializer)
    @action(detail=True)
    def explain(self, _request: Request, uid: UUID) -> Response:
        """What the total is made of."""
        return Response(selectors.explain_statement(viewer=self.user, statement_uid=uid).as_json())

    @extend_schema(
        responses=ExplanationSerializer, parameters=[OpenApiParameter("position", int, OpenApiParameter.PATH)]
    )
    @action(detail=True, url_path="lines/<int:position>/explain", url_name="line-explain")
    def line(self, _request: Request, uid: UUID, position: int) -> Response:
        """Why a line has its amount."""
        return Response(selectors.explain_line(viewer=self.user, statement_uid=uid, position=position).as_json())


class DisputeViewSet(ListModelMixin, RetrieveModelMixin, PortalViewSet[Dispute]):
    """Questions about pay: the own ones, those one answers, or all."""

    queryset = Dispute.objects.select_related(
        "statement__run", "statement__person", "asked_by", "owner", "answered_by", "correction"
    )
    serializer_class = DisputeSerializer
    filterset_class = DisputeFilterSet
    ordering_fields = ("due_on", "asked_at")
    scope = "pay:read"
    permissions = {
        "list": "incentives.dispute",
        "retrieve": "incentives.dispute",
        "create": "incentives.dispute",
        "answer": "incentives.answer_dispute",
        "withdraw": "incentives.dispute",
    }

    def _answer(self, dispute: Dispute, status: int = 200) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=dispute.pk)).data, status=status)

    @extend_schema(request=AskSerializer, responses={201: DisputeSerializer})
    def create(self, request: Request) -> Response:
        """Question a line of a statement, or a missing deal."""
        given = AskSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        return self._answer(ask(statement_uid=values.pop("statement"), by=self.user, **values), status=201)

    @extend_schema(request=AnswerSerializer, responses=DisputeSerializer)
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, uid: UUID) -> Response:
        """Answer a question; accepted, the difference is looked for and linked."""
        given = AnswerSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return self._answer(answer_dispute(dispute_uid=uid, by=self.user, **given.validated_data))

    @extend_schema(request=None, responses=DisputeSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, _request: Request, uid: UUID) -> Response:
        """Take an own question back."""
        return self._answer(withdraw_dispute(dispute_uid=uid, by=self.user))


def _position(request: Request) -> int:
    given = request.query_params.get("after", "0")
    if not given.isdecimal() or len(given) > 9:
        raise UnknownFilter(name="after", given=given[:20], allowed="the number of `next_after`")
    return int(given)
