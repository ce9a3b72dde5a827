"""What was measured of people, from whoever measured it: KPI results and other providers by the prefix of the code."""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal

import pytest

from core.calendar import period
from core.periods import Period
from goals import outcomes
from goals.outcomes import Outcome, Outcomes, Provider
from tests.accounts.factories import PersonFactory
from tests.goals.factories import computed, result, won

pytestmark = pytest.mark.django_db
Q3 = "2026-Q3"


def walked(people: Sequence[int], asked: Period, codes: Sequence[str]) -> Outcomes:
    """Everybody walked a distance for each code that ends with a number."""
    return {(person, code): Outcome(score=Decimal(code[-1])) for person in people for code in codes if asked.code == Q3}


def ever_walked(codes: Collection[str]) -> list[str]:
    return [code for code in codes if code == "walk:1"]


@pytest.fixture
def walks() -> Iterator[None]:
    outcomes.register(Provider("walk", walked, lambda: [("walk:1", "Round the lake")], ever_walked))
    yield
    del outcomes.PROVIDERS["walk"]


def test_kpi_results_and_outcomes_of_other_providers_come_in_one_answer(walks: None) -> None:
    person = PersonFactory.create()
    won(person, "2026-08-04", 500)
    computed(Q3)
    found = outcomes.outcomes_of(people=[person.pk], period=period(Q3), codes=["booked_revenue", "walk:1", "unheard"])
    assert set(found) == {(person.pk, "booked_revenue"), (person.pk, "walk:1")}
    assert found[person.pk, "booked_revenue"].value == result(person, Q3).actual == 500
    assert found[person.pk, "walk:1"].score == 1


def test_what_was_never_measured_is_named(walks: None) -> None:
    assert outcomes.never_measured(["walk:1", "walk:2", "booked_revenue", "nonsense"]) == [
        "booked_revenue",
        "nonsense",
        "walk:2",
    ]


def test_offers_begin_with_the_kpis(walks: None) -> None:
    offers = [code for code, _name in outcomes.offered()]
    assert offers[0] == "booked_revenue"
    assert "walk:1" in offers
