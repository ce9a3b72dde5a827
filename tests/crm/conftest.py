"""The demo company's files, imported once a module; each test's own changes are taken back."""

from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from core.models import ImportBatch
from crm.services import DEMO_DATA, import_crm

# Soon after the last deal: later there would only be more month ends to keep.
AFTERWARDS = date(2018, 1, 2)


@pytest.fixture(scope="module")
def imported(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[ImportBatch]:
    """The import with the files' own dates."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield import_crm(folder=DEMO_DATA, profile="maven", by=None, keep_dates=True, as_of=AFTERWARDS)
        transaction.set_rollback(True)


@pytest.fixture(scope="session")
def real_deals() -> pd.DataFrame:
    """The files joined by pandas, independent of the importer; `won`, `lost`, `value` are numbers a deal."""
    deals = pd.read_csv(DEMO_DATA / "sales_pipeline.csv", parse_dates=["engage_date", "close_date"])
    deals["product"] = deals["product"].replace("GTXPro", "GTX Pro")
    accounts = pd.read_csv(DEMO_DATA / "accounts.csv").replace({"technolgy": "technology", "Philipines": "Philippines"})
    deals = deals.merge(pd.read_csv(DEMO_DATA / "sales_teams.csv"), on="sales_agent", how="left", validate="m:1")
    deals = deals.merge(accounts, on="account", how="left", validate="m:1")
    deals = deals.merge(pd.read_csv(DEMO_DATA / "products.csv"), on="product", how="left", validate="m:1")
    return deals.assign(
        won=(deals.deal_stage == "Won").astype(int),
        lost=(deals.deal_stage == "Lost").astype(int),
        value=deals.close_value.fillna(0).astype(int),
        quarter=deals.close_date.dt.to_period("Q").astype(str).str.replace("Q", "-Q"),
    )
