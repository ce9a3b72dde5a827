"""Pay for dashboards: what it costs by team and person, where one stands, and what open deals would add."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Person, Team, User
from core import formats
from core.calendar import today
from core.errors import DomainError
from core.periods import Period, PeriodKind
from crm.models import Credit, Opportunity
from incentives import messages
from incentives.models import PlanVersion, Run, Statement
from incentives.rules.component import Case
from incentives.rules.curve import payout_curve
from incentives.rules.document import PlanDocument
from incentives.rules.engine import CreditFact, Facts, Outcome, case_of, evaluate
from incentives.rules.exact import rounded
from incentives.selectors.run_inputs import Payee, in_currency, payee_of
from incentives.selectors.statements import facts_of, plan_of

Key = tuple[Literal["person", "team"], int]

CURVE_TO = Decimal("1.6")
SHARE_PLACES = 6

# Of each person and quarter the approved statement with what corrects it, else the provisional one; a team has all
# whose team lies under it.
COSTS = """
WITH counted AS (
    SELECT s.person_id, s.total, s.currency, team.path, r.code, r.starts, r.kind <> 'provisional' AS is_final
    FROM incentives_run r
    JOIN incentives_statement s ON s.run_id = r.id
    LEFT JOIN accounts_team team ON team.id = s.team_id
    WHERE r.starts >= %(starts)s AND r.ends <= %(ends)s AND (
        r.approved_at IS NOT NULL OR r.kind = 'provisional' AND NOT EXISTS (
            SELECT FROM incentives_statement paid JOIN incentives_run fixed ON fixed.id = paid.run_id
            WHERE paid.person_id = s.person_id AND fixed.period = r.period AND fixed.kind = 'final'
                AND fixed.approved_at IS NOT NULL
        )
    )
), joined AS (
    SELECT 'person' AS kind, person_id AS id, counted.* FROM counted WHERE person_id = ANY(%(people)s)
    UNION ALL
    SELECT 'team', asked.id, counted.* FROM unnest(%(teams)s::bigint[], %(paths)s::text[]) AS asked(id, path)
    JOIN counted ON starts_with(counted.path, asked.path)
)
SELECT kind, id, sum(total), max(currency), (array_agg(code ORDER BY starts DESC, is_final DESC, code))[1],
bool_and(is_final),
    count(DISTINCT person_id)
FROM joined GROUP BY kind, id
"""


@dataclass(frozen=True, slots=True)
class BonusCost:
    """What the statements of a subject pay. `is_final`: all of them are approved; `run_code` the latest run's."""

    amount: Decimal
    currency: str
    run_code: str
    is_final: bool
    people: int


def bonus_costs(*, subjects: Sequence[Person | Team], period: Period) -> dict[Key, BonusCost]:
    """Cost by subject for the quarters inside a period; who has no statement is absent. One query, however many
    subjects."""
    teams = [subject for subject in subjects if isinstance(subject, Team)]
    values: dict[str, Any] = {
        "starts": period.start,
        "ends": period.end,
        "people": [subject.pk for subject in subjects if isinstance(subject, Person)],
        "teams": [team.pk for team in teams],
        "paths": [team.path for team in teams],
    }
    with connection.cursor() as cursor:
        cursor.execute(COSTS, values)
        return {(kind, row_id): BonusCost(*cost) for kind, row_id, *cost in cursor.fetchall()}


def runs_waiting_for(*, user: User) -> list[Run]:
    """Submitted runs that this user may approve, oldest first. One query."""
    if not user.may("incentives.approve_run"):
        return []
    waiting = Run.objects.visible_to(user).filter(status=Run.Status.SUBMITTED)
    others = waiting.exclude(prepared_by=user).exclude(submitted_by=user)
    return list(others.select_related("prepared_by", "submitted_by").order_by("submitted_at"))


# Where one stands


@dataclass(frozen=True, slots=True)
class NextBound:
    """The next tier's bound, and the credit that is missing to it."""

    attainment: Decimal
    missing: Decimal


@dataclass(frozen=True, slots=True)
class BonusSoFar:
    """The statement of a quarter as a start page shows it. `curve`: attainment and pay, straight between points."""

    uid: UUID
    url: str
    amount: Decimal
    currency: str
    target_pay: Decimal | None
    quota: Decimal | None
    attainment: Decimal | None
    is_final: bool
    next_bound: NextBound | None
    curve: Sequence[tuple[Decimal, Decimal]]


def quarter_of(period: Period) -> Period:
    """The quarter that pays for a period: itself, the month's, or of a year the present one (the last where it is
    over)."""
    if period.kind in {PeriodKind.MONTH, PeriodKind.QUARTER}:
        return period.within(PeriodKind.QUARTER)
    day = min(max(today(), period.start), period.end - timedelta(days=1))
    return Period.containing(day, PeriodKind.QUARTER, period.first_month)


