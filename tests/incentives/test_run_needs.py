"""Runs give the engine what its kinds need: results, deals, ranks, pools, the year so far, what was left open."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.access import Role
from accounts.models import Person
from core.periods import Period
from crm.models import Credit, KeyAccount
from goals import outcomes
from goals.models import Kpi, KpiResult
from goals.outcomes import Outcome, Provider
from incentives import selectors
from incentives.models import Run, Statement
from incentives.rules.engine import CreditFact, evaluate
from incentives.selectors.run_inputs import payees
from incentives.selectors.statements import facts_of
from incentives.selectors.statements import plan_of as plan_of_statement
from tests.accounts.factories import PersonFactory, TeamFactory, client_for, person_with_role
from tests.incentives.factories import (
    approved_run,
    calculated_run,
    credit,
    kam_content,
    published_plan,
    put_on,
    quota,
)

pytestmark = pytest.mark.django_db
Q2, Q3 = "2026-Q2", "2026-Q3"
NAME = {"en": "Part", "zh": "部分"}


def plan_of(*parts: dict[str, Any], **terms: Any) -> dict[str, Any]:
    content = {"schema": 1, "measure": "booked_revenue", "period": "quarter", "cap": None}
    named = [{"key": f"part-{place}", "name": NAME} | part for place, part in enumerate(parts)]
    return content | {"components": named} | terms


def paid(content: dict[str, Any], *sales: str, period: str = Q3, target: str = "30000") -> Statement:
    """One person with these deals in the period."""
    person = person_with_role(Role.KAM, TeamFactory.create())
    put_on(published_plan(content), person)
    quota(person, target, period)
    for amount in sales:
        credit(person, amount, date(2026, 7, 12) if period == Q3 else date(2026, 5, 12))
    return calculated_run(period).statements.get(person=person)


def kinds(statement: Statement) -> list[tuple[str, Decimal]]:
    return list(statement.lines.order_by("position").values_list("kind", "amount"))


def shown(statement: Statement) -> list[str]:
    """The sentences of a statement's page; every line has one."""
    viewer = person_with_role(Role.HR).user
    detail = selectors.statement_detail(viewer=viewer, statement_uid=statement.uid)
    for line in detail.lines:
        explained = selectors.explain_line(viewer=viewer, statement_uid=statement.uid, position=line.position)
        assert explained.definition == line.why
    assert sum(group.total for group in detail.groups) == statement.total
    return [line.why for line in detail.lines]


def result(person: Person, code: str, actual: str, answers: int) -> None:
    words = {"name_en": code, "name_zh": code, "definition_en": "-", "definition_zh": "-"}
    fields = words | {"unit": Kpi.Unit.PERCENT, "aggregation": Kpi.Aggregation.RATIO, "source": code}
    kpi = Kpi.objects.get_or_create(code=code, defaults=fields)[0]
    KpiResult.objects.create(
        kpi=kpi,
        person=person,
        period=Q3,
        starts=date(2026, 7, 1),
        ends=date(2026, 10, 1),
        numerator=Decimal(actual) * answers,
        denominator=answers,
        actual=Decimal(actual),
        computed_at=datetime(2026, 10, 1, tzinfo=ZoneInfo("UTC")),
    )


CSAT_GATE = {
    "measure": {"of": "kpi", "code": "csat-test", "read": "value"},
    "at_least": "0.8",
    "otherwise": "0.5",
    "minimum_n": "5",
}
TIERS = kam_content()["components"][0]


@pytest.mark.parametrize(
    ("answers", "total", "last"), [(12, "675.00", "gate"), (3, "1350.00", "credit")], ids=["enough", "too few"]
)
def test_a_gate_reads_the_result_of_a_kpi_and_its_number_of_answers(answers: int, total: str, last: str) -> None:
    person = person_with_role(Role.KAM, TeamFactory.create())
    put_on(published_plan(plan_of(TIERS | {"gates": [CSAT_GATE]})), person)
    quota(person, "30000", Q3)
    credit(person, "15000", date(2026, 7, 12))
    result(person, "csat-test", "0.75", answers)
    statement = calculated_run(Q3).statements.get(person=person)
    assert (statement.total, kinds(statement)[-1][0]) == (Decimal(total), last)
    if answers == 3:
        assert statement.facts["notes"][0]["code"] == "too_few_answers"
    else:
        assert "csat-test is 0.75, below 0.8: 50\u00a0% of it is paid." in shown(statement)


