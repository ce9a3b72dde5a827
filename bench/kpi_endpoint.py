"""Requests a second of `GET /api/v1/kpi-results/`, a page of 100, against a bare WSGI view over the same rows.

Both run under gunicorn with the portal's settings and two workers, on one database, in turns in the same run. The bare
view (`bare` below) is what such an answer costs at least in Python: psycopg2, one query, dictionaries, orjson; no
framework, no token, no scope, no filters read.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson
import psycopg2

from bench.result import BenchResult, result

RUNS = 7
SECONDS = 3.0
CONNECTIONS = 4
WORKERS = 2
BOUND = 0.40
PEOPLE, TEAMS, LIMIT = 1_000, 160, 100
PERIOD = "2026-Q2"
PATH = f"/api/v1/kpi-results/?period={PERIOD}&kpi=booked_revenue&limit={LIMIT}"

# The same rows and the same nested names as the endpoint's, by the index that serves it.
BARE_QUERY = """
    SELECT r.uid::text, k.code, k.name_en, k.unit, p.uid::text, p.name, t.code, t.name, t.kind, h.code,
           r.period, r.starts, r.ends, r.actual, r.target, r.attainment, r.computed_at
    FROM goals_kpiresult r JOIN goals_kpi k ON k.id = r.kpi_id LEFT JOIN accounts_person p ON p.id = r.person_id
    LEFT JOIN accounts_team t ON t.id = r.team_id LEFT JOIN accounts_team h ON h.id = r.home_team_id
    WHERE k.code = %s AND r.period = %s ORDER BY r.id LIMIT %s
"""

# 160 teams in four regions, 1,000 people, eight quarters with their months: about 100,000 results.
DATA = """
    INSERT INTO accounts_team (code, name, kind, parent_id, path, cost_centre)
    VALUES ('company', 'Company', 'company', NULL, '', '');
    UPDATE accounts_team SET path = '/' || id || '/' WHERE kind = 'company';
    INSERT INTO accounts_team (code, name, kind, parent_id, path, cost_centre)
    SELECT 'region-' || n, 'Region ' || n, 'region', c.id, '', ''
    FROM generate_series(0, 3) n, accounts_team c WHERE c.kind = 'company';
    UPDATE accounts_team t SET path = c.path || t.id || '/'
    FROM accounts_team c WHERE c.id = t.parent_id AND t.path = '';
    INSERT INTO accounts_team (code, name, kind, parent_id, path, cost_centre)
    SELECT 'team-' || n, 'Team ' || n, 'team', r.id, '', '' FROM generate_series(1, %(teams)s) n
    JOIN accounts_team r ON r.code = 'region-' || n %% 4;
    UPDATE accounts_team t SET path = r.path || t.id || '/'
    FROM accounts_team r WHERE r.id = t.parent_id AND t.path = '';
    INSERT INTO accounts_user (uid, password, email, name, language, wants_mail, is_active, is_staff, is_superuser,
                               created_at)
    SELECT gen_random_uuid(), '!', 'kam' || n || '@bench.example', 'Key Account Manager ' || n, '', true, true, false,
           false, now()
    FROM generate_series(1, %(people)s) n;
    INSERT INTO accounts_person (uid, user_id, number, name, title)
    SELECT gen_random_uuid(), id, 'B' || id, name, '' FROM accounts_user WHERE email LIKE 'kam%%';
    INSERT INTO accounts_membership (person_id, team_id, during)
    SELECT p.id, t.id, daterange('2020-01-01', NULL) FROM accounts_person p
    JOIN accounts_team t ON t.code = 'team-' || 1 + p.id %% %(teams)s;
    WITH period AS (
        SELECT to_char(d, 'YYYY-"Q"Q') AS code, d::date AS starts, (d + interval '3 months')::date AS ends
        FROM generate_series(date '2025-01-01', date '2026-10-01', interval '3 months') d
        UNION ALL SELECT to_char(d, 'YYYY-MM'), d::date, (d + interval '1 month')::date
        FROM generate_series(date '2026-01-01', date '2026-12-01', interval '1 month') d),
    subject AS (
        SELECT m.person_id, NULL::bigint AS team_id, m.team_id AS home_team_id FROM accounts_membership m
        UNION ALL SELECT NULL, id, parent_id FROM accounts_team)
    INSERT INTO goals_kpiresult (uid, kpi_id, person_id, team_id, home_team_id, period, starts, ends, numerator,
                                 denominator, actual, target, attainment, computed_at)
    SELECT gen_random_uuid(), k.id, s.person_id, s.team_id, s.home_team_id, period.code, period.starts, period.ends,
           v.amount, NULL, v.amount, 50000, round(v.amount / 50000, 6), now()
    FROM period CROSS JOIN subject s CROSS JOIN goals_kpi k
    CROSS JOIN LATERAL (SELECT round((random() * 90000)::numeric, 2) AS amount WHERE k.id > 0 AND period.code > '') v;
    ANALYZE;
