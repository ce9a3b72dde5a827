# ruff: noqa: S608  (identifiers are the code's own; texts of files and profiles pass through `literal`)
"""Good rows into a table: what is new is inserted, what differs is changed, what is the same is left alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.imports.sql import Workspace


@dataclass(frozen=True, slots=True)
class Target:
    """A table that rows go into.

    key      its unique column that tells rows apart
    columns  what the source gives besides the key
    fresh    what only a new row gets: column -> SQL
    keep     columns whose former value is kept in the table of changes, as `old_NAME`
    """

    table: str
    key: str
    columns: Sequence[str]
    fresh: Mapping[str, str] = field(default_factory=dict)
    keep: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Upserted:
    """How many rows were new, differed, were the same; `changes` is a table of the first two: source columns, `old_id`,
    `old_NAME` of the target's `keep`."""

    created: int
    updated: int
    unchanged: int
    changes: str

    @property
    def changed(self) -> bool:
        return bool(self.created or self.updated)


def upsert(workspace: Workspace, target: Target, source: str) -> Upserted:
    """Write the rows of `source` (a SELECT that gives key and columns, each key once).

    The rows that differ are found by a join first, so that an import that changes nothing writes nothing, not even
    numbers of a sequence. ON CONFLICT then guards against a row that somebody else has just added.
    """
    changes = workspace.new_table("changes")
    old = "".join(f", o.{name} AS old_{name}" for name in target.keep)
    workspace.run(
        f"CREATE UNLOGGED TABLE {changes} AS SELECT n.*, o.id AS old_id{old} FROM ({source}) n "
        f"LEFT JOIN {target.table} o ON o.{target.key} = n.{target.key} "
        f"WHERE o.id IS NULL OR {_differ(target.columns, 'n', 'o')}"
    )
    names = [target.key, *target.columns]
    values = [*names, *target.fresh.values()]
    changing = ", ".join(f"{name} = excluded.{name}" for name in target.columns)
    workspace.run(
        f"INSERT INTO {target.table} AS o ({', '.join([*names, *target.fresh])}) "
        f"SELECT {', '.join(values)} FROM {changes} "
        f"ON CONFLICT ({target.key}) DO UPDATE SET {changing} WHERE {_differ(target.columns, 'excluded', 'o')}"
    )
    [(changed, created, total)] = workspace.rows(
        f"SELECT count(*), count(*) FILTER (WHERE old_id IS NULL), (SELECT count(*) FROM ({source}) n) FROM {changes}"
    )
    return Upserted(created, changed - created, total - changed, changes)


def _differ(columns: Sequence[str], left: str, right: str) -> str:
    return (
        f"({', '.join(f'{left}.{name}' for name in columns)}) IS DISTINCT FROM "
        f"({', '.join(f'{right}.{name}' for name in columns)})"
    )