def test_a_campaign_sees_products_and_new_customers() -> None:
    campaign = {"kind": "spiff", "per": "new_customer", "amount": "250", "counts": {"products": ["GTX Pro"]}}
    statement = paid(plan_of(campaign), "1000", "2000")
    assert kinds(statement) == [("spiff", Decimal("250.00"))]  # both deals are of one customer
    assert shown(statement) == ["1 × New customer, from number 1 on."]
    KeyAccount.objects.update(name="Renamed")
    statement.refresh_from_db()
    assert [deal["customer"] for deal in statement.facts["more"]["deals"].values()] == ["Isdom", "Isdom"]


def test_a_campaigns_budget_is_used_up_by_whoever_books_first() -> None:
    plan = published_plan(plan_of({"kind": "spiff", "per": "deal", "amount": "100", "budget": "250"}))
    early, late = PersonFactory.create(), PersonFactory.create()
    for person, days in ((late, (5, 6)), (early, (1, 2))):
        put_on(plan, person)
        for day in days:
            credit(person, "1000", date(2026, 7, day))
    run = calculated_run(Q3)
    assert kinds(run.statements.get(person=early)) == [("spiff", Decimal(100)), ("spiff", Decimal(100))]
    assert kinds(run.statements.get(person=late)) == [("spiff", Decimal(50)), ("spiff", Decimal(0))]


def test_ranks_and_pools_are_settled_among_those_on_the_plan() -> None:
    team = TeamFactory.create()
    plan = published_plan(
        plan_of(
            {"kind": "rank_bonus", "by": "booked_revenue", "among": "plan", "prizes": ["100", "50.01"]},
            {"kind": "team_pool", "rate": "0.01", "split": "points", "remainder": "largest_remainder"},
        )
    )
    people = [person_with_role(Role.KAM, team) for _place in range(3)]
    for person, amount in zip(people, ("5000", "5000", "1000"), strict=True):
        put_on(plan, person)
        credit(person, amount, date(2026, 7, 12))
    run = calculated_run(Q3)
    found = {person.pk: kinds(run.statements.get(person=person)) for person in people}
    prizes = [amount for lines in found.values() for kind, amount in lines if kind == "rank"]
    assert (len(prizes), sum(prizes)) == (2, Decimal("150.01"))  # the two who tie share both prizes, to the cent
    pools = [amount for lines in found.values() for kind, amount in lines if kind == "pool"]
    assert pools == [Decimal("50.00"), Decimal("50.00"), Decimal("10.00")]
    for person in people:
        shown(run.statements.get(person=person))


def test_a_draw_is_lent_in_one_quarter_and_taken_back_in_the_next() -> None:
    content = plan_of(TIERS, draw={"kind": "recoverable", "amount": "1000"}, holdback={"rate": "0.1", "months": "1"})
    first = paid(content, "1000", period=Q2)  # earns 90, held back 9
    assert kinds(first) == [("credit", Decimal(90)), ("draw", Decimal(910)), ("holdback", Decimal(-9))]
    assert first.balances == {"draw": "910.00", "held": "9.00"}
    approved_run(Q2)
    quota(first.person, "30000", Q3)
    credit(first.person, "30000", date(2026, 7, 12))
    second = calculated_run(Q3).statements.get(person=first.person)
    expected = [("credit", 5400), ("repay", -910), ("holdback", -540), ("release", 9)]
    assert kinds(second) == [(kind, Decimal(amount)) for kind, amount in expected]
    assert second.balances == {"draw": "0.00", "held": "540.00"}
    assert shown(second)[1] == "Of the advance, $910.00 was owed."


