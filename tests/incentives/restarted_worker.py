"""What the processes of `test_restarted_postgres.py` do: fill the cluster, work until it goes away, finish the run."""

import sys

import django

django.setup()

from datetime import date  # noqa: E402  (models need the set-up)

from django.core.management import call_command  # noqa: E402

from core import jobs  # noqa: E402
from incentives import services  # noqa: E402
from incentives.models import Run, Statement, StatementLine  # noqa: E402
from incentives.services import calculation, freezing  # noqa: E402
from tests.accounts.factories import PersonFactory  # noqa: E402
from tests.incentives.factories import calculated_run, credit, published_plan, put_on, quota  # noqa: E402

Q3 = "2026-Q3"


def fill() -> str:
    """A company and its run undisturbed, then the same run begun anew."""
    call_command("migrate", verbosity=0)
    plan = published_plan()
    for number in range(30):
        person = PersonFactory.create()
        put_on(plan, person)
        quota(person, "3000", Q3)
        for day in range(1, 6):
            credit(person, f"{100 * number + day}.37", date(2026, 8, day))
    undisturbed = summary(calculated_run(Q3))
    begin()
    return undisturbed


def begin() -> None:
    services.start_run(period=Q3, kind=Run.Kind.FINAL, by=None, queue=False)


def work() -> str:
    """The run, again and again, so that the server goes away in the middle of one."""
    run = Run.objects.get()
    if not calculation.chunks_left(run_id=run.pk):
        begin()
    print("working", flush=True)  # noqa: T201  (the test waits for it)
    for _time in range(5):
        services.calculate_run(run_id=run.pk)
        begin()
    return "done"


def finish() -> str:
    return summary(services.calculate_run(run_id=Run.objects.get().pk))


def summary(run: Run) -> str:
    written = (Statement.objects.count(), StatementLine.objects.count())
    return f"{run.digest} {run.total} {run.lines} {written}"


if __name__ == "__main__":
    freezing.PEOPLE_A_CHUNK = 1
    jobs.enqueue = lambda *_args, **_kwargs: None  # no worker listens here
    print({"fill": fill, "work": work, "finish": finish}[sys.argv[1]]())  # noqa: T201
