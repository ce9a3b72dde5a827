"""Pages of plans: who sees what, versions beside each other, publishing, people on a plan."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from accounts.access import Role
from accounts.models import Person, User
from incentives import services
from incentives.models import Plan, PlanVersion
from tests.accounts.factories import PersonFactory, client_for, company, person_with_role
from tests.incentives.factories import bookings_kpi, kam_content, published_plan, put_on, tiers_content
from tests.incentives.page_queries import queries_of

pytestmark = pytest.mark.django_db
NEXT_YEAR = date(2099, 1, 1)


@pytest.fixture
def hr() -> Person:
    bookings_kpi()
    return person_with_role(Role.HR)


@pytest.fixture
def plan() -> Plan:
    bookings_kpi()
    return published_plan(code="kam-plan")


@pytest.fixture
def hr_client(hr: Person) -> Client:
    return client_for(hr)


def draft(plan: Plan, content: dict[str, object], by: User) -> PlanVersion:
    return services.create_draft(plan=plan, starts=NEXT_YEAR, by=by, content=content)


@pytest.mark.parametrize("role", [Role.KAM, Role.COUNSELLOR, Role.ADMINISTRATOR])
def test_plans_do_not_exist_for_those_who_may_not_see_them(plan: Plan, role: Role) -> None:
    stranger = client_for(person_with_role(role, company().teams["west-1"] if role == Role.KAM else None))

    assert stranger.get("/incentives/plans/").status_code == 404
    assert stranger.get("/incentives/plans/kam-plan/").status_code == 404


def test_a_manager_reads_a_plan_but_finds_no_editor(plan: Plan, hr: Person) -> None:
    draft(plan, kam_content(), hr.user)
    manager = client_for(person_with_role(Role.MANAGER, company().teams["west-1"]))

    page = manager.get("/incentives/plans/kam-plan/").content.decode()

    assert "50–100 % at 1.5 × base" in page.replace("\xa0", " ")
    assert "Edit draft" not in page
    assert manager.get("/incentives/plans/kam-plan/versions/2/edit/").status_code == 404
    assert manager.post("/incentives/plans/kam-plan/versions/2/preview/").status_code == 404
    assert manager.post("/incentives/plans/kam-plan/versions/2/publish/").status_code == 404


def test_an_analyst_sees_the_rules_but_nobodys_pay_at_target(plan: Plan) -> None:
    put_on(plan, PersonFactory.create(name="Vicki Laflamme"), "5432")

    page = client_for(person_with_role(Role.ANALYST)).get("/incentives/plans/kam-plan/").content.decode()

    assert "Vicki Laflamme" not in page
    assert "5,432" not in page


def test_the_people_of_a_plan_take_the_same_queries_however_many(plan: Plan, hr_client: Client) -> None:
    put_on(plan, PersonFactory.create())
    few = queries_of(hr_client, "/incentives/plans/kam-plan/")
    for person in PersonFactory.create_batch(30):
        put_on(plan, person)

    assert queries_of(hr_client, "/incentives/plans/kam-plan/") == few <= 22
    assert hr_client.get("/incentives/plans/kam-plan/").content.count(b"person-chip") == 31


def test_the_list_of_plans_takes_the_same_queries_however_many(hr_client: Client) -> None:
    published_plan()
    few = queries_of(hr_client, "/incentives/plans/")
    for _number in range(10):
        published_plan()

    assert queries_of(hr_client, "/incentives/plans/") == few <= 12


def test_a_version_marks_what_changed_against_the_one_before(plan: Plan, hr: Person, hr_client: Client) -> None:
    draft(plan, kam_content(top_rate="3"), hr.user)

    page = hr_client.get("/incentives/plans/kam-plan/versions/2/").content.decode().replace("\xa0", " ")

    assert "<del>" in page
    assert "above 130 % at 2.5 × base" in page
    assert "above 130 % at 3 × base" in page
    assert page.count('class="is-changed"') == 1


def test_publishing_shows_what_changes_and_then_puts_the_version_in_force(
    plan: Plan, hr: Person, hr_client: Client
) -> None:
    version = draft(plan, kam_content(top_rate="3"), hr.user)

    assert "1 change" in hr_client.get("/incentives/plans/kam-plan/versions/2/publish/").content.decode()
    answer = hr_client.post("/incentives/plans/kam-plan/versions/2/publish/")

    version.refresh_from_db()
    assert answer.status_code == 302
    assert version.status == PlanVersion.Status.PUBLISHED


def test_publishing_refuses_a_plan_with_problems_and_says_which(plan: Plan, hr: Person, hr_client: Client) -> None:
    broken = tiers_content(("0", "1.3", "1"), ("1.3", "1.2", "2"))
    version = draft(plan, broken, hr.user)

    answer = hr_client.post("/incentives/plans/kam-plan/versions/2/publish/")

    version.refresh_from_db()
    text = answer.content.decode().replace("\xa0", " ")
    assert answer.status_code == 422
    assert "Tier 2 ends (120 %) before it starts (130 %)" in text
    assert version.status == PlanVersion.Status.DRAFT


def test_hr_puts_somebody_on_the_plan_and_takes_them_off_again(plan: Plan, hr_client: Client) -> None:
    person = PersonFactory.create(name="Vicki Laflamme")
    entry = {"person": str(person.uid), "target_pay": "5400", "starts": "2026-10-01"}

    assert hr_client.post("/incentives/plans/kam-plan/assign/", entry).status_code == 302
    assignment = plan.assignments.get(person=person)
    assert assignment.target_pay == Decimal(5400)
    assert hr_client.post(f"/incentives/assignments/{assignment.uid}/end/", {"ends": "2027-01-01"}).status_code == 302

    assignment.refresh_from_db()
    assert assignment.during.upper == date(2027, 1, 1)


def test_a_person_on_another_plan_is_refused_with_its_name(plan: Plan, hr_client: Client) -> None:
    other = published_plan()
    person = PersonFactory.create()
    put_on(other, person)

    entry = {"person": str(person.uid), "target_pay": "5400", "starts": "2026-10-01"}
    answer = hr_client.post("/incentives/plans/kam-plan/assign/", entry)

    assert answer.status_code == 422
    assert f"is on {other.name} in that time" in answer.content.decode()


def test_a_new_plan_opens_in_the_editor(hr_client: Client) -> None:
    answer = hr_client.post("/incentives/plans/new/", {"name": "SMB plan", "code": "smb-plan", "starts": "2027-01-01"})

    assert answer.headers["Location"] == "/incentives/plans/smb-plan/versions/1/edit/"
    assert hr_client.get(answer.headers["Location"]).status_code == 200
