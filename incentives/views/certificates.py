"""Certificates: issued by HR, downloaded as PDF, verified by anybody who has the address."""

import zipfile
from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.doors import UserRequest, get_visible, public, requires
from accounts.form_pages import FormPage, Saved, form_page
from core.errors import NotFound
from core.limits import within_limit
from incentives.forms.awards import ChosenForm, RevokeForm
from incentives.models_awards import Award, Certificate
from incentives.selectors.awards import certificates, verified
from incentives.services import certificates as services

PDF = "application/pdf"
VERIFICATIONS_A_MINUTE = 30
# As many as one bundle takes while somebody waits; the documents are there already, drawn by the job.
MOST_IN_A_BUNDLE = 500


@require_POST
@requires("incentives.issue_certificates")
def certificate_issue(request: UserRequest, uid: UUID) -> HttpResponse:
    """For the ticked winners, or for all; the documents are drawn by a job whose progress is shown."""
    form = ChosenForm(request.POST)
    count, job = services.issue_certificates(award_uid=uid, winner_uids=form.chosen() or None, by=request.user)
    text = ngettext("%(count)s certificate is issued.", "%(count)s certificates are issued.", count)
    messages.success(request, text % {"count": count})
    return redirect("job", job.uid)


@require_GET
@requires("incentives.view_certificates")
def certificate_pdf(request: UserRequest, uid: UUID, language: str) -> HttpResponseBase:
    """One's own, or any for HR, in English or Chinese."""
    certificate = get_visible(Certificate, request.user, uid)
    content = services.certificate_file(certificate=certificate, language=_known(language))
    name = f"{certificate.number}-{language}.pdf"
    return FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type=PDF)


def _known(language: str) -> str:
    if language not in services.LANGUAGES:
        raise NotFound
    return language


@require_GET
@requires("incentives.issue_certificates")
def certificate_bundle(request: UserRequest, uid: UUID, language: str) -> HttpResponseBase:
    """All valid certificates of an award as one archive."""
    award = get_visible(Award, request.user, uid)
    rows = certificates(viewer=request.user, award=award).filter(revoked_at=None)[:MOST_IN_A_BUNDLE]
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as bundle:
        for row in rows:
            content = services.certificate_file(certificate=row, language=_known(language))
            bundle.writestr(f"{row.number} {_file_name(row.person_name)}.pdf", content)
    archive.seek(0)
    return FileResponse(archive, as_attachment=True, filename=f"{language}.zip", content_type="application/zip")


def _file_name(name: str) -> str:
    """A name without what file systems take for a path."""
    return "".join(sign if sign.isalnum() or sign in " .-" else "_" for sign in name).strip(". ") or "_"


@requires("incentives.issue_certificates")
def certificate_revoke(request: UserRequest, uid: UUID) -> HttpResponse:
    certificate = get_visible(Certificate, request.user, uid)
    form = RevokeForm(request.POST or None)
    url = reverse("incentives:award-detail", args=[certificate.winner.award.uid])

    def save(given: Any) -> Saved:
        services.revoke_certificate(certificate_uid=uid, reason=given["reason"], by=request.user)
        return Saved(f"{url}#certificates", _("Certificate %(number)s is revoked.") % {"number": certificate.number})

    values = {"number": certificate.number, "name": certificate.person_name}
    page = FormPage(
        title=_("Revoke certificate %(number)s") % values,
        submit=_("Revoke certificate"),
        back=url,
        intro=_("Whoever verifies the certificate of %(name)s is told that it was revoked. This stays so.") % values,
    )
    return form_page(request, page, form, save)


@public
@never_cache
@require_safe
def certificate_verify(request: HttpRequest, token: str) -> HttpResponse:
    """For anybody with the address: valid, revoked or unknown, with name, award and date, and nothing else."""
    if not within_limit(request, "verify", a_minute=VERIFICATIONS_A_MINUTE):
        answer = render(request, "incentives/certificate_verify.html", {"state": "busy"}, status=429)
        answer["Retry-After"] = "60"
        return answer
    certificate = verified(token)
    if certificate is None:
        answer = render(request, "incentives/certificate_verify.html", {"state": "unknown"}, status=404)
    else:
        state = "revoked" if certificate.revoked_at else "valid"
        context = {"state": state, "certificate": certificate}
        answer = render(request, "incentives/certificate_verify.html", context)
    answer["X-Robots-Tag"] = "noindex"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
