"""The portal in the system's Chromium: for the pictures and for the tests of whole journeys."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.request import urlopen

from django.core.management.base import CommandError
from playwright.sync_api import Page

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "Chromium is missing. Install it (Debian: apt-get install chromium), or name it in CHROMIUM."
# Root has no sandbox to offer, and a container may have little shared memory.
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]
START_SECONDS = 120


class PortalError(CommandError):
    """The portal or its browser can't be started; the text says why."""


def chromium_path() -> str:
    """The browser: $CHROMIUM or one on the PATH. Raises PortalError."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not found:
        raise PortalError(MISSING)
    return found


def sign_in(page: Page, person: str, password: str, *, address: str = "") -> None:
    """As a demo person, through the login page."""
    page.goto(f"{address}/accounts/login/")
    page.fill("#id_login", f"{person}@demo.example")
    page.fill("#id_password", password)
    page.press("#id_password", "Enter")
    page.wait_for_url(lambda url: "/accounts/login" not in url)


@contextmanager
def served(environment: Mapping[str, str], *, ready: str = "/healthz", worker: bool = False) -> Iterator[str]:
    """The address of the portal on a free port, with a Celery worker where asked for; ended afterwards.

    It counts as started when `ready` answers 200. Raises PortalError.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    commands = [["-m", "gunicorn", "kam_portal.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4"]]
    commands[0] += ["--log-level", "error"]
    if worker:
        celery = ["-m", "celery", "-A", "kam_portal", "worker", "--pool", "solo", "--loglevel", "ERROR"]
        commands.append(["-W", "ignore", *celery])
    processes = [
        subprocess.Popen([sys.executable, *command], env=dict(environment, PORT=str(port))) for command in commands
    ]
    try:
        _await(address + ready, processes)
        yield address
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            _end(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(address: str, processes: "list[subprocess.Popen[bytes]]") -> None:
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit:
        if any(process.poll() is not None for process in processes):
            raise PortalError("A process of the portal ended at its start; its lines above say why.")
        try:
            with urlopen(address, timeout=2):  # noqa: S310  (our own address on this machine)
                return
        except OSError:
            time.sleep(0.2)
    raise PortalError(f"{address} did not answer within {START_SECONDS} s.")


def _end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
