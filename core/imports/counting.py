# ruff: noqa: S608  (identifiers are the code's own; texts of files and profiles pass through `literal`)
"""What a report tells of a file: spellings put right, blanks, reasons. Nothing is put right or left out silently."""

from core.imports.checking import Checked
from core.imports.sql import Workspace, literal


def corrections(workspace: Workspace, checked: Checked) -> list[dict[str, object]]:
    """How many rows each replaced spelling had; those that no row had are left out."""
    staged = checked.staged
    wanted = [
        (name, old, new) for name, place in staged.columns.items() for old, new in checked.fields[name].replace.items()
    ]
    if not wanted:
        return []
    counts = ", ".join(
        f"count(*) FILTER (WHERE btrim({staged.columns[name]}) = {literal(old)})" for name, old, _new in wanted
    )
    found = workspace.rows(f"SELECT {counts} FROM {staged.table}")[0]
    return [
        {"column": staged.heading(name), "from": old, "to": new, "rows": rows}
        for (name, old, new), rows in zip(wanted, found, strict=True)
        if rows
    ]


def blanks(workspace: Workspace, checked: Checked) -> dict[str, int]:
    """Heading -> rows without a value there, of the good rows."""
    staged = checked.staged
    counts = ", ".join(f"count(*) FILTER (WHERE {name}_text IS NULL)" for name in staged.columns)
    found = workspace.rows(f"SELECT {counts} FROM {checked.good} r")[0]
    return {staged.heading(name): rows for name, rows in zip(staged.columns, found, strict=True) if rows}


def reason_counts(workspace: Workspace, checked: Checked) -> dict[str, int]:
    """Reason -> rows that have it, most frequent first."""
    return dict(
        workspace.rows(
            f"SELECT code, count(*) FROM {checked.table} CROSS JOIN unnest(codes) code WHERE codes <> '{{}}' "
            "GROUP BY 1 ORDER BY 2 DESC, 1"
        )
    )
