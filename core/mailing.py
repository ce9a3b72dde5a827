"""Sends what lies in the outbox: a batch is claimed with SKIP LOCKED, so several workers never send the same
message.
"""

from datetime import timedelta

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone, translation

from core.models import OutboxMessage
from core.outbox import KINDS, rendered

log = structlog.get_logger(__name__)
BATCH = 100
MOST_ATTEMPTS = 8


def send_batch() -> int:
    """Mail up to one batch of waiting messages; how many were claimed. A failed one waits 2, 4, 8 … minutes, eight
    times.

    The row is marked after the mail server took the message: a worker killed between the two sends that one message
    again.
    """
    with transaction.atomic():
        waiting = (
            OutboxMessage.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("user")
            .filter(mailed_at=None, next_attempt_at__lte=timezone.now(), mail_attempts__lt=MOST_ATTEMPTS)
            .order_by("next_attempt_at")[:BATCH]
        )
        messages = list(waiting)
        if messages:
            with get_connection() as connection:
                for message in messages:
                    _send(message, connection)
    return len(messages)


def _send(message: OutboxMessage, connection: BaseEmailBackend) -> None:
    user = message.user
    if not KINDS[message.kind].mail or not user.is_active or not getattr(user, "wants_mail", True):
        message.mailed_at = timezone.now()
        message.save(update_fields=["mailed_at"])
        return
    with translation.override(getattr(user, "language", "") or settings.LANGUAGE_CODE):
        text = rendered(message)
    try:
        EmailMessage(
            text.title,
            f"{text.body}\n\n{settings.BASE_URL}{text.path}\n",
            to=[user.email],
            headers={"Message-ID": f"<{message.uid}@kam-portal>"},
            connection=connection,
        ).send()
    except OSError as error:  # SMTP and network errors; anything else is a bug and stops the batch
        message.mail_attempts += 1
        message.mail_error = str(error)
        message.next_attempt_at = timezone.now() + timedelta(minutes=2**message.mail_attempts)
        log.warning("mail.failed", message=str(message.uid), attempts=message.mail_attempts, error=str(error))
    else:
        message.mailed_at, message.mail_error = timezone.now(), ""
    message.save(update_fields=["mailed_at", "mail_error", "mail_attempts", "next_attempt_at"])
