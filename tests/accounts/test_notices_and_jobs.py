"""Notices to oneself, and the progress of what one has started."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction

from accounts.access import Role
from accounts.jobs import progress_of
from accounts.models import Person
from core import jobs, outbox
from core.models import Job, OutboxMessage
from tests.accounts.factories import client_for, person_with_role

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def kam() -> Person:
    return person_with_role(Role.KAM)


@pytest.fixture
def _kind(monkeypatch: pytest.MonkeyPatch) -> None:
    def render(payload: Mapping[str, Any]) -> outbox.Rendered:
        return outbox.Rendered(f"Statement {payload['n']} is ready", "It has 3 lines.", "/settings/")

    monkeypatch.setitem(outbox.KINDS, "test.ready", outbox.Kind("test.ready", "Statement", render))


def notify(person: Person, n: int) -> OutboxMessage:
    with transaction.atomic():
        outbox.put(outbox.Message("test.ready", f"ready:{person.pk}:{n}", person.user_id, {"n": n}))
    return OutboxMessage.objects.get(key=f"ready:{person.pk}:{n}")


@pytest.mark.usefixtures("_kind")
def test_notices_stand_latest_first_and_only_the_own_ones(kam: Person) -> None:
    notify(kam, 1)
    notify(kam, 2)
    notify(person_with_role(Role.KAM), 3)

    page = client_for(kam).get("/notifications/").content.decode()

    assert page.index("Statement 2 is ready") < page.index("Statement 1 is ready")
    assert "Statement 3" not in page


@pytest.mark.usefixtures("_kind")
def test_opening_a_notice_marks_it_read_and_leads_on(kam: Person) -> None:
    notice, client = notify(kam, 1), client_for(kam)

    answer = client.post(f"/notifications/{notice.uid}/open/")

    assert answer["Location"] == "/settings/"
    notice.refresh_from_db()
    assert notice.read_at is not None
    assert "All read" in client.get("/notifications/?view=unread").content.decode()


@pytest.mark.usefixtures("_kind")
def test_all_are_read_at_once(kam: Person) -> None:
    for n in range(3):
        notify(kam, n)
    other = notify(person_with_role(Role.KAM), 9)

    client_for(kam).post("/notifications/read/")

    assert not OutboxMessage.objects.visible_to(kam.user).filter(read_at=None).exists()
    other.refresh_from_db()
    assert other.read_at is None


@pytest.mark.usefixtures("_kind")
def test_somebody_elses_notice_is_not_there(kam: Person) -> None:
    notice = notify(person_with_role(Role.KAM), 1)

    assert client_for(kam).post(f"/notifications/{notice.uid}/open/").status_code == 404


@pytest.mark.usefixtures("_kind")
def test_many_notices_come_page_by_page(kam: Person) -> None:
    for n in range(53):
        notify(kam, n)
    client = client_for(kam)

    first = client.get("/notifications/")
    rest = client.get(first.context["next_url"], headers=FRAGMENT).content.decode()

    assert "Statement 2 is ready" in rest
    assert "<html" not in rest


def test_progress_is_polled_until_the_job_is_over(kam: Person) -> None:
    job = jobs.start("test.work", by=kam.user, total=10)
    jobs.step(job.pk, done=4, message="four")
    client = client_for(kam)

    running = client.get(f"/jobs/{job.uid}/", headers=FRAGMENT).content.decode()
    jobs.finish(job.pk, message="all ten", result_path="/people/")
    over = client.get(f"/jobs/{job.uid}/", headers=FRAGMENT).content.decode()

    assert f'hx-get="/jobs/{job.uid}/"' in running
    assert "four" in running
    assert "hx-get" not in over
    assert 'href="/people/"' in over


def test_a_job_survives_a_reload_as_a_whole_page(kam: Person) -> None:
    job = jobs.start("test.work", by=kam.user, total=10)

    assert "<html" in client_for(kam).get(f"/jobs/{job.uid}/").content.decode()


def test_who_started_a_job_may_stop_it(kam: Person) -> None:
    job = jobs.start("test.work", by=kam.user, total=10)
    jobs.step(job.pk, done=1)

    answer = client_for(kam).post(f"/jobs/{job.uid}/cancel/", headers=FRAGMENT)

    assert "Stopping at the next step" in answer.content.decode()
    with pytest.raises(jobs.Cancelled):
        jobs.step(job.pk, done=2)


def test_somebody_elses_job_is_not_there(kam: Person) -> None:
    job = jobs.start("test.work", by=person_with_role(Role.HR).user)

    assert client_for(kam).get(f"/jobs/{job.uid}/").status_code == 404
    assert client_for(kam).post(f"/jobs/{job.uid}/cancel/").status_code == 404


@pytest.mark.parametrize(
    ("state", "shown"),
    [("queued", "running"), ("running", "running"), ("done", "done"), ("failed", "failed"), ("cancelled", "cancelled")],
)
def test_each_state_of_a_job_has_its_face(kam: Person, state: str, shown: str) -> None:
    job = Job(kind="test.work", state=state, requested_by=kam.user)

    assert progress_of(job).state == shown
