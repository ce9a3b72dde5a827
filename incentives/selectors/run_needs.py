"""What plans of some kinds need beside quota, target pay and credits: results, ranks, pools, the year so far, deals.

Read set-based and only for the people whose plan asks for it; kept with the frozen facts under the names of
`facts.schema.json`, so that a statement can be explained from what it was made from.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Sum

from accounts.models import Person
from core.calendar import period as period_of
from core.periods import PeriodKind, add_months
from crm.models import Credit
from goals.outcomes import outcomes_of
from goals.selectors.targets import targets_of_people
from incentives.models import PlanAssignment, PlanVersion, Run, Statement, StatementLine
from incentives.rules.document import PlanDocument, read
from incentives.rules.engine import case_of
from incentives.rules.facts import CreditFact, Facts
from incentives.rules.facts_document import extended
from incentives.rules.kinds import RankBonus, Spiff, TeamPool
from incentives.rules.shares import ranks
from incentives.rules.spans import months_served
from incentives.selectors.balances import held_back, opening_balances
from incentives.selectors.money_of_day import in_currency
from incentives.selectors.reversals import paid_reversals

More = dict[int, dict[str, Any]]

# Credits of some people in a span; days are kept apart only where a rate of the day is needed.
CREDITED = """
SELECT person_id, currency, CASE WHEN currency <> %(currency)s THEN credited_on END AS day, sum(amount)
FROM crm_credit WHERE person_id = ANY(%(people)s) AND credited_on >= %(starts)s AND credited_on < %(ends)s
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

# The deals behind the credits of some people. A customer is new with the first booking there is of it.
DEALS = """
SELECT c.person_id, c.id, product.name, customer.name, o.external_id, product.list_price,
    o.key_account_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM crm_opportunity earlier
        WHERE earlier.key_account_id = o.key_account_id AND earlier.stage = 'won'
            AND (earlier.closed_on, earlier.id) < (o.closed_on, o.id)
    )
FROM crm_credit c
JOIN crm_opportunity o ON o.id = c.opportunity_id
JOIN crm_product product ON product.id = o.product_id
LEFT JOIN crm_keyaccount customer ON customer.id = o.key_account_id
WHERE c.person_id = ANY(%(people)s) AND c.credited_on >= %(starts)s AND c.credited_on < %(ends)s
ORDER BY c.person_id, c.id
"""


@dataclass(frozen=True, slots=True)
class OnPlan:
    """A person on a plan: the version that pays, the team, the target pay of the period."""

    person: int
    team: int | None
    plan: int
    version: PlanVersion
    target_pay: Decimal | None


@dataclass(slots=True)
class Asked:
    """The people by what their plan needs."""

    held: dict[int, OnPlan] = field(default_factory=dict)
    documents: dict[int, PlanDocument] = field(default_factory=dict)

    def of(self, needs: Callable[[PlanDocument], bool]) -> list[int]:
        """Those whose plan has a need."""
        return [person for person, held in self.held.items() if needs(self.documents[held.version.pk])]

    def with_kind(self, kind: type) -> list[int]:
        return [
            person
            for person, held in self.held.items()
            if any(isinstance(part, kind) for part in self.documents[held.version.pk].components)
        ]


def needed(run: Run, people: Sequence[OnPlan]) -> More:
    """What the plans of these people need, by person id; nobody is named whose plan needs nothing.

    A query for each kind of need that somebody has, however many people. Raises RateMissing.
    """
    asked = _asked(people)
    more: More = {}
    for found in (
        _balances(run, [held.person for held in people]),
        _results(run, asked),
        _months(run, asked),
        _peers(run, asked),
        _deals(run, asked.of(lambda plan: plan.needs_deals)),
        _year(run, asked),
        _reversals(run, asked),
    ):
        for person, said in found.items():
            more.setdefault(person, {}).update(said)
    _share_budgets(run, asked, more)
    return more


