"""A KAM's own list of deals, read from the file as it is: nothing of it is kept."""

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from incentives.forms.entries import quarters_offered

MOST_ROWS = 2000
MOST_COLUMNS = 40
MOST_BYTES = 2 * 1024 * 1024
MOST_TEXT = 200

DEAL, CUSTOMER, AMOUNT, DATE, PAY = "deal", "customer", "amount", "on", "pay"
COLUMNS = {
    DEAL: _("Deal number"),
    CUSTOMER: _("Customer"),
    AMOUNT: _("Amount"),
    DATE: _("Date"),
    PAY: _("Pay"),
}
# What a heading says of a column; the first that fits takes it.
GUESSES = {
    PAY: r"pay|commission|bonus|earn|提成|奖金|佣金",
    DATE: r"date|day|closed|日期|时间",
    AMOUNT: r"amount|value|revenue|booking|credit|金额|业绩|合同额",
    CUSTOMER: r"customer|account|client|company|客户|公司",
    DEAL: r"deal|opportunit|reference|\bref\b|number|\bid\b|\bno\b|商机|编号|单号",
}

Cells = list[list[str]]


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One row of the sheet. `number` as the spreadsheet counts; what cannot be read is None or empty."""

    number: int
    deal: str
    customer: str
    amount: Decimal | None
    on: date | None
    pay: Decimal | None


class OwnSheetForm(forms.Form):
    """The file, and for which quarter it is to be compared."""

    period = forms.ChoiceField(label=_("Period"))
    sheet = forms.FileField(
        label=_("Your own sheet"), help_text=_("XLSX or CSV, headings in the first row. It is compared and not kept.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = quarters_offered()  # type: ignore[attr-defined]

    def clean_sheet(self) -> Cells:
        """The cells as texts."""
        given: UploadedFile[Any] = self.cleaned_data["sheet"]
        if given.size is None or given.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 2 MB. Keep only the rows of the quarter."))
        try:
            cells = _read(given.name or "", given.read())
        except (BadZipFile, InvalidFileException, UnicodeDecodeError, KeyError, ValueError, csv.Error) as error:
            raise forms.ValidationError(_("This is no XLSX or CSV file. Save the sheet as one of them.")) from error
        if len(cells) < 2:
            raise forms.ValidationError(_("The first sheet has no rows under its headings."))
        if len(cells) > MOST_ROWS + 1:
            raise forms.ValidationError(_("The sheet has more than 2,000 rows. Keep only those of the quarter."))
        return cells


def _read(name: str, content: bytes) -> Cells:
    if name.lower().endswith(".xlsx"):
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS, values_only=True)
        found = [[_text(value) for value in row] for row in rows]
    else:
        text = content.decode("utf-8-sig")
        dialect = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        lines = csv.reader(StringIO(text), delimiter=dialect)
        found = [
            [cell.strip()[:MOST_TEXT] for cell in row[:MOST_COLUMNS]]
            for row, _n in zip(lines, range(MOST_ROWS + 2), strict=False)
        ]
    return [row for row in found if any(row)]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value).strip()[:MOST_TEXT]


def guessed(headings: Sequence[str]) -> dict[str, int]:
    """Which column holds what, by its heading. What no heading names is absent."""
    found: dict[str, int] = {}
    for name, pattern in GUESSES.items():
        for place, heading in enumerate(headings):
            if place not in found.values() and re.search(pattern, heading, re.IGNORECASE):
                found[name] = place
                break
    return found


def own_rows(cells: Cells, columns: dict[str, int]) -> list[OwnRow]:
    """The rows under the headings, read by the columns that were confirmed."""

    def cell(row: list[str], name: str) -> str:
        place = columns.get(name, -1)
        return row[place] if 0 <= place < len(row) else ""

    return [
        OwnRow(
            number=number,
            deal=cell(row, DEAL),
            customer=cell(row, CUSTOMER),
            amount=number_of(cell(row, AMOUNT)),
            on=day_of(cell(row, DATE)),
            pay=number_of(cell(row, PAY)),
        )
        for number, row in enumerate(cells[1:], start=2)
    ]


def number_of(text: str) -> Decimal | None:
    """A number with or without thousands separators and currency signs; None where there is none."""
    plain = re.sub(r"[^\d.,\-−]", "", text).replace("−", "-")
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})*,\d{1,2}", plain):
        plain = plain.replace(".", "").replace(",", ".")
    try:
        found = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** 13 else None


def day_of(text: str) -> date | None:
    """An ISO day, or one written with slashes, dots or Chinese marks, year first."""
    match = re.match(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})", text)
    try:
        return date(*(int(part) for part in match.groups())) if match else None
    except ValueError:
        return None


class ColumnsForm(forms.Form):
    """Which column is what, with the rows themselves in the page: nothing is kept on the server."""

    period = forms.ChoiceField(widget=forms.HiddenInput)
    cells = forms.CharField(widget=forms.HiddenInput, max_length=4 * MOST_BYTES)

    def __init__(self, *args: Any, headings: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = quarters_offered()  # type: ignore[attr-defined]
        names = list(headings) or self._posted_headings()
        choices = [
            ("", _("not in the sheet")),
            *((str(place), name or str(place + 1)) for place, name in enumerate(names)),
        ]
        for name, label in COLUMNS.items():
            self.fields[name] = forms.ChoiceField(label=label, choices=choices, required=False)

    def _posted_headings(self) -> list[str]:
        cells = parsed_cells(self.data.get("cells", "")) if self.data else None
        return cells[0] if cells else []

    def clean_cells(self) -> Cells:
        cells = parsed_cells(self.cleaned_data["cells"])
        if cells is None:
            raise forms.ValidationError(_("The rows did not arrive whole. Choose the file again."))
        return cells

    @property
    def columns(self) -> dict[str, int]:
        return {name: int(self.cleaned_data[name]) for name in COLUMNS if self.cleaned_data.get(name)}


def parsed_cells(text: str) -> Cells | None:
    """What the page sent back: a list of rows of texts, headings first; None for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    is_table = (
        isinstance(found, list)
        and 2 <= len(found) <= MOST_ROWS + 1
        and all(isinstance(row, list) and len(row) <= MOST_COLUMNS for row in found)
        and all(isinstance(cell, str) for row in found for cell in row)
    )
    return found if is_table else None
