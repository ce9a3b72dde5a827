"""Pages of runs: started as a job, checked, approved by a second person, exported."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from accounts.access import Role
from accounts.models import Person
from core import calendar, jobs
from core.models import Job
from incentives import services
from incentives.models import Run
from tests.accounts.factories import Company, client_for, company, person_with_role
from tests.incentives.factories import calculated_run, credit, kam_content, published_plan, put_on, quota
from tests.incentives.page_queries import queries_of

pytestmark = pytest.mark.django_db
PERIOD = calendar.current_period().previous


@pytest.fixture
def hr() -> Person:
    return person_with_role(Role.HR, name="Wei Chen")


@pytest.fixture
def people() -> Company:
    """West 1 has Vicki, who sold, and Carl, who did not; East 1 has Kary."""
    firm, plan = company(), published_plan(kam_content())
    for name, team in (("Vicki Laflamme", "west-1"), ("Carl Lin", "west-1"), ("Kary Hendrixson", "east-1")):
        person = person_with_role(Role.KAM, firm.teams[team], name=name)
        put_on(plan, person)
        quota(person, "30000", PERIOD.code)
        if name != "Carl Lin":
            credit(person, "33600", PERIOD.start)
    return firm


@pytest.fixture
def run(people: Company, hr: Person) -> Run:
    return calculated_run(PERIOD.code, by=hr.user)


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode().replace("\xa0", " ")


def table(page: str) -> str:
    """The list of people on the page of a run."""
    return page[page.index('id="pay-table"') : page.index("</table>")]


def test_a_new_run_is_calculated_and_shown(people: Company, hr: Person) -> None:
    browser = client_for(hr)

    answer = browser.post("/incentives/runs/new/", {"period": PERIOD.code, "kind": "final"})
    run = Run.objects.get()

    assert answer.headers["Location"] == f"/incentives/runs/{run.uid}/"
    assert "Waiting to start" in text(browser, answer.headers["Location"])
    job = Job.objects.get()
    services.calculate_run(run_id=run.pk, job_id=job.pk)
    page = text(browser, answer.headers["Location"])
    assert table(page).count("$6,696.00") == 2


def test_progress_survives_a_reload_and_ends_with_the_page(run: Run, hr: Person) -> None:
    browser, path = client_for(hr), f"/incentives/runs/{run.uid}/progress/"
    job = jobs.start("incentives.calculate", by=hr.user, total=3)
    Run.objects.filter(pk=run.pk).update(job=job)
    jobs.step(job.pk, done=1)

    running = browser.get(path)
    assert "1 of 3" in running.content.decode()
    assert "HX-Refresh" not in running.headers

    jobs.finish(job.pk)
    assert browser.get(path).headers["HX-Refresh"] == "true"


def test_a_running_calculation_can_be_stopped(run: Run, hr: Person) -> None:
    job = jobs.start("incentives.calculate", by=hr.user, total=3)
    Run.objects.filter(pk=run.pk).update(job=job)

    client_for(hr).post(f"/incentives/runs/{run.uid}/cancel/")

    job.refresh_from_db()
    assert job.cancel_requested


def test_the_preparer_sees_why_approval_is_closed(run: Run, people: Company) -> None:
    both = person_with_role(Role.DIRECTOR)
    Run.objects.filter(pk=run.pk).update(prepared_by=both.user, submitted_by=both.user, status=Run.Status.SUBMITTED)

    page = text(client_for(both), f"/incentives/runs/{run.uid}/")

    assert "You prepared this run. Somebody else approves it." in page
    assert "disabled" in page[page.index("Approve run") - 300 : page.index("Approve run")]


def test_a_director_approves_what_hr_handed_in(run: Run, hr: Person) -> None:
    path = f"/incentives/runs/{run.uid}/"
    client_for(hr).post(f"{path}submit/")
    director = client_for(person_with_role(Role.DIRECTOR))

    assert "Approve run" in text(director, path)
    director.post(f"{path}approve/")

    run.refresh_from_db()
    assert run.status == Run.Status.APPROVED
    assert "approved by" in text(director, path)


def test_hr_marks_what_payroll_did_with_an_approved_run(run: Run, hr: Person) -> None:
    path, browser = f"/incentives/runs/{run.uid}/", client_for(hr)
    browser.post(f"{path}submit/")
    director = client_for(person_with_role(Role.DIRECTOR))
    director.post(f"{path}approve/")

    assert "Mark exported" not in text(director, path)
    assert "Mark exported" in text(browser, path)
    browser.post(f"{path}mark/", {"status": "exported"})
    browser.post(f"{path}mark/", {"status": "paid"})
    page = text(browser, path)

    run.refresh_from_db()
    assert run.status == Run.Status.PAID
    assert "Marked paid by" in page
    assert "Close run" in page
    assert browser.post(f"{path}mark/", {"status": "exported"}).status_code == 409
    assert browser.post(f"{path}mark/", {"status": "burnt"}).status_code == 422


def test_a_run_goes_back_only_with_a_reason(run: Run, hr: Person) -> None:
    path = f"/incentives/runs/{run.uid}/"
    client_for(hr).post(f"{path}submit/")
    director = client_for(person_with_role(Role.DIRECTOR))

    assert director.post(f"{path}return/", {"reason": " "}).status_code == 422
    director.post(f"{path}return/", {"reason": "Vicki's split is missing."})

    run.refresh_from_db()
    assert run.status == Run.Status.CALCULATED
    assert "Vicki&#x27;s split is missing." in text(client_for(hr), path)


def test_the_table_filters_sorts_and_says_why_nothing_was_paid(run: Run, hr: Person) -> None:
    browser, path = client_for(hr), f"/incentives/runs/{run.uid}/"

    nothing = table(text(browser, f"{path}?only=empty"))
    assert "Carl Lin" in nothing
    assert "There is no credited deal in the period." in nothing
    assert "Vicki Laflamme" not in nothing
    by_name = table(text(browser, f"{path}?sort=name"))
    assert by_name.index("Carl Lin") < by_name.index("Kary Hendrixson") < by_name.index("Vicki Laflamme")
    assert "Kary Hendrixson" not in table(text(browser, f"{path}?q=vicki"))


def test_an_unknown_sort_names_the_known_ones(run: Run, hr: Person) -> None:
    answer = client_for(hr).get(f"/incentives/runs/{run.uid}/?sort=mood", headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "attainment" in answer.content.decode()


def test_a_manager_sees_the_own_people_and_their_sum_only(run: Run, people: Company, hr: Person) -> None:
    client_for(hr).post(f"/incentives/runs/{run.uid}/submit/")
    client_for(person_with_role(Role.DIRECTOR)).post(f"/incentives/runs/{run.uid}/approve/")
    manager = client_for(person_with_role(Role.MANAGER, people.teams["west-1"]))

    page = text(manager, f"/incentives/runs/{run.uid}/")

    assert "Vicki Laflamme" in page
    assert "Kary Hendrixson" not in page
    assert "$6,696" in page
    assert "$13" not in page
    assert "$13" not in text(manager, "/incentives/runs/")


def test_a_run_on_its_way_does_not_exist_for_managers(run: Run, people: Company) -> None:
    manager = client_for(person_with_role(Role.MANAGER, people.teams["west-1"]))

    assert manager.get(f"/incentives/runs/{run.uid}/").status_code == 404
    assert manager.get(f"/incentives/runs/{run.uid}/export/").status_code == 404


def test_the_export_holds_numbers_for_every_line(run: Run, hr: Person) -> None:
    answer = client_for(hr).get(f"/incentives/runs/{run.uid}/export/")

    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    statements, lines = book.worksheets
    assert [row[8] for row in statements.iter_rows(min_row=2, values_only=True)] == [6696, 6696, 0]
    assert lines.max_row == 3
    assert sum(Decimal(str(row[10])) for row in lines.iter_rows(min_row=2, values_only=True)) == run.total


def test_a_run_takes_the_same_queries_however_many_people(run: Run, people: Company, hr: Person) -> None:
    browser, path = client_for(hr), f"/incentives/runs/{run.uid}/"
    few = queries_of(browser, path)
    plan = published_plan()
    for _number in range(60):
        put_on(plan, person_with_role(Role.KAM, people.teams["west-2"]))
    calculated_run(PERIOD.code, by=hr.user)

    assert queries_of(browser, path) == few <= 20


def test_a_long_list_of_people_goes_on_where_it_ended(run: Run, people: Company, hr: Person) -> None:
    browser, path, plan = client_for(hr), f"/incentives/runs/{run.uid}/", published_plan()
    for _number in range(60):
        put_on(plan, person_with_role(Role.KAM, people.teams["west-2"]))
    calculated_run(PERIOD.code, by=hr.user)

    page = browser.get(path)
    after = page.content.decode().split("after=")[1].split('"')[0]
    rest = browser.get(f"{path}?after={after}", headers={"HX-Request": "true"})

    assert page.content.count(b"person-chip") == 50
    assert rest.content.count(b"person-chip") == 13


def test_the_start_page_takes_the_same_queries_however_many_runs(run: Run, hr: Person) -> None:
    browser = client_for(hr)
    few = queries_of(browser, "/incentives/")
    for back in range(1, 4):
        calculated_run(PERIOD.shift(-back).code, by=hr.user)

    assert queries_of(browser, "/incentives/") == few <= 20
