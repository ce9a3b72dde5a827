"""Notices as their reader sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import User
from core.keyset import keyset_page
from core.models import OutboxMessage
from core.outbox import KINDS, rendered


@dataclass(frozen=True, slots=True)
class NoticeRow:
    uid: UUID
    kind: str
    title: str
    body: str
    at: datetime
    is_read: bool


@dataclass(frozen=True, slots=True)
class NoticeRows:
    rows: Sequence[NoticeRow]
    after: str | None


def notice_rows(*, viewer: User, unread_only: bool = False, after: str = "") -> NoticeRows:
    """The viewer's notices in the active language, latest first, 50 a page. One query.

    Kinds that no app knows any more are left out.
    """
    notices = OutboxMessage.objects.visible_to(viewer).filter(kind__in=KINDS)
    if unread_only:
        notices = notices.filter(read_at=None)
    page = keyset_page(notices, order=("-id",), after=after)
    return NoticeRows([_row(notice) for notice in page.rows], page.after)


def _row(notice: OutboxMessage) -> NoticeRow:
    text = rendered(notice)
    return NoticeRow(
        uid=notice.uid,
        kind=str(KINDS[notice.kind].label),
        title=text.title,
        body=text.body,
        at=notice.created_at,
        is_read=notice.read_at is not None,
    )
