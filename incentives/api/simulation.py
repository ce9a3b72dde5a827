"""What a plan document would cost on real results, for programs: the same selector as the page."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.doors import PortalViewSet
from core.calendar import period as period_of
from core.periods import PeriodKind
from incentives.errors import OnlyQuarters, PlanCannotBeSimulated, UnknownPlan
from incentives.forms.simulation import DEFAULT_QUARTERS, QUARTERS, last_quarters
from incentives.messages import error_text, problem_text
from incentives.models import Plan
from incentives.selectors.plan_pages import in_force
from incentives.selectors.simulation import Compared, Question, Simulation, simulate


class AskedSerializer(serializers.Serializer[Any]):
    plan = serializers.JSONField(help_text="A plan document; its schema is incentives/plan.schema.json.")
    people_of = serializers.SlugField(help_text="Code of the plan whose people it is tried on.")
    periods = serializers.ListField(
        child=serializers.CharField(max_length=8),
        required=False,
        max_length=max(QUARTERS),
        help_text="Quarters such as 2026-Q3; without them the last four that are over.",
    )
    budget = serializers.DecimalField(max_digits=16, decimal_places=2, required=False, min_value=1)


class CostSerializer(serializers.Serializer[Any]):
    """By the plan in force and by the document."""

    before = serializers.CharField()
    after = serializers.CharField()
    change = serializers.CharField()


class PeriodCostSerializer(CostSerializer):
    period = serializers.CharField()
    people = serializers.IntegerField()
    credited = serializers.CharField()


class TeamCostSerializer(CostSerializer):
    team = serializers.CharField()
    people = serializers.IntegerField()


class PersonCostSerializer(CostSerializer):
    uid = serializers.UUIDField()
    name = serializers.CharField()
    team = serializers.CharField()
    attainment = serializers.CharField(allow_null=True)
    target_pay = serializers.CharField()


class AttainmentCostSerializer(CostSerializer):
    attainment = serializers.CharField()
    of_budget = serializers.CharField(allow_null=True, help_text="Of the budget's share of a quarter.")


class UncomputedSerializer(serializers.Serializer[Any]):
    person = serializers.CharField()
    period = serializers.CharField()
    reason = serializers.CharField()


class SimulationSerializer(CostSerializer):
    currency = serializers.CharField()
    of_budget = serializers.CharField(allow_null=True)
    periods = PeriodCostSerializer(many=True)
    teams = TeamCostSerializer(many=True)
    people = PersonCostSerializer(many=True, help_text="Most changed first.")
    at_attainment = AttainmentCostSerializer(many=True)
    uncomputed = UncomputedSerializer(many=True)


class SimulationViewSet(PortalViewSet[Plan]):
    """A plan document tried on the real results of past quarters. Touches no run."""

    queryset = Plan.objects.none()
    serializer_class = AskedSerializer
    scope = "pay:read"
    permissions = {"create": "incentives.simulate"}
    reads = frozenset({"create"})

    @extend_schema(request=AskedSerializer, responses={200: SimulationSerializer})
    def create(self, request: Request) -> Response:
        """What it would have cost, and whom it changes, against the plan that these people have now."""
        given = AskedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        try:
            found = simulate(viewer=self.user, question=_question(asked))
        except PlanCannotBeSimulated as refused:
            wrong = {problem.path or "schema": [problem_text(problem)] for problem in refused.problems}
            raise serializers.ValidationError({"plan": wrong}) from refused
        return Response(_answer(found, asked))


def _question(asked: dict[str, Any]) -> Question:
    """Raises UnknownPlan, UnknownPeriod, OnlyQuarters."""
    plan = Plan.objects.filter(code=asked["people_of"]).first()
    if plan is None:
        raise UnknownPlan(code=asked["people_of"])
    periods = [period_of(code) for code in asked.get("periods") or ()]
    for period in periods:
        if period.kind != PeriodKind.QUARTER:
            raise OnlyQuarters(given=period.code)
    versions = list(plan.versions.order_by("-number"))
    chosen = sorted(periods, key=lambda period: period.start) or last_quarters(DEFAULT_QUARTERS)
    against = in_force(versions, chosen[-1].end)
    newest = against or next(iter(versions), None)
    if newest is None:
        raise UnknownPlan(code=plan.code)
    return Question(content=asked["plan"], currency=newest.currency, people_of=plan.pk, periods=chosen, against=against)


def _answer(found: Simulation, asked: dict[str, Any]) -> dict[str, Any]:
    budget, count = asked.get("budget"), len(found.periods)

    def of_budget(amount: Any) -> str | None:
        return f"{amount / budget:.6f}" if budget else None

    return {
        "currency": found.currency,
        **_cost(found.pay),
        "of_budget": of_budget(found.pay.after),
        "periods": [
            {"period": cost.period, "people": cost.people, "credited": str(cost.credited), **_cost(cost.pay)}
            for cost in found.periods
        ],
        "teams": [{"team": cost.name, "people": cost.people, **_cost(cost.pay)} for cost in found.teams],
        "people": [
            {
                "uid": str(person.uid),
                "name": person.name,
                "team": person.team,
                "attainment": None if person.attainment is None else str(person.attainment),
                "target_pay": str(person.target_pay),
                **_cost(person.pay),
            }
            for person in found.people
        ],
        "at_attainment": [
            {
                "attainment": str(cost.attainment),
                **_cost(cost.pay),
                "of_budget": of_budget(cost.pay.after * count),
            }
            for cost in found.at_attainment
        ],
        "uncomputed": [
            {"person": each.person, "period": each.period, "reason": error_text(each.problem)}
            for each in found.uncomputed
        ],
    }


def _cost(pay: Compared) -> dict[str, str]:
    return {"before": str(pay.before), "after": str(pay.after), "change": str(pay.change)}
