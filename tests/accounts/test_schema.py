"""The API describes itself completely: OpenAPI without a warning, and a page that shows it."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_schema_is_made_without_a_warning_and_is_valid() -> None:
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=StringIO())


def test_the_schema_and_its_page_need_no_login_and_nothing_from_elsewhere() -> None:
    schema, page = Client().get("/api/schema/"), Client().get("/api/docs/")

    assert schema.status_code == page.status_code == 200
    assert b"/api/v1/people/" in schema.content
    assert b"https://cdn" not in page.content


def test_errors_of_the_api_are_problem_details_also_outside_its_views() -> None:
    answer = Client().get("/api/v1/nothing/")

    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
