"""Every figure of a start page and of a dashboard opens what it is made of, for the one who reads it."""

import re
from collections.abc import Callable

import pytest

from accounts.models import Person
from tests.accounts.factories import client_for
from tests.dashboards.factories import SellingCompany

pytestmark = pytest.mark.django_db

EXPLAIN = re.compile(r'class="explain"[^>]*hx-get="([^"]+)"')
PAGES: dict[str, tuple[str, Callable[[SellingCompany], Person], int]] = {
    "director today": ("/", lambda company: company.director, 10),
    "manager today": ("/", lambda company: company.manager, 7),
    "kam today": ("/", lambda company: company.kam, 7),
    "hr today": ("/", lambda company: company.hr, 1),
    "company": ("/dashboard/", lambda company: company.director, 15),
    "region": ("/dashboard/?team=west", lambda company: company.director, 15),
    "team": ("/dashboard/?team=west-1", lambda company: company.manager, 10),
    "people": ("/dashboard/?level=people", lambda company: company.director, 20),
}


@pytest.mark.parametrize("name", PAGES)
def test_every_figure_opens(selling: SellingCompany, name: str) -> None:
    path, who, least = PAGES[name]
    client = client_for(who(selling))
    urls = [url.replace("&amp;", "&") for url in EXPLAIN.findall(client.get(path).content.decode())]

    assert len(urls) >= least
    assert {url: client.get(url).status_code for url in set(urls) if client.get(url).status_code != 200} == {}


def test_the_bonus_of_a_person_opens_the_statement_and_a_stranger_finds_nothing(selling: SellingCompany) -> None:
    url = f"/dashboard/explain/bonus/?person={selling.kam.uid}&period={selling.quarter.code}"

    client = client_for(selling.manager)

    answer = client.get(url)

    assert answer.status_code == 200
    assert selling.kam.name in answer.content.decode()
    assert (
        client_for(selling.manager).get(url.replace(str(selling.kam.uid), str(selling.stranger.uid))).status_code == 404
    )
