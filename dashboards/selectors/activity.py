"""Who sells at all: somebody without a single deal is not behind, but without deals, which asks for another step."""

from collections.abc import Collection
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from accounts.models import Person
from core import calendar
from core.periods import Period, PeriodKind
from crm.models import PipelineSnapshot
from goals.models import KpiResult

QUARTERS = 4


def without_deals(people: "QuerySet[Person]", period: Period, today: date) -> "QuerySet[Person]":
    """Those of `people` who in the year up to `period` booked nothing, won and lost nothing, and have no open deal.

    It asks the results and the newest picture of the pipeline, by index, however many deals there are.
    """
    day = min(today, period.end - timedelta(days=1))
    quarter = calendar.period_on(day, PeriodKind.QUARTER)
    results = KpiResult.objects.filter(
        Q(kpi__code="booked_revenue", numerator__gt=0) | Q(kpi__code="win_rate", denominator__gt=0),
        person=OuterRef("pk"),
        period__in=[quarter.shift(-steps).code for steps in range(QUARTERS)],
    )
    newest = PipelineSnapshot.objects.filter(day__lte=day).order_by("-day").values("day")[:1]
    opened = PipelineSnapshot.objects.filter(person=OuterRef("pk"), day=Subquery(newest), deals__gt=0)
    return people.filter(~Exists(results), ~Exists(opened))


def ids_without_deals(people: Collection[int], period: Period, today: date) -> set[int]:
    """The row ids of those among some people. One query, none for nobody."""
    if not people:
        return set()
    return set(without_deals(Person.objects.filter(pk__in=people), period, today).values_list("pk", flat=True))
