"""What every test has: an empty Redis; and for those that ask, pages of a real Chromium."""

import asyncio
import fcntl
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from bench.browser import ARGUMENTS, PortalError, chromium_path
from tests import template

expect.set_options(timeout=15_000)  # a busy machine is no failure
RUNNING = pytest.StashKey[IO[str]]()
# Answers to a form that is not right yet (422) and to a refused action (409) are part of the conversation; so is a
# network that a test takes away.
EXPECTED_ERROR = re.compile(r"status of 4(09|22)\b|net::ERR_INTERNET_DISCONNECTED")


@pytest.fixture(autouse=True)
def _in_english() -> None:
    """A request in Chinese leaves its language to the thread; the next one sets its own, but a test may read it."""
    translation.activate("en")


def pytest_configure(config: pytest.Config) -> None:
    """One run at a time on a data folder: a second would take away the first one's databases."""
    if hasattr(config, "workerinput"):
        return
    lock = (Path(os.environ["KAM_TEST_DATA_DIR"]) / "tests.lock").open("a")
    config.stash[RUNNING] = lock
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"Waiting for other tests on {lock.name}; KAM_DATA_DIR gives these a folder of their own.", flush=True)  # noqa: T201
        fcntl.flock(lock, fcntl.LOCK_EX)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that drive the browser run together, and those on a live server empty all tables, also of what migrations
    wrote; so one that got the browser by a fixture's name alone would bring them forward before tests that roll back.
    """
    for item in items:
        if "browser_name" in getattr(item, "fixturenames", ()) and item.get_closest_marker("browser") is None:
            raise pytest.UsageError(
                f"{item.nodeid} asks for the browser. Mark it `browser`, or give its fixture `page` another name."
            )


def pytest_unconfigure(config: pytest.Config) -> None:
    if RUNNING in config.stash:
        config.stash[RUNNING].close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Before pytest-django makes a worker's database: see that there is the one it is copied from."""
    template.ensure()


@pytest.fixture(autouse=True)
def _empty_redis() -> None:
    cache.clear()


def _close_connections_without_a_loop() -> None:
    """Close what this thread opened before Playwright's loop ran in it.

    Django keeps a thread's connections apart by whether a loop runs in it. With the loop no test reaches the earlier
    ones any more, but a forked child, which has no loop, would take one for its own and share its socket with us.
    Killed in a transaction, it would leave its locks for as long as we live.
    """
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        connections.close_all()
    finally:
        asyncio._set_running_loop(loop)


class BrowserPages(Protocol):
    """Opens a page of its own browser context on the live server, signed in as `user` where one is given."""

    def __call__(
        self,
        user: User | None = None,
        *,
        language: str = "en",
        theme: str = "light",
        width: int = 1440,
        height: int = 900,
    ) -> Page: ...


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """How pytest-playwright starts the browser: the system's Chromium."""
    # Playwright keeps an event loop in this thread, and Django would refuse the database there; for the whole session,
    # since a test's data are flushed after the fixture of its pages has ended.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    _close_connections_without_a_loop()
    try:
        return {"executable_path": chromium_path(), "args": ARGUMENTS, "headless": True}
    except PortalError as error:
        pytest.fail(str(error))


@pytest.fixture
def browser_page(browser: Browser, live_server: LiveServer) -> Iterator[BrowserPages]:
    """A factory of pages. After the test, any error that a page wrote to its console fails it."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED_ERROR.search(message.text):
            errors.append(f"{message.location.get('url', '')}: {message.text}")

    def open_page(
        user: User | None = None,
        *,
        language: str = "en",
        theme: str = "light",
        width: int = 1440,
        height: int = 900,
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            locale={"en": "en-US", "zh-hans": "zh-CN"}[language],
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": height},
            reduced_motion="reduce",  # what fades in has not its contrast yet
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        if user is not None:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": _session(user), "url": live_server.url}]
            )
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
