"""Certificates: numbered, issued to many at once, drawn as PDF, revoked for a reason; never changed."""

import secrets
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from accounts.doors import get_visible
from accounts.models import Team, User
from core import calendar, jobs, outbox, pdf
from core.audit import acting
from core.models import Job
from core.outbox import Message
from incentives.errors_awards import (
    AwardIsNotConfirmed,
    CertificateIsRevoked,
    CertificateReasonMissing,
    NothingToIssue,
)
from incentives.models_awards import Award, Certificate, CertificateFile, Winner
from incentives.qr import qr_path
from incentives.selectors.awards import without_certificate

ISSUED_NOTICE = "incentives.certificate_issued"
DRAW_JOB = "incentives.draw_certificates"
LANGUAGES = ("en", "zh-hans")
TEMPLATE = "incentives/certificate_pdf.html"

# One number after the other, without a gap: the two keys name the lock of this count in the database.
_COUNT_LOCK = (20_260, 7)


@transaction.atomic
def issue_certificates(*, award_uid: UUID, winner_uids: Iterable[UUID] | None = None, by: User) -> tuple[int, Job]:
    """A certificate for each chosen winner (None: for all) without a valid one; how many, and the job that draws them.

    Raises NotFound, AwardIsNotConfirmed, NothingToIssue.
    """
    award = get_visible(Award, by, award_uid, lock=True)
    if award.status != Award.Status.CONFIRMED:
        raise AwardIsNotConfirmed(award=award.name)
    winners = without_certificate(award)
    if winner_uids is not None:
        winners = winners.filter(uid__in=list(winner_uids))
    found = list(winners.select_related("person__user"))
    if not found:
        raise NothingToIssue
    with acting(by, "certificate.issued"):
        issued = _write(award, found, by)
    outbox.put_all(_notice(certificate) for certificate in issued)
    job = jobs.start(DRAW_JOB, by=by, total=len(issued) * len(LANGUAGES))
    jobs.enqueue(DRAW_JOB, [certificate.pk for certificate in issued], job.pk)
    return len(issued), job


def _write(award: Award, winners: Sequence[Winner], by: User) -> list[Certificate]:
    year = calendar.today().year
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _COUNT_LOCK)
    last = Certificate.objects.filter(year=year).aggregate(last=Max("serial"))["last"] or 0
    return [
        Certificate.objects.create(
            year=year,
            serial=serial,
            token=secrets.token_urlsafe(16),
            winner=winner,
            person_name=winner.person.name,
            award_en=award.name_en,
            award_zh=award.name_zh,
            period=award.period,
            awarded_on=winner.awarded_on or calendar.today(),
            signed_by=str(award.confirmed_by),
            issued_by=by,
        )
        for serial, winner in enumerate(winners, start=last + 1)
    ]


def _notice(certificate: Certificate) -> Message:
    payload = {"certificate": str(certificate.uid), "en": certificate.award_en, "zh": certificate.award_zh}
    reader = certificate.winner.person.user_id
    return Message(ISSUED_NOTICE, f"{ISSUED_NOTICE}:{certificate.uid}", reader, payload)


def certificate_file(*, certificate: Certificate, language: str) -> bytes:
    """The document in a language: made when it is first asked for, the same ever after.

    Raises PdfNeedsPango, PdfNeedsAChineseFont.
    """
    known = CertificateFile.objects.filter(certificate=certificate, language=language).first()
    if known is not None:
        return bytes(known.content)
    made = pdf.document(TEMPLATE, certificate_context(certificate), language=language)
    kept, _created = CertificateFile.objects.get_or_create(
        certificate=certificate, language=language, defaults={"content": made}
    )
    return bytes(kept.content)


def certificate_context(certificate: Certificate) -> dict[str, object]:
    """What the document shows."""
    address = verify_url(certificate)
    company = Team.objects.filter(kind=Team.Kind.COMPANY).values_list("name", flat=True).first() or ""
    return {"certificate": certificate, "company": company, "address": address, "qr": qr_path(address)}


def page_of(certificate_ids: Sequence[int]) -> str:
    """Where the certificates of an issue are listed: the page of their award."""
    award = Award.objects.filter(winners__certificates__in=certificate_ids).first()
    return f"{reverse('incentives:award-detail', args=[award.uid])}#certificates" if award else ""


def verify_url(certificate: Certificate) -> str:
    """Where anybody verifies it."""
    return settings.BASE_URL + reverse("incentives:certificate-verify", args=[certificate.token])


@transaction.atomic
def revoke_certificate(*, certificate_uid: UUID, reason: str, by: User) -> Certificate:
    """Take a certificate back; whoever verifies it is told so. Raises NotFound, CertificateIsRevoked,
    CertificateReasonMissing."""
    certificate = get_visible(Certificate, by, certificate_uid, lock=True)
    if certificate.revoked_at is not None:
        raise CertificateIsRevoked(number=certificate.number)
    if not reason.strip():
        raise CertificateReasonMissing
    certificate.revoked_by, certificate.revoked_at = by, timezone.now()
    certificate.revoked_reason = reason.strip()
    with acting(by, "certificate.revoked"):
        certificate.save(update_fields=["revoked_by", "revoked_at", "revoked_reason"])
    return certificate
