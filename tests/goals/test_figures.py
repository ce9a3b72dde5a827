"""Figures for pages: values, comparison, history; what is under a team; who sees them; cost."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.access import Role
from accounts.models import Person, Team, User
from core import calendar
from goals import cards, selectors
from goals.selectors.figures import Level
from tests.accounts.factories import Company, PersonFactory, company, person_with_role
from tests.goals.factories import computed, lost, target, won

pytestmark = pytest.mark.django_db
Q1, Q2 = "2026-Q1", "2026-Q2"
Scene = tuple[Company, dict[str, Person], User]


@pytest.fixture
def scene() -> Scene:
    tree = company()
    kams = {code: PersonFactory.create(team=team, name=f"KAM of {code}") for code, team in tree.teams.items()}
    for number, person in enumerate(kams.values(), start=1):
        won(person, "2026-02-03", 1000)
        won(person, "2026-05-04", 1000 * number)
        lost(person, "2026-05-05")
        target(person, Q2, 2000)
    computed(Q1, Q2)
    return tree, kams, person_with_role(Role.DIRECTOR, tree.root).user


def test_a_figure_has_value_target_comparison_and_history(scene: Scene) -> None:
    tree, _kams, director = scene
    found = selectors.figures(
        viewer=director, subject=tree.root, period=calendar.period(Q2), compare=calendar.period(Q1)
    )
    assert list(found) == ["booked_revenue", "deals_won", "win_rate", "average_deal", "cycle_days"]
    booked = found["booked_revenue"]
    assert (booked.actual, booked.target, booked.attainment) == (Decimal(10_000), Decimal(8_000), Decimal("1.25"))
    assert (booked.compared, booked.change, booked.missing) == (Decimal(4_000), Decimal("1.5"), Decimal(0))
    assert [(past.period, past.actual) for past in booked.history] == [(Q1, Decimal(4_000)), (Q2, Decimal(10_000))]
    assert found["win_rate"].change == Decimal("-0.5")


def test_a_card_says_target_and_attainment(scene: Scene) -> None:
    tree, _kams, director = scene
    compare = calendar.period(Q1)
    found = selectors.figures(viewer=director, subject=tree.root, period=calendar.period(Q2), compare=compare)
    pace = selectors.pace(period=calendar.period(Q2), on=calendar.today())
    card = cards.kpi_card(found["booked_revenue"], compare, pace)
    assert (card.label, card.value, card.full) == ("Booked revenue", "$10\u00a0K", "$10,000.00")
    assert card.sub == "of $8,000 target · 125\u00a0% attained"
    assert card.delta is not None
    assert (card.delta.change, card.delta.kind) == (Decimal("1.5"), "percent")
    rate = cards.kpi_card(found["win_rate"], compare, pace)
    assert rate.sub == "no target yet"
    assert rate.delta is not None
    assert rate.delta.kind == "points"


def test_the_level_below_is_teams_and_at_last_people(scene: Scene) -> None:
    tree, _kams, director = scene
    period = calendar.period(Q2)

    def below(team: Team, level: Level = "children") -> list[tuple[str, Decimal | None]]:
        rows = selectors.child_figures(viewer=director, team=team, period=period, level=level)
        return [(row.subject.name, row.figures["booked_revenue"].actual) for row in rows]

    assert below(tree.root) == [("East", Decimal(7000)), ("West", Decimal(3000))]
    assert below(tree.regions["west"]) == [("West 1", Decimal(1000)), ("West 2", Decimal(2000))]
    assert below(tree.teams["west-1"]) == [("KAM of west-1", Decimal(1000))]
    assert [name for name, _ in below(tree.root, "teams")] == ["West", "West 1", "West 2", "East", "East 1", "East 2"]
    assert [name for name, _ in below(tree.root, "people")] == [
        f"KAM of {code}" for code in ("east-2", "east-1", "west-2", "west-1")
    ]


def test_members_and_places_are_told(scene: Scene) -> None:
    tree, kams, director = scene
    (_east, west) = selectors.child_figures(viewer=director, team=tree.root, period=calendar.period(Q2))
    assert (west.subject.kind, west.subject.key, west.subject.members, west.subject.detail) == (
        "region",
        "west",
        2,
        "Company",
    )
    (kam,) = selectors.child_figures(viewer=director, team=tree.teams["west-1"], period=calendar.period(Q2))
    assert kam.subject.url == f"/people/{kams['west-1'].uid}/"
    assert kam.subject.detail == "West 1"


def test_nobody_sees_figures_out_of_scope(scene: Scene) -> None:
    tree, kams, _director = scene
    period = calendar.period(Q2)
    manager = person_with_role(Role.MANAGER, tree.teams["west-1"]).user
    assert selectors.figures(viewer=manager, subject=tree.root, period=period) == {}
    assert selectors.figures(viewer=manager, subject=kams["east-1"], period=period) == {}
    assert selectors.figures(viewer=manager, subject=kams["west-1"], period=period)
    rows = selectors.child_figures(viewer=manager, team=tree.root, period=period, level="people")
    assert [row.subject.name for row in rows] == ["KAM of west-1"]


@pytest.mark.parametrize("level", ["children", "teams", "people"])
def test_the_number_of_queries_does_not_grow(scene: Scene, level: Level) -> None:
    tree, _kams, director = scene
    period = calendar.period(Q2)

    def cost() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            rows = selectors.child_figures(viewer=director, team=tree.root, period=period, level=level)
        return len(queries), len(rows)

    director.grants  # noqa: B018  (once a request, before)
    few, rows_few = cost()
    for number in range(30):
        won(PersonFactory.create(team=tree.teams["west-1"]), "2026-05-06", 10 + number)
    computed(Q2)
    many, rows_many = cost()
    assert few == many <= 3
    assert level != "people" or rows_many == rows_few + 30
