"""Deals, results and targets for tests: the smallest valid thing.

won(person, "2026-11-03", 1000)        a won deal with its credit
lost(person, "2026-11-03")             a lost one
target(person_or_team, "2026-Q4", 50)  a target of booked revenue
computed("2026-Q4")                    results of the quarter and its months
kpi("win_rate")                        the KPI of a code
"""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from accounts.models import Person, Team
from core import calendar
from crm.models import Credit, KeyAccount, Opportunity, Product
from goals import services
from goals.models import Kpi, KpiResult, Target

_numbers = count(1)


def kpi(code: str = "booked_revenue") -> Kpi:
    return Kpi.objects.get(code=code)


def product(name: str = "GTX Pro") -> Product:
    made, _ = Product.objects.get_or_create(name=name, defaults={"list_price": Decimal(4821), "currency": "USD"})
    return made


def account(name: str = "Konex") -> KeyAccount:
    return KeyAccount.objects.get_or_create(name=name)[0]


def won(person: Person, on: str, amount: int | Decimal, *, days: int | None = 30, currency: str = "USD") -> Opportunity:
    """Won on a day after `days` of engaging, credited to its owner as a whole."""
    deal = _closed(person, on, Opportunity.Stage.WON, Decimal(amount), days, currency)
    Credit.objects.create(opportunity=deal, person=person, amount=deal.amount, currency=currency, credited_on=on)
    return deal


def lost(person: Person, on: str, *, days: int | None = 30) -> Opportunity:
    return _closed(person, on, Opportunity.Stage.LOST, Decimal(0), days, "USD")


def _closed(
    person: Person, on: str, stage: Opportunity.Stage, amount: Decimal, days: int | None, currency: str
) -> Opportunity:
    closed_on = date.fromisoformat(on)
    return Opportunity.objects.create(
        external_id=f"deal-{next(_numbers)}",
        owner=person,
        product=product(),
        key_account=account(),
        stage=stage,
        engaged_on=None if days is None else closed_on - timedelta(days=days),
        closed_on=closed_on,
        amount=amount,
        currency=currency,
    )


def target(subject: Person | Team, period: str, value: int | str, code: str = "booked_revenue") -> Target:
    at = calendar.period(period)
    return Target.objects.create(
        kpi=kpi(code),
        person=subject if isinstance(subject, Person) else None,
        team=subject if isinstance(subject, Team) else None,
        period=period,
        starts=at.start,
        ends=at.end,
        value=Decimal(value),
    )


def computed(*periods: str) -> int:
    """Results of the periods and of their months. Returns how many rows changed."""
    return services.compute([calendar.period(code) for code in periods])


def result(subject: Person | Team, period: str, code: str = "booked_revenue") -> KpiResult:
    column = "person" if isinstance(subject, Person) else "team"
    return KpiResult.objects.get(kpi__code=code, period=period, **{column: subject})