def _asked(people: Sequence[OnPlan]) -> Asked:
    asked = Asked()
    for held in people:
        if held.version.pk not in asked.documents:
            document, _problems = read(held.version.content)
            if document is None:
                continue
            asked.documents[held.version.pk] = document
        asked.held[held.person] = held
    return asked


def _balances(run: Run, people: Sequence[int]) -> More:
    """What earlier statements left open; hold-backs in the period in which their time is over."""
    if not Statement.objects.filter(balances__isnull=False, run__status__in=Run.FIXED).exists():
        return {}
    more: More = {person: {"balances": found} for person, found in opening_balances(people, before=run.starts).items()}
    for person, held in held_back(people, before=run.starts).items():
        due = [each for each in held if run.starts <= add_months(each.ends, _months_held(each.version)) < run.ends]
        if due:
            releases = [{"amount": str(each.amount), "of": each.period} for each in due]
            more.setdefault(person, {})["releases"] = releases
    return more


def _months_held(version: PlanVersion | None) -> int:
    """How long the plan that held it back holds it."""
    document = read(version.content)[0] if version else None
    rule = document.terms.holdback if document and document.terms else None
    return rule.months if rule else 0


def _results(run: Run, asked: Asked) -> More:
    codes = sorted({code for document in asked.documents.values() for code in document.results})
    if not codes:
        return {}
    people = [person for person, held in asked.held.items() if asked.documents[held.version.pk].results]
    more: More = {}
    for (person, code), found in outcomes_of(people=people, period=period_of(run.period), codes=codes).items():
        said = {"value": _text(found.value), "attainment": _text(found.attainment), "score": _text(found.score)}
        kept: dict[str, Any] = {name: value for name, value in said.items() if value is not None or name != "score"}
        if found.n is not None:
            kept["n"] = found.n
        more.setdefault(person, {"results": {}})["results"][code] = kept
    return more


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _months(run: Run, asked: Asked) -> More:
    """The month in the company at the end of the period, and the part of the year."""
    people = asked.of(lambda plan: plan.has_terms)
    if not people:
        return {}
    period = period_of(run.period)
    last = run.ends - timedelta(days=1)
    hired = Person.objects.filter(pk__in=people).values_list("pk", "hired_on")
    span = len(period.parts(PeriodKind.MONTH))
    return {
        person: {"part": period.number, "tenure_span": span}
        | ({"tenure_months": months_served(on, last, round_up_from=1)} if on is not None else {})
        for person, on in hired
    }


# Others


def _peers(run: Run, asked: Asked) -> More:
    """Places in rankings and members of pools, by the key of the component."""
    people = sorted({*asked.with_kind(RankBonus), *asked.with_kind(TeamPool)})
    if not people:
        return {}
    credited = credited_by_person(run, people, run.starts, run.ends)
    numbers = dict(Person.objects.filter(pk__in=people).values_list("pk", "number"))
    order = sorted(people, key=lambda person: numbers[person])
    more: More = {person: {} for person in people}
    for version_pk, document in asked.documents.items():
        on_it = [person for person in order if asked.held[person].version.pk == version_pk]
        for part in document.components:
            if isinstance(part, RankBonus):
                for group in _groups(on_it, asked, by_team=part.among == "team"):
                    _rank(part.key, group, credited, more)
            elif isinstance(part, TeamPool):
                for group in _groups(on_it, asked, by_team=True):
                    _pool(part.key, group, credited, numbers, more)
    return more


def _groups(people: Sequence[int], asked: Asked, *, by_team: bool) -> Iterable[list[int]]:
    groups: dict[int | None, list[int]] = {}
    for person in people:
        groups.setdefault(asked.held[person].team if by_team else None, []).append(person)
    return groups.values()


