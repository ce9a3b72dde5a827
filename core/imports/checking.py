# ruff: noqa: S608  (identifiers are the code's own; texts of files and profiles pass through `literal`)
"""Rules over staged rows as SQL: each row's typed values, the reasons against it, and the quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.imports.sql import Workspace, literal
from core.imports.staging import Staged

# A calendar day in ISO form from 1900 to 2199; months' lengths are looked at only for the 29th to the 31st.
_DAY = "^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_NUMBER = "^-?[0-9]{1,14}([.][0-9]{1,2})?$"
_INTEGER = "^[0-9]{1,9}$"


@dataclass(frozen=True, slots=True)
class Field:
    """A column's meaning and type: 'text', 'day', 'number' (two decimals) or 'integer'.

    replace  spellings in the file -> ours, put right before anything is checked
    longest  most characters of a text, None: any
    """

    kind: str = "text"
    replace: Mapping[str, str] = field(default_factory=dict)
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must not be so.

    broken  SQL condition over `r` (a row's values, typed ones under their name, texts as `NAME_text`) and joined tables
    values  place of the reason's text -> SQL text over `r`
    """

    code: str
    broken: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """Rows with `line`, each field typed, its text as `NAME_text`, `extra` columns, `codes` (text[]; empty: good)."""

    table: str
    staged: Staged
    rules: Sequence[Rule]
    fields: Mapping[str, Field]

    @property
    def good(self) -> str:
        """SQL for the good rows, to stand after FROM; without an alias."""
        return f"(SELECT * FROM {self.table} WHERE codes = '{{}}')"


def check(
    workspace: Workspace,
    staged: Staged,
    fields: Mapping[str, Field],
    *,
    rules: Sequence[Rule],
    extra: Mapping[str, str] | None = None,
    joins: str = "",
) -> Checked:
    """Type, join and judge every row in one pass.

    extra   further columns: name -> SQL over `r` and the joined tables (an id found by name)
    joins   SQL joins to `r`; each finds at most one row
    """
    faults = [
        Rule("wrong_column_count", "r.fault = 'wrong_column_count'"),
        Rule("not_utf8", "r.fault = 'not_utf8'"),
    ]
    sound = [Rule(rule.code, f"r.fault IS NULL AND ({rule.broken})", rule.values) for rule in rules]
    table = workspace.new_table("checked")
    columns = "".join(f", {sql} AS {name}" for name, sql in (extra or {}).items())
    workspace.run(
        f"CREATE UNLOGGED TABLE {table} AS SELECT r.*{columns}, {_codes([*faults, *sound])} AS codes "
        f"FROM ({_typed(staged, fields)}) r {joins}"
    )
    workspace.run(f"ALTER TABLE {table} ALTER codes SET STATISTICS 1")  # how many are good: a small sample tells
    workspace.run(f"ANALYZE {table} (codes)")
    return Checked(table, staged, rules, fields)


def _texts(staged: Staged, fields: Mapping[str, Field]) -> str:
    """Trimmed texts with their spellings replaced; blank is NULL."""
    columns = [f"{_spelled(staged.columns.get(name), fields[name].replace)} AS {name}_text" for name in fields]
    return f"SELECT s.line, s.fault, {', '.join(columns)} FROM {staged.table} s OFFSET 0"


def _spelled(place: str | None, replace: Mapping[str, str]) -> str:
    """A field that the file does not have is NULL."""
    if place is None:
        return "NULL::text"
    value = f"nullif(btrim(s.{place}), '')"
    if not replace:
        return value
    cases = " ".join(f"WHEN {literal(old)} THEN {literal(new)}" for old, new in replace.items())
    return f"CASE {value} {cases} ELSE {value} END"


