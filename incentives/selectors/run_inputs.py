"""What a run is calculated from, read set-based: who is paid by which plan, quotas, team credits, and the credits
by COPY."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import Person
from core.calendar import period as period_of
from core.errors import DomainError
from core.periods import Period
from goals.models import Kpi
from goals.selectors.targets import targets_of_people
from incentives.models import Plan, PlanVersion, Run
from incentives.rules.exact import ZERO
from incentives.rules.facts import CreditFact, Facts
from incentives.rules.facts_document import extended
from incentives.selectors.money_of_day import in_currency
from incentives.selectors.run_needs import OnPlan, needed

__all__ = [
    "QUOTA_KPI",
    "Payee",
    "PersonCredits",
    "credits_by_person",
    "fingerprints",
    "in_currency",
    "payee_of",
    "payees",
    "problem_of",
    "spans",
]

QUOTA_KPI = "booked_revenue"

# Who is in the run: everybody with a plan in the period (the one held on its first day, else the first that begins
# in it),
# and, in a run for all plans, everybody with credits, so that nobody's silence goes unexplained. The team is the
# last one
# of the period: that of the membership, else the one that is led.
PEOPLE = """
SELECT p.id, team.id, a.plan_id, a.target_pay, a.currency, greatest(lower(a.during), %(starts)s),
    greatest(0, least(coalesce(upper(a.during), %(ends)s), coalesce(p.left_on + 1, %(ends)s), %(ends)s)
        - greatest(lower(a.during), coalesce(p.hired_on, %(starts)s), %(starts)s))
FROM accounts_person p
LEFT JOIN LATERAL (
    SELECT * FROM incentives_planassignment
    WHERE person_id = p.id AND during && daterange(%(starts)s, %(ends)s)
        AND (%(plan)s::bigint IS NULL OR plan_id = %(plan)s)
    ORDER BY during LIMIT 1
) a ON true
LEFT JOIN LATERAL (
    SELECT team_id AS id FROM (
        SELECT team_id, during, 1 AS choice FROM accounts_membership WHERE person_id = p.id
        UNION ALL SELECT team_id, during, 2 FROM accounts_leadership WHERE person_id = p.id
    ) held
    WHERE during && daterange(%(starts)s, %(ends)s) ORDER BY choice, lower(during) DESC LIMIT 1
) team ON true
WHERE (%(person)s::bigint IS NULL OR p.id = %(person)s) AND (
    a.plan_id IS NOT NULL OR (%(plan)s::bigint IS NULL AND EXISTS (
        SELECT FROM crm_credit WHERE person_id = p.id AND credited_on >= %(starts)s AND credited_on < %(ends)s
    ))
)
ORDER BY p.id
"""

# Credits of the teams that somebody leads (with all teams below), by membership on the credit's day, each credit once a
# leader, the leader's own left out. Days are kept apart only where a rate of the day is needed.
TEAM_CREDITS = """
SELECT leader, currency, CASE WHEN currency <> %(currency)s THEN credited_on END AS day, sum(amount)
FROM (
    SELECT DISTINCT l.person_id AS leader, c.id, c.currency, c.credited_on, c.amount
    FROM accounts_leadership l
    JOIN accounts_team top ON top.id = l.team_id
    JOIN accounts_team t ON starts_with(t.path, top.path)
    JOIN accounts_membership m ON m.team_id = t.id AND m.during && l.during * daterange(%(starts)s, %(ends)s)
    JOIN crm_credit c ON c.person_id = m.person_id AND c.credited_on >= %(starts)s AND c.credited_on < %(ends)s
        AND c.credited_on <@ m.during AND c.credited_on <@ l.during
    WHERE l.during && daterange(%(starts)s, %(ends)s) AND c.person_id <> l.person_id
        AND l.person_id = ANY(%(leaders)s)
) credited
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""

LEADERS = """
SELECT DISTINCT person_id FROM accounts_leadership
WHERE during && daterange(%(starts)s, %(ends)s) AND person_id = ANY(%(people)s)
"""

CREDITS = """
COPY (
    SELECT person_id, credited_on, id, amount, currency FROM crm_credit
    WHERE credited_on >= %(starts)s AND credited_on < %(ends)s AND person_id BETWEEN %(first)s AND %(last)s
    ORDER BY person_id, credited_on, id
) TO STDOUT
"""

# One number a person that changes with any credit. The order of rows does not matter, so nothing is sorted.
FINGERPRINTS = """
SELECT person_id, count(*), sum(hash_record_extended((id, person_id, credited_on, amount, currency), 0))
FROM crm_credit WHERE credited_on >= %(starts)s AND credited_on < %(ends)s GROUP BY person_id
"""


