"""API tokens: hashed, scoped, expiring, revocable; every refusal is a problem detail."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.access import Role
from accounts.errors import TokenLifeOutOfRange, UnknownScope
from accounts.models import ApiToken, Person
from accounts.services import make_token, revoke_token
from core.errors import NotFound
from tests.accounts.factories import client_for, person_with_role

pytestmark = pytest.mark.django_db

PEOPLE = "/api/v1/people/"


@pytest.fixture
def analyst() -> Person:
    return person_with_role(Role.ANALYST)


def token_of(person: Person, *scopes: str, days: int = 30) -> tuple[ApiToken, str]:
    return make_token(user=person.user, name="test", scopes=scopes or ("people:read",), days=days, by=person.user)


def asking(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_only_the_digest_is_kept(analyst: Person) -> None:
    token, secret = token_of(analyst)

    token.refresh_from_db()
    assert secret.startswith(token.prefix)
    assert len(secret) > 40
    assert secret.encode() not in bytes(token.digest)
    assert secret not in str(ApiToken.objects.filter(pk=token.pk).values())


def test_a_token_reads_what_its_scope_says(analyst: Person) -> None:
    _token, secret = token_of(analyst)

    answer = asking(secret).get(PEOPLE)

    assert answer.status_code == 200
    assert answer.json()["results"][0]["email"] == analyst.user.email


def test_another_scope_is_refused_with_403_and_names_what_is_missing(analyst: Person) -> None:
    _token, secret = token_of(analyst, "kpi:read")

    answer = asking(secret).get(PEOPLE)

    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "scope_missing"
    assert "people:read" in answer.json()["title"]


def test_an_expired_token_is_refused(analyst: Person) -> None:
    token, secret = token_of(analyst)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    answer = asking(secret).get(PEOPLE)

    assert answer.status_code == 401
    assert "expired" in answer.json()["title"]
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_revoked_token_is_refused(analyst: Person) -> None:
    token, secret = token_of(analyst)
    revoke_token(token_uid=token.uid, by=analyst.user)

    assert asking(secret).get(PEOPLE).status_code == 401


def test_the_token_of_a_closed_login_is_refused(analyst: Person) -> None:
    _token, secret = token_of(analyst)
    analyst.user.is_active = False
    analyst.user.save(update_fields=["is_active"])

    assert asking(secret).get(PEOPLE).status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer nonsense", "Bearer a b c", "Bearer \u00e9"])
def test_a_malformed_token_is_refused(header: str) -> None:
    answer = Client(headers={"Authorization": header}).get(PEOPLE)

    assert answer.status_code == 401
    assert answer.json()["status"] == 401


def test_without_a_token_the_api_asks_for_one() -> None:
    answer = Client().get(PEOPLE)

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == 'Bearer realm="KAM Portal"'


def test_a_token_may_never_more_than_its_login() -> None:
    kam = person_with_role(Role.KAM)
    person_with_role(Role.KAM)
    _token, secret = token_of(kam)

    found = asking(secret).get(PEOPLE).json()["results"]

    assert [row["email"] for row in found] == [kam.user.email]


def test_nobody_revokes_somebody_elses_token(analyst: Person) -> None:
    token, _secret = token_of(analyst)

    with pytest.raises(NotFound):
        revoke_token(token_uid=token.uid, by=person_with_role(Role.ADMINISTRATOR).user)


def test_scopes_and_days_are_checked(analyst: Person) -> None:
    with pytest.raises(UnknownScope, match="kpi:write"):
        token_of(analyst, "kpi:write")
    with pytest.raises(TokenLifeOutOfRange):
        token_of(analyst, days=0)
    with pytest.raises(TokenLifeOutOfRange):
        token_of(analyst, days=367)


def test_the_last_use_is_written_at_most_once_an_hour(analyst: Person) -> None:
    token, secret = token_of(analyst)
    asking(secret).get(PEOPLE)
    token.refresh_from_db()
    first = token.last_used_at

    asking(secret).get(PEOPLE)

    token.refresh_from_db()
    assert first is not None
    assert token.last_used_at == first


def test_the_command_prints_a_token_that_works(analyst: Person) -> None:
    out, err = StringIO(), StringIO()
    call_command("create_token", analyst.user.email, scope=["people:read"], days=7, stdout=out, stderr=err)

    assert asking(out.getvalue().strip()).get(PEOPLE).status_code == 200
    assert "people:read" in err.getvalue()


def test_the_command_refuses_an_unknown_login() -> None:
    with pytest.raises(CommandError, match="Nobody logs in"):
        call_command("create_token", "nobody@company.example", scope=["kpi:read"])


def test_the_page_shows_a_new_token_once(analyst: Person) -> None:
    client = client_for(analyst)

    made = client.post("/settings/tokens/", {"name": "report", "scopes": ["people:read"], "days": "90"})
    secret = made.context["secret"]

    assert secret in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    again = client.get("/settings/tokens/").content.decode()
    assert "report" in again
    assert secret not in again


def test_the_page_revokes(analyst: Person) -> None:
    token, secret = token_of(analyst)

    client_for(analyst).post(f"/settings/tokens/{token.uid}/revoke/")

    assert asking(secret).get(PEOPLE).status_code == 401
