"""A plan's wording over past quarters, beside the current plan, by the real engine on the real deals. Touches no run.

People, targets and credits are read as a run of now would read them, so that simulating the wording that paid gives
what was paid. Both wordings see the same facts: what differs is the wording.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any
from uuid import UUID

from accounts.access import Role
from accounts.models import Person, Team, User
from core.errors import DomainError
from core.periods import Period
from incentives.errors import PlanCannotBeSimulated, TooMuchToSimulate
from incentives.models import PlanAssignment, PlanVersion, Run
from incentives.rules.document import InvalidPlan, PlanDocument
from incentives.rules.engine import CreditFact, Facts, Outcome, case_of, evaluate
from incentives.rules.exact import ZERO, rounded
from incentives.selectors.run_inputs import (
    Payee,
    PersonCredits,
    credits_by_person,
    in_currency,
    payees,
    problem_of,
)
from incentives.selectors.run_needs import OnPlan, needed

ATTAINMENTS = (Decimal("0.8"), Decimal(1), Decimal("1.2"))
SHARE_PLACES = 6
CREDIT_PLACES = 10
LAST_DIGIT = Decimal(1).scaleb(-CREDIT_PLACES)

# Stands for the id of the wording that is tried, which is in no table.
TRIED = 0

# A period has few days, and a date is slow to read.
DAY = cache(date.fromisoformat)

# What a request may compute at once: beyond this it would keep people waiting longer than a page may.
MOST_STATEMENTS = 12_000


@dataclass(frozen=True, slots=True)
class Compared:
    """An amount by the current plan and by the wording that is tried."""

    before: Decimal = ZERO
    after: Decimal = ZERO

    @property
    def change(self) -> Decimal:
        return self.after - self.before

    def __add__(self, other: "Compared") -> "Compared":
        return Compared(self.before + other.before, self.after + other.after)


@dataclass(slots=True)
class PersonCost:
    """One person over all quarters. `quota` and `credited` add up the quarters that have a target.

    team  of the last quarter; empty: in none
    """

    uid: UUID
    name: str
    team: str = ""
    pay: Compared = field(default_factory=Compared)
    target_pay: Decimal = ZERO
    quota: Fraction = Fraction(0)
    credited: Decimal = ZERO

    @property
    def attainment(self) -> Decimal | None:
        return rounded(Fraction(self.credited) / self.quota, SHARE_PLACES) if self.quota else None

    @property
    def share(self) -> Decimal | None:
        """What the tried wording pays, of the pay at target."""
        return self.pay.after / self.target_pay if self.target_pay else None


@dataclass(frozen=True, slots=True)
class PeriodCost:
    period: str
    people: int
    credited: Decimal
    pay: Compared


@dataclass(frozen=True, slots=True)
class TeamCost:
    name: str
    people: int
    pay: Compared


@dataclass(frozen=True, slots=True)
class AttainmentCost:
    """One quarter in which everybody reaches the same attainment with the own mix of deals."""

    attainment: Decimal
    pay: Compared


@dataclass(frozen=True, slots=True)
class Uncomputed:
    """Somebody who cannot be computed in a quarter; `problem` as a statement keeps it."""

    person: str
    period: str
    problem: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Simulation:
    """Quarters oldest first, teams and people by how much changes for them, most first.

    at_attainment  of the last quarter that has people; empty where nobody has a target
    """

    currency: str
    periods: Sequence[PeriodCost]
    teams: Sequence[TeamCost]
    people: Sequence[PersonCost]
    at_attainment: Sequence[AttainmentCost]
    uncomputed: Sequence[Uncomputed]

    @property
    def pay(self) -> Compared:
        return sum((cost.pay for cost in self.periods), Compared())

    @property
    def credited(self) -> Decimal:
        return sum((cost.credited for cost in self.periods), ZERO)

    @property
    def gaining(self) -> Sequence[PersonCost]:
        return [person for person in self.people if person.pay.change > 0]

    @property
    def losing(self) -> Sequence[PersonCost]:
        return [person for person in self.people if person.pay.change < 0]


@dataclass(frozen=True, slots=True)
class Question:
    """What is tried on whom.

    content    the document that is tried
    currency   in which it pays
    people_of  id of the plan whose people it is tried on
    against    what it is compared with; None: the version that held in each quarter
    """

    content: Mapping[str, Any]
    currency: str
    people_of: int
    periods: Sequence[Period]
    against: PlanVersion | None = None


def simulate(*, viewer: User, question: Question) -> Simulation:
    """Costs of the people whom the viewer may see. About ten queries a quarter, however many people.

    Raises PlanCannotBeSimulated for a document that cannot be paid by, TooMuchToSimulate.
    """
    try:
        trial = _Trial(viewer, question, PlanDocument.parse(question.content))
    except InvalidPlan as error:
        raise PlanCannotBeSimulated(error.problems) from error
    return trial.result()


@dataclass(frozen=True, slots=True)
class _Paid:
    """A person's quarter by both wordings."""

    payee: Payee
    facts_before: Facts
    facts: Facts
    quota: Fraction
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class _Subject:
    """A person of a quarter with what each of the wordings needs to know beside the credits."""

    before: Payee
    after: Payee
    credited: PersonCredits | None


