"""The quarantine as a file to mend: the rows of one imported file as they came, each with its line and its reasons."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count
from django.utils.translation import gettext as _

from core.imports.reasons import reason_text
from core.models import ImportBatch, ImportRejection


@dataclass(frozen=True, slots=True)
class QuarantineFile:
    file: str
    rows: int


class _Echo:
    """Hands each written line back, so that a download of any length is streamed."""

    def write(self, text: str) -> str:
        return text


def quarantine_files(batch: ImportBatch) -> list[QuarantineFile]:
    """The files of a batch with rows in quarantine. One query."""
    counts = batch.rejections.values("file").annotate(rows=Count("line", distinct=True)).order_by("file")
    return [QuarantineFile(row["file"], row["rows"]) for row in counts]


def quarantine_lines(batch: ImportBatch, file: str) -> Iterator[str]:
    """CSV lines: line, code, reason (in the active language), then the cells under the file's own headings."""
    writer = csv.writer(_Echo())
    header: list[str] = next((entry["header"] for entry in batch.report.get("files", []) if entry["file"] == file), [])
    yield writer.writerow([_("Line"), _("Code"), _("Reason"), *header])
    rejections = batch.rejections.filter(file=file).order_by("line", "code")
    for line, reasons in groupby(rejections.iterator(chunk_size=2000), key=lambda rejection: rejection.line):
        yield writer.writerow(_cells(line, list(reasons)))


def _cells(line: int, reasons: list[ImportRejection]) -> list[object]:
    codes = " ".join(reason.code for reason in reasons)
    texts = " ".join(reason_text(reason.code, reason.values) for reason in reasons)
    return [line, codes, texts, *reasons[0].row]
