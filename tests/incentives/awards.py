"""Awards and benefits for tests: the smallest valid thing, opened on the first day of its period.

terms(kind="vote")                 what HR types
an_award(kind="rule", by=hr)       open
confirmed_award(person, by=hr)     the person has won it by result
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from accounts.models import Person, User
from core import calendar
from core.calendar import period as period_of
from goals.models import KpiResult
from incentives.models_awards import Award, Benefit, Winner
from incentives.services import awards as services
from incentives.services.awards import AwardTerms
from incentives.services.benefits import BenefitTerms, create_benefit
from tests.incentives.factories import bookings_kpi

NAMES = {
    "name_en": "Most booked",
    "name_zh": "签约之星",
    "description_en": "Who sold most.",
    "description_zh": "卖得最多。",
}


def terms(**fields: Any) -> AwardTerms:
    """Of an award for the present quarter, open since yesterday and today; by result for the last quarter."""
    today = calendar.today()
    values: dict[str, Any] = {
        **NAMES,
        "kind": "nomination",
        "period": calendar.current_period().code,
        "starts": today - timedelta(days=1),
        "ends": today + timedelta(days=1),
    }
    if fields.get("kind") == "rule":
        values |= {"kpi": bookings_kpi(), "rule": "rank", "measure": "actual", "ends": today}
        values["period"] = calendar.current_period().previous.code
    return AwardTerms(**(values | fields))


def an_award(*, by: User, **fields: Any) -> Award:
    award = services.create_award(terms=terms(**fields), by=by)
    return services.open_award(award_uid=award.uid, by=by)


def over(award: Award) -> Award:
    """The time for nominations and votes is over."""
    today = calendar.today()
    Award.objects.filter(pk=award.pk).update(starts=today - timedelta(days=9), ends=today)
    award.refresh_from_db()
    return award


def booked(person: Person, actual: str, *, attainment: str | None = None, base: str | None = None) -> KpiResult:
    """A result of the last quarter, as the computation would have written it."""
    span = period_of(calendar.current_period().previous.code)
    membership = person.memberships.first()
    return KpiResult.objects.create(
        kpi=bookings_kpi(),
        person=person,
        period=span.code,
        starts=span.start,
        ends=span.end,
        home_team=membership.team if membership else None,
        numerator=Decimal(actual),
        denominator=Decimal(base) if base else None,
        actual=Decimal(actual),
        attainment=Decimal(attainment) if attainment else None,
        computed_at="2026-01-01T00:00:00Z",
    )


def confirmed_award(*people: Person, by: User, best: int = 1000, **fields: Any) -> Award:
    """One that these people have won by result, the first one best."""
    award = an_award(by=by, kind="rule", places=len(people), **fields)
    for number, person in enumerate(people):
        booked(person, str(best - number))
    services.close_award(award_uid=award.uid, by=by)
    return services.confirm_award(award_uid=award.uid, by=by)


def winner(award: Award, person: Person) -> Winner:
    return award.winners.get(person=person)


def a_benefit(**fields: Any) -> Benefit:
    names = {"name_en": "Phone", "name_zh": "通讯补贴", "description_en": "", "description_zh": ""}
    return create_benefit(terms=BenefitTerms(**(names | {"kind": "allowance"} | fields)), by=None)
