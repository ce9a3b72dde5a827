"""What would move one's pay most, by the same engine as the statements."""

# mypy: disable-error-code="comparison-overlap"

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
import time_machine

from accounts.access import Role
from accounts.models import Person
from core.calendar import period as period_of
from incentives import selectors
from tests.accounts.factories import PersonFactory, TeamFactory, client_for, person_with_role
from tests.incentives.factories import credit, open_deal, published_plan, put_on, quota
from tests.incentives.page_queries import queries_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_august")]
Q3 = "2026-Q3"


@pytest.fixture
def in_august() -> Iterator[None]:
    with time_machine.travel("2026-08-24 09:00", tick=False):
        yield


@pytest.fixture
def kam() -> Person:
    person = person_with_role(Role.KAM, TeamFactory.create())
    put_on(published_plan(), person, "5400")
    quota(person, "30000", Q3)
    credit(person, "14000", date(2026, 7, 12))
    return person


def found(kam: Person) -> selectors.Movers:
    return selectors.movers(viewer=kam.user, person=kam, period=period_of(Q3))


def test_the_three_deals_with_the_largest_marginal_pay_come_with_the_bounds_they_cross(kam: Person) -> None:
    deals = [open_deal(kam, amount) for amount in ("500", "1000", "2000", "16000")]

    result = found(kam)

    # 14,000 so far; 9 % up to 15,000, then 27 %.
    assert [(mover.deal, mover.gain) for mover in result.deals] == [
        (deals[3], Decimal("4140.00")),
        (deals[2], Decimal("360.00")),
        (deals[1], Decimal("90.00")),
    ]
    assert [len(mover.crossed) for mover in result.deals] == [2, 1, 1]
    assert result.so_far == Decimal("1260.00")


def test_a_deal_pays_what_the_what_if_says(kam: Person) -> None:
    deal = open_deal(kam, "7777.77")
    result = selectors.what_if(viewer=kam.user, person=kam, period=period_of(Q3), opportunity_uids=[deal.uid])
    assert [mover.gain for mover in found(kam).deals] == [result.gain]


def test_deals_of_others_do_not_count_and_the_reason_is_told(kam: Person) -> None:
    open_deal(PersonFactory.create(), "9000")
    assert found(kam).deals == []
    assert "No open deal" in found(kam).reason


def test_somebody_without_a_plan_is_told_so() -> None:
    person = PersonFactory.create()
    open_deal(person, "9000")
    assert "No plan is assigned" in found(person).reason


def test_the_page_takes_the_same_queries_however_many_deals(kam: Person) -> None:
    open_deal(kam, "100")
    client = client_for(kam)
    few = queries_of(client, "/incentives/movers/")
    for number in range(20):
        open_deal(kam, str(1000 + number))
    assert queries_of(client, "/incentives/movers/") == few <= 25
    assert client.get("/incentives/movers/").content.decode().count("mover-gain") == 3
