"""The data folder, and where each thing lies in it."""

import fcntl
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import IO


class EmbeddedError(Exception):
    """A server can't be started; the text says why and what to do, in one line."""


@dataclass(frozen=True, slots=True)
class Place:
    """The data folder. `durable` is false for tests: no fsync, no snapshot of Redis."""

    data_dir: Path
    durable: bool

    def run(self, name: str) -> Path:
        return self.data_dir / "run" / name

    def log(self, name: str) -> Path:
        return self.data_dir / "logs" / f"{name}.log"

    def open_log(self, name: str) -> IO[bytes]:
        """For appending; a log over 10 MB is set aside as `NAME.log.1` first."""
        path = self.log(name)
        if path.exists() and path.stat().st_size > 10_000_000:
            path.rename(path.with_suffix(".log.1"))
        return path.open("ab")

    def record_url(self, name: str, url: str) -> None:
        path = self.run(f"{name}.url")
        path.touch(mode=0o600)
        path.write_text(url)

    def recorded_url(self, name: str) -> str:
        return self.run(f"{name}.url").read_text()

    def make_folders(self) -> None:
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            for name, mode in (("run", 0o700), ("logs", 0o755)):
                (self.data_dir / name).mkdir(mode=mode, exist_ok=True)
        except OSError as error:
            raise EmbeddedError(
                f"The data folder {self.data_dir} can't be written ({error.strerror}). Set KAM_DATA_DIR."
            ) from error
        if not os.access(self.data_dir / "run", os.W_OK):
            owner = _user_name(self.data_dir.stat().st_uid)
            raise EmbeddedError(
                f"The data folder {self.data_dir} belongs to {owner}. Start as that user, or set KAM_DATA_DIR."
            )


def lock_file(path: Path) -> IO[str]:
    """A file to put a lock on; closing it gives the lock back."""
    return path.open("a")


def is_held(path: Path, kind: int = fcntl.LOCK_EX) -> bool:
    """Whether somebody holds the lock in a way that forbids this kind of it."""
    with lock_file(path) as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
