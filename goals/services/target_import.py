"""Targets from a CSV or XLSX file: a preview with the rows that would go in and those kept out, then the import of
that preview.

Columns, in any order: kpi, subject (employee number, e-mail or team code), period, target; threshold, stretch and
reason may follow.
The export of the targets page has the same columns, so that a sheet can be taken out, filled in, and brought back.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zipfile import BadZipFile

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from accounts.models import Person, Team, User
from core import calendar
from core.audit import acting
from core.errors import DomainError, NotFound
from core.imports import declare_reason, finish_batch, start_batch
from core.models import ImportBatch, ImportRejection
from goals.errors import ColumnsMissing, FileNotReadable, ImportIsOver
from goals.models import Kpi, Target
from goals.services.targets import Wanted, check, write_all

KIND = "goals.targets"
NEEDED = ("kpi", "subject", "period", "target")
OPTIONAL = ("threshold", "stretch", "reason")
PREVIEW_ROWS = 200

declare_reason("unknown_kpi", _("%(given)s is not a KPI. Known: %(known)s."))
declare_reason("unknown_subject", _("%(given)s is no employee number, e-mail or team code that you may see."))
declare_reason("unknown_period", _("%(given)s is not a period. Write 2026-Q4, 2026-11 or 2026."))
declare_reason(
    "no_results_for_period", _("%(period)s is a half year. Targets are kept for months, quarters and years.")
)
declare_reason("not_a_number", _("%(column)s is not a number: %(given)s."))
declare_reason("percent_unclear", _("%(given)s could be a ratio or a percentage. Write 60 %% or 0.6."))
declare_reason("target_not_positive", _("A target is above 0: %(given)s."))
declare_reason(
    "target_out_of_order", _("Threshold %(threshold)s, target %(value)s, stretch %(stretch)s are out of order.")
)
declare_reason("repeated", _("The same KPI, subject and period stand in line %(line)s already."))


class RowRejected(Exception):
    """Why one row stays out; becomes a row of the quarantine."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code, self.places = code, {name: str(value) for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: its number (the header is 1), its cells by column, and as they came."""

    number: int
    cells: Mapping[str, str]
    raw: Sequence[str]


@transaction.atomic
def preview_targets(*, name: str, content: bytes, by: User) -> ImportBatch:
    """Read a file and say what it would do: good rows in the batch's report, others in its quarantine. Writes no
    target.

    Raises FileNotReadable, ColumnsMissing.
    """
    header, lines = _read(name, content)
    batch = start_batch(kind=KIND, source=name, profile="", by=by, dry_run=True)
    known = _Known.of(by)
    good: dict[tuple[object, ...], dict[str, Any]] = {}
    for line in lines:
        try:
            _add(good, _parsed(line, known))
        except RowRejected as rejected:
            _keep_out(batch, name, line, rejected)
    report = {"files": [{"file": name, "header": header}], "rows": list(good.values()), "read": len(lines)}
    return finish_batch(batch, report | {"rejected": len(lines) - len(good)})


def _add(good: dict[tuple[object, ...], dict[str, Any]], row: dict[str, Any]) -> None:
    key = (row["kpi"], row["type"], row["id"], row["period"])
    if key in good:
        raise RowRejected("repeated", line=good[key]["line"])
    good[key] = row


@transaction.atomic
def apply_targets(*, batch_uid: UUID, by: User) -> int:
    """Write the good rows of one's own preview. Returns how many. Raises NotFound, ImportIsOver."""
    batch = ImportBatch.objects.select_for_update().filter(uid=batch_uid, kind=KIND, imported_by=by).first()
    if batch is None:
        raise NotFound
    if not batch.dry_run:
        raise ImportIsOver
    known = _Known.of(by)
    wanted = [_wanted(row, batch.source, known) for row in batch.report["rows"]]
    with acting(by, "target.imported", batch=str(batch.uid)):
        write_all(wanted, by=by)
    batch.dry_run, batch.finished_at = False, timezone.now()
    batch.save(update_fields=["dry_run", "finished_at"])
    return len(wanted)


@dataclass(frozen=True, slots=True)
class _Known:
    """What a file's names may mean: KPIs by code, the people and teams that the user may see."""

    kpis: Mapping[str, Kpi]
    people: Mapping[str, Person]
    teams: Mapping[str, Team]
    by_id: Mapping[tuple[str, int], Person | Team]

    @classmethod
    def of(cls, user: User) -> "_Known":
        people = list(Person.objects.visible_to(user).select_related("user"))
        teams = list(Team.objects.visible_to(user))
        names = {person.user.email: person for person in people} | {person.number.lower(): person for person in people}
        subjects: dict[tuple[str, int], Person | Team] = {("person", person.pk): person for person in people}
        subjects |= {("team", team.pk): team for team in teams}
        kpis = {kpi.code: kpi for kpi in Kpi.objects.filter(is_active=True)}
        return cls(kpis, names, {team.code: team for team in teams}, subjects)