@dataclass(frozen=True, slots=True)
class Payee:
    """One person of a run with everything but the credits, in plain values as a chunk keeps them.

    version       id of the plan version; None: on no plan, or `problem` says what is wrong
    quota, target_pay, team_credits   decimal strings in `currency`; None where there is none
    problem       code and values of what stops this person's statement
    more          what else the plan needs, by the names of `facts.schema.json`, and `deals` by credit id
    """

    person: int
    team: int | None
    version: int | None
    currency: str
    quota: str | None
    target_pay: str | None
    team_credits: str | None
    eligible_days: int
    period_days: int
    problem: dict[str, Any] | None
    more: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def facts(self, credited: Sequence[CreditFact]) -> Facts:
        """What the engine is given."""
        plain = Facts(
            currency=self.currency,
            quota=_decimal(self.quota),
            target_pay=_decimal(self.target_pay),
            credits=credited,
            team_credits=_decimal(self.team_credits),
            eligible_days=self.eligible_days,
            period_days=self.period_days,
        )
        return extended(plain, self.more) if self.more else plain


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def spans(run: Run) -> dict[str, Any]:
    return {"starts": run.starts, "ends": run.ends, "plan": run.plan_id}


def payee_of(person: Person, period: Period) -> Payee | None:
    """One person as a run of now would see; None: neither on a plan nor credited."""
    run = Run(period=period.code, starts=period.start, ends=period.end, currency=_pay_currency(person, period))
    return next(iter(payees(run, person)), None)


def _pay_currency(person: Person, period: Period) -> str:
    on_a_plan = person.plan_assignments.filter(during__overlap=(period.start, period.end)).order_by("during")
    return on_a_plan.values_list("currency", flat=True).first() or settings.COMPANY_CURRENCY


def payees(run: Run, person: Person | None = None) -> list[Payee]:
    """Everybody in the run, by person id, with the facts frozen now. About ten queries, however many people, and one
    more for each kind of thing that their plans need beside."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, spans(run) | {"person": person.pk if person else None})
        rows = [Assigned(*row) for row in cursor.fetchall()]
    versions = Versions({row.plan for row in rows if row.plan is not None})
    quotas = _quotas(run)
    teams = _team_credits(run, [row.person for row in rows if row.plan is not None])
    found = [_payee(run, row, versions, quotas.get(row.person), teams.get(row.person)) for row in rows]
    return _with_needs(run, rows, found, versions)


def _with_needs(run: Run, rows: Sequence["Assigned"], found: Sequence[Payee], versions: "Versions") -> list[Payee]:
    """With what the plans need beside. A missing rate there stops those that need something, and says so."""
    known = versions.by_id()
    people = [
        OnPlan(row.person, row.team, row.plan, known[payee.version], row.target_pay)
        for row, payee in zip(rows, found, strict=True)
        if row.plan is not None and payee.version is not None
    ]
    try:
        more = needed(run, people)
    except DomainError as error:
        problem = problem_of(error)
        return [replace(payee, problem=payee.problem or problem, version=None) for payee in found]
    return [replace(payee, more=more[payee.person]) if payee.person in more else payee for payee in found]


def _quotas(run: Run) -> dict[int, Decimal]:
    """The bookings targets that hold in the period, by person id. A portal without that KPI has none."""
    if not Kpi.objects.filter(code=QUOTA_KPI).exists():
        return {}
    return targets_of_people(kpi=QUOTA_KPI, period=period_of(run.period))


class Versions:
    """The published versions of some plans. Two queries."""

    def __init__(self, plan_ids: set[int]) -> None:
        self.plans = Plan.objects.in_bulk(plan_ids)
        self.by_plan: dict[int, list[PlanVersion]] = {}
        published = PlanVersion.objects.filter(plan__in=plan_ids).exclude(status=PlanVersion.Status.DRAFT)
        for version in published.order_by("plan", "-starts", "-number"):
            self.by_plan.setdefault(version.plan_id, []).append(version)

    def by_id(self) -> dict[int, PlanVersion]:
        return {version.pk: version for versions in self.by_plan.values() for version in versions}

    def holding(self, plan_id: int, on: date) -> PlanVersion | None:
        """The version that holds on a day, the latest where two do."""
        for version in self.by_plan.get(plan_id, []):
            if version.starts <= on and (version.ends is None or on < version.ends):
                return version
        return None


@dataclass(frozen=True, slots=True)
class Assigned:
    """A row of PEOPLE: `since` is the assignment's first day in the period, `days` the eligible ones."""

    person: int
    team: int | None
    plan: int | None
    target_pay: Decimal | None
    currency: str | None
    since: date | None
    days: int | None


