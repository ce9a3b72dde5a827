"""The director's dashboard at 1,000 KAMs and 2 million deals against the demo company's: cost may not grow."""

import logging

from django.conf import settings
from django.test import Client

from accounts.models import User
from bench.result import BenchResult, result, seconds
from bench.scale import databases, use

RUNS = 15
BOUND = 1.5


def measure() -> BenchResult:
    """Server time of one whole page, in this process, the two databases in turns."""
    settings.KAM_DEMO = True
    logging.disable(logging.INFO)  # a line for each request is no part of a page
    with databases() as (small, large):
        clients = {name: _client(name) for name in (small, large)}
        for name in (small, large, small, large):
            _page(name, clients[name])
        ratios = [_page(large, clients[large]) / _page(small, clients[small]) for _ in range(RUNS)]
    return result(
        "dashboard_growth",
        "director dashboard, 1,000 KAMs / 2 M deals over demo size",
        ratios,
        bound=BOUND,
        better="lower",
    )


def _client(database: str) -> Client:
    use(database)
    client = Client()
    client.force_login(User.objects.get(email="director@demo.example"))
    return client


def _page(database: str, client: Client) -> float:
    use(database)
    client.get("/healthz")  # opens nothing; the first query below opens the connection outside the measured time
    User.objects.exists()
    return seconds(lambda: _get(client))


def _get(client: Client) -> None:
    response = client.get("/dashboard/")
    assert response.status_code == 200, response.status_code