def _read(name: str, content: bytes) -> tuple[list[str], list[Line]]:
    try:
        rows = _xlsx(content) if name.lower().endswith(".xlsx") else _csv(content)
    except (UnicodeDecodeError, csv.Error, BadZipFile, InvalidFileException, KeyError, ValueError):
        raise FileNotReadable(file=name) from None
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    missing = [column for column in NEEDED if column not in header]
    if missing:
        raise ColumnsMissing(missing=", ".join(missing), found=", ".join(header) or "–")
    numbered = enumerate(rows[1:], start=2)
    lines = [
        Line(n, dict(zip(header, row, strict=False)), row) for n, row in numbered if any(cell.strip() for cell in row)
    ]
    return rows[0], lines


def _csv(content: bytes) -> list[list[str]]:
    text = content.decode("utf-8-sig")
    dialect = "excel-tab" if "\t" in text.partition("\n")[0] else "excel"
    return list(csv.reader(io.StringIO(text), dialect))


def _xlsx(content: bytes) -> list[list[str]]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheet = book.worksheets[0]
    rows = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    book.close()
    return rows


def _parsed(line: Line, known: _Known) -> dict[str, Any]:
    """The row as plain values for the report. Raises RowRejected."""
    cells = {name: line.cells.get(name, "").strip() for name in (*NEEDED, *OPTIONAL)}
    kpi = known.kpis.get(cells["kpi"])
    if kpi is None:
        raise RowRejected("unknown_kpi", given=cells["kpi"], known=", ".join(known.kpis))
    subject = known.people.get(cells["subject"].lower()) or known.teams.get(cells["subject"])
    if subject is None:
        raise RowRejected("unknown_subject", given=cells["subject"])
    row = {
        "line": line.number,
        "kpi": kpi.code,
        "type": "person" if isinstance(subject, Person) else "team",
        "id": subject.pk,
        "name": subject.name,
        "period": cells["period"],
        "reason": cells["reason"][:300],
        **{column: _number(kpi, column, cells[column]) for column in ("target", "threshold", "stretch")},
    }
    _checked(row, known)
    return row


def _checked(row: dict[str, Any], known: _Known) -> None:
    if row["target"] is None:
        raise RowRejected("not_a_number", column="target", given="")
    try:
        check(_wanted(row, "", known))
    except DomainError as error:
        raise RowRejected(error.code, **error.values) from None


def _number(kpi: Kpi, column: str, given: str) -> str | None:
    """A decimal as text; of a percent KPI a ratio. Thousands may be set off by commas or spaces."""
    if not given:
        return None
    is_percent = given.endswith("%")
    try:
        value = Decimal(given.rstrip("%").replace(",", "").replace(" ", "").replace("\u00a0", ""))
    except InvalidOperation:
        raise RowRejected("not_a_number", column=column, given=given) from None
    if not value.is_finite():
        raise RowRejected("not_a_number", column=column, given=given)
    if kpi.unit == Kpi.Unit.PERCENT and value > 1 and not is_percent:
        raise RowRejected("percent_unclear", given=given)
    return str(value / 100 if is_percent else value)


def _wanted(row: Mapping[str, Any], file: str, known: _Known) -> Wanted:
    """Raises UnknownPeriod; NotFound where the subject has left the user's scope since the preview."""
    subject = known.by_id.get((row["type"], row["id"]))
    if subject is None or row["kpi"] not in known.kpis:
        raise NotFound
    return Wanted(
        kpi=known.kpis[row["kpi"]],
        subject=subject,
        period=calendar.period(row["period"]),
        value=Decimal(row["target"]),
        threshold=_decimal(row["threshold"]),
        stretch=_decimal(row["stretch"]),
        reason=row["reason"],
        origin=Target.Origin.IMPORTED,
        origin_values={"file": file, "line": str(row["line"])},
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _keep_out(batch: ImportBatch, file: str, line: Line, rejected: RowRejected) -> None:
    ImportRejection.objects.create(
        batch=batch, file=file, line=line.number, code=rejected.code, values=rejected.places, row=list(line.raw)
    )
