"""A plan with a clawback takes back in the open period what was paid on a deal that is lost since, and only once."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from accounts.access import Role
from accounts.models import Person, User
from crm.models import Credit, Opportunity, ReversedCredit
from crm.services.credits import keep_credits
from incentives import selectors, services
from incentives.errors import TakenBackAlready
from incentives.models import Correction, Run, Statement
from tests.accounts.factories import PersonFactory, person_with_role
from tests.incentives.factories import approved_run, calculated_run, credit, kam_content, published_plan, put_on, quota

pytestmark = pytest.mark.django_db
Q1, Q2, Q3, Q4 = "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"
FEB, MAY, AUG, OCT = date(2026, 2, 4), date(2026, 5, 4), date(2026, 8, 4), date(2026, 10, 4)


def somebody(clawback: dict[str, Any] | None = None, **terms: Any) -> Person:
    """On a plan that takes all of it back within 180 days, or as said; 9 % up to half of the target, then 27 %."""
    person = PersonFactory.create()
    rule = {"method": "percent", "rate": "1", "within_days": "180"} if clawback is None else clawback
    put_on(published_plan(kam_content() | {"clawback": rule} | terms), person)
    for period in (Q2, Q3, Q4):
        quota(person, "30000", period)
    return person


@pytest.fixture
def hr() -> User:
    return person_with_role(Role.HR).user


def lose(deal: Credit, on: date) -> None:
    """As the CRM says it: the deal is lost, and its credit goes."""
    Opportunity.objects.filter(pk=deal.opportunity_id).update(stage="lost", closed_on=on, amount=0)
    keep_credits()


def found(run: Run) -> list[Correction]:
    services.find_corrections(run_id=run.pk)
    return list(Correction.objects.waiting().filter(of=run))


def lines(statement: Statement) -> list[tuple[str, Decimal]]:
    return list(statement.lines.order_by("position").values_list("kind", "amount"))


def approved(run: Run, by: User) -> None:
    services.submit_run(run_uid=run.uid, by=by)
    services.approve_run(run_uid=run.uid, by=person_with_role(Role.DIRECTOR).user)


def test_a_lost_deal_is_taken_back_in_the_open_period_and_is_no_correction(hr: User) -> None:
    person = somebody()
    kept, gone = credit(person, "1000", MAY), credit(person, "2000", MAY)
    first = approved_run(Q2)
    lose(gone, AUG)
    assert found(first) == []
    statement = calculated_run(Q3).statements.get(person=person)
    assert lines(statement) == [("clawback", Decimal("-180.00"))]
    assert first.statements.get(person=person).total + statement.total == Decimal("0.09") * kept.amount


def test_the_line_names_the_deal_and_what_was_paid_on_it(hr: User) -> None:
    person = somebody()
    gone = credit(person, "2000", MAY)
    approved_run(Q2)
    lose(gone, AUG)
    statement = calculated_run(Q3).statements.get(person=person)
    detail = selectors.statement_detail(viewer=hr, statement_uid=statement.uid)
    (line,) = detail.lines
    assert (line.label, line.line.on) == ("Isdom · GTX Pro", AUG)
    assert line.href == f"/crm/deals/{gone.opportunity.uid}/"
    assert line.why.replace("\xa0", " ") == "100 % of $180.00 that was paid on a deal since reversed."


def test_what_was_taken_back_once_is_not_taken_back_again(hr: User) -> None:
    person = somebody()
    gone = credit(person, "2000", MAY)
    approved_run(Q2)
    lose(gone, AUG)
    third = calculated_run(Q3, by=hr)
    assert calculated_run(Q3, by=hr).digest == third.digest
    approved(third, hr)
    assert lines(calculated_run(Q4).statements.get(person=person)) == []
    assert found(third) == []


def test_what_becomes_known_after_an_approval_is_taken_back_by_the_next_run_alone(hr: User) -> None:
    person = somebody()
    gone = credit(person, "2000", MAY)
    approved_run(Q2)
    third = calculated_run(Q3, by=hr)
    approved(third, hr)
    lose(gone, AUG)
    assert found(third) == []
    assert lines(calculated_run(Q4).statements.get(person=person)) == [("clawback", Decimal("-180.00"))]


def test_of_two_open_runs_that_take_the_same_deal_back_one_can_be_approved(hr: User) -> None:
    person = somebody()
    quota(person, "30000", Q1)
    gone = credit(person, "2000", FEB)
    approved_run(Q1)
    lose(gone, MAY)
    second, third = calculated_run(Q2, by=hr), calculated_run(Q3, by=hr)
    approved(third, hr)
    with pytest.raises(TakenBackAlready):
        approved(second, hr)
    second.refresh_from_db()
    assert not second.is_fixed


def test_after_the_days_of_the_plan_nothing_is_taken_back_and_the_statement_says_so() -> None:
    person = somebody({"method": "percent", "rate": "1", "within_days": "30"})
    gone = credit(person, "2000", MAY)
    first = approved_run(Q2)
    lose(gone, AUG)
    assert found(first) == []
    statement = calculated_run(Q3).statements.get(person=person)
    assert (statement.total, statement.facts["notes"][0]["code"]) == (Decimal(0), "clawback_too_late")


def test_of_a_term_what_was_served_is_kept() -> None:
    person = somebody({"method": "pro_rata", "rate": "1", "term_months": "12"})
    gone = credit(person, "2000", MAY)
    approved_run(Q2)
    lose(gone, AUG)  # three months served
    assert calculated_run(Q3).statements.get(person=person).total == Decimal("-135.00")


def test_no_more_is_taken_back_than_was_paid_under_the_cap() -> None:
    """Two deals of 30,000 and 90,000 earn more than twice the target pay: the cap has cut both by the same share."""
    person = somebody(cap="1")
    credit(person, "90000", MAY)
    gone = credit(person, "30000", MAY)
    paid = approved_run(Q2).statements.get(person=person)
    on_deals = sum(amount for kind, amount in lines(paid) if kind == "credit")
    (on_gone,) = paid.lines.filter(credit=gone.pk).values_list("amount", flat=True)
    lose(gone, AUG)
    taken = calculated_run(Q3).statements.get(person=person).total
    assert paid.total == 5400
    assert taken == -(on_gone * 5400 / on_deals).quantize(Decimal("0.01"))


def test_a_deal_that_is_won_anew_in_the_same_period_is_corrected_and_not_taken_back() -> None:
    person = somebody()
    gone = credit(person, "2000", MAY)
    first = approved_run(Q2)
    lose(gone, AUG)
    Opportunity.objects.filter(pk=gone.opportunity_id).update(stage="won", closed_on=MAY, amount=1500)
    keep_credits()
    assert [row.amount for row in found(first)] == [Decimal("-45.00")]
    assert lines(calculated_run(Q3).statements.get(person=person)) == []


def test_a_deal_that_another_kam_got_is_a_correction() -> None:
    person, other = somebody(), PersonFactory.create()
    moved = credit(person, "2000", MAY)
    first = approved_run(Q2)
    Opportunity.objects.filter(pk=moved.opportunity_id).update(owner=other)
    keep_credits()
    (row,) = [row for row in found(first) if row.person == person]
    assert (row.amount, row.reasons[0]["values"]["deal"]) == (Decimal("-180.00"), "Isdom · GTX Pro")
    assert lines(calculated_run(Q3).statements.get(person=person)) == []


def test_a_plan_without_a_clawback_corrects_as_before() -> None:
    person = PersonFactory.create()
    put_on(published_plan(), person)
    quota(person, "30000", Q2)
    gone = credit(person, "2000", MAY)
    first = approved_run(Q2)
    lose(gone, AUG)
    assert [row.amount for row in found(first)] == [Decimal("-180.00")]
    assert lines(calculated_run(Q3).statements.get(person=person)) == []


def test_every_credit_that_goes_is_kept_with_its_day_whoever_removes_it() -> None:
    person = PersonFactory.create()
    lost, deleted = credit(person, "2000", MAY), credit(person, "10", MAY)
    numbers = (lost.pk, deleted.pk)
    lose(lost, OCT)
    deleted.delete()
    rows = ReversedCredit.objects.in_bulk(numbers)
    assert (rows[numbers[0]].reversed_on, rows[numbers[0]].is_lost) == (OCT, True)
    assert rows[numbers[0]].amount == 2000
    assert not rows[numbers[1]].is_lost
    Opportunity.objects.get(pk=lost.opportunity_id).delete()
    assert not ReversedCredit.objects.filter(pk=numbers[0]).exists()
