"""The demo company's plans: one for KAMs, one for the managers of teams, with everybody on theirs.

Pay at target is derived openly: a KAM's is 5 % of the mean quarterly target, a manager's what the override pays on the
mean quarterly target of the team's members, both to the next 100. Who has no target gets the middle one of the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from django.db import transaction

from accounts.models import Leadership, Membership, Person, Team, User
from core.periods import Period
from goals.selectors.targets import targets_of_people
from incentives.models import Plan, PlanVersion
from incentives.rules.document import SCHEMA
from incentives.services.assignments import assign
from incentives.services.plans import create_draft, create_plan, publish

SHARE_OF_QUOTA = Decimal("0.05")
OVERRIDE_RATE = Decimal("0.004")
STEP = Decimal(100)


def kam_content(*, top_rate: str = "2.5") -> dict[str, Any]:
    """Half the base rate up to 50 %, more than the base rate up to target, double and more above; at most twice
    target pay."""
    return {
        "schema": SCHEMA,
        "measure": "booked_revenue",
        "period": "quarter",
        "components": [
            {
                "key": "new-business",
                "name": {"en": "New business commission", "zh": "新业务提成"},
                "kind": "marginal_tiers",
                "basis": "attainment",
                "weight": "1",
                "tiers": [
                    {"from": "0", "to": "0.5", "rate": "0.5"},
                    {"from": "0.5", "to": "1", "rate": "1.5"},
                    {"from": "1", "to": "1.3", "rate": "2"},
                    {"from": "1.3", "to": None, "rate": top_rate},
                ],
            }
        ],
        "cap": "2",
    }


def manager_content() -> dict[str, Any]:
    """A rate on all that the team books."""
    return {
        "schema": SCHEMA,
        "measure": "booked_revenue",
        "period": "quarter",
        "components": [
            {
                "key": "team-override",
                "name": {"en": "Team override", "zh": "团队管理提成"},
                "kind": "team_override",
                "rate": str(OVERRIDE_RATE),
                "threshold": "0",
            }
        ],
        "cap": None,
    }


@dataclass(frozen=True, slots=True)
class DemoPlans:
    kam: Plan
    manager: Plan


@transaction.atomic
def ensure_demo_plan(*, starts: date, year: int, periods: Sequence[Period], by: User | None = None) -> DemoPlans:
    """Both plans, published from `starts`, everybody assigned from then on, and a draft of next year's KAM plan.

    starts   first day of the data
    year     goes into the plans' names
    periods  quarters whose targets pay at target is derived from

    A plan that is there already is left as it is.
    """
    quotas = _mean_quotas(periods)
    kams = _assign_kams(_plan("kam-plan", f"KAM plan {year}", kam_content(), starts, by), quotas, starts, by)
    managers = _plan("manager-plan", f"Manager plan {year}", manager_content(), starts, by)
    _assign_managers(managers, quotas, starts, by)
    if not kams.versions.filter(status=PlanVersion.Status.DRAFT).exists():
        create_draft(plan=kams, starts=date(year + 1, 1, 1), by=by, content=kam_content(top_rate="3"))
    return DemoPlans(kams, managers)


def _plan(code: str, name: str, content: dict[str, Any], starts: date, by: User | None) -> Plan:
    plan = Plan.objects.filter(code=code).first()
    if plan is None:
        plan = create_plan(code=code, name=name, by=by)
        publish(version_uid=create_draft(plan=plan, starts=starts, by=by, content=content).uid, by=by)
    return plan


def _mean_quotas(periods: Sequence[Period]) -> dict[int, Decimal]:
    """Mean quarterly target by person id, over the quarters that have one."""
    found: dict[int, list[Decimal]] = {}
    for period in periods:
        for person_id, value in targets_of_people(kpi="booked_revenue", period=period).items():
            found.setdefault(person_id, []).append(value)
    return {person_id: sum(values, Decimal(0)) / len(values) for person_id, values in found.items()}


def _assign_kams(plan: Plan, quotas: Mapping[int, Decimal], starts: date, by: User | None) -> Plan:
    people = Person.objects.filter(memberships__team__kind=Team.Kind.TEAM).exclude(leaderships__isnull=False)
    pays = {
        person: to_hundreds(quotas[person.pk] * SHARE_OF_QUOTA) for person in people.distinct() if person.pk in quotas
    }
    _assign(plan, people.distinct(), pays, starts, by)
    return plan


def _assign_managers(plan: Plan, quotas: Mapping[int, Decimal], starts: date, by: User | None) -> None:
    pays: dict[Person, Decimal] = {}
    for leadership in Leadership.objects.filter(team__kind=Team.Kind.TEAM).select_related("person", "team"):
        members = Membership.objects.filter(team=leadership.team).values_list("person", flat=True).distinct()
        booked = sum((quotas.get(person_id, Decimal(0)) for person_id in members), Decimal(0))
        if booked:
            pays[leadership.person] = to_hundreds(booked * OVERRIDE_RATE)
    leaders = Person.objects.filter(leaderships__team__kind=Team.Kind.TEAM).distinct()
    _assign(plan, leaders, pays, starts, by)


def _assign(
    plan: Plan, people: Iterable[Person], pays: Mapping[Person, Decimal], starts: date, by: User | None
) -> None:
    usual = to_hundreds(Decimal(median(pays.values()))) if pays else STEP
    on_a_plan = set(Person.objects.filter(plan_assignments__isnull=False).values_list("pk", flat=True))
    for person in people:
        if person.pk not in on_a_plan:
            assign(plan_code=plan.code, person_uid=person.uid, target_pay=pays.get(person, usual), starts=starts, by=by)


def to_hundreds(amount: Decimal) -> Decimal:
    """To the next 100, at least 100."""
    return max(STEP, (amount / STEP).quantize(Decimal(1), rounding=ROUND_HALF_UP) * STEP)
