"""Plans as pages show them: the list, one plan with its people, and what the editor should know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, QuerySet

from accounts.models import Person, User
from core import calendar
from core.keyset import KeysetPage, keyset_page
from goals.selectors.targets import targets_of_people
from incentives.models import Plan, PlanAssignment, PlanVersion

MEASURE_KPI = "booked_revenue"  # plans of this schema pay on the bookings target


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan with the version in force, the draft being written, and how many people it pays today."""

    plan: Plan
    in_force: PlanVersion | None
    draft: PlanVersion | None
    people: int


def plan_rows(on: date) -> list[PlanRow]:
    """All plans by name. Two queries."""
    on_plan = Count("assignments", filter=Q(assignments__during__contains=on))
    plans = Plan.objects.annotate(people=on_plan).order_by("name")
    versions: dict[int, list[PlanVersion]] = {}
    for version in PlanVersion.objects.order_by("plan", "-number"):
        versions.setdefault(version.plan_id, []).append(version)
    return [
        PlanRow(plan, in_force(versions.get(plan.pk, []), on), _draft(versions.get(plan.pk, [])), plan.people)
        for plan in plans
    ]


def in_force(versions: Sequence[PlanVersion], on: date) -> PlanVersion | None:
    """The published version that holds on a day."""
    holding = (
        version
        for version in versions
        if version.status != PlanVersion.Status.DRAFT
        and version.starts <= on
        and (version.ends is None or on < version.ends)
    )
    return next(holding, None)


def _draft(versions: Sequence[PlanVersion]) -> PlanVersion | None:
    return next((version for version in versions if version.status == PlanVersion.Status.DRAFT), None)


def previous_version(version: PlanVersion) -> PlanVersion | None:
    """What a version is compared with: the one it is based on, else the number before."""
    if version.based_on is not None:
        return version.based_on
    return PlanVersion.objects.filter(plan=version.plan, number__lt=version.number).order_by("-number").first()


def _payees(viewer: User) -> QuerySet[Person]:
    """The people whose pay at target the viewer may see: that of analysts' many people stays closed to them."""
    if viewer.may("incentives.assign_plans") or viewer.may("incentives.view_team_pay"):
        return Person.objects.visible_to(viewer)
    return Person.objects.filter(user=viewer)


def assignments(*, viewer: User, plan: Plan, words: str = "", after: str = "") -> KeysetPage[PlanAssignment]:
    """Who is or was on the plan, of the people whose pay `viewer` may see; by name, a page at a time. One query."""
    rows = PlanAssignment.objects.filter(plan=plan, person__in=_payees(viewer).values("pk"))
    if words:
        rows = rows.filter(person__name__icontains=words)
    return keyset_page(rows.select_related("person"), order=("person__name", "pk"), after=after)


def paid_people(plan: Plan, on: date) -> QuerySet[PlanAssignment]:
    """Assignments that pay somebody on a day."""
    return PlanAssignment.objects.filter(plan=plan, during__contains=on)


def people_without_target(version: PlanVersion) -> list[str]:
    """Names of those whom the version pays on its first day and who have no bookings target for that quarter.

    None are named for a plan that pays without a target, such as an override alone. Five queries at most.
    """
    if not any(component.get("kind") == "marginal_tiers" for component in version.content.get("components", ())):
        return []
    period = calendar.period_on(version.starts)
    targets = targets_of_people(kpi=MEASURE_KPI, period=period)
    people = paid_people(version.plan, version.starts).order_by("person__name").values_list("person", "person__name")
    return [name for pk, name in people if pk not in targets]


@dataclass(frozen=True, slots=True)
class TypicalCase:
    """An everyday case of the plan, in round numbers: bookings target and pay at target of a quarter."""

    quota: Decimal
    target_pay: Decimal


def typical_case(plan: Plan, on: date) -> TypicalCase:
    """The mean over the people whom the plan pays on a day; where there are none, an example of HR's handbooks."""
    pays = dict(paid_people(plan, on).values_list("person", "target_pay"))
    targets = targets_of_people(kpi=MEASURE_KPI, period=calendar.period_on(on)) if pays else {}
    quotas = [targets[pk] for pk in pays if pk in targets]
    return TypicalCase(_round_mean(quotas, Decimal(30000)), _round_mean(list(pays.values()), Decimal(9000)))


def _round_mean(values: Sequence[Decimal], otherwise: Decimal) -> Decimal:
    """The mean to two digits, which is what an example needs."""
    if not any(values):
        return otherwise
    return Decimal(f"{sum(values, Decimal(0)) / len(values):.2g}").quantize(Decimal(1))
