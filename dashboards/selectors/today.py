"""What the start pages show, one dataclass a role."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef

from accounts.models import Person, Team, User
from core.periods import Period
from crm import selectors as crm
from crm.models import Opportunity
from dashboards.selectors.administrator import IMPORTS_SHOWN, Imported, latest_imports
from dashboards.selectors.overview import ChildRow, children, same_point
from goals import selectors as goals
from goals.models import Target
from incentives import selectors as pay
from incentives.models import PlanAssignment, PlanVersion, Run, Statement
from training import selectors as training

OPEN_DEALS = 8
RUNS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class KamToday:
    person: Person
    figures: dict[str, goals.Figure]
    pace: goals.Pace
    bonus: pay.BonusSoFar | None
    deals: Sequence[Opportunity]
    deals_total: int
    promises: Sequence[training.Promise]
    statement: Statement | None


def kam_today(*, viewer: User, person: Person, period: Period, today: date) -> KamToday:
    deals, total = crm.open_deals_of(viewer=viewer, subject=person, most=OPEN_DEALS)
    return KamToday(
        person=person,
        figures=goals.figures(viewer=viewer, subject=person, period=period, compare=period.previous),
        pace=goals.pace(period=period, on=today),
        bonus=pay.bonus_so_far(person=person, period=period),
        deals=deals,
        deals_total=total,
        promises=training.open_actions(user=viewer, on=today),
        statement=pay.latest_statement(person=person),
    )


@dataclass(frozen=True, slots=True)
class ManagerToday:
    person: Person
    team: Team | None
    figures: dict[str, goals.Figure]
    pace: goals.Pace
    same_point: Mapping[str, Decimal]
    talks: Sequence[training.Talk]
    people: Sequence[ChildRow]
    promises: Sequence[training.Promise]


def manager_today(*, viewer: User, person: Person, team: Team | None, period: Period, today: date) -> ManagerToday:
    """`team` is the one the manager leads; None for somebody with the role but no team yet."""
    compare = period.previous
    rows = (
        children(viewer=viewer, team=team, period=period, compare=compare, level="people", today=today) if team else []
    )
    return ManagerToday(
        person=person,
        team=team,
        figures=goals.figures(viewer=viewer, subject=team, period=period, compare=compare) if team else {},
        pace=goals.pace(period=period, on=today),
        same_point=same_point(subject=team, compare=compare, period=period, today=today) if team else {},
        talks=training.next_talks(manager=person, on=today),
        people=rows,
        promises=training.open_actions(user=viewer, on=today),
    )


@dataclass(frozen=True, slots=True)
class HrToday:
    """`without_target`, `without_plan`: people paid by results who lack one today."""

    runs: Sequence[Run]
    drafts: Sequence[PlanVersion]
    without_target: Sequence[Person]
    without_plan: Sequence[Person]
    imports: Sequence[Imported]
    people: int
    bonus: Decimal
    pay: Sequence[pay.PayPoint]
    last_day: date


def hr_today(*, viewer: User, period: Period, today: date) -> HrToday:
    working = Person.objects.visible_to(viewer).filter(memberships__during__contains=today)
    has_target = Target.objects.filter(person=OuterRef("pk"), period=period.code, kpi__code="booked_revenue")
    has_plan = PlanAssignment.objects.filter(person=OuterRef("pk"), during__contains=today)
    company = Team.objects.filter(kind=Team.Kind.COMPANY).first()
    costs = pay.bonus_costs(subjects=[company], period=period) if company else {}
    runs = list(Run.objects.visible_to(viewer).order_by("-starts", "-pk")[:RUNS_SHOWN])
    return HrToday(
        runs=runs,
        drafts=list(PlanVersion.objects.filter(status=PlanVersion.Status.DRAFT).select_related("plan")[:RUNS_SHOWN]),
        without_target=list(working.filter(~Exists(has_target))[:20]),
        without_plan=list(working.filter(~Exists(has_plan))[:20]),
        imports=latest_imports(IMPORTS_SHOWN),
        people=working.count(),
        bonus=sum((cost.amount for cost in costs.values()), Decimal(0)),
        pay=pay.pay_against_attainment(viewer=viewer, run=runs[0]) if runs else [],
        last_day=period.end - timedelta(days=1),
    )


def led_team(person: Person, today: date) -> Team | None:
    """The team a person leads today."""
    return Team.objects.filter(leaderships__person=person, leaderships__during__contains=today).order_by("path").first()
