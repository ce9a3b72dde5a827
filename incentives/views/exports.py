"""A run as a spreadsheet with every line of it, as payroll takes it, and as accounting books it."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts.models import User
from core.exports import Row, Sheet, table_response, workbook_response
from incentives import messages
from incentives.models import Run, Statement, StatementLine
from incentives.selectors.payroll import Entry, journal, payroll_rows
from incentives.selectors.run_people import statements_of

PERCENT = "0.0%"
ATTAINMENT_COLUMN = 7
LINES_AT_ONCE = 2000


def run_workbook(*, viewer: User, run: Run) -> FileResponse:
    """Two sheets: the statements that the viewer may see, highest first, and their lines. Two queries."""
    rows = statements_of(viewer=viewer, run=run).select_related("person", "team", "version__plan")
    statements = list(rows.order_by("-total", "pk"))
    return workbook_response(name=run.code, sheets=[_statements(statements), _lines(statements)])


def _statements(statements: Sequence[Statement]) -> Sheet:
    headings = [
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
    ]
    rows = map(_statement_row, statements)
    return Sheet(_("Statements"), headings, rows, formats={ATTAINMENT_COLUMN: PERCENT})


def _statement_row(statement: Statement) -> Row:
    version = statement.version
    return [
        statement.person.number,
        statement.person.name,
        statement.team.name if statement.team else None,
        f"{version.plan.name} {version.number}" if version else None,
        statement.quota,
        statement.credited,
        statement.attainment,
        statement.target_pay,
        statement.total,
        statement.currency,
        messages.error_text(statement.error) if statement.error else None,
    ]


def _lines(statements: Sequence[Statement]) -> Sheet:
    headings = [
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
    ]
    return Sheet(_("Lines"), headings, _line_rows(statements))


def _line_rows(statements: Sequence[Statement]) -> Iterator[Row]:
    people = {statement.pk: statement.person for statement in statements}
    lines = StatementLine.objects.filter(statement__in=people).select_related(
        "credit__opportunity__key_account", "credit__opportunity__product"
    )
    for line in lines.order_by("statement", "position").iterator(chunk_size=LINES_AT_ONCE):
        person = people[line.statement_id]
        yield _line_row(line, person.number, person.name)


def _line_row(line: StatementLine, number: str, name: str) -> Row:
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


# Payroll and accounting


def payroll_file(*, run: Run, kind: str) -> HttpResponseBase:
    """A row a person who is paid, as CSV or XLSX. Raises NotFound for another kind."""
    headings = [
        _("Employee number"),
        _("Person"),
        _("Team"),
        _("Cost centre"),
        _("Period"),
        _("Run"),
        _("Pay"),
        _("Of this: corrections of earlier periods"),
        _("Currency"),
        _("Statement"),
    ]
    rows = (_payroll_row(run, statement) for statement in payroll_rows(run))
    return table_response(kind, name=f"payroll-{run.code}", headings=headings, rows=rows)


def _payroll_row(run: Run, statement: Statement) -> Row:
    return [
        statement.person.number,
        statement.person.name,
        statement.team.name if statement.team else None,
        statement.team.cost_centre if statement.team else None,
        run.period,
        run.code,
        statement.total,
        statement.adjusted,
        statement.currency,
        str(statement.uid),
    ]


def journal_file(*, run: Run, kind: str) -> HttpResponseBase:
    """The journal by cost centre, as CSV or XLSX; debits equal credits. Raises NotFound for another kind."""
    headings = [
        _("Date"),
        _("Document"),
        _("Account"),
        _("Cost centre"),
        _("Teams"),
        _("Debit"),
        _("Credit"),
        _("Currency"),
    ]
    rows = [_journal_row(run, entry) for entry in journal(run)]
    return table_response(kind, name=f"journal-{run.code}", headings=headings, rows=rows)


def _journal_row(run: Run, entry: Entry) -> Row:
    account = _("Bonus expense") if entry.teams else _("Bonus payable")
    return [
        run.ends - timedelta(days=1),
        run.code,
        account,
        entry.cost_centre or None,
        entry.teams or None,
        entry.debit or None,
        entry.credit or None,
        run.currency,
    ]