def bonus_so_far(*, person: Person, period: Period) -> BonusSoFar | None:
    """From the approved statement of the quarter, else the provisional one; None: neither is there. One query."""
    shown = Statement.objects.filter(person=person, run__period=quarter_of(period).code)
    approved, provisional = shown.filter(run__status__in=Run.FIXED), shown.filter(run__kind=Run.Kind.PROVISIONAL)
    rows = (approved | provisional).exclude(run__kind=Run.Kind.CORRECTION).select_related("run", "version__plan")
    statement = rows.order_by("run__kind", "-pk").first()  # "final" comes before "provisional"
    if statement is None:
        return None
    plan = plan_of(statement)
    facts = facts_of(statement)
    return BonusSoFar(
        uid=statement.uid,
        url=reverse("incentives:statement-detail", args=[statement.uid]),
        amount=statement.total,
        currency=statement.currency,
        target_pay=statement.target_pay,
        quota=statement.quota,
        attainment=statement.attainment,
        is_final=statement.run.kind == Run.Kind.FINAL,
        next_bound=_next_bound(plan, facts, statement.credited) if plan else None,
        curve=_curve(plan, facts, statement.attainment) if plan else (),
    )


def _bounds(plan: PlanDocument, case: Case) -> list[Fraction]:
    """Credits at which a tier of some component begins, above 0, lowest first."""
    found = {bound for component in plan.components for bound in component.bounds(case)}
    return sorted(bound for bound in found if bound > 0)


def _next_bound(plan: PlanDocument, facts: Facts, credited: Decimal) -> NextBound | None:
    case = case_of(plan, facts)
    quota, so_far = case.quota, Fraction(credited)
    bound = next((bound for bound in _bounds(plan, case) if bound > so_far), None)
    if bound is None or quota is None:
        return None
    return NextBound(rounded(bound / quota, SHARE_PLACES), rounded(bound - so_far, case.places))


def _curve(plan: PlanDocument, facts: Facts, attainment: Decimal | None) -> list[tuple[Decimal, Decimal]]:
    """As far as the person is, and at least to `CURVE_TO`. Empty where no component follows the own credits."""
    case = case_of(plan, facts)
    quota, target_pay = case.quota, case.target_pay
    if quota is None or target_pay is None or not any(component.reads_credits for component in plan.components):
        return []
    to = max(CURVE_TO, (attainment or Decimal(0)) + Decimal("0.1"))
    places = SHARE_PLACES
    points = payout_curve(plan, None, rounded(quota, places), rounded(target_pay, places), facts.currency, to)
    return [(point.attainment, point.pay) for point in points]


# What if


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Pay with today's credits and with some open deals won beside them; `crossed` tells each bound on the way."""

    before: Decimal
    after: Decimal
    currency: str
    attainment_before: Decimal
    attainment_after: Decimal
    crossed: Sequence[str]

    @property
    def gain(self) -> Decimal:
        return self.after - self.before


def what_if(*, viewer: User, person: Person, period: Period, opportunity_uids: Sequence[UUID | str]) -> WhatIf:
    """What open deals would pay, by the engine that writes the statements, on top of the credits of now.

    Deals count in full at their expected amount, at today's rate, won today (or on the period's last day). Deals
    that the
    viewer may not see, that are not open or belong to somebody else are left out. About ten queries. Raises
    RateMissing.
    """
    quarter = quarter_of(period)
    payee = payee_of(person, quarter)
    if payee is None or payee.version is None:
        return _nothing(payee)
    plan = PlanDocument.parse(PlanVersion.objects.get(pk=payee.version).content)
    known = _credits(person, quarter, payee)
    added = _won(viewer, person, quarter, payee, opportunity_uids)
    before = evaluate(plan, payee.facts(known))
    after = evaluate(plan, payee.facts([*known, *added]))
    return WhatIf(
        before=before.total,
        after=after.total,
        currency=payee.currency,
        attainment_before=rounded(before.attainment or Fraction(0), SHARE_PLACES),
        attainment_after=rounded(after.attainment or Fraction(0), SHARE_PLACES),
        crossed=_crossed(plan, payee.facts(known), before, after),
    )


# What would move it

MOVERS = 3
MOST_OPEN_DEALS = 200


@dataclass(frozen=True, slots=True)
class Mover:
    """An open deal, what it alone would add to the pay, and the bounds that it would carry the person over."""

    deal: Opportunity
    amount: Decimal
    gain: Decimal
    crossed: Sequence[str]

    @property
    def rate(self) -> Decimal | None:
        """Pay for each unit of the deal."""
        return self.gain / self.amount if self.amount else None


