"""Pages of corrections: what changed is listed with its reason, taken into a run, and shown on both statements."""

from datetime import date

import pytest
from django.test import Client

from accounts.access import Role
from accounts.models import Person
from crm.models import Credit
from incentives import services
from incentives.models import Correction, Run
from tests.accounts.factories import TeamFactory, client_for, person_with_role
from tests.incentives.factories import approved_run, calculated_run, credit, published_plan, put_on, quota
from tests.incentives.page_queries import queries_of

pytestmark = pytest.mark.django_db
Q2, Q3 = "2026-Q2", "2026-Q3"
LIST = "/incentives/corrections/"


@pytest.fixture
def kam() -> Person:
    person = person_with_role(Role.KAM, TeamFactory.create(), name="Vicki Laflamme")
    put_on(published_plan(), person)
    quota(person, "30000", Q2)
    credit(person, "15000", date(2026, 5, 4))
    return person


@pytest.fixture
def hr() -> Client:
    return client_for(person_with_role(Role.HR))


@pytest.fixture
def changed(kam: Person) -> Run:
    run = approved_run(Q2)
    Credit.objects.update(amount=18000)
    services.find_corrections(run_id=run.pk)
    return run


def text(client: Client, path: str) -> str:
    return client.get(path, follow=True).content.decode().replace("\xa0", " ")


def test_a_search_is_a_job_that_ends_at_the_list(kam: Person, hr: Client) -> None:
    approved_run(Q2)
    Credit.objects.update(amount=18000)
    assert "Nothing changed" in text(hr, LIST)
    answer = hr.post(f"{LIST}look/")
    assert "/jobs/" in answer.headers["Location"]


def test_the_list_names_the_person_the_difference_and_the_reason(changed: Run, hr: Client) -> None:
    page = text(hr, LIST)
    assert "Vicki Laflamme" in page
    assert "$810.00" in page
    assert "The credit of Isdom · GTX Pro on" in page
    assert "is $18,000.00; it was $15,000.00." in page
    assert "Vicki Laflamme" in text(hr, f"{LIST}?period={Q2}&sort=-amount")
    assert "Nothing changed" in text(hr, f"{LIST}?period=2026-Q1")
    assert hr.get(f"{LIST}?sort=mood").status_code == 422


def test_the_run_says_that_somebody_would_be_paid_otherwise(changed: Run, hr: Client) -> None:
    page = text(hr, f"/incentives/runs/{changed.uid}/")
    assert "1 person would be paid otherwise now" in page
    assert f"{LIST}?period={Q2}" in page


def test_hr_takes_all_that_is_listed_into_a_run_of_its_own(changed: Run, hr: Client) -> None:
    page = hr.post(f"{LIST}take/", {"period": Q2, "run": "own"}, follow=True).content.decode().replace("\xa0", " ")
    run = Run.objects.get(kind="correction")
    services.calculate_run(run_id=run.pk)
    assert "Correction run Q2 2026, no. 1" in page
    assert "$810.00" in text(hr, f"/incentives/runs/{run.uid}/")
    assert "Nothing changed" in text(hr, LIST)


def test_hr_takes_a_chosen_one_into_the_open_run(changed: Run, hr: Client, kam: Person) -> None:
    quota(kam, "30000", Q3)
    later = calculated_run(Q3)
    row = Correction.objects.get()
    page = text(hr, LIST)
    assert "Bonus run Q3 2026" in page
    assert "Pay with (optional)" not in " ".join(page.split())  # what is chosen is always one of them
    hr.post(f"{LIST}take/", {"run": str(later.uid), "corrections": [str(row.uid)]})
    row.refresh_from_db()
    assert row.run == later


def test_a_correction_is_left_out_again(changed: Run, hr: Client) -> None:
    hr.post(f"{LIST}take/", {"run": "own"})
    row = Correction.objects.get()
    assert hr.post(f"{LIST}{row.uid}/release/").status_code == 302
    row.refresh_from_db()
    assert row.run is None


def test_both_statements_show_the_correction(changed: Run, hr: Client, kam: Person) -> None:
    hr.post(f"{LIST}take/", {"run": "own"})
    run = Run.objects.get(kind="correction")
    services.calculate_run(run_id=run.pk)
    hr.post(f"/incentives/runs/{run.uid}/submit/")
    client_for(person_with_role(Role.DIRECTOR)).post(f"/incentives/runs/{run.uid}/approve/")
    browser = client_for(kam)
    new, old = run.statements.get(), changed.statements.get()

    page = text(browser, f"/incentives/statements/{new.uid}/")
    assert "Correction of Q2 2026" in page
    assert "Q2 2026 is due at $2,160.00, $1,350.00 was paid." in page
    assert f"/incentives/statements/{old.uid}/" in page
    own = text(browser, "/incentives/statements/")
    assert f"/incentives/statements/{new.uid}/" in own
    assert f"/incentives/statements/{old.uid}/" in own
    drawer = text(browser, f"/incentives/statements/{new.uid}/lines/1/explain/")
    assert "2,160.00 − 1,350.00 = 810.00" in drawer
    assert "Corrected by $810.00 in run 2026-Q2-correction-1." in text(browser, f"/incentives/statements/{old.uid}/")


def test_a_kam_has_no_list_of_corrections_and_a_director_takes_none(changed: Run, kam: Person) -> None:
    assert client_for(kam).get(LIST).status_code == 404
    director = client_for(person_with_role(Role.DIRECTOR))
    assert director.get(LIST).status_code == 200
    assert director.post(f"{LIST}take/", {}).status_code == 404


def test_the_list_takes_the_same_queries_however_many_corrections(changed: Run, hr: Client, kam: Person) -> None:
    few = queries_of(hr, LIST)
    plan = kam.plan_assignments.get().plan
    for _number in range(8):
        person = person_with_role(Role.KAM)
        put_on(plan, person)
        quota(person, "30000", Q2)
        credit(person, "15000", date(2026, 5, 4))
    services.find_corrections(run_id=changed.pk)
    assert Correction.objects.count() == 9
    assert queries_of(hr, LIST) == few <= 15
