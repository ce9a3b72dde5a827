"""Imports: twice is once, a rehearsal leaves nothing, and what is rejected stays with line and reason."""

import csv
import io
import shutil
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from accounts.models import Membership, Person, Team
from accounts.services import place_in_team
from core.imports import ColumnMissing, FileMissing, quarantine_lines, reason_text
from core.models import ImportBatch
from crm import hooks
from crm.errors import FolderMissing, ProfileInvalid, ProfileMissing
from crm.models import Credit, KeyAccount, Opportunity
from crm.services import DEMO_DATA, import_crm
from tests.crm.broken import FILE, FURTHER_KINDS, KINDS, OF_EACH, broken_copy
from tests.crm.conftest import AFTERWARDS

pytestmark = pytest.mark.django_db


def import_again(folder: Path = DEMO_DATA) -> ImportBatch:
    return import_crm(folder=folder, profile="maven", by=None, keep_dates=True, as_of=AFTERWARDS)


def event_counts() -> list[int]:
    """Rows of the audit trail: whatever changed would have added one."""
    models: tuple[Any, ...] = (Person, Team, Membership, KeyAccount)
    return [model.events.rel.related_model.objects.count() for model in models]


def test_a_second_import_changes_nothing_and_says_so(imported: ImportBatch) -> None:
    before = (event_counts(), list(Opportunity.objects.order_by("pk").values_list()), Credit.objects.count())

    report = import_again().report

    assert report["changed"] is False
    assert [file.get("created", 0) + file.get("updated", 0) for file in report["files"]] == [0, 0, 0, 0]
    assert report["files"][3]["unchanged"] == 8800
    assert report["credits"] == {"created": 0, "updated": 0, "removed": 0}
    assert (event_counts(), list(Opportunity.objects.order_by("pk").values_list()), Credit.objects.count()) == before


def test_fifty_broken_rows_of_ten_kinds_go_to_quarantine_and_the_good_ones_in(
    imported: ImportBatch, tmp_path: Path
) -> None:
    Opportunity.objects.all().delete()
    expected = broken_copy(tmp_path, KINDS)
    assert len(expected) == 50

    batch = import_again(tmp_path)

    assert Opportunity.objects.count() == 8800
    found = dict(batch.rejections.values_list("line", "code"))
    assert found == expected
    file = batch.report["files"][3]
    assert (file["rows"], file["created"], file["rejected"]) == (8850, 8800, 50)
    assert file["reasons"] == dict.fromkeys(KINDS, OF_EACH)
    assert set(batch.rejections.values_list("file", flat=True)) == {FILE}


def test_further_kinds_of_broken_rows_are_named(imported: ImportBatch, tmp_path: Path) -> None:
    expected = broken_copy(tmp_path, FURTHER_KINDS)
    found = dict(import_again(tmp_path).rejections.values_list("line", "code"))
    assert found == expected


def test_a_row_with_several_faults_has_a_reason_for_each(imported: ImportBatch, tmp_path: Path) -> None:
    line = add_row(tmp_path, "X1,Nobody,GTX Ultra,Konex,Won,2017-13-01,2017-03-01,12")
    reasons = import_again(tmp_path).rejections.filter(line=line).order_by("code")
    assert [(row.code, row.values) for row in reasons] == [
        ("bad_engage_date", {"given": "2017-13-01"}),
        ("unknown_agent", {"given": "Nobody"}),
        ("unknown_product", {"given": "GTX Ultra"}),
    ]


def add_row(folder: Path, row: str) -> int:
    """Adds a raw line to a copy of the files and tells its number."""
    for file in DEMO_DATA.glob("*.csv"):
        shutil.copy(file, folder)
    with (folder / FILE).open("a", encoding="latin-1", newline="") as target:
        target.write(row + "\r\n")
    return 8802


def test_lines_are_those_of_the_file_even_after_a_quoted_line_break(imported: ImportBatch, tmp_path: Path) -> None:
    add_row(tmp_path, '"A\nB",Moses Frase,GTX Pro,Konex,Won,2017-01-01,2017-03-01,12')
    add = (tmp_path / FILE).open("a", encoding="utf-8", newline="")
    with add:
        add.write("\r\nX2,Nobody,GTX Pro,Konex,Won,2017-01-01,2017-03-01,12\r\n")
    batch = import_again(tmp_path)
    assert list(batch.rejections.values_list("line", "code")) == [(8805, "unknown_agent")]
    assert Opportunity.objects.filter(external_id="A\nB").exists()


def test_a_row_in_another_encoding_is_kept_out_readably(imported: ImportBatch, tmp_path: Path) -> None:
    line = add_row(tmp_path, "X1,José,GTX Pro,Konex,Won,2017-01-01,2017-03-01,12")
    row = import_again(tmp_path).rejections.get()
    assert (row.line, row.code) == (line, "not_utf8")
    assert row.row[:3] == ["X1", "Jos\\udce9", "GTX Pro"]


