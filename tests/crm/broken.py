"""A copy of the demo files with fifty broken rows: five of each of ten kinds."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

from crm.services import DEMO_DATA

Row = list[str]
FILE = "sales_pipeline.csv"
ID, AGENT, PRODUCT, ACCOUNT, STAGE, ENGAGED, CLOSED, VALUE = range(8)
OF_EACH = 5


def _with(column: int, value: str) -> Callable[[Row], Row]:
    return lambda row: [*row[:column], value, *row[column + 1 :]]


# Reason -> how a good row of a won deal is broken.
KINDS: dict[str, Callable[[Row], Row]] = {
    "unknown_agent": _with(AGENT, "Nobody Known"),
    "unknown_product": _with(PRODUCT, "GTX Ultra"),
    "unknown_account": _with(ACCOUNT, "Umbrella"),
    "unknown_stage": _with(STAGE, "Dreaming"),
    "bad_close_date": _with(CLOSED, "2017-02-30"),
    "close_before_engage": _with(CLOSED, "2016-01-01"),
    "missing_close_date": _with(CLOSED, ""),
    "missing_won_value": _with(VALUE, " "),
    "duplicate_opportunity_id": lambda row: row,
    "wrong_column_count": lambda row: row[:-1],
}
FURTHER_KINDS: dict[str, Callable[[Row], Row]] = {
    "missing_opportunity_id": _with(ID, ""),
    "negative_value": _with(VALUE, "-12"),
    "bad_value": _with(VALUE, "1,054"),
    "bad_engage_date": _with(ENGAGED, "20.10.2016"),
    "close_date_on_open_deal": _with(STAGE, "Engaging"),
    "too_long": lambda row: [row[ID] + "X" * 61, *row[1:]],
}


def broken_copy(folder: Path, kinds: dict[str, Callable[[Row], Row]]) -> dict[int, str]:
    """Copies the files to `folder`, adds broken rows after the good ones, and tells line -> reason."""
    for file in DEMO_DATA.glob("*.csv"):
        shutil.copy(file, folder)
    path = folder / FILE
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))
    won = [row for row in rows[1:] if row[STAGE] == "Won"][: len(kinds) * OF_EACH]
    line, expected = len(rows), {}
    with path.open("a", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        for n, row in enumerate(won):
            kind = list(kinds)[n // OF_EACH]
            own_id = row[ID] if kind == "duplicate_opportunity_id" else f"BROKEN{n:02d}"
            line += 1
            expected[line] = kind
            writer.writerow(kinds[kind]([own_id, *row[1:]]))
    return expected
