"""Codes and addresses made up from names, where a file has names only."""

import hashlib
import re
import unicodedata

_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")
_BETWEEN_PARTS = re.compile(r"[^a-z0-9-]+")


def code_of(name: str) -> str:
    """'Mei-Mei Johns' -> 'mei-mei-johns'. Without Latin letters: eight digits, always the same."""
    return _BETWEEN_WORDS.sub("-", _latin(name)).strip("-")[:30].rstrip("-") or _digest(name)


def email_of(name: str, domain: str) -> str:
    """'Mei-Mei Johns' -> 'mei-mei.johns@…'."""
    return f"{_BETWEEN_PARTS.sub('.', _latin(name)).strip('.-')[:60] or _digest(name)}@{domain}"


def _latin(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


def _digest(name: str) -> str:
    return f"n{int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10**8:08d}"
