"""Certificates: numbered, drawn in two languages, verified by anybody with the address, revoked for a reason."""

import re
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.db import IntegrityError, transaction
from django.test import Client, override_settings

from accounts.access import Role
from accounts.models import Person
from core import pdf
from core.models import Job, OutboxMessage
from incentives.errors_awards import (
    AwardIsNotConfirmed,
    CertificateIsRevoked,
    CertificateReasonMissing,
    NothingToIssue,
)
from incentives.models_awards import Award, Certificate, CertificateFile
from incentives.qr import qr_path
from incentives.services import certificates as services
from incentives.tasks_awards import draw_certificates
from incentives.views.certificates import VERIFICATIONS_A_MINUTE
from tests.accounts.factories import client_for, company, person_with_role
from tests.core.pdf_reading import characters
from tests.incentives.awards import an_award, confirmed_award, winner

pytestmark = pytest.mark.django_db


@pytest.fixture
def hr() -> Person:
    return person_with_role(Role.HR, name="Wei Chen")


@pytest.fixture
def kams() -> list[Person]:
    team = company().teams["west-1"]
    return [person_with_role(Role.KAM, team, name=name) for name in ("王小明", "Ana Ruiz", "Ben Ode")]


@pytest.fixture
def award(kams: list[Person], hr: Person) -> Award:
    return confirmed_award(*kams[:2], by=hr.user)


def issued(award: Award, by: Person) -> list[Certificate]:
    services.issue_certificates(award_uid=award.uid, by=by.user)
    return list(Certificate.objects.filter(winner__award=award).order_by("serial"))


def test_each_winner_gets_a_number_of_the_year_one_after_the_other(
    award: Award, hr: Person, kams: list[Person]
) -> None:
    first = issued(award, hr)
    with pytest.raises(NothingToIssue):
        services.issue_certificates(award_uid=award.uid, by=hr.user)
    second = issued(confirmed_award(kams[2], by=hr.user, best=2000), hr)

    assert [row.serial for row in first + second] == [1, 2, 3]
    assert re.fullmatch(r"20\d\d-0001", first[0].number)
    assert len({row.token for row in first + second}) == 3
    assert OutboxMessage.objects.filter(kind=services.ISSUED_NOTICE).count() == 3


def test_only_the_chosen_get_one(award: Award, hr: Person, kams: list[Person]) -> None:
    count, job = services.issue_certificates(award_uid=award.uid, winner_uids=[winner(award, kams[1]).uid], by=hr.user)

    assert (count, job.total) == (1, 2)
    assert Certificate.objects.get().person_name == "Ana Ruiz"


def test_before_the_confirmation_there_is_none(hr: Person) -> None:
    with pytest.raises(AwardIsNotConfirmed):
        services.issue_certificates(award_uid=an_award(by=hr.user).uid, by=hr.user)


def test_the_job_draws_both_languages_and_tells_how_far_it_is(award: Award, hr: Person) -> None:
    rows = issued(award, hr)
    job = Job.objects.get(kind=services.DRAW_JOB)

    draw_certificates([row.pk for row in rows], job.pk)
    draw_certificates([row.pk for row in rows], job.pk)

    job.refresh_from_db()
    assert (job.state, job.done, job.result_path) == ("done", 4, f"/incentives/awards/{award.uid}/#certificates")
    assert CertificateFile.objects.count() == 4, "twice makes no double"