def test_the_quarantine_downloads_as_the_file_came_with_reasons_in_the_readers_language(
    imported: ImportBatch, tmp_path: Path
) -> None:
    broken_copy(tmp_path, KINDS)
    batch = import_again(tmp_path)
    rows = list(csv.reader(io.StringIO("".join(quarantine_lines(batch, FILE)))))
    assert len(rows) == 51
    assert rows[0] == ["Line", "Code", "Reason", *batch.report["files"][3]["header"]]
    assert rows[1][:4] == ["8802", "unknown_agent", "There is no agent Nobody Known in the file of agents.", "BROKEN00"]
    assert rows[-1][1:3] == ["wrong_column_count", "The row has 7 cells, the heading has 8."]


def test_every_reason_fills_its_places(imported: ImportBatch, tmp_path: Path) -> None:
    broken_copy(tmp_path, KINDS | FURTHER_KINDS)
    for row in import_again(tmp_path).rejections.all():
        with translation.override("en"):
            text = reason_text(row.code, row.values)
        assert text != row.code
        assert "%(" not in text


def test_a_mended_row_goes_in_and_changes_what_follows(imported: ImportBatch, tmp_path: Path) -> None:
    deal = Opportunity.objects.filter(stage="won").order_by("pk").first()
    assert deal is not None
    for file in DEMO_DATA.glob("*.csv"):
        text = file.read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.startswith(deal.external_id)]
        if file.name == FILE:
            lines.append(f"{deal.external_id},Moses Frase,GTX Pro,Konex,Won,2017-01-01,2017-03-01,77.50")
        (tmp_path / file.name).write_text("\n".join(lines) + "\n", encoding="utf-8")

    report = import_again(tmp_path).report

    file = report["files"][3]
    assert (file["created"], file["updated"], file["unchanged"]) == (0, 1, 8799)
    credit = Credit.objects.get(opportunity=deal)
    assert (credit.amount, credit.credited_on) == (Decimal("77.50"), date(2017, 3, 1))
    assert report["changed"] is True


def test_listeners_hear_whose_deals_changed_on_which_days(imported: ImportBatch, tmp_path: Path) -> None:
    heard: list[tuple[frozenset[int], frozenset[date]]] = []
    listeners = list(hooks._LISTENERS)
    hooks._LISTENERS[:] = [lambda people, days: heard.append((people, days))]
    try:
        add_row(tmp_path, "NEW1,Moses Frase,GTX Pro,Konex,Won,2017-01-02,2017-03-04,10")
        import_again(tmp_path)
        import_again(tmp_path)
    finally:
        hooks._LISTENERS[:] = listeners
    moses = Person.objects.get(name="Moses Frase")
    assert heard == [(frozenset({moses.pk}), frozenset({date(2017, 1, 2), date(2017, 3, 4)}))]


def test_whom_hr_has_moved_stays_moved_and_the_report_says_so(imported: ImportBatch) -> None:
    person = Person.objects.get(name="Moses Frase")
    place_in_team(person=person, team=Team.objects.get(name="Cara Losch"), since=date(2017, 6, 1), by=None)
    report = import_again().report
    assert report["people"]["placed_elsewhere"] == 1
    assert Membership.objects.get(person=person, during__upper_inf=True).team.name == "Cara Losch"


def test_a_profile_may_be_a_file_and_its_faults_are_named(imported: ImportBatch, tmp_path: Path) -> None:
    text = (DEMO_DATA.parent.parent / "profiles" / "maven.toml").read_text(encoding="utf-8")
    path = tmp_path / "ours.toml"
    path.write_text(text, encoding="utf-8")
    batch = import_crm(folder=DEMO_DATA, profile=str(path), by=None, keep_dates=True, as_of=AFTERWARDS)
    assert batch.report["changed"] is False

    path.write_text(text.replace('agent = "sales_agent"', 'agemt = "sales_agent"'), encoding="utf-8")
    with pytest.raises(ProfileInvalid, match=r"opportunities\.columns unknown: agemt; missing: agent"):
        import_crm(folder=DEMO_DATA, profile=str(path), by=None)


def test_what_cannot_be_read_is_refused_with_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(FolderMissing):
        import_crm(folder=tmp_path / "none", profile="maven", by=None)
    with pytest.raises(ProfileMissing, match="maven"):
        import_crm(folder=tmp_path, profile="unheard-of", by=None)
    with pytest.raises(FileMissing, match=r"products\.csv"):
        import_crm(folder=tmp_path, profile="maven", by=None)
    (tmp_path / "products.csv").write_text("product,series\n", encoding="utf-8")
    with pytest.raises(ColumnMissing, match="no column sales_price"):
        import_crm(folder=tmp_path, profile="maven", by=None)
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("import_crm", str(tmp_path / "none"), profile="maven")


def test_the_command_prints_the_report(imported: ImportBatch) -> None:
    out = StringIO()
    call_command("import_crm", str(DEMO_DATA), "--profile", "maven", "--keep-dates", stdout=out)
    printed = out.getvalue()
    assert "sales_pipeline.csv: 8,800 rows; 0 created, 0 updated, 8,800 unchanged" in printed
    assert "1,480 x product GTXPro read as GTX Pro" in printed
    assert "Nothing has changed." in printed
