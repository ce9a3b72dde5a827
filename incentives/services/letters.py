"""Plan letters: people are asked to sign each new version, reminded, and what they sign is kept as they read it."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from core import calendar, outbox
from core.audit import acting
from core.errors import NotFound
from core.outbox import Message
from incentives.errors import LetterChanged, LetterIsSigned
from incentives.models import PlanAssignment, PlanLetter, PlanVersion
from incentives.selectors.letters import current_versions, letter_case, unsigned

KIND = "incentives.letter_asked"
DAYS_BETWEEN = 7
MOST_REMINDERS = 8


def letter_digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of the letter in canonical form."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def sign_letter(*, version_uid: UUID, content: Mapping[str, Any], language: str, read: str, by: User) -> PlanLetter:
    """Keep the letter as `by` has read it; nothing of it changes any more.

    content  the letter as it reads now; `read` the digest of what was shown

    Raises NotFound for somebody whom the version does not pay, LetterChanged, LetterIsSigned.
    """
    person = by.person_or_none
    if person is None:
        raise NotFound
    case = letter_case(person=person, version_uid=version_uid, on=calendar.today())
    digest = letter_digest(content)
    if digest != read:
        raise LetterChanged
    try:
        with transaction.atomic(), acting(by, "plan.letter_signed"):
            return PlanLetter.objects.create(
                person=person, version=case.version, language=language, content=content, digest=digest, signed_by=by
            )
    except IntegrityError as error:
        raise LetterIsSigned from error


@transaction.atomic
def ask_for_letters(*, today: date) -> None:
    """One notice to everybody who has not signed a version in force, and a reminder each week after it was asked."""
    for version in current_versions(today):
        since = (today - timezone.localdate(version.published_at)).days if version.published_at else 0
        week = min(max(since, 0) // DAYS_BETWEEN, MOST_REMINDERS)
        outbox.put_all(_asked(version, unsigned(version, today), f"{week}", again=week > 0))


@transaction.atomic
def remind(*, version_uid: UUID, by: User) -> int:
    """Remind those of a version whom `by` sees and who have not signed, at most once a day; how many they are."""
    today = calendar.today()
    version = current_versions(today).filter(uid=version_uid).first()
    if version is None:
        raise NotFound
    rows = list(unsigned(version, today, by))
    outbox.put_all(_asked(version, rows, today.isoformat(), again=True))
    return len(rows)


def _asked(version: PlanVersion, rows: Iterable[PlanAssignment], turn: str, *, again: bool) -> list[Message]:
    payload = {
        "version": str(version.uid),
        "plan": version.plan.name,
        "number": version.number,
        "day": version.starts.isoformat(),
        "again": again,
    }
    found = {}
    for row in rows:
        if row.person.user_id is not None:
            key = f"{KIND}:{version.pk}:{row.person_id}:{turn}"
            found[key] = Message(KIND, key, row.person.user_id, payload)
    return list(found.values())
