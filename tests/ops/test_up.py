"""Starting the portal: what stands in the way is told in one line, and nothing outlives the start."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def own_data_folder(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def test_a_taken_port_is_told_with_what_to_do(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings.PORT = other.getsockname()[1]

        with pytest.raises(CommandError, match=rf"Port {settings.PORT} is taken.*PORT={settings.PORT + 1} make up"):
            call_command("up")


def test_a_second_start_on_the_same_data_is_refused(settings: Settings) -> None:
    lock = settings.DATA_DIR / "run" / "up.lock"
    lock.parent.mkdir()
    lock.write_text("http://localhost:8000")
    with lock.open() as first:
        fcntl.flock(first, fcntl.LOCK_EX)

        with pytest.raises(CommandError, match=r"already runs on .*: http://localhost:8000\. Stop it first"):
            call_command("up")


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux ends children with their parent.")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_program_outlives_its_supervisor(tmp_path: Path, number: signal.Signals) -> None:
    script = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from core.supervisor import Interrupted, Program, Supervisor, interruptible

        supervisor = Supervisor(Path(sys.argv[1]), print)
        with interruptible():
            try:
                supervisor.start(Program("sleeper", [sys.executable, "-c", "import time; time.sleep(60)"]), os.environ)
                print(supervisor._children[0].process.pid, flush=True)
                while True:
                    supervisor.pass_output(1)
            except Interrupted:
                supervisor.stop()
        """
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        sleeper = int(process.stdout.readline())
        process.send_signal(number)
        process.wait(10)

    assert is_gone(sleeper)


def is_gone(pid: int, seconds: float = 5) -> bool:
    """Whether the process ends within so long; a zombie that nobody reaps has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_embedded_servers_start_again_after_a_kill_of_everything(tmp_path: Path) -> None:
    first = user_of_servers(tmp_path)
    keepers = processes_with(str(tmp_path))
    assert len(keepers) >= 3, "two keepers and PostgreSQL"
    for pid in [*keepers, first.pid]:
        os.kill(pid, signal.SIGKILL)
    first.communicate(timeout=10)

    with user_of_servers(tmp_path) as second:
        second.communicate("go on\n", timeout=30)

    assert second.returncode == 0
    assert all(is_gone(pid) for pid in processes_with(str(tmp_path)))


def user_of_servers(data: Path) -> "subprocess.Popen[str]":
    """A process that uses embedded servers of its own, after it has reached them; it ends at a line of input."""
    script = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from core import embedded

        embedded.provide(Path(sys.argv[1]), durable=False)
        import psycopg2, redis
        connection = psycopg2.connect(os.environ["DATABASE_URL"])
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            assert cursor.fetchone() == (False,)
        connection.close()
        assert redis.from_url(os.environ["REDIS_URL"]).ping()
        print("reached", flush=True)
        input()
        """
    )
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [sys.executable, "-c", script, str(data)]
    process = subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "reached\n"
    return process


def processes_with(text: str) -> list[int]:
    """Process ids with the text among their arguments, this one and our own child apart."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if (text in arguments and "core.embedded\0" in arguments) or f"-D\0{text}" in arguments:
            found.append(int(folder.name))
    return found
