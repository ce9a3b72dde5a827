"""Pages by key: every row once, in order, whatever the directions."""

import pytest
from pytest_django import DjangoAssertNumQueries

from core.keyset import UnknownPlace, keyset_page
from core.models import OutboxMessage
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def _messages() -> None:
    user = UserFactory.create()
    OutboxMessage.objects.bulk_create(
        OutboxMessage(kind=f"kind{n % 3}", key=f"k{n:02}", user=user, mail_attempts=n % 4) for n in range(23)
    )


@pytest.mark.usefixtures("_messages")
@pytest.mark.parametrize(
    "order", [("key",), ("-key",), ("kind", "pk"), ("-kind", "mail_attempts", "-pk"), ("-mail_attempts", "-kind", "pk")]
)
def test_every_row_comes_once_and_in_order(
    order: tuple[str, ...], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rows, after, pages = OutboxMessage.objects.all(), "", []
    with django_assert_num_queries(5):
        while True:
            page = keyset_page(rows, order=order, after=after, size=5)
            pages.append(list(page.rows))
            if page.after is None:
                break
            after = page.after

    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    assert [row for page in pages for row in page] == list(rows.order_by(*order))


@pytest.mark.usefixtures("_messages")
def test_a_row_that_comes_in_between_does_not_shift_the_rest() -> None:
    first = keyset_page(OutboxMessage.objects.all(), order=("key",), size=5)
    OutboxMessage.objects.create(kind="k", key="k00a", user=UserFactory.create())

    second = keyset_page(OutboxMessage.objects.all(), order=("key",), after=first.after or "", size=5)

    assert second.rows[0].key == "k05"


@pytest.mark.parametrize("after", ["x", "W10", "WzEsMl0", "e30", "WyJ4Il0", "W1tdXQ"])
def test_a_place_this_list_has_not_given_is_refused(after: str) -> None:
    with pytest.raises(UnknownPlace):
        keyset_page(OutboxMessage.objects.all(), order=("-id",), after=after)
