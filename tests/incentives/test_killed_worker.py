"""A worker that is killed at any moment of a run leaves nothing that the next one does not put right."""

import os
import random
import signal
import time
from datetime import date
from multiprocessing import get_context

import pytest
from django.db import connection, connections
from django.db.models import Sum

from incentives import services
from incentives.models import Run, Statement, StatementLine
from incentives.services import calculation, freezing
from tests.accounts.factories import PersonFactory
from tests.incentives.factories import calculated_run, credit, published_plan, put_on, quota

Q3 = "2026-Q3"
KILLS = 20


def work_in_a_process(run_id: int) -> None:
    services.calculate_run(run_id=run_id)


@pytest.mark.slow
@pytest.mark.usefixtures("committed_runs")
@pytest.mark.django_db(transaction=True)
def test_a_run_whose_workers_are_killed_again_and_again_ends_with_the_same_digest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(freezing, "PEOPLE_A_CHUNK", 1)
    plan = published_plan()
    for number in range(12):
        person = PersonFactory.create()
        put_on(plan, person)
        quota(person, "3000", Q3)
        for day in range(1, 6):
            credit(person, f"{100 * number + day}.37", date(2026, 8, day))
    start = time.perf_counter()
    undisturbed = calculated_run(Q3)
    usual = time.perf_counter() - start

    run, _job = services.start_run(period=Q3, kind=Run.Kind.FINAL, by=None, queue=False)
    moments = random.Random(7)
    for _kill in range(KILLS):
        if not calculation.chunks_left(run_id=run.pk):  # so that every kill meets work
            services.start_run(period=Q3, kind=Run.Kind.FINAL, by=None, queue=False)
        connections.close_all()  # a connection does not survive a fork
        worker = get_context("fork").Process(target=work_in_a_process, args=[run.pk])
        worker.start()
        time.sleep(moments.uniform(0, usual))
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
        _wait_for_the_backend()
        # Whatever was cut off, no statement is there in part.
        sums = Statement.objects.annotate(paid=Sum("lines__amount")).values_list("total", "paid")
        assert all(total == paid for total, paid in sums)
        assert Statement.objects.count() == len(set(Statement.objects.values_list("person", flat=True)))

    again = services.calculate_run(run_id=run.pk)
    assert (again.digest, again.lines, again.total) == (undisturbed.digest, undisturbed.lines, undisturbed.total)
    assert (Statement.objects.count(), StatementLine.objects.count()) == (12, undisturbed.lines)


def _wait_for_the_backend() -> None:
    """PostgreSQL notices a killed client when it next talks to it; until then its locks are held."""
    with connection.cursor() as cursor:
        for _attempt in range(100):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND backend_type = 'client backend' AND xact_start IS NOT NULL"
            )
            if cursor.fetchone() == (0,):
                return
            time.sleep(0.05)
