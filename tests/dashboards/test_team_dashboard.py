"""A team's dashboard: where it leads, what it refuses, what its table and workbook hold."""

from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from accounts.models import Person
from core.calendar import period
from dashboards.selectors.overview import children
from dashboards.selectors.ranking import ranked_people
from tests.accounts.factories import client_for
from tests.dashboards.factories import SellingCompany
from tests.goals.factories import computed, won

pytestmark = pytest.mark.django_db


def dashboard(person: Person, query: str = "", status: int = 200) -> str:
    answer = client_for(person).get(f"/dashboard/{query}")
    assert answer.status_code == status
    return answer.content.decode().replace("\u00a0", " ")


def test_a_director_starts_with_the_company_and_goes_down_to_regions(selling: SellingCompany) -> None:
    page = dashboard(selling.director)

    assert 'data-href="/dashboard/?team=west&amp;period=2026-Q4"' in page
    assert 'data-href="/dashboard/?team=east&amp;period=2026-Q4"' in page


def test_a_team_shows_its_people_and_the_way_back_up(selling: SellingCompany) -> None:
    page = dashboard(selling.director, "?team=west-1")

    assert f'data-href="/people/{selling.kam.uid}/?period=2026-Q4"' in page
    assert 'href="/dashboard/?team=company&amp;period=2026-Q4"' in page
    assert 'href="/dashboard/?team=west&amp;period=2026-Q4"' in page


def test_a_manager_starts_with_the_own_team_and_has_no_way_above_it(selling: SellingCompany) -> None:
    page = dashboard(selling.manager)

    assert selling.kam.name in page
    assert "team=company" not in page


@pytest.mark.parametrize("code", ["east-1", "west", "company", "nowhere"])
def test_somebody_elses_team_does_not_exist(selling: SellingCompany, code: str) -> None:
    dashboard(selling.manager, f"?team={code}", status=404)
    client = client_for(selling.manager)
    for path in ("export/", "explain/coverage/", "explain/bonus/"):
        assert client.get(f"/dashboard/{path}?team={code}").status_code == 404


def test_a_kam_has_no_team_dashboard(selling: SellingCompany) -> None:
    dashboard(selling.kam, status=404)


def test_the_address_chooses_the_period(selling: SellingCompany) -> None:
    page = dashboard(selling.director, "?team=west-1&period=2026-Q3")

    assert "closed · figures as of" in page
    assert "Q3 2026" in page


def test_an_unknown_period_or_level_is_refused_kindly(selling: SellingCompany) -> None:
    assert "2026-Q9 is not a period" in dashboard(selling.director, "?period=2026-Q9", status=422)
    assert "everything" in dashboard(selling.director, "?level=everything", status=422)


def test_the_figures_add_up_the_people_below(selling: SellingCompany) -> None:
    rows = children(
        viewer=selling.director.user,
        team=selling.root,
        period=selling.quarter,
        compare=None,
        level="teams",
        today=selling.quarter.start,
    )

    booked = {row.figures.subject.key: row.value("booked_revenue") for row in rows}
    assert booked["west-1"] == Decimal(2000)
    assert booked["west"] == Decimal(4000)


# The long list of people


def ranked(selling: SellingCompany, sort: str, most: int | None = None) -> list[str]:
    found = ranked_people(
        viewer=selling.director.user,
        team=selling.root,
        period=selling.quarter,
        sort=sort,
        most=most,
        today=period("2026-11").end,
    )
    assert found.total == 4
    names = dict(Person.objects.values_list("pk", "name"))
    return [names[pk] for pk in found.people]


@pytest.fixture
def uneven(selling: SellingCompany) -> SellingCompany:
    """The n-th KAM has n thousand more."""
    for n, person in enumerate(selling.kams):
        won(person, "2026-11-03", 1 + n * 1000)
    computed(selling.quarter.code)
    return selling


@pytest.mark.parametrize("sort", ["-booked", "-attainment", "", "nonsense"])
def test_people_are_ordered_in_the_database(uneven: SellingCompany, sort: str) -> None:
    highest_first = [person.name for person in reversed(uneven.kams)]

    assert ranked(uneven, sort) == highest_first
    assert ranked(uneven, sort, most=2) == highest_first[:2]


@pytest.mark.parametrize(
    "sort", ["booked", "name", "win_rate", "-win_rate", "coverage", "-coverage", "bonus", "-bonus"]
)
def test_every_column_orders_the_same_people(uneven: SellingCompany, sort: str) -> None:
    assert sorted(ranked(uneven, sort)) == sorted(person.name for person in uneven.kams)


def test_who_was_never_coached_comes_last(selling: SellingCompany) -> None:
    assert ranked(selling, "coached")[0] == selling.kam.name
    assert ranked(selling, "-coached")[0] == selling.kam.name


