"""The keeper's side: `python -m core.embedded NAME DATA_DIR durable|quick LOCK`."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from core.embedded.place import EmbeddedError, Place, lock_file
from core.embedded.postgres import Postgres
from core.embedded.processes import STOP_SECONDS
from core.embedded.redis import Redis

Server = Postgres | Redis
SERVERS: dict[str, type[Server]] = {"postgres": Postgres, "redis": Redis}


class _Stop(Exception):
    """The server has ended by itself, or somebody asked the keeper to end."""


def keep(name: str, data_dir: str, mode: str, starter: int) -> None:
    """Start a server, wait until nobody uses it, stop it. Prints `ready` or one line that says what is wrong."""
    if os.fork():
        os._exit(0)  # to be nobody's child: the process that started us need not outlive us
    server = SERVERS[name](Place(Path(data_dir), durable=mode == "durable"))
    alive = lock_file(server.place.run(f"{name}.keeper"))
    fcntl.flock(alive, fcntl.LOCK_EX)
    try:
        process = server.start()
    except EmbeddedError as error:
        _fail(str(error))
    except subprocess.SubprocessError:  # the child could not change to the other account
        _fail("PostgreSQL doesn't run as root, nor may root become another user here. Use an account, or DATABASE_URL.")
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        print("ready", flush=True)  # noqa: T201
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.close(starter)
        if process.poll() is None:
            with lock_file(server.place.run(f"{name}.users")) as users:
                fcntl.flock(users, fcntl.LOCK_EX)
                _end(process, server.stop_signal)
    except _Stop:
        _end(process, server.stop_signal)


def _fail(why: str) -> NoReturn:
    print(why, flush=True)  # noqa: T201 - read by the process that started this one
    sys.exit(1)


def _stop(_number: int, _frame: object) -> NoReturn:
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN if number != signal.SIGCHLD else signal.SIG_DFL)
    raise _Stop


def _end(process: "subprocess.Popen[bytes]", stop_signal: int) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if process.poll() is None:
        process.send_signal(stop_signal)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
