"""Plans, credits and targets for tests: the smallest valid thing.

published_plan(kam_content())                    a plan in force since 2020
put_on(plan, person, "5400")                     the person is paid by it
credit(person, "4936", on)                       a won deal, credited in full
quota(person, "30000", "2026-Q3")                the person's bookings target
ready_run("2026-Q3")                             calculated, in this process
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from accounts.access import Role
from accounts.models import Person, User
from core.calendar import period as period_of
from crm.models import Credit, KeyAccount, Opportunity, Product
from goals.models import Kpi, Target
from incentives import services
from incentives.models import Plan, PlanAssignment, Run
from incentives.services.demo import kam_content, manager_content
from tests.accounts.factories import person_with_role

__all__ = [
    "approved_run",
    "calculated_run",
    "credit",
    "kam_content",
    "manager_content",
    "open_deal",
    "published_plan",
    "put_on",
    "quota",
    "tiers_content",
]

_numbers = count(1)
SINCE = date(2016, 1, 1)


def tiers_content(*tiers: tuple[str, str | None, str], cap: str | None = None, **fields: Any) -> dict[str, Any]:
    """A document with one component of marginal tiers on attainment, weight 1."""
    component = {
        "key": "commission",
        "name": {"en": "Commission", "zh": "提成"},
        "kind": "marginal_tiers",
        "basis": "attainment",
        "weight": "1",
        "tiers": [{"from": start, "to": end, "rate": rate} for start, end, rate in tiers],
    } | fields
    component = {key: value for key, value in component.items() if value is not ...}
    return {"schema": 1, "measure": "booked_revenue", "period": "quarter", "components": [component], "cap": cap}


def published_plan(content: dict[str, Any] | None = None, *, code: str | None = None, currency: str = "USD") -> Plan:
    number = next(_numbers)
    plan = services.create_plan(code=code or f"plan-{number}", name=f"Plan {number}", by=None)
    draft = services.create_draft(plan=plan, starts=SINCE, by=None, content=content or kam_content(), currency=currency)
    services.publish(version_uid=draft.uid, by=None)
    return plan


def put_on(plan: Plan, person: Person, target_pay: str = "5400", starts: date = SINCE) -> PlanAssignment:
    return services.assign(
        plan_code=plan.code, person_uid=person.uid, target_pay=Decimal(target_pay), starts=starts, by=None
    )


def a_product() -> Product:
    return Product.objects.get_or_create(name="GTX Pro", defaults={"list_price": 4821, "currency": "USD"})[0]


def open_deal(person: Person, amount: str, on: date = date(2026, 6, 1)) -> Opportunity:
    """An open deal that is expected to bring `amount`."""
    return Opportunity.objects.create(
        external_id=f"O-{next(_numbers)}",
        owner=person,
        product=a_product(),
        stage=Opportunity.Stage.ENGAGING,
        engaged_on=on,
        amount=Decimal(amount),
        currency="USD",
    )


def credit(person: Person, amount: str, on: date, *, share: str = "1", currency: str = "USD") -> Credit:
    """A won deal with one credit. A negative amount stands for a refund of credit."""
    account = KeyAccount.objects.get_or_create(name="Isdom")[0]
    deal = Opportunity.objects.create(
        external_id=f"O-{next(_numbers)}",
        owner=person,
        product=a_product(),
        key_account=account,
        stage=Opportunity.Stage.WON,
        closed_on=on,
        amount=abs(Decimal(amount)),
        currency=currency,
    )
    return Credit.objects.create(
        opportunity=deal, person=person, share=Decimal(share), amount=Decimal(amount), currency=currency, credited_on=on
    )


def bookings_kpi() -> Kpi:
    words = {"name_en": "Booked revenue", "name_zh": "签约额", "definition_en": "-", "definition_zh": "-"}
    fields = words | {"unit": Kpi.Unit.MONEY, "aggregation": Kpi.Aggregation.SUM, "source": "booked_revenue"}
    return Kpi.objects.get_or_create(code="booked_revenue", defaults=fields)[0]


def quota(person: Person, amount: str, period: str) -> Target:
    span = period_of(period)
    return Target.objects.create(
        kpi=bookings_kpi(), person=person, period=period, starts=span.start, ends=span.end, value=Decimal(amount)
    )


def calculated_run(
    period: str = "2026-Q3", *, kind: str = Run.Kind.FINAL, by: User | None = None, plan_code: str | None = None
) -> Run:
    run, job = services.start_run(period=period, kind=kind, by=by, plan_code=plan_code, queue=False)
    return services.calculate_run(run_id=run.pk, job_id=job.pk)


def amounts(run: Run, person: Person) -> Sequence[Decimal]:
    """The amounts of a person's lines, in order."""
    statement = run.statements.get(person=person)
    return list(statement.lines.order_by("position").values_list("amount", flat=True))


def approved_run(period: str = "2026-Q3") -> Run:
    """Calculated and handed in by HR, approved by a director."""
    preparer, approver = person_with_role(Role.HR).user, person_with_role(Role.DIRECTOR).user
    run = calculated_run(period, by=preparer)
    services.submit_run(run_uid=run.uid, by=preparer)
    return services.approve_run(run_uid=run.uid, by=approver)
