"""So many times a minute: for pages that anybody may open without a login."""

import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

WINDOW = 60  # seconds


def within_limit(request: HttpRequest, name: str, *, a_minute: int) -> bool:
    """Whether the client's address has asked for `name` at most so often in this minute; counts this request."""
    key = f"limit:{name}:{get_adapter().get_client_ip(request)}:{int(time.time() // WINDOW)}"
    cache.add(key, 0, timeout=WINDOW + 1)
    return int(cache.incr(key)) <= a_minute