"""


def measure() -> BenchResult:
    """Ours over the bare view, in requests a second."""
    with ExitStack() as stack:
        dsn, token = stack.enter_context(_database())
        ours = stack.enter_context(_server("kam_portal.wsgi:application", dsn))
        limit = stack.enter_context(_server("bench.kpi_endpoint:bare", dsn))
        ask_ours = _request(f"Authorization: Bearer {token}\r\n")
        ask_limit = _request("")
        _require_same_rows(_answer(ours, ask_ours), _answer(limit, ask_limit))
        for port, ask in ((ours, ask_ours), (limit, ask_limit)):
            _rate(port, ask)
        ratios = [_rate(ours, ask_ours) / _rate(limit, ask_limit) for _ in range(RUNS)]
    what = f"KPI results, a page of {LIMIT}, requests/s over bare psycopg2 + orjson WSGI"
    return result("kpi_endpoint", what, ratios, bound=BOUND, better="higher")


# The limit

_local = threading.local()


def bare(_environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]) -> Iterable[bytes]:
    """The least that a Python web server does for such a page."""
    if not hasattr(_local, "connection"):
        _local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
        _local.connection.autocommit = True
    with _local.connection.cursor() as cursor:
        cursor.execute(BARE_QUERY, ["booked_revenue", PERIOD, LIMIT])
        rows = [_shaped(row) for row in cursor]
    body = orjson.dumps({"next": None, "previous": None, "results": rows}, default=str)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _shaped(row: tuple[Any, ...]) -> dict[str, Any]:
    uid, code, name, unit, person, person_name, team, team_name, kind, home, *rest = row
    period, starts, ends, *numbers, computed_at = rest
    subject = (
        {"type": "person", "uid": person, "name": person_name, "team": home}
        if person
        else {"type": "team", "code": team, "name": team_name, "kind": kind, "team": home}
    )
    return {
        "uid": uid,
        "kpi": {"code": code, "name": name, "unit": unit},
        "subject": subject,
        "period": {"code": period, "starts": starts, "ends": ends},
        "actual": numbers[0],
        "target": numbers[1],
        "attainment": numbers[2],
        "computed_at": computed_at,
        "explain": f"/api/v1/kpi-results/{uid}/explain/",
    }


# The place


@contextmanager
def _database() -> Iterator[tuple[str, str]]:
    """A throw-away database of about 100,000 results: its address, and the token of an analyst."""
    from django.conf import settings
    from django.db import connection

    from accounts.models import RoleGrant, User
    from accounts.services import make_token

    original = connection.settings_dict["NAME"]
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute(DATA, {"people": PEOPLE, "teams": TEAMS})
        user = User.objects.create_user("analyst@bench.example", name="Analyst")
        RoleGrant.objects.create(user=user, role="analyst", during=("2020-01-01", None))
        _token, secret = make_token(user=user, name="bench", scopes=["kpi:read"], days=1, by=user)
        # Servers read the token without being the first to use it.
        given = connection.settings_dict
        address = f"{given['USER']}:{given['PASSWORD']}@" if given["PASSWORD"] else f"{given['USER']}@"
        yield f"postgresql://{address}{_host(given)}/{name}{_socket(given)}", secret
    finally:
        connection.creation.destroy_test_db(original, verbosity=0)
        assert settings.LOCAL


def _host(given: dict[str, Any]) -> str:
    return "" if str(given["HOST"]).startswith("/") else f"{given['HOST']}:{given['PORT']}"


def _socket(given: dict[str, Any]) -> str:
    return f"?host={given['HOST']}&port={given['PORT']}" if str(given["HOST"]).startswith("/") else ""


@contextmanager
def _server(application: str, dsn: str) -> Iterator[int]:
    """gunicorn as in production, without the limit of requests a minute; its port."""
    from django.conf import settings

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    environ = os.environ | {
        "DATABASE_URL": dsn,
        "REDIS_URL": settings.REDIS_URL,
        "KAM_API_REQUESTS_A_MINUTE": "1000000000",
        "DJANGO_SETTINGS_MODULE": "kam_portal.settings",
    }
    command = [
        sys.executable, "-m", "gunicorn", "-c", "kam_portal/gunicorn.py", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}",
        "--max-requests", "0", application,
    ]  # fmt: skip
    with Path(os.devnull).open("wb") as nowhere:
        process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environ, stdout=nowhere, stderr=nowhere)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("gunicorn did not start")


# The load: as little work a request as Python can, so that the servers are what is measured


def _request(headers: str) -> bytes:
    return f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n{headers}\r\n".encode()


def _answer(port: int, ask: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        return _exchange(connection, ask)


def _exchange(connection: socket.socket, ask: bytes) -> bytes:
    """One request over an open connection; the body. Raises RuntimeError on anything but 200."""
    connection.sendall(ask)
    received = connection.recv(65536)
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(received[:500].decode(errors="replace"))
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    parts = [body]
    missing = length - len(body)
    while missing > 0:
        parts.append(connection.recv(missing))
        missing -= len(parts[-1])
    return b"".join(parts)


def _rate(port: int, ask: bytes) -> float:
    """Requests a second over a few connections that are kept open."""
    counts: list[int] = []
    until = time.perf_counter() + SECONDS
    threads = [threading.Thread(target=_load, args=(port, ask, until, counts)) for _ in range(CONNECTIONS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - start)


def _load(port: int, ask: bytes, until: float, counts: list[int]) -> None:
    count = 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        while time.perf_counter() < until:
            _exchange(connection, ask)
            count += 1
    counts.append(count)


def _require_same_rows(ours: bytes, limit: bytes) -> None:
    """Both must give the same hundred rows, or the ratio would say nothing."""
    first, second = orjson.loads(ours)["results"], orjson.loads(limit)["results"]
    names = ("uid", "kpi", "subject", "period")
    if len(first) != LIMIT or [[row[n] for n in names] for row in first] != [[row[n] for n in names] for row in second]:
        raise RuntimeError("The endpoint and the bare view answer differently.")
