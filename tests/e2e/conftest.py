"""The whole portal as a company runs it: web server and worker in processes of their own, a real browser before it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2
import pytest
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page
from psycopg2 import sql

from bench.browser import served, sign_in
from tests.conftest import EXPECTED_ERROR

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "demo-portal"
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


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One for all journeys of a test process."""
    name = f"journeys_{os.getpid()}"
    redis, number = settings.CELERY_BROKER_URL.rsplit("/", 1)
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
        "REDIS_URL": f"{redis}/{FIRST_REDIS + int(number)}",
    }
    try:
        Portal("", environment).manage("migrate", "--verbosity", "0")
        Portal("", environment).manage("load_demo")
        with served(environment, ready="/readyz", worker=True) as address:
            yield Portal(address, environment)
    finally:
        _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


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
        sign_in(page, person, PASSWORD)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert errors == []
