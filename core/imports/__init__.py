"""Files into tables, as a whole and in sets: stage, check, quarantine, upsert.

    with Workspace(cursor) as workspace:
        staged = stage(workspace, path, columns)             COPY into an unlogged table, line numbers kept
        checked = check(workspace, staged, …, rules)         typed columns, joined keys, the reasons against each row
        quarantine(workspace, checked, batch_id)             rejected rows with line, code, values
        upsert(workspace, target, source)                    one INSERT … ON CONFLICT DO UPDATE … WHERE row differs

Nothing is lost: a row is written or in quarantine. Importing the same file again changes nothing.
"""

from core.imports.batches import finish_batch, rehearsed, start_batch
from core.imports.checking import Checked, Field, Rule, check, first_lines, quarantine, too_long
from core.imports.counting import blanks, corrections, reason_counts
from core.imports.downloads import quarantine_files, quarantine_lines
from core.imports.reasons import declare_reason, reason_text
from core.imports.sql import Workspace, literal
from core.imports.staging import ColumnMissing, FileMissing, FileUnreadable, Staged, stage
from core.imports.upserting import Target, Upserted, upsert

__all__ = [
    "Checked",
    "ColumnMissing",
    "Field",
    "FileMissing",
    "FileUnreadable",
    "Rule",
    "Staged",
    "Target",
    "Upserted",
    "Workspace",
    "blanks",
    "check",
    "corrections",
    "declare_reason",
    "finish_batch",
    "first_lines",
    "literal",
    "quarantine",
    "quarantine_files",
    "quarantine_lines",
    "reason_counts",
    "reason_text",
    "rehearsed",
    "stage",
    "start_batch",
    "too_long",
    "upsert",
]