# Sums of credits by currency and, where a rate of the day is needed, by day.
Sums = list[tuple[str, date | None, Decimal]]


def _payee(run: Run, row: Assigned, versions: Versions, quota: Decimal | None, team: Sums | None) -> Payee:
    version = versions.holding(row.plan, row.since) if row.plan is not None and row.since is not None else None
    problem = _problem(run, row, version, versions)
    team_credits = None
    if problem is None:
        try:
            quota = quota and in_currency(quota, settings.COMPANY_CURRENCY, run.currency, run.starts)
            team_credits = None if team is None else _sum(run, team)
        except DomainError as error:
            problem = problem_of(error)
    return Payee(
        person=row.person,
        team=row.team,
        version=version.pk if version and problem is None else None,
        currency=run.currency,
        quota=_text(quota),
        target_pay=_text(row.target_pay),
        team_credits=_text(team_credits),
        eligible_days=row.days or 0,
        period_days=(run.ends - run.starts).days,
        problem=problem,
    )


def _sum(run: Run, sums: Sums) -> Decimal:
    """In the run's currency, unrounded. Raises RateMissing."""
    return sum((in_currency(amount, of, run.currency, day or run.starts) for of, day, amount in sums), ZERO)


def _problem(run: Run, row: Assigned, version: PlanVersion | None, versions: Versions) -> dict[str, Any] | None:
    """What keeps a person on a plan from being paid by it, as code and values."""
    if row.plan is None:
        return None
    plan = versions.plans[row.plan].name
    if version is None:
        return {"code": "no_version", "values": {"plan": plan, "on": str(row.since)}}
    if row.currency != version.currency:
        return {
            "code": "target_pay_currency",
            "values": {"given": row.currency, "plan": plan, "other": version.currency},
        }
    if version.currency != run.currency:
        return {"code": "currency_differs", "values": {"run": run.currency, "plan": plan, "other": version.currency}}
    return None


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def problem_of(error: DomainError) -> dict[str, Any]:
    """An error as a statement keeps it: its code and its values."""
    return {"code": error.code, "values": {name: str(value) for name, value in error.values.items()}}


def _team_credits(run: Run, people: list[int]) -> dict[int, Sums]:
    """Credits of the teams led by some of these people; somebody who leads a team without credits has an empty list."""
    with connection.cursor() as cursor:
        cursor.execute(LEADERS, spans(run) | {"people": people})
        found: dict[int, Sums] = {leader: [] for (leader,) in cursor.fetchall()}
        if found:
            cursor.execute(TEAM_CREDITS, spans(run) | {"leaders": sorted(found), "currency": run.currency})
            for leader, currency, day, amount in cursor.fetchall():
                found[leader].append((currency, day, amount))
    return found


def fingerprints(run: Run) -> dict[int, str]:
    """What each person's credits of the period add up to, by person id, only good for comparing. One query."""
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINTS, spans(run))
        return {person: f"{count}:{total}" for person, count, total in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class PersonCredits:
    """One person's credits of a run's period as they were copied, in order: a column each of day, id, amount,
    currency."""

    person: int
    days: list[str]
    ids: list[str]
    amounts: list[str]
    currencies: list[str]

    @classmethod
    def none(cls, person: int) -> "PersonCredits":
        return cls(person, [], [], [], [])

    def with_rows(self, rows: Sequence[tuple[date, int, Decimal, str]]) -> "PersonCredits":
        """With more credits (day, id, amount, currency), in order."""
        more = [(str(on), str(credit), str(amount), currency) for on, credit, amount, currency in rows]
        columns = zip(self.days, self.ids, self.amounts, self.currencies, strict=True)
        ordered = sorted([*columns, *more], key=lambda row: (row[0], int(row[1])))
        return PersonCredits(self.person, *([row[place] for row in ordered] for place in range(4)))


def credits_by_person(run: Run, first: int, last: int) -> Iterator[PersonCredits]:
    """The credits of a range of people, in the order of person, day and id. One COPY, cut into columns at once."""
    buffer = BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(cursor.mogrify(CREDITS, spans(run) | {"first": first, "last": last}), buffer)
    cells = buffer.getvalue().decode().replace("\n", "\t").split("\t")
    people, days, ids, amounts, currencies = (cells[place:-1:5] for place in range(5))
    start = 0
    for person, rows in groupby(people):
        end = start + len(list(rows))
        yield PersonCredits(int(person), days[start:end], ids[start:end], amounts[start:end], currencies[start:end])
        start = end