@dataclass(frozen=True, slots=True)
class Movers:
    """The open deals that would add most to the pay of a quarter. `reason`: why there are none."""

    currency: str
    so_far: Decimal
    deals: Sequence[Mover]
    reason: str = ""


def movers(*, viewer: User, person: Person, period: Period) -> Movers:
    """The three open deals with the largest marginal pay, each alone on top of the credits of now, by the engine.

    Of the person's open deals that `viewer` sees, the 200 largest are tried. About twelve queries, however many deals.
    """
    quarter = quarter_of(period)
    payee = payee_of(person, quarter)
    if payee is None or payee.version is None:
        nothing = _nothing(payee)
        return Movers(nothing.currency, nothing.after, (), nothing.crossed[0])
    plan = PlanDocument.parse(PlanVersion.objects.get(pk=payee.version).content)
    known = _credits(person, quarter, payee)
    before = evaluate(plan, payee.facts(known))
    found = [
        mover
        for deal in _open_deals(viewer, person)
        if (mover := _mover(plan, payee, quarter, known, before, deal)) is not None and mover.gain > 0
    ]
    found.sort(key=lambda mover: (-mover.gain, mover.deal.pk))
    reason = "" if found else _("No open deal would add to the pay of this quarter.")
    return Movers(payee.currency, before.total, found[:MOVERS], reason)


def _open_deals(viewer: User, person: Person) -> "QuerySet[Opportunity]":
    rows = Opportunity.objects.visible_to(viewer).open().filter(owner=person, amount__gt=0)
    return rows.select_related("key_account", "product").order_by("-amount", "pk")[:MOST_OPEN_DEALS]


def _mover(  # noqa: PLR0917  (a deal on top of a case)
    plan: PlanDocument,
    payee: Payee,
    quarter: Period,
    known: Sequence[CreditFact],
    before: Outcome,
    deal: Opportunity,
) -> Mover | None:
    """None where there is no exchange rate for the deal."""
    try:
        credit = _as_won(deal, quarter, payee)
    except DomainError:
        return None
    facts = payee.facts([*known, credit])
    after = evaluate(plan, facts)
    return Mover(deal, credit.amount, after.total - before.total, _crossed(plan, facts, before, after))


def _as_won(deal: Opportunity, quarter: Period, payee: Payee) -> CreditFact:
    """The deal as a credit of today, or of the quarter's last day; its id puts it after all that is there. Raises
    RateMissing."""
    on = min(max(today(), quarter.start), quarter.end - timedelta(days=1))
    return CreditFact(on, 2**62 + deal.pk, in_currency(deal.amount, deal.currency, payee.currency, on))


def _nothing(payee: Payee | None) -> WhatIf:
    """Without a plan that can be computed nothing is paid, and this says why."""
    zero = Decimal(0)
    problem = payee.problem if payee else None
    reason = messages.error_text(problem) if problem else messages.note_text("no_assignment", {})
    return WhatIf(zero, zero, payee.currency if payee else settings.COMPANY_CURRENCY, zero, zero, [reason])


def _credits(person: Person, quarter: Period, payee: Payee) -> list[CreditFact]:
    rows = Credit.objects.filter(person=person, credited_on__gte=quarter.start, credited_on__lt=quarter.end)
    return [
        CreditFact(on, row_id, in_currency(amount, currency, payee.currency, on))
        for on, row_id, amount, currency in rows.values_list("credited_on", "pk", "amount", "currency")
    ]


def _won(viewer: User, person: Person, quarter: Period, payee: Payee, uids: Sequence[UUID | str]) -> list[CreditFact]:
    """The chosen deals as if they were won."""
    deals = Opportunity.objects.visible_to(viewer).open().filter(owner=person, uid__in=list(uids)).order_by("pk")
    return [_as_won(deal, quarter, payee) for deal in deals]


def _crossed(plan: PlanDocument, facts: Facts, before: Outcome, after: Outcome) -> list[str]:
    """A sentence for each bound that lies between both, and for the cap where it begins to cut."""
    case = case_of(plan, facts)
    low, high = Fraction(before.credited), Fraction(after.credited)
    sentences = [
        _("Reaches the tier that begins at %(bound)s.") % {"bound": _bound_text(bound, case)}
        for bound in _bounds(plan, case)
        if low < bound <= high
    ]
    was_cut, is_cut = (any(line.kind == "cap" for line in outcome.lines) for outcome in (before, after))
    if is_cut and not was_cut and plan.cap is not None:
        sentences.append(_("Reaches the cap of %(cap)s of target pay.") % {"cap": formats.percent(plan.cap)})
    return sentences


def _bound_text(bound: Fraction, case: Case) -> str:
    if case.quota:
        return formats.percent(rounded(bound / case.quota, SHARE_PLACES))
    return formats.money(rounded(bound, case.places), case.facts.currency)
