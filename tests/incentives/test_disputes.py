"""Questions about pay: a first answer by itself, then a person's by a day, linked to what came of it."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.access import Role
from accounts.models import Person, RoleGrant, User
from core import calendar
from core.errors import NotFound
from core.models import OutboxMessage
from core.outbox import rendered
from crm.models import Credit, Opportunity
from incentives import errors, services, tasks
from incentives.models import Correction, Dispute, Statement
from incentives.selectors.first_answers import FirstAnswer, answer_about_line, answer_about_missing
from incentives.services.questions import (
    answer_dispute,
    ask,
    remind_of_disputes,
    withdraw_dispute,
    working_day_after,
)
from tests.accounts.factories import PersonFactory, TeamFactory, client_for, person_with_role
from tests.incentives.factories import approved_run, credit, open_deal, published_plan, put_on, quota
from tests.incentives.page_queries import queries_of

pytestmark = pytest.mark.django_db
Q2, MAY = "2026-Q2", date(2026, 5, 4)
LIST = "/incentives/disputes/"
PDF = b"%PDF-1.7 scan"


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    assert tmp_path == portal.MEDIA_ROOT


@pytest.fixture
def kam() -> Person:
    person = person_with_role(Role.KAM, TeamFactory.create(), name="Vicki Laflamme")
    put_on(published_plan(), person)
    quota(person, "30000", Q2)
    credit(person, "15000", MAY)
    return person


@pytest.fixture
def statement(kam: Person) -> Statement:
    return approved_run(Q2).statements.get(person=kam)


def hr_of(statement: Statement) -> User:
    user = statement.run.prepared_by
    assert user is not None
    return user


def about(statement: Statement, deal: str) -> FirstAnswer:
    return answer_about_missing(viewer=hr_of(statement), statement=statement, deal=deal)


def plain(answer: FirstAnswer) -> str:
    return answer.sentence.replace("\xa0", " ")


# What the portal says by itself


def test_a_line_tells_whose_deal_it_is_since_when_and_how_it_was_paid(statement: Statement) -> None:
    answer = answer_about_line(viewer=hr_of(statement), statement=statement, position=1)
    assert answer.code == "credited"
    assert plain(answer).startswith("100 % of the deal is credited to Vicki Laflamme since")
    assert "All in tier 1 (0–50 %), at 9.00 %." in plain(answer)
    facts = {str(fact.label): str(fact.value).replace("\xa0", " ") for fact in answer.facts}
    assert facts["Product"] == "GTX Pro"
    assert facts["Credited to"] == "Vicki Laflamme 100 %"
    assert facts["Target"] == "$30,000.00"
    assert facts["Tier"] == "0–50 %"


def test_a_split_names_everybody_with_the_share(statement: Statement) -> None:
    Credit.objects.update(share="0.6")
    Credit.objects.create(
        opportunity=Opportunity.objects.get(),
        person=PersonFactory.create(name="Kary"),
        share="0.4",
        amount=1,
        currency="USD",
        credited_on=MAY,
    )
    answer = answer_about_line(viewer=hr_of(statement), statement=statement, position=1)
    assert str(answer.facts[0].value).replace("\xa0", " ") == "Vicki Laflamme 60 %, Kary 40 %"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda: Opportunity.objects.update(stage="lost"), "reversed"),
        (lambda: Credit.objects.update(amount=9000), "credit_changed"),
        (lambda: Credit.objects.all().delete(), "credit_gone"),
        (lambda: Opportunity.objects.all().delete(), "deal_gone"),
    ],
)
def test_what_changed_since_does_not_settle_the_question(statement: Statement, change: Any, code: str) -> None:
    change()
    answer = answer_about_line(viewer=hr_of(statement), statement=statement, position=1)
    assert (answer.code, answer.settles) == (code, False)


def test_a_missing_deal_is_found_by_number_or_customer_and_says_where_it_is(statement: Statement, kam: Person) -> None:
    number = Opportunity.objects.get().external_id
    assert about(statement, number.lower()).code == "paid"
    assert plain(about(statement, "isdo")) == "The deal is in the statement: line 1 pays $1,350.00."


def test_a_missing_deal_of_another_period_an_open_one_and_a_late_one(statement: Statement, kam: Person) -> None:
    later = credit(kam, "10", date(2026, 7, 1)).opportunity
    assert about(statement, later.external_id).code == "other_period"
    assert about(statement, open_deal(kam, "10").external_id).code == "not_won"
    late = credit(kam, "10", MAY).opportunity
    assert (about(statement, late.external_id).code, about(statement, late.external_id).settles) == ("late", False)
    Credit.objects.filter(opportunity=late).update(person=PersonFactory.create(name="Kary"))
    assert "credited to Kary since" in plain(about(statement, late.external_id))


def test_a_question_tells_nothing_about_the_deals_of_others(statement: Statement) -> None:
    secret = credit(PersonFactory.create(), "10", MAY).opportunity
    assert about(statement, secret.external_id).code == "unknown"


# Asked


def test_a_question_gets_an_owner_and_a_day_and_keeps_the_first_answer(statement: Statement, kam: Person) -> None:
    person_with_role(Role.HR)
    dispute = ask(statement_uid=statement.uid, position=1, text="Half of it was Kary's.", by=kam.user)
    assert (dispute.owner, dispute.state) == (hr_of(statement), Dispute.State.OPEN)
    assert dispute.due_on == working_day_after(calendar.today(), 5)
    assert dispute.facts["code"] == "credited"
    assert OutboxMessage.objects.filter(kind="incentives.line_question").count() == 2


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [(date(2026, 11, 20), 1, date(2026, 11, 23)), (date(2026, 11, 23), 5, date(2026, 11, 30))],
)
def test_weekends_do_not_count(day: date, count: int, due: date) -> None:
    assert working_day_after(day, count) == due


def test_a_missing_deal_is_asked_for_by_its_name(statement: Statement, kam: Person) -> None:
    dispute = ask(statement_uid=statement.uid, deal="O-404", text="Won in May.", by=kam.user)
    assert (dispute.position, dispute.facts["code"]) == (None, "unknown")
    notice = OutboxMessage.objects.get(kind="incentives.line_question")
    assert "a missing deal (O-404)" in rendered(notice).title


def test_a_colleagues_statement_cannot_be_questioned(statement: Statement) -> None:
    stranger = person_with_role(Role.KAM).user
    with pytest.raises(NotFound):
        ask(statement_uid=statement.uid, position=1, text="?", by=stranger)


def test_where_the_preparer_is_not_in_hr_any_more_the_least_busy_answers(statement: Statement, kam: Person) -> None:
    RoleGrant.objects.filter(user=hr_of(statement)).delete()
    with pytest.raises(errors.NobodyAnswers, match="gives somebody the role"):
        ask(statement_uid=statement.uid, position=1, text="?", by=kam.user)
    team = {person_with_role(Role.HR).user for _number in range(2)}
    owners = [ask(statement_uid=statement.uid, position=1, text=str(number), by=kam.user).owner for number in range(4)]
    assert set(owners[:2]) == set(owners[2:]) == team


# Answered


def test_a_rejection_tells_the_asker_why(statement: Statement, kam: Person) -> None:
    dispute = ask(statement_uid=statement.uid, position=1, text="?", by=kam.user)
    answered = answer_dispute(dispute_uid=dispute.uid, accepted=False, text="It is right.", by=hr_of(statement))
    assert (answered.state, answered.correction) == (Dispute.State.REJECTED, None)
    notice = OutboxMessage.objects.get(kind="incentives.dispute_answered")
    assert (notice.user, rendered(notice).body) == (kam.user, "It is right.")


def test_an_accepted_question_is_linked_to_the_difference_that_it_led_to(statement: Statement, kam: Person) -> None:
    dispute = ask(statement_uid=statement.uid, position=1, text="It was 18,000.", by=kam.user)
    Credit.objects.update(amount=18000)
    answered = answer_dispute(dispute_uid=dispute.uid, accepted=True, text="Corrected.", by=hr_of(statement))
    assert answered.correction == Correction.objects.get()
    assert answered.correction.amount == 810
    into, job = services.take_corrections(correction_uids=[answered.correction.uid], by=hr_of(statement))
    services.calculate_run(run_id=into.pk, job_id=job.pk)
    page = client_for(kam).get(f"{LIST}{dispute.uid}/").content.decode()
    assert "The difference of $810.00 is paid in a later run." in page.replace("\xa0", " ")


def test_nothing_is_accepted_where_nothing_is_to_be_corrected(statement: Statement, kam: Person) -> None:
    dispute = ask(statement_uid=statement.uid, position=1, text="?", by=kam.user)
    with pytest.raises(errors.NoDifferenceFound, match="Correct the deal"):
        answer_dispute(dispute_uid=dispute.uid, accepted=True, text="Yes.", by=hr_of(statement))


def test_a_question_is_answered_once_and_never_by_who_asked(statement: Statement, kam: Person) -> None:
    own = ask(statement_uid=statement.uid, position=1, text="?", by=kam.user)
    answer_dispute(dispute_uid=own.uid, accepted=False, text="No.", by=hr_of(statement))
    with pytest.raises(errors.DisputeIsClosed, match="is Rejected already"):
        answer_dispute(dispute_uid=own.uid, accepted=False, text="No.", by=hr_of(statement))
    person_with_role(Role.HR)
    asked = ask(statement_uid=statement.uid, position=1, text="Mine?", by=hr_of(statement))
    with pytest.raises(errors.AskerDoesNotAnswer):
        answer_dispute(dispute_uid=asked.uid, accepted=False, text="No.", by=hr_of(statement))


def test_only_who_asked_withdraws(statement: Statement, kam: Person) -> None:
    dispute = ask(statement_uid=statement.uid, position=1, text="?", by=kam.user)
    with pytest.raises(NotFound):
        withdraw_dispute(dispute_uid=dispute.uid, by=hr_of(statement))
    assert withdraw_dispute(dispute_uid=dispute.uid, by=kam.user).state == Dispute.State.WITHDRAWN


# Reminded


def test_the_owner_is_reminded_once_a_day_from_the_day_before(statement: Statement, kam: Person) -> None:
    dispute = ask(statement_uid=statement.uid, position=1, text="?", by=kam.user)
    Dispute.objects.update(due_on=date(2026, 11, 25))  # a Wednesday
    for day in (date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 24), date(2026, 11, 26), date(2026, 11, 28)):
        remind_of_disputes(on=day)
    told = OutboxMessage.objects.filter(kind="incentives.dispute_due").order_by("pk")
    assert [message.user for message in told] == [dispute.owner] * 2
    assert [rendered(message).body.split(" on ")[0] for message in told] == ["It is due", "It was due"]
    tasks.remind_of_disputes()


# Pages


def test_the_drawer_answers_first_and_takes_a_question_with_evidence(statement: Statement, kam: Person) -> None:
    browser, path = client_for(kam), f"/incentives/statements/{statement.uid}/lines/1/question/"
    assert "of the deal is credited to Vicki Laflamme since" in browser.get(path).content.decode()
    file = SimpleUploadedFile("mail.pdf", PDF, content_type="application/pdf")
    answer = browser.post(path, {"text": "Half of it.", "evidence": file})
    dispute = Dispute.objects.get()
    assert answer.headers["Location"] == f"{LIST}{dispute.uid}/"
    given = browser.get(f"{LIST}{dispute.uid}/evidence/")
    assert given.content == PDF
    assert given.headers["Content-Disposition"] == 'attachment; filename="mail.pdf"'
    assert given.headers["Content-Type"] == "application/octet-stream"
    assert client_for(person_with_role(Role.KAM)).get(f"{LIST}{dispute.uid}/evidence/").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("run.exe", b"MZ", "This kind of file is not taken"),
        ("mail.pdf", b"<script>", "The file is not what its name says"),
        ("big.txt", b"a" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
    ],
)
def test_evidence_of_a_wrong_kind_or_size_is_refused(
    statement: Statement, kam: Person, name: str, content: bytes, words: str
) -> None:
    path = f"/incentives/statements/{statement.uid}/missing/"
    answer = client_for(kam).post(path, {"deal": "x", "text": "?", "evidence": SimpleUploadedFile(name, content)})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Dispute.objects.exists()


def test_a_missing_deal_is_looked_up_first(statement: Statement, kam: Person) -> None:
    browser, path = client_for(kam), f"/incentives/statements/{statement.uid}/missing/"
    assert "The deal is in the statement: line 1" in browser.get(f"{path}?deal=Isdom").content.decode()
    browser.post(path, {"deal": "O-404", "text": "Won in May."})
    assert "Missing deal: O-404" in browser.get(LIST).content.decode()


def test_hr_answers_on_the_page(statement: Statement, kam: Person) -> None:
    dispute = ask(statement_uid=statement.uid, position=1, text="?", by=kam.user)
    browser, path = Client(), f"{LIST}{dispute.uid}/"
    browser.force_login(hr_of(statement))
    assert "Send answer" in browser.get(path).content.decode()
    assert "Send answer" not in client_for(kam).get(path).content.decode()
    assert browser.post(f"{path}answer/", {"text": " ", "outcome": "rejected"}).status_code == 422
    browser.post(f"{path}answer/", {"text": "It is right.", "outcome": "rejected"})
    assert "It is right." in client_for(kam).get(path).content.decode()
    assert client_for(kam).post(f"{path}answer/", {"text": "x", "outcome": "accepted"}).status_code == 404


def test_counts_and_tabs_are_those_of_the_viewer(statement: Statement, kam: Person) -> None:
    ask(statement_uid=statement.uid, position=1, text="?", by=kam.user)
    Dispute.objects.update(due_on=calendar.today() - timedelta(days=1))
    page = client_for(kam).get(f"{LIST}?state=overdue").content.decode()
    assert "Vicki Laflamme" in page
    assert "I answer" not in page
    assert (
        "Vicki Laflamme" not in client_for(person_with_role(Role.MANAGER)).get(LIST).content.decode().split("<main")[1]
    )
    assert client_for(kam).get(f"{LIST}?state=mood").status_code == 422
    runs = client_for(person_with_role(Role.HR)).get("/incentives/runs/").content.decode()
    assert "Questions about pay" in runs


def test_the_list_takes_the_same_queries_however_many_questions(statement: Statement, kam: Person) -> None:
    ask(statement_uid=statement.uid, position=1, text="?", by=kam.user)
    browser = client_for(kam)
    few = queries_of(browser, LIST)
    for number in range(20):
        ask(statement_uid=statement.uid, position=1, text=str(number), by=kam.user)
    assert queries_of(browser, LIST) == few <= 12


# The API


def test_a_program_asks_answers_and_withdraws(statement: Statement, kam: Person) -> None:
    api = "/api/v1/disputes/"
    browser, hr = client_for(kam), Client()
    hr.force_login(hr_of(statement))
    body = {"statement": str(statement.uid), "position": 1, "text": "?"}
    made = browser.post(api, body, content_type="application/json")
    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert made.json()["first_answer"]["code"] == "credited"
    uid = made.json()["uid"]
    refused = browser.post(f"{api}{uid}/answer/", {"accepted": False, "text": "No."}, content_type="application/json")
    assert refused.status_code in {403, 404}
    answered = hr.post(f"{api}{uid}/answer/", {"accepted": False, "text": "No."}, content_type="application/json")
    assert (answered.json()["state"], answered.json()["answer"]) == ("rejected", "No.")
    assert (
        hr.post(f"{api}{uid}/answer/", {"accepted": False, "text": "No."}, content_type="application/json").json()[
            "code"
        ]
        == "dispute_is_closed"
    )
    again = browser.post(api, body | {"text": "Still?"}, content_type="application/json").json()
    assert browser.post(f"{api}{again['uid']}/withdraw/").json()["state"] == "withdrawn"
    assert browser.get(f"{api}?state=rejected").json()["results"][0]["uid"] == uid
    both = browser.post(api, body | {"deal": "x"}, content_type="application/json")
    assert both.status_code in {400, 422}