def test_a_part_paid_by_the_year_takes_off_what_earlier_quarters_paid() -> None:
    rows = [{"from": "0", "to": "0.5", "rate": "0.01"}, {"from": "0.5", "to": None, "rate": "0.03"}]
    slab = {"kind": "whole_tiers", "basis": "attainment", "tiers": rows, "true_up": {"window": "year"}}
    first = paid(plan_of(slab), "10000", period=Q2, target="30000")
    assert first.total == Decimal("100.00")
    approved_run(Q2)
    quota(first.person, "30000", Q3)
    credit(first.person, "40000", date(2026, 7, 12))
    second = calculated_run(Q3).statements.get(person=first.person)
    assert second.facts["more"]["year"] == {"quota": "60000", "target_pay": "10800", "opening": "10000"}
    assert second.total == Decimal("1400.00")  # 3 % of 50,000 at 83 % of the year's target, less 100
    shown(second)


def test_a_ramp_is_the_mean_of_the_months_of_the_quarter() -> None:
    person = PersonFactory.create(hired_on=date(2026, 8, 3))
    put_on(published_plan(plan_of(TIERS, ramp=["0", "0.5", "1"])), person)
    quota(person, "30000", Q3)
    credit(person, "7500", date(2026, 8, 12))
    statement = calculated_run(Q3).statements.get(person=person)
    assert statement.attainment == 1  # the mean of 0 and 0.5 of 30,000


@pytest.mark.parametrize("people", [1, 5])
def test_what_plans_need_is_read_set_based(people: int, django_assert_max_num_queries: Any) -> None:
    campaign = {"kind": "spiff", "per": "deal", "amount": "250"}
    ranking = {"kind": "rank_bonus", "by": "booked_revenue", "among": "plan", "prizes": ["100"]}
    plan = published_plan(plan_of(TIERS | {"gates": [CSAT_GATE]}, campaign, ranking, holdback={"rate": "0.1"}))
    for _place in range(people):
        person = PersonFactory.create()
        put_on(plan, person)
        credit(person, "1000", date(2026, 7, 12))
    run = calculated_run(Q3)
    with django_assert_max_num_queries(24):
        found = payees(run)
    assert len(found) == people
    assert all({"deals", "standings"} <= set(payee.more) for payee in found)


def test_a_plan_that_needs_nothing_more_has_nothing_more_frozen() -> None:
    paid(kam_content(), "1000")
    assert [payee.more for payee in payees(Run.objects.get(period=Q3))] == [{}]


def test_evaluating_what_a_statement_froze_gives_its_lines_again() -> None:
    campaign = {"kind": "spiff", "per": "unit", "amount": "25", "counts": {"products": ["GTX Pro"]}}
    statement = paid(
        plan_of(TIERS, campaign, draw={"kind": "non_recoverable", "amount": "900"}), "1000", "2000", "-500"
    )
    plan = plan_of_statement(statement)
    assert plan is not None
    credited = [CreditFact(row.credited_on, row.pk, row.amount) for row in Credit.objects.order_by("pk")]
    outcome = evaluate(plan, replace(facts_of(statement), credits=credited))
    assert [(line.kind, line.amount) for line in outcome.lines] == kinds(statement)
    assert outcome.total == statement.total


def test_the_page_of_such_a_statement_opens() -> None:
    campaign = {"kind": "spiff", "per": "deal", "amount": "250"}
    statement = paid(plan_of(TIERS, campaign, floor="3000", holdback={"rate": "0.1"}), "1000")
    answer = client_for(person_with_role(Role.HR)).get(f"/incentives/statements/{statement.uid}/")
    assert answer.status_code == 200
    assert "Raised to the minimum" in answer.content.decode()


# Outcomes beside KPI results


def test_a_part_is_paid_by_the_score_of_whoever_provides_it() -> None:
    """An OKR's grade, a goal or a review's score is paid as a KPI result is."""

    def graded(people: Sequence[int], period: Period, codes: Sequence[str]) -> dict[tuple[int, str], Outcome]:
        return {(person, code): Outcome(score=Decimal("0.7")) for person in people for code in codes}

    provider = Provider("grade", graded, lambda: [("grade", "Grade")], lambda codes: codes)
    part = {"kind": "score", "weight": "1", "measure": {"of": "kpi", "code": "grade", "read": "score"}}
    outcomes.register(provider)
    try:
        statement = paid(plan_of(part), "100")
    finally:
        del outcomes.PROVIDERS["grade"]
    assert statement.total == Decimal("3780.00")
