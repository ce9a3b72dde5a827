"""Health for load balancers, containers and `make up`."""

import time_machine
from django.test import Client

from core.health import HEARTBEAT_SECONDS, record_heartbeat
from core.tasks import heartbeat


def test_healthz_answers_without_asking_the_database(client: Client) -> None:
    # A test that does not ask for `db` may not use it.
    assert client.get("/healthz").json() == {"status": "ok"}


def test_readyz_names_each_part(db: None, client: Client) -> None:
    heartbeat.delay()

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "checks": {"database": "ok", "migrations": "ok", "redis": "ok", "worker": "ok"},
    }
    assert "no-store" in answer.headers["Cache-Control"]


def test_readyz_says_that_no_worker_lives(db: None, client: Client) -> None:
    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"] == "no heartbeat"


def test_readyz_says_how_old_the_last_heartbeat_is(db: None, client: Client) -> None:
    with time_machine.travel(0, tick=False) as clock:
        record_heartbeat()
        clock.shift(HEARTBEAT_SECONDS + 10)

        assert client.get("/readyz").json()["checks"]["worker"] == "last heartbeat 160 s ago"
