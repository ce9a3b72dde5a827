"""`manage.py up`: the whole portal in the foreground, for `make up`."""

import fcntl
import http.client
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from core.health import forget_heartbeat, state_of_parts
from core.supervisor import Interrupted, Program, ProgramEnded, Supervisor, interruptible

READY_SECONDS = 90.0


class Command(BaseCommand):
    help = "Migrate, load the demo company, and run web server, worker and scheduler until Ctrl-C."
    requires_migrations_checks = False

    def handle(self, *_arguments: object, **_options: object) -> None:
        supervisor = Supervisor(_logs(), self._say)
        with interruptible(), self._alone():
            try:
                self._prepare()
                self._run(supervisor)
            except ProgramEnded as error:
                raise CommandError(str(error)) from error
            except Interrupted:
                self._say("Stopping …")
            finally:
                supervisor.stop()
        self._say("Stopped.")

    def _prepare(self) -> None:
        _require_free_port(settings.BIND, settings.PORT)
        with self._step("Database migrated"):
            call_command("migrate", verbosity=0, interactive=False)
        if not settings.KAM_DEMO:
            self._say("         No demo company (KAM_DEMO=0). Create an administrator: manage.py createsuperuser")
        elif "load_demo" in get_commands():
            with self._step("Demo company loaded"):
                call_command("load_demo")
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # local pages are served from the sources
        forget_heartbeat()

    def _run(self, supervisor: Supervisor) -> None:
        # Celery warns of root, who may well start this in a container; tasks come as JSON, so nothing is unpickled.
        quiet = "ignore:You're running the worker with superuser privileges"
        environment = os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": quiet}
        with self._step("Web, worker and scheduler started"):
            for program in _programs():
                supervisor.start(program, environment)
            self._await_ready(supervisor)
        self._say_ready()
        while True:
            supervisor.pass_output(1.0)

    def _await_ready(self, supervisor: Supervisor) -> None:
        deadline = time.monotonic() + READY_SECONDS
        # The parts first, without the web server, which would log an error for each time it is asked too early.
        while set(state_of_parts().values()) != {"ok"} or not _answers(settings.PORT):
            supervisor.pass_output(0.2)
            if time.monotonic() > deadline:
                raise CommandError(f"Not ready after {READY_SECONDS:.0f} seconds: {state_of_parts()}; see {_logs()}.")

    def _say_ready(self) -> None:
        started = os.environ.get("KAM_UP_STARTED")
        after = f" after {time.time() - float(started):.0f} s" if started else ""
        self._say(f"\nKAM Portal is ready{after}: {self.style.SUCCESS(settings.BASE_URL)}")
        if settings.KAM_DEMO and "demo_logins" in get_commands():
            call_command("demo_logins")
        self._say(f"Logs: {_logs()}. Stop with Ctrl-C.\n")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    @contextmanager
    def _step(self, done: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self._say(f"{time.monotonic() - start:6.1f} s  {done}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Refuse a second start on the same data folder. The kernel drops the lock when this process ends, however."""
        folder = settings.DATA_DIR / "run"
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "up.lock").open("a+") as lock:
            _lock_or_refuse(lock)
            yield


def _lock_or_refuse(lock: IO[str]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        place = lock.read().strip() or "another terminal"
        raise CommandError(
            f"KAM Portal already runs on {settings.DATA_DIR}: {place}. Stop it first, or set KAM_DATA_DIR and PORT."
        ) from error
    lock.truncate(0)
    lock.write(settings.BASE_URL)
    lock.flush()


def _logs() -> Path:
    return Path(settings.DATA_DIR) / "logs"


def _require_free_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is taken or not allowed ({error.strerror}). Choose another: PORT={port + 1} make up"
            ) from error


def _programs() -> list[Program]:
    """Web server, worker and scheduler; a production installation runs the same three (docs/operations.md)."""
    python = [sys.executable, "-m"]
    bind = f"{settings.BIND}:{settings.PORT}"
    web = ["gunicorn", "kam_portal.wsgi", "--config", "python:kam_portal.gunicorn", "--bind", bind, "--workers", "2"]
    celery = ["celery", "-A", "kam_portal", "--quiet"]
    return [
        Program("web", [*python, *web]),
        Program("worker", [*python, *celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle"]),
        Program("beat", [*python, *celery, "beat", "--pidfile="]),
    ]


def _answers(port: int) -> bool:
    host = "127.0.0.1" if settings.BIND in {"0.0.0.0", "127.0.0.1", "localhost"} else settings.BIND  # noqa: S104
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
