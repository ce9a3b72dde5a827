"""What each role finds on the start page."""

from decimal import Decimal

import pytest
from pytest_django import Settings

from accounts.access import Role
from accounts.models import Person
from crm.models import Opportunity
from crm.services import refresh_facts
from dashboards.selectors.attention import LeaderBoard, leader_board
from incentives import selectors as pay
from incentives import services as incentives
from tests.accounts.factories import TeamFactory, client_for, person_with_role
from tests.dashboards.factories import SellingCompany
from tests.goals.factories import computed, lost, target
from tests.incentives.factories import calculated_run, open_deal

pytestmark = pytest.mark.django_db


def start_page(person: Person, query: str = "") -> str:
    answer = client_for(person).get(f"/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_director_sees_the_company_what_needs_attention_and_who_leads(selling: SellingCompany) -> None:
    page = start_page(selling.director)

    assert "Booked revenue" in page
    assert "Needs attention" in page
    assert "Furthest ahead" in page
    assert "Furthest behind" in page
    assert selling.kam.name in page


def test_a_run_that_waits_for_the_director_is_named_with_its_total(selling: SellingCompany) -> None:
    run = calculated_run("2026-Q3", by=selling.hr.user)
    incentives.submit_run(run_uid=run.uid, by=selling.hr.user)

    page = start_page(selling.director)

    assert f"Bonus run {run.code} waits for approval" in page
    assert f"/incentives/runs/{run.uid}/" in page


def test_a_manager_sees_the_own_people_talks_and_promises_and_nobody_else(selling: SellingCompany) -> None:
    page = start_page(selling.manager)

    assert selling.kam.name in page
    assert "Next one-on-ones" in page
    assert "Do thing" in page
    assert str(selling.stranger.uid) not in page


def test_a_manager_without_a_team_is_told_what_to_do(selling: SellingCompany) -> None:
    team = TeamFactory.create()
    person_with_role(Role.MANAGER, team)
    second = person_with_role(Role.MANAGER, team)

    assert "No team yet" in start_page(second)


def test_a_kam_sees_what_is_missing_the_bonus_so_far_and_the_open_deals(selling: SellingCompany) -> None:
    page = start_page(selling.kam)

    assert "$8,000" in page.replace("\u00a0", " ")  # 10,000 asked for, 2,000 booked
    assert "Bonus so far" in page
    assert "What would move it" in page
    assert page.count('name="deal"') == 2


def test_a_kam_without_a_run_is_told_when_it_comes(db: None) -> None:
    newcomer = person_with_role(Role.KAM, TeamFactory.create())

    assert "The provisional run comes every night." in start_page(newcomer)


def test_hr_sees_runs_and_who_lacks_a_target_or_a_plan(selling: SellingCompany) -> None:
    newcomer = person_with_role(Role.KAM, selling.teams["west-1"])

    page = start_page(selling.hr)

    assert "2026-Q4" in page
    assert "1 person has no target" in page
    assert "1 person has no plan" in page
    assert newcomer.name in page


def test_hr_sees_that_everybody_has_what_is_needed(selling: SellingCompany) -> None:
    assert "Everybody has a target and a plan" in start_page(selling.hr)


def test_a_login_without_a_role_gets_a_page(db: None) -> None:
    assert client_for(person_with_role(Role.COUNSELLOR)).get("/").status_code == 200


def test_somebody_with_two_roles_starts_with_the_wider_one(selling: SellingCompany) -> None:
    kam_and_director = person_with_role(Role.KAM, selling.teams["west-1"])
    kam_and_director.user.role_grants.create(role=Role.DIRECTOR, team=selling.root, during=("2020-01-01", None))

    assert "Furthest ahead" in start_page(kam_and_director)


def test_things_to_try_are_for_the_demo_only(selling: SellingCompany, settings: Settings) -> None:
    assert "Three things to try" not in start_page(selling.kam)

    settings.KAM_DEMO = True

    assert "Three things to try" in start_page(selling.kam)


def what_if(person: Person, *deals: Opportunity) -> str:
    answer = client_for(person).get("/today/what-if/", {"deal": [str(deal.uid) for deal in deals]})
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def test_what_if_says_what_the_engine_says(selling: SellingCompany) -> None:
    deals = list(Opportunity.objects.open().filter(owner=selling.kam))
    engine = pay.what_if(
        viewer=selling.kam.user,
        person=selling.kam,
        period=selling.quarter,
        opportunity_uids=[deal.uid for deal in deals],
    )

    page = what_if(selling.kam, *deals)

    assert engine.gain > 0
    assert engine.attainment_after == Decimal("1.2")  # 2,000 booked and two deals of 5,000, of 10,000
    assert f"${engine.after:,.2f}" in page
    assert f"${engine.gain:,.2f}" in page
    assert "20 % → 120 %" in page
    assert all(sentence.replace("\u00a0", " ") in page for sentence in engine.crossed)


def test_what_if_counts_no_deal_of_somebody_else(selling: SellingCompany) -> None:
    foreign = open_deal(selling.stranger, "90000")

    assert "20 % → 20 %" in what_if(selling.kam, foreign)


def test_what_if_without_a_deal_says_nothing(selling: SellingCompany) -> None:
    assert "$" not in what_if(selling.kam)


def idle_kam(selling: SellingCompany, name: str = "Mary-Jane Idle") -> Person:
    person = person_with_role(Role.KAM, selling.teams["west-1"], name=name)
    target(person, selling.quarter.code, 10_000)
    return person


def board(selling: SellingCompany) -> LeaderBoard:
    computed(selling.quarter.previous.code, selling.quarter.code)
    return leader_board(team=selling.root, period=selling.quarter, most=3)


def test_who_had_no_deal_for_a_year_is_not_behind_but_told_in_one_line(selling: SellingCompany) -> None:
    idle_kam(selling)

    found = board(selling)

    assert "Mary-Jane Idle" not in {leader.name for leader in (*found.first, *found.last)}
    assert (found.without_deals, list(found.named)) == (1, ["Mary-Jane Idle"])
    page = start_page(selling.director)
    assert "1 person had no deal for a year" in page


def test_who_lost_a_deal_or_has_one_open_is_behind(selling: SellingCompany) -> None:
    loser, opener = idle_kam(selling, "Lost One"), idle_kam(selling, "Open One")
    lost(loser, str(selling.quarter.start))
    open_deal(opener, "5000")
    refresh_facts()

    found = board(selling)

    assert {"Lost One", "Open One"} <= {leader.name for leader in found.last}
    assert found.without_deals == 0


def test_nobody_is_on_both_lists(selling: SellingCompany) -> None:
    found = board(selling)

    assert len(found.first) + len(found.last) == 4
    assert {leader.name for leader in found.first}.isdisjoint(leader.name for leader in found.last)


def test_a_manager_reads_who_has_no_deals_instead_of_behind(selling: SellingCompany) -> None:
    idle_kam(selling)
    computed(selling.quarter.code)

    page = start_page(selling.manager)

    assert page.count("no deals for a year") == 1
