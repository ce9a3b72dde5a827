"""Using the embedded servers: the side of the portal's own processes."""

import atexit
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from core.embedded.keeper import SERVERS, Server
from core.embedded.place import EmbeddedError, Place, is_held, lock_file
from core.embedded.processes import STOP_SECONDS, plain_environment

_in_use: list[tuple[Server, IO[str]]] = []


def provide(data_dir: Path, *, durable: bool = True) -> None:
    """Set DATABASE_URL and REDIS_URL to embedded servers where they are not given.

    This process then uses them until it ends. Starts what is not running; the last user's end stops a server.
    Raises EmbeddedError.
    """
    place = Place(data_dir.resolve(), durable)
    missing = [kind(place) for kind in SERVERS.values() if not _is_given(kind.variable)]
    if not missing:
        return
    place.make_folders()
    keepers = [(server, _use(server)) for server in missing]
    for server, keeper in keepers:
        if keeper is not None:
            _await_keeper(keeper)
        os.environ[server.variable] = place.recorded_url(server.name)
    atexit.register(release)


def _is_given(variable: str) -> bool:
    return bool(os.environ.get(variable) or os.environ.get(f"{variable}_FILE"))


def release() -> None:
    """Stop using the servers; where this was the last user, wait until they have ended."""
    servers = [server for server, users in _in_use]
    for _server, users in _in_use:
        users.close()
    _in_use.clear()
    for server in servers:
        _wait_for_end(server)


def _use(server: Server) -> "subprocess.Popen[str] | None":
    """Become a user; the keeper just started (not yet ready), or None where one was there."""
    place = server.place
    users = lock_file(place.run(f"{server.name}.users"))
    fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is stopping the server
    _in_use.append((server, users))
    starter = lock_file(place.run(f"{server.name}.starter"))
    fcntl.flock(starter, fcntl.LOCK_EX)  # waits while another process starts it
    if is_held(place.run(f"{server.name}.keeper")):
        starter.close()
        return None
    mode = "durable" if place.durable else "quick"
    command = [sys.executable, "-P", "-m", "core.embedded", server.name, str(place.data_dir), mode]
    with place.open_log(server.name) as log:
        keeper = subprocess.Popen(
            [*command, str(starter.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd="/",
            start_new_session=True,
            pass_fds=[starter.fileno()],
            env=plain_environment(),
        )
    starter.close()  # the keeper holds the same lock until its server is ready or has failed
    return keeper


def _await_keeper(keeper: "subprocess.Popen[str]") -> None:
    assert keeper.stdout is not None  # noqa: S101 - it was opened with a pipe
    answer = keeper.stdout.read().strip()
    keeper.stdout.close()
    keeper.wait()
    if answer != "ready":
        raise EmbeddedError(answer or "An embedded server could not be started; see the log folder.")


def _wait_for_end(server: Server) -> None:
    """Wait until the keeper has stopped the server; return at once where somebody else uses it."""
    run = server.place.run
    start = time.monotonic()
    while is_held(run(f"{server.name}.keeper")) and time.monotonic() - start < STOP_SECONDS:
        # While it stops, the keeper holds this lock alone. Before, it may need a moment to wake up.
        stopping = is_held(run(f"{server.name}.users"), fcntl.LOCK_SH)
        if not stopping and time.monotonic() - start > 0.5:
            return
        time.sleep(0.02)