def _rank(key: str, group: Sequence[int], credited: Mapping[int, Fraction], more: More) -> None:
    places = ranks([credited.get(person, Fraction(0)) for person in group])
    seen: dict[int, int] = {}
    for person, rank in zip(group, places, strict=True):
        place = seen.get(rank, 0)
        seen[rank] = place + 1
        standing = {"rank": rank, "tied": places.count(rank), "of": len(group), "place": place}
        more[person].setdefault("standings", {})[key] = standing


def _pool(
    key: str, group: Sequence[int], credited: Mapping[int, Fraction], numbers: Mapping[int, str], more: More
) -> None:
    """Points are the credits; a member with none, or refunds only, has no points."""
    points = {person: max(credited.get(person, Fraction(0)), Fraction(0)) for person in group}
    members = [{"key": numbers[person], "points": _exact(points[person])} for person in group]
    total = _exact(sum((credited.get(person, Fraction(0)) for person in group), Fraction(0)))
    for person in group:
        pool = {"credits": total, "members": members, "me": numbers[person]}
        more[person].setdefault("pools", {})[key] = pool


def _exact(amount: Fraction) -> str:
    return str(amount)


def credited_by_person(run: Run, people: Sequence[int], starts: date, ends: date) -> dict[int, Fraction]:
    """What each was credited in a span, in the run's currency. One query. Raises RateMissing."""
    found: dict[int, Fraction] = {}
    with connection.cursor() as cursor:
        cursor.execute(CREDITED, {"people": list(people), "starts": starts, "ends": ends, "currency": run.currency})
        for person, currency, day, amount in cursor.fetchall():
            found[person] = found.get(person, Fraction(0)) + Fraction(
                in_currency(amount, currency, run.currency, day or starts)
            )
    return found


# Deals


def _deals(run: Run, people: Sequence[int]) -> More:
    if not people:
        return {}
    more: More = {}
    with connection.cursor() as cursor:
        cursor.execute(DEALS, {"people": list(people), "starts": run.starts, "ends": run.ends})
        for person, credit_id, product, customer, order, list_price, is_new in cursor.fetchall():
            deal = {"product": product, "customer": customer or "", "new_customer": is_new, "order": order}
            deal["figures"] = {"list_price": str(list_price)}
            more.setdefault(person, {"deals": {}})["deals"][str(credit_id)] = deal
    return more


def _share_budgets(run: Run, asked: Asked, more: More) -> None:
    """What of a campaign's budget each person's deals take: first come by day and booking, over everybody on the
    plan."""
    for version_pk, document in asked.documents.items():
        people = [person for person, held in asked.held.items() if held.version.pk == version_pk]
        for part in document.components:
            if isinstance(part, Spiff) and part.budget is not None:
                _share_budget(part, part.budget, document, _facts_by_person(run, people, more), more)


def _facts_by_person(run: Run, people: Sequence[int], more: More) -> dict[int, Facts]:
    """Credits with their deals, as a campaign looks at them. One query."""
    credited: dict[int, list[CreditFact]] = {person: [] for person in people}
    rows = Credit.objects.filter(person__in=people, credited_on__gte=run.starts, credited_on__lt=run.ends)
    for person, on, pk, amount, currency in rows.values_list("person", "credited_on", "pk", "amount", "currency"):
        credited[person].append(CreditFact(on, pk, in_currency(amount, currency, run.currency, on)))
    return {
        person: extended(Facts(run.currency, None, None, found), more.get(person, {}))
        for person, found in credited.items()
    }


def _share_budget(
    part: Spiff, budget: Fraction, document: PlanDocument, facts: Mapping[int, Facts], more: More
) -> None:
    claims = []
    for person, known in facts.items():
        number, due = Fraction(0), Fraction(0)
        for credit, won in part.won(case_of(document, known)):
            number += won
            claims.append((credit[:2], person, part.due(number) - due))
            due = part.due(number)
    left, taken = budget, dict.fromkeys(facts, Fraction(0))
    for _when, person, claim in sorted(claims):
        paid = min(claim, left)
        taken[person] += paid
        left -= paid
    for person, amount in taken.items():
        more.setdefault(person, {}).setdefault("budgets", {})[part.key] = str(max(amount, Fraction(0)))


