"""Starting and ending server processes, as root too. Only the standard library: a keeper stays small."""

import contextlib
import ctypes
import os
import pwd
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.embedded.place import EmbeddedError

_PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Account:
    """The system account PostgreSQL runs as when we are root, which it refuses to be."""

    uid: int
    gid: int
    may_pass: bool

    def become(self) -> None:
        """In the child, before exec.

        Where a folder on the way is closed to others (a home folder of mode 700, say), the child keeps one capability,
        passing file permissions, rather than that we open the folder to everybody.
        """
        if not self.may_pass:
            # Keep capabilities over setuid, and let access(2), by which PostgreSQL looks for its programs, count them.
            _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if not self.may_pass:
            bit = 1 << _CAP_DAC_OVERRIDE
            header, data = struct.pack("=II", _CAPABILITY_VERSION_3, 0), struct.pack("=6I", bit, bit, bit, 0, 0, 0)
            if _libc.capset(header, data):
                raise OSError(ctypes.get_errno(), "capset")
            _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE)


def account_for(cluster: Path, programs: Path) -> Account | None:
    """None for an ordinary user. For root the cluster's owner, else `nobody`, which every system has."""
    if os.geteuid():
        return None
    owner = cluster.stat().st_uid if cluster.exists() else 0
    entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    ways = {*cluster.parents, *programs.parents, programs}
    may_pass = all(_may_pass(folder, entry) for folder in ways)
    return Account(entry.pw_uid, entry.pw_gid, may_pass)


def _may_pass(folder: Path, entry: pwd.struct_passwd) -> bool:
    facts = folder.stat()
    if facts.st_uid == entry.pw_uid:
        return bool(facts.st_mode & 0o100)
    return bool(facts.st_mode & (0o010 if facts.st_gid == entry.pw_gid else 0o001))


_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE, _CAPABILITY_VERSION_3 = 1, 0x20080522


def _prctl(option: int, *arguments: int) -> None:
    if _libc.prctl(option, *arguments, *([0] * (4 - len(arguments)))):
        raise OSError(ctypes.get_errno(), "prctl")


def end_with_parent(number: int) -> None:
    """Ask the kernel to send this process a signal when its parent dies, however that happens. Linux only."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, number)


def spawn(
    command: list[str], *, log: IO[bytes], on_parent_death: int, drop: Account | None = None, text: str | None = None
) -> "subprocess.Popen[bytes]":
    def prepare() -> None:
        if drop:
            drop.become()
        end_with_parent(on_parent_death)  # last: a change of user clears it

    with log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=plain_environment(),
            preexec_fn=prepare,  # noqa: PLW1509 - the keeper has one thread
        )
    if text is not None and process.stdin is not None:
        process.stdin.write(text.encode())
        process.stdin.close()
    return process


def output(command: list[str]) -> str:
    """A program's standard output; EmbeddedError with its last line where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=plain_environment(), check=False)
    if done.returncode:
        raise EmbeddedError(f"{Path(command[0]).name} failed: {last_line(done.stderr)}")
    return done.stdout


def wait_until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", *, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None:
            raise EmbeddedError(f"{log.stem} ended at once: {last_line(log.read_text(errors='replace'))} (see {log})")
        if time.monotonic() > deadline:
            process.kill()
            raise EmbeddedError(f"{log.stem} did not answer within {START_SECONDS:.0f} seconds; see {log}.")
        time.sleep(0.02)


def working_folder(pid: int) -> Path | None:
    """The current folder of a process, which for PostgreSQL is its cluster; None where there is no such process."""
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cwd").readlink()
        return None
    told = subprocess.run(
        ["/usr/sbin/lsof", "-a", "-p", str(pid), "-d", "cwd", "-Fn"], capture_output=True, text=True, check=False
    )
    folders = [line[1:] for line in told.stdout.splitlines() if line.startswith("n")]
    return Path(folders[0]) if folders else None


def stop_while(is_there: Callable[[], bool], pid: int, number: int) -> None:
    """Signal a process that is not our child until it is gone; kill it where it does not go."""
    for signal_number in (number, signal.SIGKILL):
        deadline = time.monotonic() + STOP_SECONDS
        if is_there():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)
        while is_there() and time.monotonic() < deadline:
            time.sleep(0.05)


def plain_environment() -> dict[str, str]:
    """Without PG* variables and locales of the person who starts it."""
    return {"PYTHONPATH": str(_PROJECT), "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def last_line(text: str) -> str:
    """The last line that tells of an error, else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"error|fatal|panic", line, re.IGNORECASE)]
    return (errors or lines or ["no message"])[-1]
