"""Every route x every role against the reviewed table in route_matrix.csv."""

import os

import pytest
from django.db import transaction

from tests.accounts import matrix

pytestmark = pytest.mark.django_db

# Nobody is let in: what allauth has and we do not offer.
CLOSED = {
    "accounts/signup/",
    "accounts/email/",
    "accounts/confirm-email/",
    "accounts/confirm-email/<str:key>/",
    "accounts/password/set/",
    "accounts/login/code/confirm/",
}


@pytest.mark.skipif("WRITE_ROUTE_MATRIX" not in os.environ, reason="writes the file for review")
def test_write_the_matrix_for_review() -> None:
    by_person = {}
    for who in matrix.WHO:
        with transaction.atomic():
            by_person[who] = matrix.answers(who)
            transaction.set_rollback(True)
    matrix.write_file(by_person)


@pytest.mark.parametrize("who", matrix.WHO)
def test_each_route_lets_in_whom_the_matrix_says(who: str) -> None:
    expected = {door: row[who] for door, row in matrix.read_file().items()}
    found = matrix.answers(who)

    different = {
        door: (expected[door], found[door]) for door in expected if door in found and found[door] != expected[door]
    }
    unlisted = {door: answer for door, answer in found.items() if door not in expected and answer == "open"}

    assert different == {}, "expected, found"
    assert unlisted == {}, "a method that is offered but not in the file"


def test_every_route_is_in_the_matrix_with_its_permission_and_no_row_is_stale() -> None:
    listed = matrix.read_file()
    declared = {(door.route, door.method): door.permission for door in matrix.doors()}

    assert {route for route, _method in listed} == {route for route, _method in declared}
    assert {door: row["permission"] for door, row in listed.items()} == {door: declared[door] for door in listed}


def test_no_row_is_wrong_and_each_is_open_to_somebody() -> None:
    """A sample that nobody finds would prove nothing; the closed pages are named above."""
    rows = matrix.read_file()
    answers = {door: {row[who] for who in matrix.WHO} for door, row in rows.items()}

    assert {door for door, found in answers.items() if found - {"open", "login", "404"}} == set()
    nobody = {door for door, found in answers.items() if "open" not in found}
    assert {door for door in nobody if door[0] not in CLOSED and not door[0].startswith("admin/")} == set()


def test_anonymous_is_let_in_only_where_it_is_meant() -> None:
    public = {route for (route, _method), row in matrix.read_file().items() if row[matrix.ANONYMOUS] == "open"}

    assert public == {
        "healthz",
        "readyz",
        "ui/",
        "i18n/",
        "verify/<str:token>/",
        "api/schema/",
        "api/docs/",
        "admin/logout/",
        "accounts/login/",
        "accounts/logout/",
        "accounts/inactive/",
        "accounts/password/reset/",
        "accounts/password/reset/done/",
        "accounts/password/reset/key/done/",
        "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
    }
