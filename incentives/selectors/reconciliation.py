"""A KAM's own list of deals beside what the portal credits and pays: only the differences, each with its cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Protocol

from django.db.models import Sum

from accounts.models import Person, User
from core.periods import Period
from crm.models import Credit, Opportunity
from incentives.models import Run, Statement


class Cause(Enum):
    """Why a row and the portal differ."""

    UNKNOWN = "unknown"
    OPEN = "open"
    LOST = "lost"
    OTHER_OWNER = "other_owner"
    NOT_CREDITED = "not_credited"
    OTHER_PERIOD = "other_period"
    OTHER_DATE = "other_date"
    OTHER_CURRENCY = "other_currency"
    OTHER_AMOUNT = "other_amount"
    OTHER_PAY = "other_pay"
    TWICE = "twice"
    MISSING = "missing"


class Given(Protocol):
    """A row of the own sheet."""

    @property
    def number(self) -> int: ...
    @property
    def deal(self) -> str: ...
    @property
    def customer(self) -> str: ...
    @property
    def amount(self) -> Decimal | None: ...
    @property
    def on(self) -> date | None: ...
    @property
    def pay(self) -> Decimal | None: ...


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `row` None: only in the portal. `mine` and `portal` are what each says, if anything."""

    cause: Cause
    row: int | None
    label: str
    mine: Decimal | date | None
    portal: Decimal | date | str | None
    deal: Opportunity | None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`statement` None: there is none yet, so pay is not compared. `equal`: rows without a difference."""

    statement: Statement | None
    currency: str
    rows: int
    equal: int
    differences: Sequence[Difference]


def reconciliation(*, viewer: User, person: Person, period: Period, rows: Sequence[Given]) -> Reconciliation:
    """The rows against the person's credits and the statement of the quarter. Five queries, however many rows."""
    statement = _statement(viewer, person, period)
    return _Comparison(viewer, person, period, rows, statement).result()


def _statement(viewer: User, person: Person, period: Period) -> Statement | None:
    """The final one, else the provisional."""
    seen = Statement.objects.visible_to(viewer).filter(person=person, run__period=period.code)
    return seen.exclude(run__kind=Run.Kind.CORRECTION).order_by("run__kind", "-pk").first()


class _Comparison:
    def __init__(
        self, viewer: User, person: Person, period: Period, rows: Sequence[Given], statement: Statement | None
    ) -> None:
        self.person, self.period, self.rows, self.statement = person, period, rows, statement
        credited = Credit.objects.filter(person=person).select_related("opportunity__key_account")
        self.credits = list(credited)
        self.by_reference = {_key(credit.opportunity.external_id): credit for credit in self.credits}
        self.by_customer: dict[tuple[str, Decimal], list[Credit]] = {}
        for credit in self.credits:
            account = credit.opportunity.key_account
            if account is not None:
                self.by_customer.setdefault((_key(account.name), credit.amount), []).append(credit)
        wanted = {row.deal.strip() for row in rows if row.deal.strip()}
        deals = Opportunity.objects.visible_to(viewer).filter(external_id__in=wanted).select_related("owner")
        self.deals = {_key(deal.external_id): deal for deal in deals}
        self.pay = _pay(statement)
        self.seen: set[int] = set()

    def result(self) -> Reconciliation:
        found: list[Difference] = []
        equal = 0
        for row in self.rows:
            differences = self._row(row)
            found += differences
            equal += not differences
        found += [
            Difference(Cause.MISSING, None, _label(credit), None, credit.amount, credit.opportunity)
            for credit in self.credits
            if self._is_in_period(credit.credited_on) and credit.pk not in self.seen
        ]
        currency = self.statement.currency if self.statement else ""
        return Reconciliation(self.statement, currency, len(self.rows), equal, found)

    def _row(self, row: Given) -> list[Difference]:
        credit = self._credit(row)
        if credit is None:
            return [self._not_credited(row)]
        if credit.pk in self.seen:
            return [Difference(Cause.TWICE, row.number, _label(credit), row.amount, credit.amount, credit.opportunity)]
        self.seen.add(credit.pk)
        return list(self._credited(row, credit))

    def _credit(self, row: Given) -> Credit | None:
        """By the deal's number, else by customer and amount where only one is left that fits."""
        if row.deal.strip() and (found := self.by_reference.get(_key(row.deal))) is not None:
            return found
        if row.amount is None or not row.customer.strip():
            return None
        fitting = [
            each for each in self.by_customer.get((_key(row.customer), row.amount), ()) if each.pk not in self.seen
        ]
        near = [each for each in fitting if self._is_in_period(each.credited_on)] or fitting
        return near[0] if near else None

    def _not_credited(self, row: Given) -> Difference:
        deal = self.deals.get(_key(row.deal)) if row.deal.strip() else None
        label = row.deal.strip() or row.customer.strip()
        if deal is None:
            return Difference(Cause.UNKNOWN, row.number, label, row.amount, None, None)
        if deal.owner_id != self.person.pk:
            return Difference(Cause.OTHER_OWNER, row.number, label, row.amount, deal.owner.name, deal)
        cause = {Opportunity.Stage.WON: Cause.NOT_CREDITED, Opportunity.Stage.LOST: Cause.LOST}.get(
            Opportunity.Stage(deal.stage), Cause.OPEN
        )
        return Difference(cause, row.number, label, row.amount, None, deal)

    def _credited(self, row: Given, credit: Credit) -> list[Difference]:
        found = []

        def differs(cause: Cause, mine: Decimal | date | None, portal: Decimal | date | str | None) -> None:
            position = self.pay[credit.pk][1] if credit.pk in self.pay else None
            found.append(Difference(cause, row.number, _label(credit), mine, portal, credit.opportunity, position))

        if not self._is_in_period(credit.credited_on):
            differs(Cause.OTHER_PERIOD, row.on, credit.credited_on)
        elif row.on is not None and row.on != credit.credited_on:
            differs(Cause.OTHER_DATE, row.on, credit.credited_on)
        if row.amount is not None and row.amount != credit.amount:
            is_foreign = self.statement is not None and credit.currency != self.statement.currency
            differs(Cause.OTHER_CURRENCY if is_foreign else Cause.OTHER_AMOUNT, row.amount, credit.amount)
        if row.pay is not None and self._is_in_period(credit.credited_on) and self.statement is not None:
            paid = self.pay.get(credit.pk, (Decimal(0), None))[0]
            if paid != row.pay:
                differs(Cause.OTHER_PAY, row.pay, paid)
        return found

    def _is_in_period(self, day: date) -> bool:
        return self.period.start <= day < self.period.end


def _pay(statement: Statement | None) -> dict[int, tuple[Decimal, int | None]]:
    """What each credit is paid by all components together, and one of its lines. One query."""
    if statement is None:
        return {}
    found: dict[int, tuple[Decimal, int | None]] = {}
    rows = statement.lines.exclude(credit=None).values("credit", "position").annotate(pay=Sum("amount"))
    for row in rows.order_by("position"):
        amount, position = found.get(row["credit"], (Decimal(0), None))
        found[row["credit"]] = (amount + row["pay"], position or row["position"])
    return found


def _key(text: str) -> str:
    return " ".join(text.split()).casefold()


def _label(credit: Credit) -> str:
    account = credit.opportunity.key_account
    return f"{credit.opportunity.external_id} · {account.name}" if account else credit.opportunity.external_id
