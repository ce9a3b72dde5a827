"""What an administrator finds on the start page: faults first, each with one next step."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.access import Role
from accounts.models import Person
from accounts.services import turn_schedule
from accounts.services.tokens import make_token
from core import calendar
from core.health import forget_heartbeat, record_beat, record_heartbeat
from core.mailing import MOST_ATTEMPTS
from core.models import ImportBatch, ImportRejection, Job, OutboxMessage
from goals.models import Computation
from tests.accounts.factories import PersonFactory, TeamFactory, client_for, person_with_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_sign_is_left() -> Iterator[None]:
    yield
    forget_heartbeat()
    cache.close()


@pytest.fixture
def admin() -> Person:
    """Everything works, and last night's results are there."""
    record_heartbeat()
    record_beat()
    Computation.objects.create(period=calendar.current_period().code, computed_at=timezone.now() - timedelta(hours=8))
    person = person_with_role(Role.ADMINISTRATOR, name="Ana Adeyemi")
    give_login(person)
    return person


def give_login(person: Person) -> None:
    person.user.set_password("long-enough-for-a-test")
    person.user.save(update_fields=["password"])


def page(person: Person) -> str:
    answer = client_for(person).get("/")
    assert answer.status_code == 200
    return answer.content.decode().replace("\u00a0", " ")


def test_where_all_is_well_it_says_so(admin: Person) -> None:
    text = page(admin)

    assert "All is well" in text
    assert "Booked revenue" not in text
    for part in ("Database", "Redis", "Workers", "Scheduler", "Results of this period"):
        assert part in text


def test_silent_workers_and_a_silent_scheduler_are_told(admin: Person) -> None:
    forget_heartbeat()

    text = page(admin)

    assert "Workers: silent" in text
    assert "Scheduler: silent" in text
    assert "no sign of life yet" in text
    assert 'href="/readyz"' in text


def test_results_that_last_night_did_not_bring_are_told(admin: Person) -> None:
    Computation.objects.update(computed_at=timezone.now() - timedelta(days=2))

    text = page(admin)

    assert "Last night&#x27;s results are missing" in text
    assert "last computed: 2 days ago" in text


def test_a_failed_job_is_told_with_its_reason_for_a_week(admin: Person) -> None:
    job = Job.objects.create(
        kind="incentives.calculate", state=Job.State.FAILED, message="No plan holds in this period.", total=1
    )
    text = page(admin)
    assert "1 job failed this week" in text
    assert "Calculating bonuses: No plan holds in this period." in text

    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(days=8))
    assert "job failed this week" not in page(admin)


def test_rows_in_quarantine_lead_to_their_import(admin: Person) -> None:
    batch = ImportBatch.objects.create(kind="crm", source="deals.csv", finished_at=timezone.now())
    ImportRejection.objects.create(batch=batch, file="deals.csv", line=7, code="unknown_product", row={})

    text = page(admin)

    assert "1 row in quarantine" in text
    assert f'href="/settings/imports/{batch.uid}/"' in text


def mail(admin: Person, key: str, attempts: int) -> None:
    OutboxMessage.objects.create(
        kind="incentives.statement_ready",
        key=key,
        user=admin.user,
        mail_attempts=attempts,
        mail_error="Connection refused" if attempts else "",
    )


def test_mail_that_waits_is_counted_and_mail_that_fails_says_why(admin: Person) -> None:
    mail(admin, "a", 0)
    assert "1 notice waits to be mailed" in page(admin)
    assert "Connection refused" not in page(admin)

    mail(admin, "b", 2)
    assert "1 mail fails" in page(admin)
    assert "Connection refused" in page(admin)

    mail(admin, "c", MOST_ATTEMPTS)
    text = page(admin)
    assert "1 mail was given up" in text
    assert "2 notices wait to be mailed" in text


def test_people_without_a_place_or_a_login_are_named(admin: Person) -> None:
    lost = PersonFactory.create(name="Nora Nowhere", team=None)
    give_login(lost)
    PersonFactory.create(name="Paul Passwordless", team=TeamFactory.create())

    text = page(admin)

    assert "1 person has no team and no role" in text
    assert "Nora Nowhere" in text
    assert f"/people/{lost.uid}/employment/" in text
    assert "1 person cannot log in yet" in text
    assert "Paul Passwordless" in text


def test_who_has_left_is_not_missed(admin: Person) -> None:
    PersonFactory.create(name="Lena Left", team=None, left_on=calendar.today() - timedelta(days=1))

    assert "All is well" in page(admin)


def test_a_token_that_ends_soon_is_named_and_a_later_one_is_not(admin: Person) -> None:
    make_token(user=admin.user, name="Later", scopes=["kpi:read"], days=60, by=admin.user)
    assert "All is well" in page(admin)

    make_token(user=admin.user, name="Payroll", scopes=["kpi:read"], days=3, by=admin.user)
    text = page(admin)
    assert "1 API token ends within two weeks" in text
    assert "Payroll of Ana Adeyemi" in text


def test_the_latest_changes_say_who_did_them(admin: Person) -> None:
    turn_schedule(name="goals.compute_all", on=False, by=admin.user)

    text = page(admin)

    changes = text[text.index("Latest changes") : text.index("All changes")]
    assert "Recompute KPI results" in changes
    assert "Ana Adeyemi" in changes
    assert "paused" in text


def test_what_the_portal_changed_by_itself_is_left_to_the_audit_trail(admin: Person) -> None:
    TeamFactory.create(name="Made by a program")

    text = page(admin)

    assert "Nobody has changed anything lately" in text
    assert "Made by a program" not in text


def fill(admin: Person, count: int) -> None:
    """So many of all that the page counts or lists."""
    for n in range(count):
        Job.objects.create(kind="incentives.calculate", state=Job.State.FAILED, message="No plan.", total=1)
        mail(admin, f"{count}-{n}", 2)
        batch = ImportBatch.objects.create(kind="crm", source="deals.csv", finished_at=timezone.now())
        ImportRejection.objects.create(batch=batch, file="deals.csv", line=7, code="unknown_product", row={})
        PersonFactory.create(team=None)
        make_token(user=admin.user, name=f"Token {n}", scopes=["kpi:read"], days=3, by=admin.user)


def queries_of(admin: Person) -> int:
    client = client_for(admin)
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/").status_code == 200
    return len(queries)


def test_it_costs_no_more_queries_with_twenty_of_everything(admin: Person) -> None:
    """It may cost fewer: the names in the latest changes take one query for each kind of thing among them."""
    fill(admin, 1)
    once = queries_of(admin)
    fill(admin, 20)

    assert queries_of(admin) <= once <= 36