def test_a_machine_without_a_chinese_font_fails_with_what_to_install(
    award: Award, hr: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = issued(award, hr)
    job = Job.objects.get(kind=services.DRAW_JOB)
    pdf.has_chinese_font.cache_clear()
    monkeypatch.setattr(pdf, "CHINESE", b":lang=zz-none")

    draw_certificates([row.pk for row in rows], job.pk)
    answer = client_for(hr).get(f"/incentives/certificates/{rows[0].uid}/en.pdf")
    pdf.has_chinese_font.cache_clear()

    job.refresh_from_db()
    assert (job.state, "fonts-noto-cjk" in job.message) == ("failed", True)
    assert (answer.status_code, "fonts-noto-cjk" in answer.content.decode()) == (503, True)


def test_what_was_handed_out_never_looks_different(award: Award, hr: Person, kams: list[Person]) -> None:
    row = issued(award, hr)[0]
    first = services.certificate_file(certificate=row, language="zh-hans")
    Person.objects.filter(pk=kams[0].pk).update(name="Somebody Else")
    Award.objects.filter(pk=award.pk).update(name_zh="别的")

    assert services.certificate_file(certificate=row, language="zh-hans") == first
    assert set("王小明签约之星") <= characters(first)
    assert "王" in characters(services.certificate_file(certificate=row, language="en"))


def test_the_code_holds_the_address_in_one_path(award: Award, hr: Person) -> None:
    row = issued(award, hr)[0]
    with override_settings(BASE_URL="https://portal.example.com"):
        context = services.certificate_context(row)

    assert context["address"] == f"https://portal.example.com/verify/{row.token}/"
    drawn = qr_path(str(context["address"]))
    assert context["qr"] == drawn
    assert drawn.path.startswith("M4 4h1v1h-1z")  # the corner mark, inside the quiet edge
    assert drawn.path != qr_path("something else").path


# Verified


def verify(token: str) -> tuple[int, str]:
    answer = Client().get(f"/verify/{token}/")
    return answer.status_code, answer.content.decode()


def test_anybody_with_the_address_reads_name_award_and_date_and_nothing_else(award: Award, hr: Person) -> None:
    row = issued(award, hr)[1]

    status, page = verify(row.token)

    assert (status, "This certificate is valid" in page, "Ana Ruiz" in page, "Most booked" in page) == (
        200, True, True, True,
    )  # fmt: skip
    for secret in (row.number, str(row.uid), "Wei Chen", "West 1", row.token):
        assert secret not in page.replace(f"/verify/{row.token}/", ""), secret


@pytest.mark.parametrize("token", ["A" * 22, "1", "2026-0001", "%00" * 22, "x" * 300, "..%2F..%2Fetc"])
def test_what_is_no_address_is_unknown(award: Award, hr: Person, token: str) -> None:
    issued(award, hr)

    status, page = verify(token)

    assert status == 404
    assert "Ana Ruiz" not in page


def test_a_revoked_certificate_says_so_without_the_reason(award: Award, hr: Person) -> None:
    row = issued(award, hr)[0]
    with pytest.raises(CertificateReasonMissing):
        services.revoke_certificate(certificate_uid=row.uid, reason=" ", by=hr.user)

    services.revoke_certificate(certificate_uid=row.uid, reason="The deal was reversed.", by=hr.user)

    status, page = verify(row.token)
    assert (status, "was revoked" in page, "reversed" in page) == (200, True, False)
    with pytest.raises(CertificateIsRevoked):
        services.revoke_certificate(certificate_uid=row.uid, reason="Again.", by=hr.user)
    assert len(issued(award, hr)) == 3, "a new one may follow"
    with pytest.raises(IntegrityError, match="one_valid_certificate"), transaction.atomic():
        Certificate.objects.create(
            year=2026, serial=99, token="t" * 22, winner=row.winner, person_name="x", award_en="x", award_zh="x",
            period="2026", awarded_on=row.awarded_on, signed_by="x", issued_by=hr.user,
        )  # fmt: skip


def test_one_address_verifies_so_many_a_minute(award: Award, hr: Person) -> None:
    row = issued(award, hr)[0]
    browser = Client()
    answers = [browser.get(f"/verify/{row.token}/") for _number in range(VERIFICATIONS_A_MINUTE + 1)]

    assert {answer.status_code for answer in answers[:-1]} == {200}
    assert (answers[-1].status_code, answers[-1].headers["Retry-After"]) == (429, "60")
    assert "Ana Ruiz" not in answers[-1].content.decode()
    assert Client(REMOTE_ADDR="10.1.1.1").get(f"/verify/{row.token}/").status_code == 200


def test_search_engines_and_caches_keep_nothing(award: Award, hr: Person) -> None:
    answer = Client().get(f"/verify/{issued(award, hr)[0].token}/")

    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


# Downloaded


def test_one_downloads_the_own_certificate_and_nobody_else_s(award: Award, hr: Person, kams: list[Person]) -> None:
    row = issued(award, hr)[1]
    path = f"/incentives/certificates/{row.uid}/en.pdf"

    mine = client_for(kams[1]).get(path)

    assert b"".join(mine.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]  # a FileResponse
    assert mine.headers["Content-Type"] == "application/pdf"
    assert client_for(kams[2]).get(path).status_code == 404
    assert client_for(hr).get(path.replace("en.pdf", "fr.pdf")).status_code == 404


def test_hr_takes_all_valid_ones_at_once(award: Award, hr: Person) -> None:
    rows = issued(award, hr)
    services.revoke_certificate(certificate_uid=rows[0].uid, reason="Left out.", by=hr.user)

    answer = client_for(hr).get(f"/incentives/awards/{award.uid}/certificates/en.zip")

    archive = ZipFile(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]  # a FileResponse
    assert archive.namelist() == [f"{rows[1].number} Ana Ruiz.pdf"]


def test_hr_issues_and_revokes_on_the_page(award: Award, hr: Person) -> None:
    browser = client_for(hr)

    answer = browser.post(f"/incentives/awards/{award.uid}/certificates/", {})
    row = Certificate.objects.get(person_name="Ana Ruiz")
    page = browser.get(f"/incentives/awards/{award.uid}/").content.decode()
    assert answer.headers["Location"] == f"/jobs/{Job.objects.get(kind=services.DRAW_JOB).uid}/"
    assert row.number in page

    path = f"/incentives/certificates/{row.uid}/revoke/"
    assert browser.post(path, {"reason": ""}).status_code == 422
    assert browser.post(path, {"reason": "Wrong name."}).status_code == 302
    assert "Wrong name." in browser.get(f"/incentives/awards/{award.uid}/").content.decode()
