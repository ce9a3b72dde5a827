"""Runs as spreadsheets: numbers stay numbers, and no text becomes a formula."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO

from django.http import HttpResponse
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from accounts.models import User
from incentives import messages
from incentives.models import Run, StatementLine
from incentives.selectors.run_people import statements_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MONEY, PERCENT, DAY = "#,##0.00", "0.0%", "yyyy-mm-dd"
BOLD = Font(bold=True)

Value = str | Decimal | date | int | None


def spreadsheet(book: Workbook, *, name: str) -> HttpResponse:
    """The workbook as a download."""
    content = BytesIO()
    book.save(content)
    return HttpResponse(
        content.getvalue(), content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    )


def run_workbook(*, viewer: User, run: Run) -> Workbook:
    """Two sheets: the statements that the viewer may see, highest first, and their lines. Three queries."""
    book = Workbook(write_only=True)
    statements = list(
        statements_of(viewer=viewer, run=run).select_related("person", "team", "version__plan").order_by("-total", "pk")
    )
    _fill(
        book.create_sheet(_("Statements")),
        headings=[
            _("Employee number"),
            _("Person"),
            _("Team"),
            _("Plan"),
            _("Quota"),
            _("Credited"),
            _("Attainment"),
            _("Pay at target"),
            _("Pay"),
            _("Currency"),
            _("Remark"),
        ],
        rows=(
            [
                statement.person.number,
                statement.person.name,
                statement.team.name if statement.team else None,
                f"{statement.version.plan.name} v{statement.version.number}" if statement.version else None,
                statement.quota,
                statement.credited,
                statement.attainment,
                statement.target_pay,
                statement.total,
                statement.currency,
                messages.error_text(statement.error) if statement.error else None,
            ]
            for statement in statements
        ),
        styles={5: MONEY, 6: MONEY, 7: PERCENT, 8: MONEY, 9: MONEY},
    )
    people = {statement.pk: statement for statement in statements}
    lines = StatementLine.objects.filter(statement__in=people).select_related(
        "credit__opportunity__key_account", "credit__opportunity__product"
    )
    _fill(
        book.create_sheet(_("Lines")),
        headings=[
            _("Employee number"),
            _("Person"),
            _("Line"),
            _("Component"),
            _("Date"),
            _("Deal"),
            _("Customer"),
            _("Product"),
            _("Credit"),
            _("Running sum before"),
            _("Pay"),
        ],
        rows=(
            _line_row(line, people[line.statement_id].person.number, people[line.statement_id].person.name)
            for line in lines.order_by("statement", "position").iterator(chunk_size=2000)
        ),
        styles={5: DAY, 9: MONEY, 10: MONEY, 11: MONEY},
    )
    return book


def _line_row(line: StatementLine, number: str, name: str) -> list[Value]:
    deal = line.credit.opportunity if line.credit else None
    return [
        number,
        name,
        line.position,
        None if line.component is None else line.component + 1,
        line.on,
        deal.external_id if deal else line.kind,
        deal.key_account.name if deal and deal.key_account else None,
        deal.product.name if deal else None,
        line.base,
        line.before,
        line.amount,
    ]


def _fill(
    sheet: WriteOnlyWorksheet, *, headings: Sequence[str], rows: Iterable[Sequence[Value]], styles: dict[int, str]
) -> None:
    """`styles`: number format by column, from 1."""
    sheet.freeze_panes = "C2"
    for column, heading in enumerate(headings, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = max(len(heading) + 4, 14)
    sheet.append([_cell(sheet, heading, bold=True) for heading in headings])
    for row in rows:
        sheet.append([_cell(sheet, value, style=styles.get(column)) for column, value in enumerate(row, start=1)])


def _cell(sheet: WriteOnlyWorksheet, value: Value, *, style: str | None = None, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"  # a name that begins with = stays a name
    if style:
        cell.number_format = style
    if bold:
        cell.font = BOLD
    return cell
