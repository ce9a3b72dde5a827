"""What tests of dashboards share: a day in the middle of a quarter, and a company that sells."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.dashboards.factories import NOW, SellingCompany, selling_company


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def selling(db: None) -> SellingCompany:
    return selling_company()