def _reversals(run: Run, asked: Asked) -> More:
    found = paid_reversals(run, asked.of(lambda plan: plan.takes_back))
    return {person: {"reversals": reversals} for person, reversals in found.items()}


# The year so far


def _year(run: Run, asked: Asked) -> More:
    """For parts paid by the year: from its start, or from the first day on the plan, up to this period."""
    people = asked.of(lambda plan: plan.by_year)
    if not people:
        return {}
    this = period_of(run.period)
    parts = [part for part in this.within(PeriodKind.YEAR).parts(PeriodKind.QUARTER) if part.start <= this.start]
    since = _since(run, asked, people, parts[0].start)
    quotas = {part.code: targets_of_people(kpi="booked_revenue", period=part) for part in parts}
    credited = _credited_since(run, since)
    paid = _paid_in(asked, people, [part.code for part in parts[:-1]])
    more: More = {}
    for person in people:
        held = asked.held[person]
        # A quarter without a target has no pay at target either, or the rate between them would be another one.
        targets = [quotas[part.code].get(person) for part in parts if part.end > since[person]]
        targets = [target for target in targets if target]
        quota = in_currency(sum(filter(None, targets), Decimal(0)), settings.COMPANY_CURRENCY, run.currency, run.starts)
        year = {
            "quota": _text(quota),
            "target_pay": _text(None if held.target_pay is None else held.target_pay * len(targets)),
            "opening": _text(credited.get(person, Decimal(0))),
        }
        keys = [part.key for part in asked.documents[held.version.pk].components if part.terms and part.terms.true_up]
        due = {key: str(paid.get((person, key), Decimal(0))) for key in keys}
        more[person] = {"year": year, "due_before": due, "part": this.number}
    return more


def _since(run: Run, asked: Asked, people: Sequence[int], starts: date) -> dict[int, date]:
    """From when each counts: the start of the year, or the first day on the present plan."""
    rows = PlanAssignment.objects.filter(person__in=people, during__overlap=(starts, run.ends)).order_by("during")
    found: dict[int, date] = {}
    for person, plan, during in rows.values_list("person", "plan", "during"):
        if plan == asked.held[person].plan:
            found.setdefault(person, max(starts, during.lower or starts))
    return {person: found.get(person, run.starts) for person in people}


def _credited_since(run: Run, since: Mapping[int, date]) -> dict[int, Decimal]:
    """Credit of each from the own day up to the run's period. A query for each different day."""
    found: dict[int, Decimal] = {}
    for day in sorted(set(since.values())):
        people = [person for person, on in since.items() if on == day and on < run.starts]
        if people:
            sums = credited_by_person(run, people, day, run.starts)
            found |= {person: _decimal(amount) for person, amount in sums.items()}
    return found


def _decimal(amount: Fraction) -> Decimal:
    return Decimal(amount.numerator) / Decimal(amount.denominator)


def _paid_in(asked: Asked, people: Sequence[int], periods: Sequence[str]) -> dict[tuple[int, str], Decimal]:
    """What approved statements of earlier periods paid for each part of the same plan, by person and key."""
    rows = (
        StatementLine.objects.filter(
            statement__person__in=people,
            statement__run__period__in=periods,
            statement__run__status__in=Run.FIXED,
            component__isnull=False,
        )
        .values_list("statement__person", "statement__version", "component")
        .annotate(paid=Sum("amount"))
    )
    versions = PlanVersion.objects.in_bulk({version for _person, version, _component, _paid in rows if version})
    found: dict[tuple[int, str], Decimal] = {}
    for person, version, component, paid in rows:
        if version is None or versions[version].plan_id != asked.held[person].plan:
            continue
        key = (person, str(versions[version].content["components"][component]["key"]))
        found[key] = found.get(key, Decimal(0)) + paid
    return found
