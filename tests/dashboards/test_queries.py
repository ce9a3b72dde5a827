"""Start pages and dashboards cost the same number of queries with ten times the people and ten times the deals."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from tests.accounts.factories import client_for
from tests.dashboards.factories import SellingCompany, selling_company

pytestmark = pytest.mark.django_db

PAGES: dict[str, tuple[str, Callable[[SellingCompany], Person], int]] = {
    "director today": ("/", lambda company: company.director, 36),
    "manager today": ("/", lambda company: company.manager, 24),
    "kam today": ("/", lambda company: company.kam, 18),
    "hr today": ("/", lambda company: company.hr, 20),
    "dashboard": ("/dashboard/", lambda company: company.director, 36),
    "all teams": ("/dashboard/?level=teams", lambda company: company.director, 42),
    "people": ("/dashboard/?level=people&sort=-coverage", lambda company: company.director, 44),
    "one team": ("/dashboard/?team=west-1", lambda company: company.manager, 36),
    "export": ("/dashboard/export/?level=people", lambda company: company.director, 18),
    "coverage": ("/dashboard/explain/coverage/", lambda company: company.director, 16),
    "bonus": ("/dashboard/explain/bonus/", lambda company: company.director, 20),
}


def costs(company: SellingCompany) -> dict[str, int]:
    """Queries of each page, asked for the second time."""
    found = {}
    for name, (path, who, _most) in PAGES.items():
        client = client_for(who(company))
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        found[name] = len(queries)
    return found


def test_pages_cost_few_queries() -> None:
    found = costs(selling_company(kams=1, deals=1))

    assert {name: cost for name, cost in found.items() if cost > PAGES[name][2]} == {}


@pytest.mark.parametrize(("kams", "deals"), [(10, 1), (1, 10)], ids=["people", "deals"])
def test_pages_cost_the_same_with_ten_times_as_much(kams: int, deals: int) -> None:
    with transaction.atomic():
        small = costs(selling_company(kams=1, deals=1))
        transaction.set_rollback(True)

    assert costs(selling_company(kams=kams, deals=deals)) == small
