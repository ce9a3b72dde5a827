"""PostgreSQL is restarted in the middle of a run: what was calculated stays, the rest is done when it is back."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.embedded.place import Place
from core.embedded.postgres import Postgres

PROJECT = Path(__file__).resolve().parents[2]
RESTARTS = 4


class Cluster:
    """A PostgreSQL of this test alone, which may be stopped in whatever way."""

    def __init__(self, folder: Path) -> None:
        place = Place(folder, True)
        place.make_folders()
        self.postgres = Postgres(place)
        self.server = self.postgres.start()
        self.url = place.recorded_url("postgres")

    def restart(self) -> None:
        """As after a crash of the machine: nobody is waited for, the log is replayed at the start."""
        self.stop()
        self.server = self.postgres.start()

    def stop(self) -> None:
        self.server.send_signal(3)  # SIGQUIT: immediate shutdown
        self.server.wait()

    def call(self, *step: str) -> "subprocess.Popen[str]":
        """A step of `restarted_worker.py`, in a process of its own with this cluster as its database."""
        environment = os.environ | {"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
        command = [sys.executable, "-m", "tests.incentives.restarted_worker", *step]
        return subprocess.Popen(
            command, cwd=PROJECT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def answer(self, *step: str) -> str:
        process = self.call(*step)
        out, err = process.communicate(timeout=200)
        assert process.returncode == 0, err[-2000:]
        return str(out.strip().splitlines()[-1])


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    own = Cluster(tmp_path_factory.mktemp("pg"))
    yield own
    own.stop()


@pytest.mark.slow
def test_a_run_in_which_postgres_is_restarted_ends_with_the_same_digest(cluster: Cluster) -> None:
    undisturbed = cluster.answer("fill")
    moments = random.Random(3)
    broken = 0
    for _restart in range(RESTARTS):
        worker = cluster.call("work")
        assert worker.stdout is not None
        assert worker.stdout.readline().startswith("working")
        time.sleep(moments.uniform(0, 0.6))
        cluster.restart()
        worker.communicate(timeout=100)
        broken += worker.returncode != 0
    assert broken > 0, "no restart met the run"
    assert cluster.answer("finish") == undisturbed
