"""What tests must not do to each other."""

import os
from multiprocessing import get_context
from pathlib import Path

import pytest
from django.db import connection, connections

from tests.conftest import BrowserPages


def tell(answer: Path) -> None:
    """Ends without clean-up, as a killed worker does."""
    answer.write_text("its own" if connection.connection is None else "inherited")
    os._exit(0)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_forked_worker_does_not_share_a_connection_of_before_the_browser(
    browser_page: BrowserPages, tmp_path: Path
) -> None:
    answer = tmp_path / "answer"
    connections.close_all()  # what the product does before it forks

    worker = get_context("fork").Process(target=tell, args=[answer])
    worker.start()
    worker.join(20)

    assert answer.read_text() == "its own"


@pytest.mark.django_db
def test_a_connection_is_open_before_any_browser_is() -> None:
    """Runs first, as all tests do that roll back: without it the test above could not fail."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("1min",)
