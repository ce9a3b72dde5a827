"""The whole portal as a company runs it: web server and worker in processes of their own, a real browser before it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen

import psycopg2
import pytest
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page
from psycopg2 import sql

from tests.conftest import EXPECTED_ERROR

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "demo-portal"
START_SECONDS = 120
FIRST_REDIS = 32  # of the 64 numbered databases; the lower half belongs to the workers themselves


@dataclass(frozen=True, slots=True)
class Portal:
    """A running portal. `manage` runs a command on the same database."""

    url: str
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def _server_settings() -> dict[str, str]:
    """Where the tests' own database server is."""
    database = settings.DATABASES["default"]
    return {key: str(database.get(key) or "") for key in ("USER", "PASSWORD", "HOST", "PORT")}


def _administer(command: str, name: str) -> None:
    """Run a command about a database; `{}` stands for its name. Not inside a transaction: those forbid it."""
    with closing(_admin_connection()) as connection, connection.cursor() as cursor:
        cursor.execute(sql.SQL(command).format(sql.Identifier(name)))


def _admin_connection() -> "psycopg2.extensions.connection":
    server = _server_settings()
    connection = psycopg2.connect(
        dbname="postgres",
        user=server["USER"],
        password=server["PASSWORD"],
        host=server["HOST"],
        port=server["PORT"] or None,
    )
    connection.autocommit = True
    return connection


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One for all journeys of a test process."""
    name, port = f"journeys_{os.getpid()}", _free_port()
    redis, worker = settings.CELERY_BROKER_URL.rsplit("/", 1)
    server = _server_settings()
    _administer("CREATE DATABASE {}", name)
    login = quote(server["USER"]) + (f":{quote(server['PASSWORD'])}" if server["PASSWORD"] else "")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "kam_portal.settings",
        "KAM_ENV": "local",
        "KAM_DEMO": "1",
        "KAM_DEMO_PASSWORD": PASSWORD,
        "KAM_DATA_DIR": str(tmp_path_factory.mktemp("portal")),
        "KAM_LOG_LEVEL": "ERROR",
        "DATABASE_URL": f"postgresql://{login}@/{name}?host={quote(server['HOST'], safe='')}"
        + (f"&port={server['PORT']}" if server["PORT"] else ""),
        "REDIS_URL": f"{redis}/{FIRST_REDIS + int(worker)}",
        "PORT": str(port),
    }
    found = Portal(f"http://127.0.0.1:{port}", environment)
    found.manage("migrate", "--verbosity", "0")
    found.manage("load_demo")
    web = [
        sys.executable,
        "-m",
        "gunicorn",
        "kam_portal.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
        "--log-level",
        "error",
    ]
    worker = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "celery",
        "-A",
        "kam_portal",
        "worker",
        "--pool",
        "solo",
        "--loglevel",
        "ERROR",
    ]
    processes = [subprocess.Popen(command, env=environment, cwd=ROOT) for command in (web, worker)]
    try:
        _await(f"{found.url}/readyz", processes)
        yield found
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)
        _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _await(address: str, processes: "list[subprocess.Popen[bytes]]") -> None:
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit:
        assert all(process.poll() is None for process in processes), "a process of the portal ended"
        try:
            with urlopen(address, timeout=2):  # noqa: S310  (our own address on this machine)
                return
        except (URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"{address} did not answer within {START_SECONDS} s")


Visit = Callable[..., Page]


@pytest.fixture
def visit(portal: Portal, browser: Browser) -> Iterator[Visit]:
    """Logs in as a demo person through the login page; after the test, an error in a page's console fails it."""
    contexts, errors = [], list[str]()

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED_ERROR.search(message.text):
            errors.append(f"{message.location.get('url', '')}: {message.text}")

    def open_as(person: str, language: str, width: int = 1440) -> Page:
        context = browser.new_context(base_url=portal.url, locale=language, viewport={"width": width, "height": 900})
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/accounts/login/")
        page.fill("#id_login", f"{person}@demo.example")
        page.fill("#id_password", PASSWORD)
        page.press("#id_password", "Enter")
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert errors == []
