"""SQL for imports: where its tables live, and how a text of a profile becomes a literal."""

import uuid
from types import TracebackType
from typing import Any, Self

from django.db.backends.utils import CursorWrapper


def literal(text: str) -> str:
    """The text as an SQL literal. PostgreSQL takes no NUL in texts, so a profile with one is refused."""
    if "\0" in text:
        raise ValueError("a text with a NUL character")
    return "'" + text.replace("'", "''") + "'"


class Workspace:
    """The unlogged tables of one import, inside one transaction: dropped when it ends, rolled back when it fails."""

    def __init__(self, cursor: CursorWrapper) -> None:
        self.cursor = cursor
        self._prefix = f"import_{uuid.uuid4().hex[:12]}"
        self._tables: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._tables:
            self.run(f"DROP TABLE {', '.join(self._tables)}")

    def new_table(self, name: str) -> str:
        """The name of a further table; the caller creates it."""
        table = f"{self._prefix}_{len(self._tables)}_{name}"
        self._tables.append(table)
        return table

    def run(self, sql: str) -> int:
        """Run a statement and tell how many rows it touched. Its texts are identifiers of ours and `literal`s."""
        self.cursor.execute(sql)
        return int(self.cursor.rowcount)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        self.cursor.execute(sql)
        return list(self.cursor.fetchall())
