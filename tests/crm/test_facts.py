"""Facts: what is refreshed for some people and days is what a full computation finds."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Person, Team
from accounts.services import place_in_team
from core.models import ExchangeRate
from core.periods import Period, PeriodKind
from core.rates import RateMissing
from crm import selectors
from crm.models import Opportunity, PipelineSnapshot, SalesCycle, SalesDay, SalesMix, SubjectFact
from crm.services import refresh_facts
from tests.accounts.factories import PersonFactory, company
from tests.crm.factories import DealFactory, ProductFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
Q4 = Period.containing(TODAY, PeriodKind.QUARTER)
FACTS: tuple[type[SubjectFact], ...] = (SalesDay, SalesMix, SalesCycle, PipelineSnapshot)


def all_facts() -> list[list[tuple[Any, ...]]]:
    return [
        sorted(
            model._default_manager.values_list(
                *(field.attname for field in model._meta.concrete_fields if field.name != "id")
            ),
            key=str,
        )
        for model in FACTS
    ]


def assert_full_agrees() -> None:
    kept = all_facts()
    refresh_facts(on=TODAY)
    assert all_facts() == kept


def sold(subject: Person | Team) -> int:
    return int(selectors.closed_summary(subject=subject, period=Q4).booked)


def test_a_new_win_reaches_the_person_and_all_teams_above() -> None:
    tree = company()
    person = PersonFactory.create(team=tree.teams["west-1"])
    refresh_facts(on=TODAY)
    DealFactory.create(owner=person, engaged_on=date(2026, 9, 5), won_on=date(2026, 10, 5), amount=900)

    refresh_facts(person_ids=[person.pk], days=[date(2026, 9, 5), date(2026, 10, 5)], on=TODAY)

    assert [sold(subject) for subject in (person, tree.teams["west-1"], tree.regions["west"], tree.root)] == [900] * 4
    assert sold(tree.regions["east"]) == 0
    assert_full_agrees()


def test_a_deal_that_reopens_or_changes_hands_leaves_no_trace() -> None:
    tree = company()
    one, other = (PersonFactory.create(team=tree.teams[code]) for code in ("west-1", "east-1"))
    deal = DealFactory.create(owner=one, won_on=date(2026, 10, 5))
    refresh_facts(on=TODAY)
    Opportunity.objects.filter(pk=deal.pk).update(owner=other, stage="engaging", closed_on=None)

    refresh_facts(person_ids=[one.pk, other.pk], days=[date(2026, 9, 5), date(2026, 10, 5)], on=TODAY)

    assert not SalesDay.objects.exists()
    assert selectors.pipeline(subject=other, on=TODAY).deals == 1
    assert_full_agrees()


def test_a_past_move_takes_the_wins_of_those_days_along() -> None:
    tree = company()
    person = PersonFactory.create(team=tree.teams["west-1"])
    DealFactory.create(owner=person, won_on=date(2026, 10, 5), amount=900)
    DealFactory.create(owner=person, won_on=date(2026, 11, 5), amount=70)
    refresh_facts(on=TODAY)
    place_in_team(person=person, team=tree.teams["east-2"], since=date(2026, 11, 1), by=None)

    refresh_facts(person_ids=[person.pk], on=TODAY)

    assert (sold(tree.teams["west-1"]), sold(tree.teams["east-2"]), sold(tree.root)) == (900, 70, 970)
    assert_full_agrees()


def test_pieces_of_work_in_any_order_end_like_a_full_computation() -> None:
    tree = company()
    people = [PersonFactory.create(team=team) for team in tree.teams.values()]
    product = ProductFactory.create()
    start = date(2026, 7, 1)
    for n in range(60):
        when = {"won_on" if n % 3 else "lost_on": start + timedelta(days=2 * n)}
        engaged = start + timedelta(days=2 * n - 10 - n % 40)
        DealFactory.create(owner=people[n % 4], product=product, engaged_on=engaged, amount=100 + n, **when)
    DealFactory.create_batch(5, owner=people[0], product=product)
    refresh_facts(on=TODAY)
    for deal in Opportunity.objects.filter(stage="won").order_by("pk")[:6]:
        days = [deal.engaged_on, deal.closed_on, start]
        deal.closed_on, deal.amount = start + timedelta(days=140), Decimal(5)
        deal.save()
        refresh_facts(person_ids=[deal.owner_id], days=[day for day in [*days, deal.closed_on] if day], on=TODAY)
    assert_full_agrees()


def test_pipelines_are_kept_for_past_month_ends_and_today() -> None:
    tree = company()
    person = PersonFactory.create(team=tree.teams["west-1"])
    product = ProductFactory.create(list_price=1000)
    DealFactory.create(owner=person, product=product, engaged_on=date(2026, 8, 20), won_on=date(2026, 10, 5), amount=1)
    DealFactory.create(owner=person, product=product, engaged_on=date(2026, 9, 20), amount=700)
    DealFactory.create(owner=person, product=product, stage="prospecting")
    refresh_facts(on=TODAY)

    days = sorted(set(PipelineSnapshot.objects.values_list("day", flat=True)))
    assert days == [date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31), TODAY]
    then = selectors.pipeline(subject=tree.root, on=date(2026, 10, 4))
    assert (then.day, then.deals, int(then.amount)) == (date(2026, 9, 30), 2, 1700)
    now = selectors.pipeline(subject=tree.root, on=TODAY)
    assert (now.deals, int(now.amount)) == (2, 1700)
    assert [(stage.stage, stage.median_age_days) for stage in now.stages] == [("prospecting", None), ("engaging", 64)]
    assert selectors.pipeline(subject=tree.root, on=date(2026, 7, 1)).day is None


def test_deals_engaged_longer_than_nine_of_ten_won_ones_are_stuck() -> None:
    tree = company()
    person = PersonFactory.create(team=tree.teams["west-1"])
    for days in range(10, 110, 10):
        DealFactory.create(owner=person, engaged_on=date(2026, 6, 1), won_on=date(2026, 6, 1) + timedelta(days=days))
    DealFactory.create(owner=person, engaged_on=TODAY - timedelta(days=90))
    stuck = DealFactory.create(owner=person, engaged_on=TODAY - timedelta(days=91))
    refresh_facts(on=TODAY)

    assert selectors.pipeline(subject=person, on=TODAY).stuck_deals == 1
    viewer = person.user
    assert [row.uid for row in selectors.stuck_deals(viewer=viewer, subject=person, on=TODAY)] == [stuck.uid]


def test_a_subject_whose_last_deal_closed_has_an_empty_pipeline_not_an_old_one() -> None:
    tree = company()
    one, other = (PersonFactory.create(team=tree.teams["west-1"]) for _ in range(2))
    DealFactory.create(owner=one, engaged_on=date(2026, 9, 1), won_on=date(2026, 11, 5))
    DealFactory.create(owner=other, engaged_on=date(2026, 9, 1))
    refresh_facts(on=TODAY)
    found = selectors.pipelines(subjects=[one, other], on=TODAY)
    assert [pipeline.deals for pipeline in found.values()] == [0, 1]


def test_foreign_bookings_count_at_the_rate_of_their_day_and_a_missing_rate_is_named() -> None:
    tree = company()
    person = PersonFactory.create(team=tree.teams["west-1"])
    DealFactory.create(owner=person, won_on=date(2026, 10, 5), amount=100, currency="EUR")
    with pytest.raises(RateMissing, match=r"EUR to USD for 2026-(09|10)"):
        refresh_facts(on=TODAY)
    for day in range(0, 120, 5):
        on = date(2026, 8, 1) + timedelta(days=day)
        ExchangeRate.objects.create(base="EUR", quote="USD", on=on, rate=Decimal("1.25"), source="test")
    refresh_facts(on=TODAY)
    assert sold(tree.root) == 125


def test_each_selector_costs_the_same_after_years_of_history(django_assert_num_queries: Any) -> None:
    tree = company()
    person = PersonFactory.create(team=tree.teams["west-1"])
    for years in range(4):
        DealFactory.create(owner=person, won_on=date(2026 - years, 10, 5))
    refresh_facts(on=TODAY)
    with django_assert_num_queries(1):
        assert len(selectors.booked_trend(subject=tree.root, period=Q4)) == 92
    with django_assert_num_queries(1):
        selectors.sales_mix(subject=tree.root, period=Q4, dimension=SalesMix.Dimension.SECTOR)
    with django_assert_num_queries(2):
        selectors.closed_summary(subject=tree.root, period=Q4)
    with django_assert_num_queries(3):
        steps = selectors.funnel(subject=tree.root, period=Q4)
    assert [(step.stage, step.deals, step.median_days) for step in steps] == [
        ("prospecting", 0, None),
        ("engaging", 0, None),
        ("won", 1, 30),
        ("lost", 0, None),
    ]
