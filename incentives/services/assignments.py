"""Who is paid by which plan, with which pay at target, since when."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import Person, User
from core import formats
from core.audit import acting
from core.errors import NotFound
from incentives.errors import EndsBeforeItStarts, OverlappingAssignment, TargetPayIsNotPositive, UnknownPlan
from incentives.models import Plan, PlanAssignment, PlanVersion


@transaction.atomic
def assign(
    *,
    plan_code: str,
    person_uid: UUID,
    target_pay: Decimal,
    starts: date,
    by: User | None,
    ends: date | None = None,
) -> PlanAssignment:
    """Put a person on a plan from a day on (until before `ends`), in the currency of the plan's newest version.

    Raises UnknownPlan, NotFound, TargetPayIsNotPositive, EndsBeforeItStarts, OverlappingAssignment.
    """
    plan = Plan.objects.filter(code=plan_code).first()
    if plan is None:
        raise UnknownPlan(code=plan_code)
    # The person's row is locked, so that of two assignments at the same moment the second sees the first.
    person = Person.objects.select_for_update().filter(uid=person_uid).first()
    if person is None:
        raise NotFound
    if target_pay <= 0:
        raise TargetPayIsNotPositive
    if ends is not None and ends <= starts:
        raise EndsBeforeItStarts(starts=formats.day(starts))
    other = person.plan_assignments.filter(during__overlap=(starts, ends)).select_related("plan").first()
    if other is not None:
        raise OverlappingAssignment(person=person.name, plan=other.plan.name)
    with acting(by, "plan.assigned"):
        return PlanAssignment.objects.create(
            plan=plan, person=person, during=(starts, ends), target_pay=target_pay, currency=_currency(plan)
        )


def _currency(plan: Plan) -> str:
    newest = PlanVersion.objects.filter(plan=plan).order_by("-number").values_list("currency", flat=True).first()
    return newest or settings.COMPANY_CURRENCY


@transaction.atomic
def end_assignment(*, assignment_uid: UUID, ends: date, by: User) -> PlanAssignment:
    """Take a person off a plan from `ends` on. Raises NotFound, EndsBeforeItStarts."""
    rows = PlanAssignment.objects.select_for_update(of=("self",)).select_related("plan", "person")
    assignment = rows.filter(uid=assignment_uid).first()
    if assignment is None:
        raise NotFound
    starts = assignment.during.lower
    if starts is None or ends <= starts:  # `assign` always gives a first day
        raise EndsBeforeItStarts(starts=formats.day(starts) if starts else formats.DASH)
    assignment.during = (starts, ends)
    with acting(by, "plan.assignment_ended"):
        assignment.save(update_fields=["during"])
    assignment.refresh_from_db(fields=["during"])
    return assignment
