"""Tables as downloads: a spreadsheet in which numbers stay numbers, or CSV streamed row by row.

    return table_response("xlsx", name="deals", headings=[_("Deal"), …], rows=rows)

No text becomes a formula: a spreadsheet's cell is typed, and CSV texts that begin like one get an apostrophe.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from core.errors import Invalid, NotFound

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: dict[type, str] = {Decimal: "#,##0.00", date: "yyyy-mm-dd"}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# A spreadsheet is made whole in memory and opened by people; beyond this CSV serves better.
MOST_ROWS_IN_A_SHEET = 100_000

Value = str | Decimal | date | int | None
Row = Sequence[Value]


class TooManyRows(Invalid):
    code = "too_many_rows"
    message = _("A spreadsheet takes at most %(most)s rows. Narrow the list down, or take CSV.")


class _Echo:
    """Hands each written line back."""

    def write(self, text: str) -> str:
        return text


def table_response(kind: str, *, name: str, headings: Sequence[str], rows: Iterable[Row]) -> HttpResponseBase:
    """The table as `name.xlsx` or `name.csv`. Raises NotFound for another kind, TooManyRows for a too long sheet."""
    if kind == "csv":
        return csv_response(name=name, lines=_csv_lines(headings, rows))
    if kind == "xlsx":
        return workbook_response(name=name, sheets=[Sheet(name, headings, rows)])
    raise NotFound


def csv_response(*, name: str, lines: Iterable[str]) -> StreamingHttpResponse:
    """CSV lines as a download, with the mark by which spreadsheets know UTF-8."""
    disposition = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingHttpResponse(_marked(lines), content_type="text/csv; charset=utf-8", headers=disposition)


def _marked(lines: Iterable[str]) -> Iterator[str]:
    yield "\ufeff"
    yield from lines


def _csv_lines(headings: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(headings)
    for row in rows:
        yield writer.writerow([_plain(value) for value in row])


def _plain(value: Value) -> object:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook. `formats`: number format by column, from 1, where it is not that of the value's type."""

    title: str
    headings: Sequence[str]
    rows: Iterable[Row]
    formats: Mapping[int, str] = field(default_factory=dict)


def workbook_response(*, name: str, sheets: Iterable[Sheet]) -> FileResponse:
    """Several tables as one `name.xlsx`. Raises TooManyRows."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        _fill(book.create_sheet(sheet.title[:31]), sheet)
    content = BytesIO()
    book.save(content)
    content.seek(0)
    return FileResponse(content, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX)


def _fill(page: Any, sheet: Sheet) -> None:
    page.freeze_panes = "B2"
    for column, heading in enumerate(sheet.headings, start=1):
        page.column_dimensions[get_column_letter(column)].width = max(len(heading) + 4, 14)
    page.append([_cell(page, heading, bold=True) for heading in sheet.headings])
    for number, row in enumerate(sheet.rows, start=1):
        if number > MOST_ROWS_IN_A_SHEET:
            raise TooManyRows(most=f"{MOST_ROWS_IN_A_SHEET:,}")
        page.append([_cell(page, value, sheet.formats.get(column)) for column, value in enumerate(row, start=1)])


def _cell(sheet: Any, value: Value, style: str | None = None, *, bold: bool = False) -> Any:
    cell: Any = WriteOnlyCell(sheet, value=value)  # type: ignore[arg-type]  # the stubs know neither Decimal nor date
    if isinstance(value, str):
        cell.data_type = "s"  # a name that begins with = stays a name
    cell.number_format = style or FORMATS.get(type(value), "General")
    if bold:
        cell.font = Font(bold=True)
    return cell
