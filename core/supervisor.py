"""Runs programs as one: logs in files and on the terminal; all end together, and none outlives the supervisor."""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO

from core.embedded.processes import end_with_parent

GRACE_SECONDS = 10.0
QUIET_LEVELS = {"debug", "info"}


@dataclass(frozen=True, slots=True)
class Program:
    """A command to run; `name` is its log file's and stands before its lines on the terminal."""

    name: str
    command: list[str]


@dataclass(slots=True)
class _Child:
    program: Program
    process: "subprocess.Popen[bytes]"
    output: IO[bytes]
    log: IO[bytes]


class ProgramEnded(Exception):
    """A program ended although nobody asked it to."""

    def __init__(self, name: str, status: int, log: Path) -> None:
        how = f"ended by signal {-status}" if status < 0 else f"ended with status {status}"
        super().__init__(f"The {name} process {how}; its last lines are in {log}.")


class Supervisor:
    """Starts programs, passes their output on, and ends them all, children included.

    Each program leads a process group of its own, so that Ctrl-C reaches it through the supervisor only, and asks the
    kernel to be ended when the supervisor dies, even by `kill -9`.
    """

    def __init__(self, logs: Path, echo: Callable[[str], None]) -> None:
        self._logs = logs
        self._echo = echo
        self._children: list[_Child] = []
        self._selector = selectors.DefaultSelector()
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, program: Program, environment: Mapping[str, str]) -> None:
        """Start a program; its output goes to `NAME.log`, the file of the last start to `NAME.log.1`."""
        path = self._log_path(program)
        if path.exists():
            path.replace(path.with_suffix(".log.1"))
        process = subprocess.Popen(
            program.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            process_group=0,
            preexec_fn=_end_with_supervisor,  # noqa: PLW1509 - the supervisor has one thread
        )
        if process.stdout is None:
            raise ValueError("The program has no output pipe.")
        os.set_blocking(process.stdout.fileno(), False)
        child = _Child(program, process, process.stdout, path.open("wb"))
        self._children.append(child)
        self._selector.register(child.output, selectors.EVENT_READ, child)

    def pass_output(self, seconds: float) -> None:
        """Pass on what the programs print for about so long. Raises ProgramEnded where one is gone."""
        for key, _events in self._selector.select(seconds):
            self._pass(key.data)
        for child in self._children:
            status = child.process.poll()
            if status is not None:
                self._pass(child)
                raise ProgramEnded(child.program.name, status, self._log_path(child.program))

    def stop(self) -> None:
        """Ask all programs to end; after ten seconds kill what has not gone, with all its children."""
        for child in reversed(self._children):
            if child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(child.process.poll() is None for child in self._children):
            for key, _events in self._selector.select(0.05):
                self._pass(key.data)
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
            self._pass(child)
            child.log.close()
        self._selector.close()

    def _pass(self, child: _Child) -> None:
        data = child.output.read()
        if data == b"":  # closed: the program is gone or going
            with contextlib.suppress(KeyError):
                self._selector.unregister(child.output)
        if not data:
            return
        child.log.write(data)
        child.log.flush()
        for line in data.decode(errors="replace").splitlines():
            shown = _for_people(line)
            if shown:
                self._echo(f"{child.program.name:<7}| {shown}")

    def _log_path(self, program: Program) -> Path:
        return self._logs / f"{program.name}.log"


def _end_with_supervisor() -> None:
    end_with_parent(signal.SIGTERM)


def _for_people(line: str) -> str:
    """A log line for the terminal: of JSON lines the warnings and errors, of others all; the file has everything.

    A failed request is told once, by the line that names its address.
    """
    if not line.startswith("{"):
        return line[:200].rstrip()
    try:
        fields = json.loads(line)
    except ValueError:
        return line[:200]
    if fields.get("level") in QUIET_LEVELS or fields.get("event") == "request_finished":
        return ""
    return f"{fields.get('level', '')}: {fields.get('event', line)}"[:200]


class Interrupted(BaseException):
    """Ctrl-C or SIGTERM: time to end, not an error."""


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Within it SIGINT, SIGTERM and SIGHUP raise Interrupted once; a second one is ignored while things end."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise Interrupted

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
