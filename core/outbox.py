"""Messages to people leave through an outbox: written in the transaction that causes them, sent once, however often a
task runs.

An app that sends a kind of message registers it in its `AppConfig.ready()`; the text is made in the reader's language
when it is shown or sent.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.functional import Promise

from core.models import OutboxMessage


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as read: one line of title, a text, and where it leads (a path of the portal)."""

    title: str
    body: str
    path: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message. `render` gets the payload and speaks the language that is active."""

    name: str
    label: str | Promise
    render: Callable[[Mapping[str, Any]], Rendered]
    mail: bool = True


@dataclass(frozen=True, slots=True)
class Message:
    """One notice to one user. A second message with the same `key` is not written."""

    kind: str
    key: str
    user_id: int
    payload: dict[str, Any] = field(default_factory=dict)


KINDS: dict[str, Kind] = {}


class UnknownKind(KeyError):
    """A message of a kind that no app has registered."""


def register(kind: Kind) -> None:
    KINDS[kind.name] = kind


def put_all(messages: Iterable[Message]) -> None:
    """Write messages into the outbox, each key once. Call it inside the transaction that causes them."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("messages are written in the transaction that causes them")
    rows = []
    for message in messages:
        if message.kind not in KINDS:
            raise UnknownKind(message.kind)
        rows.append(OutboxMessage(kind=message.kind, key=message.key, user_id=message.user_id, payload=message.payload))
    OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True)


def put(message: Message) -> None:
    put_all([message])


def rendered(message: OutboxMessage) -> Rendered:
    """The message in the active language."""
    return KINDS[message.kind].render(message.payload)