def _typed(staged: Staged, fields: Mapping[str, Field]) -> str:
    """OFFSET 0 keeps PostgreSQL from pulling the steps together, which would evaluate each cell once a use."""
    columns = [f"{_cast(f't.{name}_text', fields[name].kind)} AS {name}" for name in fields]
    return f"SELECT t.*, {', '.join(columns)} FROM ({_texts(staged, fields)}) t OFFSET 0"


def _cast(value: str, kind: str) -> str:
    """SQL that gives NULL, never an error, for a text that is no such value."""
    match kind:
        case "day":
            month = f"(substr({value}, 1, 8) || '01')::date"
            exists = f"substr({value}, 9)::int <= extract(day FROM {month} + interval '1 month - 1 day')"
            is_day = f"substr({value}, 9) <= '28' OR {exists}"
            return f"CASE WHEN {value} !~ '{_DAY}' THEN NULL WHEN {is_day} THEN {value}::date END"
        case "number":
            return f"CASE WHEN {value} ~ '{_NUMBER}' THEN {value}::numeric END"
        case "integer":
            return f"CASE WHEN {value} ~ '{_INTEGER}' THEN {value}::integer END"
    return value


def _codes(rules: Sequence[Rule]) -> str:
    broken = " OR ".join(f"({rule.broken})" for rule in rules)
    each = ", ".join(f"CASE WHEN {rule.broken} THEN '{rule.code}' END" for rule in rules)
    return f"CASE WHEN {broken} THEN array_remove(ARRAY[{each}], NULL) ELSE '{{}}'::text[] END"


def too_long(fields: Mapping[str, Field], headings: Mapping[str, str]) -> list[Rule]:
    """The rule that no text of a field with a limit is longer than it; the first such is named by its heading."""
    limited = {name: most.longest for name, most in fields.items() if most.longest is not None}
    longer = {name: f"length(r.{name}_text) > {most}" for name, most in limited.items()}
    names = " ".join(f"WHEN {condition} THEN {literal(headings.get(name, name))}" for name, condition in longer.items())
    limits = " ".join(f"WHEN {condition} THEN {limited[name]}" for name, condition in longer.items())
    values = {"column": f"CASE {names} END", "most": f"CASE {limits} END"}
    return [Rule("too_long", " OR ".join(longer.values()), values)] if limited else []


def first_lines(staged: Staged, name: str) -> str:
    """SQL for the keys that stand on several lines: `key`, `first_line`. Join it to refuse the later lines."""
    key = f"btrim({staged.columns[name]})"
    return (
        f"(SELECT {key} AS key, min(line) AS first_line FROM {staged.table} WHERE {key} <> '' "
        f"GROUP BY 1 HAVING count(*) > 1)"
    )


def quarantine(workspace: Workspace, checked: Checked, batch_id: int) -> int:
    """Write one rejection for each reason against a row. Returns how many rows are kept out."""
    staged = checked.staged
    found = "coalesce(jsonb_array_length(s.cells), 0)"
    cells = f"jsonb_build_object('found', {found}, 'expected', {len(staged.header)})"
    cases = [f"WHEN 'wrong_column_count' THEN {cells}"]
    cases += [f"WHEN '{rule.code}' THEN jsonb_build_object({_pairs(rule)})" for rule in checked.rules if rule.values]
    [(kept_out,)] = workspace.rows(
        "WITH kept_out AS (INSERT INTO core_importrejection (batch_id, file, line, code, values, row) "
        f"SELECT {batch_id}, {literal(staged.file)}, r.line, code, CASE code {' '.join(cases)} ELSE '{{}}'::jsonb END, "
        f"{staged.row_json} FROM {checked.table} r JOIN {staged.table} s USING (line) CROSS JOIN unnest(r.codes) code "
        "WHERE r.codes <> '{}' ORDER BY r.line RETURNING line) SELECT count(DISTINCT line) FROM kept_out"
    )
    return int(kept_out)


def _pairs(rule: Rule) -> str:
    return ", ".join(f"{literal(place)}, coalesce(({sql})::text, '')" for place, sql in rule.values.items())
