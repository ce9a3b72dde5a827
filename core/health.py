"""Whether this installation lives (/healthz) and can work (/readyz): for load balancers, containers and `make up`."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

HEARTBEAT_KEY = "worker-heartbeat"
BEAT_KEY = "beat-heartbeat"
HEARTBEAT_SECONDS = 150  # two beats of one minute may be late


class NotReady(Exception):
    """A part does not do its work; the text says what is wrong, without addresses or names."""


def record_heartbeat() -> None:
    """Tell /readyz that a worker lives: its main process every few seconds, and a scheduled task each minute."""
    cache.set(HEARTBEAT_KEY, timezone.now().timestamp(), timeout=10 * HEARTBEAT_SECONDS)


def record_beat() -> None:
    """The scheduled task of each minute has come: beat lives, and a worker takes what it queues."""
    cache.set(BEAT_KEY, timezone.now().timestamp(), timeout=10 * HEARTBEAT_SECONDS)


def forget_heartbeat() -> None:
    """Before a start: what an earlier worker or beat told is no sign of one now."""
    cache.delete_many([HEARTBEAT_KEY, BEAT_KEY])


@dataclass(frozen=True, slots=True)
class Sign:
    """When a process last told that it lives; `late`: longer ago than two missed signs. None: never, or unknown."""

    at: datetime | None
    late: bool


def last_signs() -> tuple[Sign, Sign]:
    """Of the workers and of beat. One request to Redis; both unknown where that does not answer."""
    try:
        known = cache.get_many([HEARTBEAT_KEY, BEAT_KEY])
    except (RedisError, OSError):
        known = {}
    return _sign(known.get(HEARTBEAT_KEY)), _sign(known.get(BEAT_KEY))


def _sign(stamp: float | None) -> Sign:
    if stamp is None:
        return Sign(None, late=True)
    age = timezone.now().timestamp() - stamp
    return Sign(datetime.fromtimestamp(stamp, tz=UTC), late=age > HEARTBEAT_SECONDS)


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; asks nobody else, so that a slow database does not get it killed."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 where every part is `ok`, else 503; each part is named with what is wrong."""
    parts = state_of_parts()
    ready = set(parts.values()) == {"ok"}
    return JsonResponse({"status": "ok" if ready else "not ready", "checks": parts}, status=200 if ready else 503)


def state_of_parts() -> dict[str, str]:
    """Each part by name: `ok`, or what is wrong with it."""
    return {name: _result(check) for name, check in CHECKS.items()}


def _result(check: Callable[[], None]) -> str:
    try:
        check()
    except (DatabaseError, RedisError, OSError):
        return "unreachable"
    except NotReady as error:
        return str(error)
    return "ok"


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@functools.cache  # an answer that nothing waits stays true for this process; an exception is not kept
def _migrations() -> None:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise NotReady(f"{len(waiting)} not applied")


def _redis() -> None:
    cache.get(HEARTBEAT_KEY)


def _worker() -> None:
    last: float | None = cache.get(HEARTBEAT_KEY)
    if last is None:
        raise NotReady("no heartbeat")
    age = timezone.now().timestamp() - last
    if age > HEARTBEAT_SECONDS:
        raise NotReady(f"last heartbeat {age:.0f} s ago")


CHECKS: dict[str, Callable[[], None]] = {
    "database": _database,
    "migrations": _migrations,
    "redis": _redis,
    "worker": _worker,
}
