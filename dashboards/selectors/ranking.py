"""The order of a long list of people, made in the database, so that only the figures of those shown are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from django.db.models import Case, DateField, DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import Expression, OrderBy

from accounts.models import Person, Team, User
from core.periods import Period
from crm.models import PipelineSnapshot
from goals.models import KpiResult
from incentives import selectors as pay
from training import selectors as training

BEST_FIRST = "-attainment"
Sortable: TypeAlias = "Expression | F | Subquery[Any]"
MONEY = DecimalField(max_digits=24, decimal_places=6)


@dataclass(frozen=True, slots=True)
class Ranked:
    """The row ids of the first people of a list, in its order, and how many there are in all."""

    people: Sequence[int]
    total: int


def ranked_people(*, viewer: User, team: Team, period: Period, sort: str, most: int | None, today: date) -> Ranked:
    """Everybody under a team in the period, by a column of the table; who has no value in it comes last. Two queries.

    sort  a column of the table, "-" before it for the highest first; unknown or empty: best attainment first
    most  how many at most; None: all
    """
    results = KpiResult.objects.visible_to(viewer).filter(
        period=period.code, kpi__code="booked_revenue", person__isnull=False, home_team__path__startswith=team.path
    )
    column = sort.lstrip("-")
    if column == "bonus":
        return _by_bonus(results, period, falling=sort.startswith("-"), most=most)
    if column not in COLUMNS:
        sort, column = BEST_FIRST, "attainment"
    order = OrderBy(COLUMNS[column](period, today), descending=sort.startswith("-"), nulls_last=True)
    rows = results.order_by(order, "person__name", "pk").values_list("person", flat=True)
    return Ranked(list(rows[:most]), results.count())


def _by_bonus(results: "QuerySet[KpiResult]", period: Period, *, falling: bool, most: int | None) -> Ranked:
    """Which of several runs counts is decided in one place, `bonus_costs`: here only its amounts are sorted."""
    ids = results.order_by("person__name", "pk").values_list("person", flat=True)
    people = [Person(pk=person) for person in ids]
    costs = pay.bonus_costs(subjects=people, period=period)
    amounts = {person: cost.amount for (_kind, person), cost in costs.items()}
    paid = sorted((pk for pk in ids if pk in amounts), key=lambda pk: amounts[pk], reverse=falling)
    ranked = paid + [pk for pk in ids if pk not in amounts]
    return Ranked(ranked[:most], len(ranked))


def _of_result(field: str) -> Callable[[Period, date], Sortable]:
    return lambda _period, _today: F(field)


def _win_rate(period: Period, _today: date) -> Sortable:
    rates = KpiResult.objects.filter(kpi__code="win_rate", period=period.code, person=OuterRef("person"))
    return Subquery(rates.values("actual")[:1], output_field=MONEY)


def _coverage(period: Period, today: date) -> Sortable:
    """As `overview.coverage`: open deals at the win rate, over what is missing; nothing once the target is reached."""
    newest = PipelineSnapshot.objects.filter(day__lte=min(today, period.end)).order_by("-day").values("day")[:1]
    opened = PipelineSnapshot.objects.filter(person=OuterRef("person"), day=Subquery(newest)).values("person")
    amount = Subquery(opened.annotate(amount=Sum("amount")).values("amount"), output_field=MONEY)
    covered = amount * _win_rate(period, today) / (F("target") - F("actual"))
    return Case(When(target__gt=F("actual"), then=covered), output_field=MONEY)


def _days_since_coached(_period: Period, today: date) -> Sortable:
    last = Subquery(training.last_coached_subquery(OuterRef("person"), today), output_field=DateField())
    return Value(today, output_field=DateField()) - last


COLUMNS: dict[str, Callable[[Period, date], Sortable]] = {
    "name": _of_result("person__name"),
    "booked": _of_result("actual"),
    "attainment": _of_result("attainment"),
    "win_rate": _win_rate,
    "coverage": _coverage,
    "coached": _days_since_coached,
}