class _Trial:
    """One simulation while it is computed."""

    def __init__(self, viewer: User, question: Question, plan: PlanDocument) -> None:
        self.question, self.plan = question, plan
        self._tried = PlanVersion(pk=TRIED, plan_id=question.people_of, content=question.content)
        self._documents: dict[int, PlanDocument] = {}
        self._visible = (
            None if Role.HR in viewer.roles else set(Person.objects.visible_to(viewer).values_list("pk", flat=True))
        )
        self._people: dict[int, PersonCost] = {}
        self._teams: dict[int, int] = {}
        self._uncomputed: list[tuple[int, str, Mapping[str, Any]]] = []

    def result(self) -> Simulation:
        periods: list[PeriodCost] = []
        last: list[_Paid] = []
        for period, found in self._read():
            paid = self._paid(period, found)
            periods.append(self._period_cost(period, paid))
            last = paid or last
        self._name()
        return Simulation(
            currency=self.question.currency,
            periods=periods,
            teams=self._team_costs(),
            people=sorted(self._people.values(), key=lambda person: (-abs(person.pay.change), person.name)),
            at_attainment=self._at_attainment(last),
            uncomputed=[Uncomputed(self._people[pk].name, code, problem) for pk, code, problem in self._uncomputed],
        )

    # Reading

    def _read(self) -> Iterator[tuple[Period, list[_Subject]]]:
        """Everybody who was on the plan, with credits. Raises TooMuchToSimulate before anything is computed."""
        during = self.question.periods[0].start, self.question.periods[-1].end
        on_plan = PlanAssignment.objects.filter(plan=self.question.people_of, during__overlap=during)
        count = on_plan.count() * len(self.question.periods)
        if count > MOST_STATEMENTS:
            raise TooMuchToSimulate(count=f"{count:,}", most=f"{MOST_STATEMENTS:,}")
        for period in self.question.periods:
            run = Run(
                period=period.code,
                starts=period.start,
                ends=period.end,
                currency=self.question.currency,
                plan_id=self.question.people_of,
            )
            found = [row for row in payees(run) if self._visible is None or row.person in self._visible]
            credited = self._credits(run, found)
            before = self._informed(run, found, self.question.against) if self.question.against else found
            after = self._informed(run, found, self._tried)
            yield (
                period,
                [_Subject(*both, credited.get(both[0].person)) for both in zip(before, after, strict=True)],
            )

    def _informed(self, run: Run, found: Sequence[Payee], version: PlanVersion) -> list[Payee]:
        """With what a wording needs to know of them. Raises RateMissing."""
        held = [
            OnPlan(payee.person, payee.team, self.question.people_of, version, _decimal(payee.target_pay))
            for payee in found
            if payee.problem is None
        ]
        more = needed(run, held)
        return [replace(payee, more=more.get(payee.person, {})) for payee in found]

    def _credits(self, run: Run, found: Sequence[Payee]) -> dict[int, PersonCredits]:
        if not found:
            return {}
        wanted = {payee.person for payee in found}
        rows = credits_by_person(run, min(wanted), max(wanted))
        return {row.person: row for row in rows if row.person in wanted}

    def _document(self, payee: Payee) -> PlanDocument:
        """The wording that this person is compared with."""
        against = self.question.against
        version = against.pk if against else payee.version or 0
        if version not in self._documents:
            found = against or PlanVersion.objects.get(pk=version)
            self._documents[version] = PlanDocument.parse(found.content)
        return self._documents[version]

    # Computing

    def _paid(self, period: Period, found: Sequence[_Subject]) -> list[_Paid]:
        paid = []
        for subject in found:
            payee = subject.before
            problem = payee.problem
            self._people.setdefault(payee.person, PersonCost(UUID(int=0), ""))
            if problem is None:
                try:
                    paid.append(self._evaluated(subject))
                    continue
                except DomainError as error:
                    problem = problem_of(error)
                except InvalidPlan as error:
                    problem = {"code": "plan_invalid", "values": {"plan": "", "problems": str(error)[:200]}}
            self._uncomputed.append((payee.person, period.code, problem))
        return paid

    def _evaluated(self, subject: _Subject) -> _Paid:
        payee = subject.before
        credited = _credit_facts(payee.currency, subject.credited) if subject.credited else ()
        before, after = payee.facts(credited), subject.after.facts(credited)
        quota = case_of(self.plan, after).quota or Fraction(0)
        return _Paid(payee, before, after, quota, evaluate(self._document(payee), before), evaluate(self.plan, after))

    def _period_cost(self, period: Period, paid: Sequence[_Paid]) -> PeriodCost:
        """The quarter's sums; what each person is paid goes to the person."""
        pay, credited = Compared(), ZERO
        for each in paid:
            person = self._people[each.payee.person]
            compared = Compared(each.before.total, each.after.total)
            pay, credited = pay + compared, credited + each.after.credited
            person.pay += compared
            person.target_pay += each.facts.target_pay or ZERO
            if each.quota:
                person.quota += each.quota
                person.credited += each.after.credited
            if each.payee.team is not None:
                self._teams[each.payee.person] = each.payee.team
        return PeriodCost(period.code, len(paid), credited, pay)

    def _name(self) -> None:
        teams = dict(Team.objects.filter(pk__in=set(self._teams.values())).values_list("pk", "name"))
        for pk, uid, name in Person.objects.filter(pk__in=self._people).values_list("pk", "uid", "name"):
            person = self._people[pk]
            person.uid, person.name, person.team = uid, name, teams.get(self._teams.get(pk, 0), "")

    def _team_costs(self) -> list[TeamCost]:
        sums: dict[str, TeamCost] = {}
        for person in self._people.values():
            known = sums.get(person.team, TeamCost(person.team, 0, Compared()))
            sums[person.team] = TeamCost(person.team, known.people + 1, known.pay + person.pay)
        return sorted(sums.values(), key=lambda team: (-abs(team.pay.change), -team.pay.after, team.name))

    def _at_attainment(self, paid: Sequence[_Paid]) -> list[AttainmentCost]:
        """What a quarter would cost if everybody reached so much. Who has no target stays as they are."""
        quotas = sum((each.quota for each in paid), Fraction(0))
        if not quotas:
            return []
        overall = sum((Fraction(each.after.credited) for each in paid), Fraction(0)) / quotas
        return [
            AttainmentCost(at, sum((self._compared_at(each, at, overall) for each in paid), Compared()))
            for at in ATTAINMENTS
        ]

    def _compared_at(self, paid: _Paid, at: Decimal, overall: Fraction) -> Compared:
        before, after = (
            at_attainment(facts, paid.quota, Fraction(at), overall) for facts in (paid.facts_before, paid.facts)
        )
        return Compared(evaluate(self._document(paid.payee), before).total, evaluate(self.plan, after).total)


