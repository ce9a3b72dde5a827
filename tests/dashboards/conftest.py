"""What tests of dashboards share: a day in the middle of a quarter, and a company that sells."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tests.dashboards.factories import SellingCompany, selling_company


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    """Fifty-four days into the fourth quarter."""
    with time_machine.travel(datetime(2026, 11, 23, 10, tzinfo=UTC)):
        yield


@pytest.fixture
def selling(db: None) -> SellingCompany:
    return selling_company()
