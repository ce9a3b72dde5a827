"""Reading notices."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.doors import get_visible
from accounts.models import User
from core.models import OutboxMessage


@transaction.atomic
def mark_read(*, notice_uid: UUID, by: User) -> OutboxMessage:
    """The notice has been read; the first time counts. Raises NotFound."""
    notice = get_visible(OutboxMessage, by, notice_uid, lock=True)
    if notice.read_at is None:
        notice.read_at = timezone.now()
        notice.save(update_fields=["read_at"])
    return notice


def mark_all_read(*, by: User) -> int:
    """All the user's notices have been read; how many were not."""
    return OutboxMessage.objects.visible_to(by).filter(read_at=None).update(read_at=timezone.now())
