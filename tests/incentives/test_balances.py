"""What stays open after a statement is what the next one begins with."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.access import Role
from incentives import services
from incentives.models import Run, Statement
from incentives.selectors.balances import Held, held_back, opening_balances
from tests.accounts.factories import PersonFactory, person_with_role
from tests.incentives.factories import approved_run, calculated_run, credit, kam_content, published_plan, put_on, quota

pytestmark = pytest.mark.django_db
Q2 = "2026-Q2"


def a_person_whose_plan_holds_back() -> Statement:
    person = PersonFactory.create()
    put_on(published_plan(kam_content() | {"holdback": {"rate": "0.2", "months": "3"}}), person)
    quota(person, "30000", Q2)
    credit(person, "15000", date(2026, 5, 4))
    calculated_run(Q2)
    return Statement.objects.get(person=person)


def test_what_a_plan_holds_back_is_kept_with_the_statement_and_found_later() -> None:
    statement = a_person_whose_plan_holds_back()
    assert (statement.total, statement.balances) == (Decimal(1080), {"held": "270.00"})
    people = [statement.person_id]
    assert held_back(people, before=date(2026, 7, 1)) == {}
    approved_run(Q2)
    assert held_back(people, before=date(2026, 7, 1)) == {
        statement.person_id: [Held(Q2, date(2026, 7, 1), Decimal("270.00"))]
    }
    assert held_back(people, before=date(2026, 4, 1)) == {}


def test_the_next_statement_begins_with_what_the_last_approved_one_closed_with() -> None:
    statement = a_person_whose_plan_holds_back()
    Statement.objects.update(balances={"draw": "500.00", "carried": "20.00", "held": "1.00"})
    people = [statement.person_id]
    assert opening_balances(people, before=date(2026, 7, 1)) == {}
    approve(Run.objects.get())
    assert opening_balances(people, before=date(2026, 7, 1)) == {
        statement.person_id: {"draw": "500.00", "carried": "20.00"}
    }
    assert opening_balances(people, before=date(2026, 4, 1)) == {}


def approve(run: Run) -> None:
    services.submit_run(run_uid=run.uid, by=person_with_role(Role.HR).user)
    services.approve_run(run_uid=run.uid, by=person_with_role(Role.DIRECTOR).user)
