"""Plan letters: everybody is asked, reads the own case, signs it once; what was signed never changes."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.access import Role
from accounts.models import Person, Team
from core.models import OutboxMessage
from core.outbox import rendered
from incentives import services
from incentives.models import Plan, PlanLetter, PlanVersion
from incentives.rules.document import PlanDocument
from incentives.rules.engine import CreditFact, Facts, evaluate
from incentives.selectors.letters import letter_case, letters_to_sign
from incentives.services.letters import ask_for_letters, letter_digest, remind
from tests.accounts.factories import PersonFactory, client_for, company, person_with_role
from tests.incentives.factories import bookings_kpi, kam_content, published_plan, put_on, quota, tiers_content
from tests.incentives.page_queries import queries_of

TODAY = date(2026, 11, 24)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_november")]


@pytest.fixture
def in_november() -> Any:
    with time_machine.travel("2026-11-24 09:00", tick=False):
        yield


@pytest.fixture
def plan() -> Plan:
    bookings_kpi()
    return published_plan(code="kam-plan")


@pytest.fixture
def kam(plan: Plan) -> Person:
    person = person_with_role(Role.KAM, company().teams["west-1"])
    put_on(plan, person, "5400")
    quota(person, "30000", "2026-Q4")
    return person


def team(code: str) -> Team:
    return Team.objects.filter(code=code).first() or company().teams[code]


@pytest.fixture
def version(plan: Plan) -> PlanVersion:
    return plan.versions.get()


def read(kam: Person, version: PlanVersion, language: str = "en") -> str:
    response = client_for(kam, **{"Accept-Language": language}).get(f"/incentives/letters/{version.uid}/")
    assert response.status_code == 200
    return response.content.decode().replace("\xa0", " ")


def shown_digest(page: str) -> str:
    return page.split('name="digest" value="')[1][:64]


def sign(kam: Person, version: PlanVersion, **changed: str) -> Any:
    body = {"digest": shown_digest(read(kam, version))} | changed
    return client_for(kam).post(f"/incentives/letters/{version.uid}/sign/", body)


# What it says


def test_the_letter_says_the_own_target_tiers_in_money_and_examples_of_the_engine(
    kam: Person, version: PlanVersion
) -> None:
    page = read(kam, version)

    assert "$30,000.00" in page  # the own target
    assert "$15,000.00 – $30,000.00" in page  # 50–100 % of it
    assert "27.00 %" in page  # 1.5 times 5,400 of 30,000
    for at in ("0.8", "1", "1.2"):
        deals = [CreditFact(TODAY, 1, 30_000 * Decimal(at))]
        pay = evaluate(PlanDocument.parse(kam_content()), Facts("USD", Decimal(30000), Decimal(5400), deals)).total
        assert f"${pay:,.2f}" in page


def test_the_tiers_in_money_say_what_each_unit_pays_and_what_was_earned_at_their_end(
    kam: Person, version: PlanVersion
) -> None:
    (tiers,) = letter_case(person=kam, version_uid=version.uid, on=TODAY).tiers.values()
    assert [(str(tier.start), str(tier.end), f"{tier.rate:.2f}", str(tier.earned)) for tier in tiers] == [
        ("0.00", "15000.00", "0.09", "1350.00"),
        ("15000.00", "30000.00", "0.27", "5400.00"),
        ("30000.00", "39000.00", "0.36", "8640.00"),
        ("39000.00", "None", "0.45", "None"),
    ]


def test_without_a_target_the_letter_says_so_and_shows_no_example(plan: Plan, version: PlanVersion) -> None:
    kam = person_with_role(Role.KAM, team("west-1"))
    put_on(plan, kam)
    page = read(kam, version)
    assert "not set yet" in page
    assert "What it pays you" not in page


def test_nobody_reads_or_signs_the_letter_of_a_plan_that_pays_somebody_else(kam: Person, version: PlanVersion) -> None:
    stranger = client_for(person_with_role(Role.KAM, team("west-1")))
    assert stranger.get(f"/incentives/letters/{version.uid}/").status_code == 404
    assert stranger.post(f"/incentives/letters/{version.uid}/sign/", {"digest": "x"}).status_code == 404


# Signing


def test_what_is_signed_is_kept_as_it_was_read(kam: Person, version: PlanVersion) -> None:
    assert sign(kam, version).status_code == 302

    letter = PlanLetter.objects.get()
    assert (letter.person, letter.version, letter.signed_by, letter.language) == (kam, version, kam.user, "en")
    assert letter.digest == letter_digest(letter.content)
    assert letter.content["examples"][1]["pay"] == "$5,400.00"
    assert letter.content["plan_digest"] == version.digest
    signed = client_for(kam).get(f"/incentives/letters/signed/{letter.uid}/").content.decode()
    assert letter.digest in signed
    assert letters_to_sign(kam, TODAY) == []


def test_a_letter_that_changed_since_it_was_opened_must_be_read_again(kam: Person, version: PlanVersion) -> None:
    digest = shown_digest(read(kam, version))
    kam.plan_assignments.update(target_pay=6000)

    answer = client_for(kam).post(f"/incentives/letters/{version.uid}/sign/", {"digest": digest})

    assert answer.status_code == 409
    assert "Read it again" in answer.content.decode()
    assert not PlanLetter.objects.exists()


def test_a_letter_is_signed_once(kam: Person, version: PlanVersion) -> None:
    digest = shown_digest(read(kam, version))
    codes = [
        client_for(kam).post(f"/incentives/letters/{version.uid}/sign/", {"digest": digest}).status_code
        for _time in range(2)
    ]
    assert codes == [302, 409]
    assert PlanLetter.objects.count() == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE incentives_planletter SET content = '{}'",
        "UPDATE incentives_planletter SET signed_at = now()",
        "DELETE FROM incentives_planletter",
        "TRUNCATE incentives_planletter CASCADE",
    ],
)
def test_the_database_refuses_to_change_what_was_signed(kam: Person, version: PlanVersion, sql: str) -> None:
    sign(kam, version)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="plan letter"), transaction.atomic():
            cursor.execute(sql)
    assert PlanLetter.objects.count() == 1


def test_a_new_version_asks_again(kam: Person, plan: Plan, version: PlanVersion) -> None:
    sign(kam, version)
    draft = services.create_draft(
        plan=plan, starts=date(2027, 1, 1), by=None, content=tiers_content(("0", None, "1")), currency="USD"
    )
    services.publish(version_uid=draft.uid, by=None)

    assert [each.number for each in letters_to_sign(kam, TODAY)] == [2]
    own = client_for(kam).get("/incentives/letters/own/").content.decode()
    assert "Read and sign" in own
    assert "waits for your signature" in client_for(kam).get("/incentives/").content.decode()


def test_whoever_leaves_the_plan_before_a_version_begins_gets_no_letter_of_it(kam: Person, plan: Plan) -> None:
    services.end_assignment(assignment_uid=kam.plan_assignments.get().uid, ends=date(2027, 1, 1), by=kam.user)
    draft = services.create_draft(plan=plan, starts=date(2027, 1, 1), by=None, currency="USD")
    services.publish(version_uid=draft.uid, by=None)
    assert [each.number for each in letters_to_sign(kam, TODAY)] == [1]


# Asking and reminding


def messages_of(person: Person) -> list[str]:
    rows = OutboxMessage.objects.filter(user=person.user, kind="incentives.letter_asked").order_by("pk")
    return [rendered(row).title for row in rows]


def test_everybody_is_asked_once_and_reminded_after_a_week(kam: Person, version: PlanVersion) -> None:
    for day in (0, 0, 6, 7, 8):
        ask_for_letters(today=TODAY + timedelta(days=day))
    plan = version.plan.name
    assert messages_of(kam) == [f"A new plan letter of {plan}", f"Please sign the plan letter of {plan}"]


def test_whoever_has_signed_is_not_asked_again(kam: Person, version: PlanVersion) -> None:
    sign(kam, version)
    ask_for_letters(today=TODAY)
    assert messages_of(kam) == []


def test_a_manager_reminds_only_the_own_people_at_most_once_a_day(
    kam: Person, plan: Plan, version: PlanVersion
) -> None:
    other = PersonFactory.create()
    put_on(plan, other)
    manager = person_with_role(Role.MANAGER, team("west-1"))

    assert [remind(version_uid=version.uid, by=manager.user) for _time in range(2)] == [1, 1]

    assert len(messages_of(kam)) == 1
    assert messages_of(other) == []


# Who sees what


def test_hr_sees_who_has_not_signed_and_a_manager_only_the_own_team(
    kam: Person, plan: Plan, version: PlanVersion
) -> None:
    other = PersonFactory.create(name="Somebody Else")
    put_on(plan, other)
    sign(kam, version)
    hr, manager = person_with_role(Role.HR), person_with_role(Role.MANAGER, team("west-1"))

    waiting = client_for(hr).get("/incentives/letters/", {"only": "waiting"}).content.decode()
    assert "Somebody Else" in waiting
    assert "1 / 2" in waiting
    assert "Somebody Else" not in client_for(manager).get("/incentives/letters/").content.decode()


def test_a_signed_letter_is_for_its_person_hr_and_those_who_lead_the_team(kam: Person, version: PlanVersion) -> None:
    sign(kam, version)
    path = f"/incentives/letters/signed/{PlanLetter.objects.get().uid}/"
    codes = {
        who: client_for(person_with_role(role, team)).get(path).status_code
        for who, role, team in (
            ("hr", Role.HR, None),
            ("manager", Role.MANAGER, team("west-1")),
            ("other manager", Role.MANAGER, team("east-1")),
            ("colleague", Role.KAM, team("west-1")),
        )
    }
    assert codes == {"hr": 200, "manager": 200, "other manager": 404, "colleague": 404}
    assert Client().get(path).status_code == 302


def test_the_list_takes_the_same_queries_however_many_people(kam: Person, plan: Plan) -> None:
    client = client_for(person_with_role(Role.HR))
    few = queries_of(client, "/incentives/letters/")
    for person in PersonFactory.create_batch(20):
        put_on(plan, person)
    assert queries_of(client, "/incentives/letters/") == few <= 20


def test_the_pdf_is_in_the_language_that_was_signed(kam: Person, version: PlanVersion) -> None:
    digest = shown_digest(read(kam, version, "zh-hans"))
    chinese = client_for(kam, **{"Accept-Language": "zh-hans"})
    chinese.post(f"/incentives/letters/{version.uid}/sign/", {"digest": digest})
    letter = PlanLetter.objects.get()

    answer = client_for(kam).get(f"/incentives/letters/signed/{letter.uid}/pdf/")

    assert letter.language == "zh-hans"
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
