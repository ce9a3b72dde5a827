"""Plan letters: who has to sign which version, who has, and the own case that a letter is written for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery

from accounts.access import Role
from accounts.models import Person, User
from core import calendar
from core.errors import DomainError, NotFound
from core.keyset import KeysetPage, keyset_page
from core.periods import Period, PeriodKind
from goals.selectors.targets import targets_of_people
from incentives.models import PlanAssignment, PlanLetter, PlanVersion
from incentives.rules.document import PlanDocument
from incentives.rules.engine import CreditFact, Facts, Note, case_of, evaluate
from incentives.rules.exact import rounded
from incentives.selectors.plan_pages import MEASURE_KPI
from incentives.selectors.run_inputs import in_currency

ATTAINMENTS = (Decimal("0.8"), Decimal(1), Decimal("1.2"))
RATE_PLACES = 6


# Who has to sign


def current_versions(on: date) -> QuerySet[PlanVersion]:
    """Those that pay on a day or will pay after it, latest first: their letters are to be signed."""
    rows = PlanVersion.objects.filter(status=PlanVersion.Status.PUBLISHED).filter(Q(ends=None) | Q(ends__gt=on))
    return rows.select_related("plan").order_by("plan__name", "-starts")


def addressees(version: PlanVersion, on: date) -> "QuerySet[Any]":
    """Who is paid by the version on a day or after it, with `signed_at` and `letter` (None: not signed)."""
    letter = PlanLetter.objects.filter(person=OuterRef("person"), version=version)
    during = (max(version.starts, on), version.ends)
    rows = PlanAssignment.objects.filter(plan=version.plan_id, during__overlap=during)
    return rows.annotate(
        signed_at=Subquery(letter.values("signed_at")[:1]), letter=Subquery(letter.values("uid")[:1])
    ).select_related("person")


def _seen_by(viewer: User, rows: "QuerySet[Any]") -> "QuerySet[Any]":
    """HR: all; others: the people of the teams they lead, whose pay they see."""
    return rows if Role.HR in viewer.roles else rows.filter(person__in=Person.objects.visible_to(viewer).values("pk"))


@dataclass(frozen=True, slots=True)
class SignedCount:
    """How many of the people whom the viewer sees have signed a version."""

    version: PlanVersion
    people: int
    signed: int

    @property
    def waiting(self) -> int:
        return self.people - self.signed


def signed_counts(*, viewer: User, on: date) -> list[SignedCount]:
    """Every version whose letters are to be signed. Two queries a version, and one."""
    found = []
    for version in current_versions(on):
        rows = _seen_by(viewer, addressees(version, on))
        found.append(SignedCount(version, rows.count(), rows.exclude(signed_at=None).count()))
    return found


def letter_rows(
    *, viewer: User, version: PlanVersion, on: date, only: str = "", words: str = "", after: str = ""
) -> KeysetPage[PlanAssignment]:
    """The people of a version by name; `only` "waiting" or "signed". One query."""
    rows = _seen_by(viewer, addressees(version, on))
    if only:
        rows = rows.filter(signed_at__isnull=only == "waiting")
    if words:
        rows = rows.filter(person__name__icontains=words)
    return keyset_page(rows, order=("person__name", "pk"), after=after)


def unsigned(version: PlanVersion, on: date, viewer: User | None = None) -> "QuerySet[Any]":
    """Who has a login and has not signed; of all people, or of those whom the viewer sees."""
    rows = addressees(version, on).filter(signed_at=None, person__user__is_active=True)
    return rows if viewer is None else _seen_by(viewer, rows)


def letters_to_sign(person: Person, on: date) -> list[PlanVersion]:
    """What a person has still to sign, by plan, the latest first. Three queries."""
    held = list(person.plan_assignments.filter(during__overlap=(on, None)))
    signed = set(person.plan_letters.values_list("version", flat=True))
    versions = current_versions(on).filter(plan__in={row.plan_id for row in held}).exclude(pk__in=signed)
    return [version for version in versions if any(_pays(version, row, on) for row in held)]


def _pays(version: PlanVersion, row: PlanAssignment, on: date) -> bool:
    """Whether somebody is paid by the version under an assignment, on a day or after it."""
    first, last = row.during.lower, row.during.upper
    return (
        row.plan_id == version.plan_id
        and (last is None or last > max(version.starts, on))
        and (version.ends is None or first is None or first < version.ends)
    )


# The own case


@dataclass(frozen=True, slots=True)
class TierInMoney:
    """From one credit to another (None: open), what each unit of credit pays, and what has been earned at its end."""

    start: Decimal
    end: Decimal | None
    rate: Decimal
    earned: Decimal | None


@dataclass(frozen=True, slots=True)
class LetterExample:
    attainment: Decimal
    credit: Decimal
    pay: Decimal
    notes: Sequence[Note]


@dataclass(frozen=True, slots=True)
class LetterCase:
    """A version for one person: the target and pay at target of the quarter that the letter speaks of.

    quota   in the plan's currency; None: there is no target yet
    tiers   by component, for those that follow the own credits
    """

    person: Person
    version: PlanVersion
    assignment: PlanAssignment
    period: Period
    plan: PlanDocument
    quota: Decimal | None
    tiers: dict[str, Sequence[TierInMoney]]
    most: Decimal | None
    examples: Sequence[LetterExample]


def letter_case(*, person: Person, version_uid: UUID, on: date) -> LetterCase:
    """What the letter of a version is written from. Raises NotFound where the person is not paid by it."""
    version = current_versions(on).filter(uid=version_uid).first()
    assignment = addressees(version, on).filter(person=person).order_by("during").first() if version else None
    if version is None or assignment is None:
        raise NotFound
    period = calendar.period_on(max(on, version.starts, assignment.during.lower or on), PeriodKind.QUARTER)
    plan = PlanDocument.parse(version.content)
    quota = _quota(person, period, version.currency)
    facts = Facts(version.currency, quota, assignment.target_pay)
    case = case_of(plan, facts)
    most = None if plan.cap is None else rounded(Fraction(plan.cap) * Fraction(assignment.target_pay), case.places)
    return LetterCase(
        person, version, assignment, period, plan, quota, _tiers(plan, facts), most, _examples(plan, facts, period)
    )


def _quota(person: Person, period: Period, currency: str) -> Decimal | None:
    quota = targets_of_people(kpi=MEASURE_KPI, period=period).get(person.pk)
    if quota is None:
        return None
    try:
        return in_currency(quota, settings.COMPANY_CURRENCY, currency, period.start)
    except DomainError:
        return None


def _tiers(plan: PlanDocument, facts: Facts) -> dict[str, Sequence[TierInMoney]]:
    """Bounds, rates and pay of the own case, asked of the engine, so that every kind that follows credits has them."""
    case = case_of(plan, facts)
    found = {}
    for component in plan.components:
        bounds = sorted({Fraction(0), *(bound for bound in component.bounds(case) if bound > 0)})
        if not component.reads_credits or (facts.quota is None and len(bounds) == 1):
            continue

        def pay(credit: Fraction, component: Any = component) -> Fraction:
            return Fraction(component.pay_at(case, credit))

        pieces = [*pairwise(bounds), (bounds[-1], None)]
        found[component.key] = [_tier(pay, start, end, case.places) for start, end in pieces]
    return {key: rows for key, rows in found.items() if any(row.rate or row.earned for row in rows)}


def _tier(pay: Any, start: Fraction, end: Fraction | None, places: int) -> TierInMoney:
    """The rate between two credits inside the tier, so that a jump at its bound is not in it."""
    width = (end - start) if end is not None else max(start, Fraction(1))
    low, high = start + width / 3, start + 2 * width / 3
    rate = (pay(high) - pay(low)) / (high - low)
    earned = None if end is None else rounded(pay(end), places)
    return TierInMoney(
        rounded(start, places), None if end is None else rounded(end, places), rounded(rate, RATE_PLACES), earned
    )


def _examples(plan: PlanDocument, facts: Facts, period: Period) -> list[LetterExample]:
    """At 80, 100 and 120 % of the own target, by the engine that writes the statements."""
    if not facts.quota:
        return []
    found = []
    for at in ATTAINMENTS:
        credit = at * facts.quota
        deals = [CreditFact(period.start, 1, credit)]
        outcome = evaluate(plan, Facts(facts.currency, facts.quota, facts.target_pay, deals))
        found.append(LetterExample(at, credit, outcome.total, outcome.notes))
    return found