def at_attainment(facts: Facts, quota: Fraction, at: Fraction, overall: Fraction) -> Facts:
    """The same person with credits of `at` times the quota in the mix of the own deals; one deal where there is none.

    overall  attainment of all people together: what a leader's team has is scaled by it
    """
    team = facts.team_credits
    if team is not None and overall:
        facts = replace(facts, team_credits=rounded(Fraction(team) * at / overall, CREDIT_PLACES))
    if not quota:
        return facts
    wanted = at * quota - Fraction(facts.opening)
    total = rounded(wanted, CREDIT_PLACES)
    if total < wanted:  # a quota that does not end would be missed by the last digit
        total += LAST_DIGIT
    so_far = sum((credit.amount for credit in facts.credits), ZERO)
    if so_far <= 0:
        return replace(facts, credits=[CreditFact(date(2000, 1, 1), 1, total)])
    factor = Fraction(total) / Fraction(so_far)
    *first, last = facts.credits
    scaled = [credit._replace(amount=rounded(Fraction(credit.amount) * factor, CREDIT_PLACES)) for credit in first]
    rest = total - sum((credit.amount for credit in scaled), ZERO)
    deals = {credit_id: replace(deal, exact=None) for credit_id, deal in facts.deals.items()}
    return replace(facts, credits=[*scaled, last._replace(amount=rest)], deals=deals)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _credit_facts(wanted: str, credited: PersonCredits) -> list[CreditFact]:
    """In the wanted currency, unrounded. Raises RateMissing."""
    days, amounts = map(DAY, credited.days), map(Decimal, credited.amounts)
    found = list(map(CreditFact, days, map(int, credited.ids), amounts))
    if credited.currencies.count(wanted) == len(found):
        return found
    return [
        fact._replace(amount=in_currency(fact.amount, currency, wanted, fact.on))
        for fact, currency in zip(found, credited.currencies, strict=True)
    ]
