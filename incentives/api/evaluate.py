"""A plan and one person's facts in, the explained statement out: nothing is read from the database or written to it."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import PortalViewSet
from incentives import messages
from incentives.models import Plan
from incentives.rules.document import InvalidPlan
from incentives.rules.facts_document import InvalidFacts
from incentives.rules.reading import Problem
from incentives.selectors.plan_evaluation import evaluated


class EvaluateSerializer(serializers.Serializer[Any]):
    plan = serializers.JSONField(help_text="A plan document, as the editor exports it: incentives/plan.schema.json.")
    facts = serializers.JSONField(help_text="One person's facts: incentives/facts.schema.json.")


class EvaluateViewSet(PortalViewSet[Plan]):
    """What a plan document pays for one person's facts, with a reason a line. The same as `manage.py evaluate_plan`."""

    queryset = Plan.objects.none()
    serializer_class = EvaluateSerializer
    pagination_class = None
    filter_backends = ()
    permissions = {"create": "incentives.view_plans"}

    @extend_schema(request=EvaluateSerializer, responses=OpenApiTypes.OBJECT)
    def create(self, request: Request) -> Response:
        """The statement. 422 names each field of the plan or the facts that is wrong."""
        given = EvaluateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            return Response(evaluated(given.validated_data["plan"], given.validated_data["facts"]))
        except InvalidPlan as error:
            raise _refused("plan", error.problems) from None
        except InvalidFacts as error:
            raise _refused("facts", error.problems) from None
        except ArithmeticError:
            raise serializers.ValidationError({"facts": [str(messages.ERRORS["amount_too_large"])]}) from None


def _refused(what: str, problems: Sequence[Problem]) -> serializers.ValidationError:
    """The sentences by the path of the field."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(f"{what}.{problem.path}".rstrip("."), []).append(messages.problem_text(problem))
    return serializers.ValidationError(found)
