"""A migrated, empty database which the tests' databases are copied from.

Migrating takes seconds, copying none; so it is done once for a set of migrations, not in each worker of each run.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "kam_template_"


def _name() -> str:
    """It says of what migrations and libraries the template was made."""
    digest = hashlib.sha256((PROJECT / "requirements.txt").read_bytes())
    for path in sorted(PROJECT.glob("*/migrations/*.py")):
        digest.update(str(path.relative_to(PROJECT)).encode() + path.read_bytes())
    return PREFIX + digest.hexdigest()[:16]


NAME = _name()  # once: the files may change while tests run


def ensure() -> None:
    """Make the template where it is not there, one process at a time, and drop those of other migrations."""
    lock = Path(os.environ["KAM_TEST_DATA_DIR"]) / "template.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        connection = psycopg2.connect(_url("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
            present = {row[0] for row in cursor.fetchall()}
            if NAME not in present:
                for old in present:
                    cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(old)))
                _make(cursor)
        connection.close()


def _make(cursor: "psycopg2.extensions.cursor") -> None:
    # Migrated under another name: what was broken off is no template.
    fresh, final = sql.Identifier(f"{PREFIX}fresh"), sql.Identifier(NAME)
    cursor.execute(sql.SQL("CREATE DATABASE {}").format(fresh))
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    environment = os.environ | {"DATABASE_URL": _url(f"{PREFIX}fresh"), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run(command, cwd=PROJECT, env=environment, check=True)
    cursor.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(fresh, final))


def _url(database: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()
