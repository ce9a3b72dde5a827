"""Strict readers of environment variables: a wrong value stops the start with the variable's name and what is
allowed.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None, *, choices: Sequence[str] = ()) -> str:
    """The variable's text; `NAME_FILE` may name a file that holds it (container secrets)."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        value: str | None = Path(path).read_text(encoding="utf-8").strip()
    else:
        value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. Set it in the environment, or put it in a file named by {name}_FILE."
        )
    if choices and value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}. Allowed: {', '.join(choices)}.")
    return value


def flag(name: str, default: bool) -> bool:
    """True for 1, true, yes, on; False for 0, false, no, off; anything else is refused."""
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}. Allowed: 1 or 0.")


def integer(name: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
    """A whole number from `least` to `most`."""
    value = text(name, str(default))
    if not value.isdigit() or not least <= int(value) <= most:
        raise ImproperlyConfigured(f"{name} is {value!r}. Allowed: a whole number from {least} to {most}.")
    return int(value)


def names(name: str, default: str = "") -> list[str]:
    """A comma-separated list without blanks."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def database(name: str) -> dict[str, object]:
    """Django's settings for a `postgresql://user:password@host:port/name` address; `?host=/dir` names a socket
    folder.
    """
    url = urlsplit(text(name))
    if url.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"{name} must start with postgresql://, it starts with {url.scheme or 'nothing'}://."
        )
    options = dict(part.split("=", 1) for part in url.query.split("&") if "=" in part)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(options.pop("host", url.hostname or "")),
        "PORT": str(url.port or ""),
        "OPTIONS": {key: unquote(value) for key, value in options.items()},
    }