def test_the_order_by_coverage_is_that_of_the_figures_shown(uneven: SellingCompany) -> None:
    today = period("2026-11").end
    rows = children(
        viewer=uneven.director.user, team=uneven.root, period=uneven.quarter, compare=None, level="people", today=today
    )
    shown = sorted(rows, key=lambda row: (row.coverage is None, row.coverage or 0))

    assert ranked(uneven, "coverage") == [row.figures.subject.name for row in shown]


def test_the_table_of_people_shows_how_many_there_are(selling: SellingCompany, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.team.ROWS", 3)

    page = dashboard(selling.director, "?level=people")

    assert "3 of 4; the export has all" in page
    assert "Show 1 more" in page
    assert page.count('data-href="/people/') == 3


# The workbook


def workbook(person: Person, query: str) -> list[tuple[object, ...]]:
    answer = client_for(person).get(f"/dashboard/export/{query}")
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    sheet = load_workbook(BytesIO(content)).active
    assert sheet is not None
    return [tuple(row) for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize("level", ["children", "teams", "people"])
def test_the_workbook_holds_what_the_table_shows(uneven: SellingCompany, level: str) -> None:
    rows = children(
        viewer=uneven.director.user,
        team=uneven.root,
        period=uneven.quarter,
        compare=None,
        level=level,  # type: ignore[arg-type]
        today=period("2026-11").start,
    )
    headings, *lines = workbook(uneven.director, f"?level={level}&sort=-booked")

    assert headings[:4] == ("Name", "Booked", "Target", "Attainment")
    expected = {row.figures.subject.name: (row.value("booked_revenue"), row.target, row.attainment) for row in rows}
    found = {line[0]: tuple(None if value is None else Decimal(str(value)) for value in line[1:4]) for line in lines}
    assert found == expected
    booked = [line[1] for line in lines]
    assert booked == sorted(booked, reverse=True)  # type: ignore[type-var]


# Explanations


def explained(person: Person, path: str) -> str:
    answer = client_for(person).get(f"/dashboard/explain/{path}")
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def test_coverage_is_explained_with_its_own_numbers(selling: SellingCompany) -> None:
    drawer = explained(selling.director, "coverage/?team=west-1")

    # Two open deals of 5,000, two of three closed deals won, 8,000 missing of 10,000.
    assert "$10,000.00 open × 67 % won ÷ $8,000.00 still missing" in drawer
    assert "= 0.83 ×" in drawer
    assert "/crm/deals/?stage=open&amp;team=west-1" in drawer
    assert drawer.count("/crm/deals/0") >= 2


def test_a_persons_coverage_and_the_bonus_of_a_year_are_explained_too(selling: SellingCompany) -> None:
    drawer = explained(selling.director, f"coverage/?person={selling.kam.uid}")
    assert "still missing" in drawer
    assert f"/people/{selling.kam.uid}/deals/?stage=open" in drawer

    year = explained(selling.director, f"bonus/?person={selling.kam.uid}&period=2026")
    assert "Q4 2026" in year
    assert "/incentives/statements/" in year


@pytest.mark.parametrize("figure", ["coverage", "bonus"])
def test_a_figure_of_somebody_unseen_or_unknown_has_no_explanation(selling: SellingCompany, figure: str) -> None:
    for person in (selling.stranger.uid, "nobody"):
        answer = client_for(selling.manager).get(f"/dashboard/explain/{figure}/?person={person}")
        assert answer.status_code == 404


def test_bonus_cost_is_explained_by_who_is_paid(selling: SellingCompany) -> None:
    drawer = explained(selling.director, "bonus/?team=west-1")

    assert "Provisional run" in drawer
    assert selling.kam.name in drawer
    assert "People paid" in drawer


def test_a_period_without_a_run_has_no_cost_to_explain(selling: SellingCompany) -> None:
    assert "People paid" not in explained(selling.director, "bonus/?team=west-1&period=2026-Q3")


# A person's overview


def test_a_person_sees_the_own_overview_with_open_deals(selling: SellingCompany) -> None:
    answer = client_for(selling.kam).get(f"/people/{selling.kam.uid}/")

    assert answer.status_code == 200
    assert "Open deals" in answer.content.decode()


def test_the_overview_of_another_kam_does_not_exist(selling: SellingCompany) -> None:
    assert client_for(selling.kam).get(f"/people/{selling.stranger.uid}/").status_code == 404
    assert client_for(selling.manager).get(f"/people/{selling.stranger.uid}/").status_code == 404
    assert client_for(selling.director).get(f"/people/{selling.stranger.uid}/").status_code == 200


def test_the_page_of_somebody_who_sells_nothing_says_so_and_leads_to_the_team(selling: SellingCompany) -> None:
    page = client_for(selling.director).get(f"/people/{selling.manager.uid}/").content.decode()

    assert "No deals and no targets of their own" in page
    assert 'href="/dashboard/?team=west-1"' in page
    assert "chart" not in page.split("<main", 1)[1].split("</main>", 1)[0]
