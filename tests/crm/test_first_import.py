"""Imports into an empty portal."""

import shutil
from pathlib import Path

import pytest

from accounts.models import Person, Team
from core.models import ImportRejection
from crm.models import Credit, KeyAccount, Opportunity, PipelineSnapshot, ReplaySource, SalesDay
from crm.services import DEMO_DATA, import_crm
from tests.crm.broken import KINDS, OF_EACH, broken_copy

pytestmark = pytest.mark.django_db


def test_a_dry_run_leaves_only_its_report_and_quarantine(tmp_path: Path) -> None:
    broken_copy(tmp_path, KINDS)

    batch = import_crm(folder=tmp_path, profile="maven", by=None, dry_run=True)

    for model in (Person, Team, KeyAccount, Opportunity, Credit, SalesDay, PipelineSnapshot, ReplaySource):
        assert not model._default_manager.exists(), model
    assert batch.report["files"][3]["created"] > 8000
    assert batch.rejections.count() == len(KINDS) * OF_EACH


def test_broken_rows_of_the_other_files_are_kept_out_too(tmp_path: Path) -> None:
    for file in DEMO_DATA.glob("*.csv"):
        shutil.copy(file, tmp_path)
    more = {
        "products.csv": ["GTX Basic,GTX,550", ",GTX,1", "Free,GTX,gratis"],
        "accounts.csv": ["Loop,retail,1990,1.5,10,Kenya,Loop", "Orphan,retail,1990,1.5,many,Kenya,Nobody"],
        "sales_teams.csv": ["No Manager,,East", "Anna Snelling,Dustin Brinkmann,Central"],
    }
    for name, lines in more.items():
        with (tmp_path / name).open("a", encoding="utf-8", newline="") as target:
            target.write("\r\n".join([*lines, ""]))
    batch = import_crm(folder=tmp_path, profile="maven", by=None, keep_dates=True)
    found = ImportRejection.objects.filter(batch=batch).order_by("file", "line", "code").values_list("file", "code")
    assert list(found) == [
        ("accounts.csv", "own_parent"),
        ("accounts.csv", "bad_employees"),
        ("accounts.csv", "unknown_parent"),
        ("products.csv", "duplicate_name"),
        ("products.csv", "missing_product"),
        ("products.csv", "bad_list_price"),
        ("sales_teams.csv", "missing_manager"),
        ("sales_teams.csv", "duplicate_name"),
    ]
