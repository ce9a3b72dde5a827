"""Pages of awards and benefits, the wall, the API: who sees and may do what, in a known number of queries."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.access import Role
from accounts.models import Person
from accounts.search import search
from core import calendar
from incentives.models_awards import Award, Benefit, BenefitGrant
from incentives.services import awards as services
from incentives.services import benefits
from incentives.tasks_awards import tend_awards_and_benefits
from tests.accounts.factories import Company, client_for, company, person_with_role
from tests.incentives.awards import a_benefit, an_award, booked, confirmed_award, over, winner
from tests.incentives.factories import bookings_kpi
from tests.incentives.page_queries import queries_of

pytestmark = pytest.mark.django_db
TODAY = calendar.today()


@pytest.fixture
def firm() -> Company:
    return company()


@pytest.fixture
def hr() -> Person:
    return person_with_role(Role.HR, name="Wei Chen")


@pytest.fixture
def kams(firm: Company) -> list[Person]:
    teams = ("west-1", "west-1", "east-1")
    return [
        person_with_role(Role.KAM, firm.teams[team], name=name)
        for name, team in zip(("Ana Ruiz", "Ben Ode", "Cai Lin"), teams, strict=True)
    ]


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode().replace("\xa0", " ")


def award_fields(**fields: Any) -> dict[str, Any]:
    """What HR types for an award by nomination."""
    typed = {
        "name_en": "Helping hand",
        "name_zh": "互助奖",
        "kind": "nomination",
        "period": calendar.current_period().code,
        "starts": TODAY.isoformat(),
        "last": (TODAY + timedelta(days=7)).isoformat(),
        "places": "1",
        "nominators": ["kam", "manager"],
        "measure": "actual",
        "rule": "rank",
    }
    return typed | fields


# From the draft to the wall, as people do it


def test_hr_prepares_colleagues_nominate_hr_closes_a_director_confirms(
    firm: Company, hr: Person, kams: list[Person]
) -> None:
    office, ana = client_for(hr), client_for(kams[0])
    director = client_for(person_with_role(Role.DIRECTOR, firm.root, name="Sofia Duval"))

    page = office.post("/incentives/awards/new/", award_fields()).headers["Location"]
    assert ana.get(page).status_code == 404
    office.post(f"{page}open/")
    assert "Whoever is nominated by most colleagues wins." in text(ana, page)

    short = ana.post(f"{page}nominate/", {"nominee": kams[1].uid, "reason": "Nice."})
    assert (short.status_code, "Ensure this value has at least 10 characters" in short.content.decode()) == (422, True)
    ana.post(f"{page}nominate/", {"nominee": kams[1].uid, "reason": "Stayed late for my offer."})
    assert "Stayed late for my offer." in text(client_for(kams[2]), page)

    award = Award.objects.get()
    over(award)
    office.post(f"{page}close/")
    assert "Confirm winners" in text(director, page)
    assert "Ben Ode" not in text(client_for(kams[2]), "/incentives/wall/")
    director.post(f"{page}confirm/", {"chosen": []})

    wall = text(ana, "/incentives/wall/")
    assert "Ben Ode" in wall
    assert "Nominated by colleagues, confirmed by Sofia Duval" in wall


def test_an_award_by_result_asks_for_its_kpi_and_takes_percentages(hr: Person) -> None:
    office = client_for(hr)

    missing = office.post("/incentives/awards/new/", award_fields(kind="rule", rule="threshold"))
    assert missing.status_code == 422
    assert "Choose the KPI that decides." in missing.content.decode()
    assert "Give the value that has to be reached." in missing.content.decode()

    fields = award_fields(
        kind="rule", rule="threshold", measure="attainment", threshold="110", kpi=bookings_kpi().pk, least_base="5"
    )
    page = office.post("/incentives/awards/new/", fields).headers["Location"]
    assert str(Award.objects.get().threshold) == "1.100000"
    assert "Everybody who attains 110 % of the target in Booked revenue" in text(office, page)
    assert 'value="110"' in text(office, f"{page}edit/")


def test_the_last_day_is_not_before_the_first(hr: Person) -> None:
    answer = client_for(hr).post("/incentives/awards/new/", award_fields(last="2020-01-01"))

    assert (answer.status_code, Award.objects.count()) == (422, 0)


def test_a_vote_shows_how_many_voted_and_not_for_whom(hr: Person, kams: list[Person]) -> None:
    award = an_award(by=hr.user, kind="vote")
    page = f"/incentives/awards/{award.uid}/"
    services.nominate(award_uid=award.uid, nominee_uid=kams[0].uid, reason="Kept a customer.", by=kams[1].user)
    ben = client_for(kams[1])

    ben.post(f"{page}vote/", {"uid": kams[0].uid})

    assert "your vote" in text(ben, page)
    seen = text(client_for(hr), page)
    assert "1 vote was given." in seen
    assert "your vote" not in seen


def test_who_ties_is_kept_or_left_out_with_a_reason(hr: Person, kams: list[Person]) -> None:
    award = an_award(by=hr.user, kind="rule")
    for person in kams[:2]:
        booked(person, "500")
    services.close_award(award_uid=award.uid, by=hr.user)
    browser, page = client_for(hr), f"/incentives/awards/{award.uid}/"
    kept = {"chosen": [str(winner(award, kams[0]).uid)]}
    assert text(browser, page).count("tied") >= 2

    refused = browser.post(f"{page}confirm/", kept)
    assert (refused.status_code, "Say why" in refused.content.decode()) == (422, True)
    browser.post(f"{page}confirm/", kept | {"reason": "More new customers."})

    shown = text(client_for(kams[2]), page)
    assert "Ana Ruiz" in shown
    assert "Ben Ode" not in shown, "only who confirms reads who was left out, and why"
    assert "Ben Ode shared the last place and was left out: More new customers." in text(browser, page)


def test_a_result_is_shown_to_whom_may_see_it(firm: Company, hr: Person, kams: list[Person]) -> None:
    award = confirmed_award(kams[0], by=hr.user)
    page = f"/incentives/awards/{award.uid}/"
    manager = person_with_role(Role.MANAGER, firm.teams["west-1"])

    for viewer, sees in ((hr, True), (manager, True), (kams[0], True), (kams[2], False)):
        assert ("$1,000" in text(client_for(viewer), page)) is sees, viewer.name


# The wall


def test_everybody_sees_the_wall_filtered_by_team_and_period(firm: Company, hr: Person, kams: list[Person]) -> None:
    confirmed_award(kams[0], kams[2], by=hr.user)
    period = calendar.current_period().previous.code

    for role in Role:
        page = text(client_for(person_with_role(role)), "/incentives/wall/")
        assert ("Ana Ruiz" in page, "Cai Lin" in page) == (True, True), role
    viewer = client_for(kams[1])
    assert "Cai Lin" not in text(viewer, "/incentives/wall/?team=west-1")
    assert "Cai Lin" in text(viewer, f"/incentives/wall/?period={period}")
    assert "Ana Ruiz" not in text(viewer, "/incentives/wall/?period=2019-Q1")
    assert viewer.get("/incentives/wall/?team=nowhere").status_code == 422


def test_one_click_congratulates_once_and_not_oneself(hr: Person, kams: list[Person]) -> None:
    award = confirmed_award(kams[0], by=hr.user)
    path = f"/incentives/wall/{winner(award, kams[0]).uid}/congratulate/"
    ben = client_for(kams[1])

    part = ben.post(path, headers={"HX-Request": "true"}).content.decode()
    assert ("You congratulated" in part, "1 congratulation" in part, "<html" in part) == (True, True, False)
    assert ben.post(path).headers["Location"] == "/incentives/wall/"
    assert "1 congratulation" in text(client_for(kams[0]), "/incentives/wall/")
    assert path not in text(client_for(kams[0]), "/incentives/wall/")


def test_roles_without_pay_come_to_the_wall(hr: Person, kams: list[Person]) -> None:
    analyst = client_for(person_with_role(Role.ANALYST))

    assert analyst.get("/incentives/").headers["Location"] == "/incentives/wall/"
    for person in (hr, kams[0]):
        start = text(client_for(person), "/incentives/")
        assert ("/incentives/wall/" in start, "/incentives/benefits/" in start) == (True, True)


# Benefits


def test_hr_keeps_the_catalogue_grants_and_ends(hr: Person, kams: list[Person]) -> None:
    office, ana = client_for(hr), client_for(kams[0])
    typed = {
        "name_en": "Dinner", "name_zh": "晚宴券", "kind": "voucher", "unit": "money", "value": "150",
        "entitled": "tier", "is_used_once": "on", "is_active": "on",
    }  # fmt: skip
    refused = office.post("/incentives/benefits/new/", typed)
    assert (refused.status_code, "Say from where on." in refused.content.decode()) == (422, True)

    page = office.post("/incentives/benefits/new/", typed | {"least_attainment": "130"}).headers["Location"]
    assert "Who reaches the tier from 130 % on" in text(ana, "/incentives/benefits/")
    office.post(f"{page}grant/", {"person": f"Ana Ruiz ({kams[0].number})", "starts": TODAY.isoformat()})
    assert "Ana Ruiz" in text(office, page)

    grant = BenefitGrant.objects.get()
    assert "Mark as used" in text(ana, "/incentives/benefits/")
    ana.post(f"/incentives/grants/{grant.uid}/use/")
    assert "Undo" in text(ana, "/incentives/benefits/")
    ana.post(f"/incentives/grants/{grant.uid}/unuse/")
    assert client_for(kams[1]).post(f"/incentives/grants/{grant.uid}/use/").status_code == 404
    office.post(f"/incentives/grants/{grant.uid}/end/")
    assert "ended early" in text(ana, "/incentives/benefits/")


def test_what_the_rules_propose_is_granted_or_put_aside(hr: Person, kams: list[Person]) -> None:
    a_benefit(entitled="everybody")
    office = client_for(hr)
    office.post("/incentives/benefits/propose/")
    uids = {row.person.name: str(row.uid) for row in BenefitGrant.objects.select_related("person")}
    assert "Proposed by rule" in text(office, "/incentives/benefits/")

    office.post("/incentives/benefits/decide/", {"decision": "grant", "chosen": [uids["Ana Ruiz"], "no id"]})
    office.post("/incentives/benefits/decide/", {"decision": "decline", "chosen": [uids["Ben Ode"]]})

    states = dict(BenefitGrant.objects.values_list("person__name", "status"))
    assert states == {"Ana Ruiz": "granted", "Ben Ode": "declined", "Cai Lin": "proposed"}
    assert office.post("/incentives/benefits/decide/", {"chosen": [uids["Ben Ode"]]}).status_code == 409


def test_the_night_looks_after_awards_and_benefits(hr: Person, kams: list[Person]) -> None:
    a_benefit(entitled="everybody")
    over(an_award(by=hr.user))

    tend_awards_and_benefits()
    tend_awards_and_benefits()

    assert BenefitGrant.objects.filter(status="proposed").count() == 3
    notices = text(client_for(hr), "/notifications/")
    assert ("Most booked can be closed" in notices, "3 benefits are proposed" in notices) == (True, True)


# A person's page, search, API


def test_the_person_s_tab_shows_awards_to_all_who_see_the_person_and_benefits_to_whom_may(
    firm: Company, hr: Person, kams: list[Person]
) -> None:
    confirmed_award(kams[0], by=hr.user)
    benefit = a_benefit()
    benefits.grant_benefit(benefit_uid=benefit.uid, person_uid=kams[0].uid, starts=TODAY, ends=None, by=hr.user)
    path = f"/people/{kams[0].uid}/recognition/"

    for viewer, sees in ((hr, True), (kams[0], True), (person_with_role(Role.ANALYST), False)):
        page = text(client_for(viewer), path)
        assert ("Most booked" in page, "Phone" in page) == (True, sees), viewer.name
    assert client_for(kams[1]).get(path).status_code == 404
    assert client_for(kams[0]).get("/incentives/recognition/").headers["Location"] == path


def test_search_finds_awards_and_benefits_in_both_languages(hr: Person, kams: list[Person]) -> None:
    an_award(by=hr.user)
    services.create_award(terms=services.AwardTerms(**vars_of(name_en="Most secret", name_zh="签约密奖")), by=hr.user)
    a_benefit()

    found = {hit.label for _kind, hits in search(kams[0].user, "签约") for hit in hits}
    assert found == {"Most booked"}, "drafts are for HR"
    assert [hit.label for _kind, hits in search(kams[0].user, "通讯") for hit in hits] == ["Phone"]


def vars_of(**fields: Any) -> dict[str, Any]:
    return {
        "description_en": "", "description_zh": "", "kind": "nomination", "period": "2026-Q4", "starts": TODAY,
        "ends": TODAY + timedelta(days=1),
    } | fields  # fmt: skip


def test_the_api_lists_awards_with_confirmed_winners_and_grants_by_scope(hr: Person, kams: list[Person]) -> None:
    award = confirmed_award(kams[0], by=hr.user)
    services.create_award(terms=services.AwardTerms(**vars_of(name_en="Draft", name_zh="草稿")), by=hr.user)
    for person in kams[:2]:
        benefits.grant_benefit(benefit_uid=a_benefit().uid, person_uid=person.uid, starts=TODAY, ends=None, by=hr.user)

    def get(viewer: Person, path: str, **query: str) -> Any:
        return client_for(viewer).get(f"/api/v1/{path}", query).json()

    rows = get(kams[1], "awards/")["results"]
    assert [(row["name_zh"], [won["person"]["name"] for won in row["winners"]]) for row in rows] == [
        ("签约之星", ["Ana Ruiz"])
    ]
    assert len(get(hr, "awards/")["results"]) == 2
    assert get(kams[1], f"awards/{award.uid}/")["deciding_rule"].startswith("The best result in Booked revenue")
    assert get(hr, "awards/", status="draft")["results"][0]["name_en"] == "Draft"
    assert [row["person"]["name"] for row in get(kams[0], "benefit-grants/")["results"]] == ["Ana Ruiz"]
    assert len(get(hr, "benefit-grants/")["results"]) == 2
    row = get(hr, "benefit-grants/", person=str(kams[1].uid))["results"][0]
    assert (row["starts"], row["ends"], row["benefit"]["name_en"]) == (TODAY.isoformat(), None, "Phone")


# Queries


def grow(hr: Person, firm: Company, benefit: Benefit, count: int) -> None:
    people = [person_with_role(Role.KAM, firm.teams["west-1"]) for _number in range(count)]
    confirmed_award(*people, by=hr.user)
    running = an_award(by=hr.user)
    for person in people[1:]:
        services.nominate(award_uid=running.uid, nominee_uid=person.uid, reason="A reason.", by=people[0].user)
        benefits.grant_benefit(benefit_uid=benefit.uid, person_uid=person.uid, starts=TODAY, ends=None, by=hr.user)
    benefits.propose_grants(by=hr.user)


def test_lists_take_the_same_number_of_queries_however_long(firm: Company, hr: Person) -> None:
    benefit = a_benefit(entitled="everybody")
    grow(hr, firm, benefit, 3)
    browser, running = client_for(hr), Award.objects.filter(status="open").first()
    confirmed = Award.objects.filter(status="confirmed").first()
    assert running
    assert confirmed
    paths = {
        "/incentives/awards/": 10,
        "/incentives/wall/": 9,
        "/incentives/benefits/": 10,
        f"/incentives/benefits/{benefit.uid}/": 8,
        f"/incentives/awards/{running.uid}/": 12,
        f"/incentives/awards/{confirmed.uid}/": 17,
        "/api/v1/awards/": 6,
        "/api/v1/benefit-grants/": 6,
    }
    few = {path: queries_of(browser, path) for path in paths}

    grow(hr, firm, benefit, 12)
    for person in (person_with_role(Role.KAM, firm.teams["west-1"]) for _number in range(10)):
        services.nominate(award_uid=running.uid, nominee_uid=person.uid, reason="A reason.", by=hr.user)

    assert {path: queries_of(browser, path) for path in paths} == few
    assert {path: count for path, count in few.items() if count > paths[path]} == {}
