"""Deals from a checked file into the table: with their own dates, or moved by quarters and as far as known by a day."""

# ruff: noqa: S608  (identifiers are the code's own; values are dates, numbers and `literal`s)

from dataclasses import dataclass
from datetime import date

from core.calendar import current_period, period_on
from core.ids import NEW_UID_SQL
from core.imports import Checked, Target, Upserted, Workspace, literal, upsert
from core.periods import add_months
from crm.rules.replaying import quarters_between

DEALS = Target(
    table="crm_opportunity",
    key="external_id",
    columns=(
        "owner_id",
        "product_id",
        "key_account_id",
        "stage",
        "engaged_on",
        "closed_on",
        "amount",
        "currency",
    ),
    fresh={"uid": NEW_UID_SQL},
    keep=("owner_id", "engaged_on", "closed_on"),
)


@dataclass(frozen=True, slots=True)
class Replay:
    """Dates move by `shift_quarters`; with `as_of` nothing is shown that happens after that day."""

    shift_quarters: int = 0
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class DealSpan:
    """The first and the last date in the good rows of a file, unmoved; None where no row has a date."""

    first_engaged: date | None
    last: date | None


def deal_span(workspace: Workspace, checked: Checked) -> DealSpan:
    [(first, last)] = workspace.rows(
        f"SELECT min(least(engaged_on, closed_on)), max(greatest(engaged_on, closed_on)) FROM {checked.good} r"
    )
    return DealSpan(first, last)


def shift_to_now(span: DealSpan) -> int:
    """Quarters to move the dates by, so that the last quarter of the data is the current one."""
    return quarters_between(period_on(span.last), current_period()) if span.last else 0


def upsert_deals(workspace: Workspace, checked: Checked, *, currency: str, replay: Replay) -> Upserted:
    """Write the deals that are known by the replay's day. Reports what differs from the table."""
    return upsert(workspace, DEALS, _deals(checked, currency, replay))


def _deals(checked: Checked, currency: str, replay: Replay) -> str:
    """An open deal's amount is its value where the file has one, else the list price.

    What closes after the replay's day is still engaging, its value not known; what is engaged later is not there yet.
    """
    engaged, closed = moved("r.engaged_on", replay), moved("r.closed_on", replay)
    future = _after("m.closed", replay)
    value = "CASE m.stage WHEN 'lost' THEN 0 ELSE coalesce(m.value, m.list_price) END"
    return f"""
        SELECT m.external_id, m.owner_id, m.product_id, m.key_account_id,
            CASE WHEN {future} THEN 'engaging' ELSE m.stage END AS stage, m.engaged AS engaged_on,
            CASE WHEN NOT {future} THEN m.closed END AS closed_on,
            (CASE WHEN {future} THEN m.list_price ELSE {value} END)::numeric(16, 2) AS amount,
            {literal(currency)} AS currency
        FROM (SELECT r.external_id_text AS external_id, r.owner_id, r.product_id, r.key_account_id, r.stage, r.value,
                r.list_price, {engaged} AS engaged, {closed} AS closed FROM {checked.good} r OFFSET 0) m
        WHERE NOT {_after("m.engaged", replay)}"""


def moved(column: str, replay: Replay) -> str:
    """SQL for a date moved by whole quarters; the 31st becomes the last day of a shorter month."""
    if not replay.shift_quarters:
        return column
    return f"({column} + interval '{3 * replay.shift_quarters} months')::date"


def moved_day(day: date | None, replay: Replay) -> date | None:
    """As `moved`, of one day."""
    return add_months(day, 3 * replay.shift_quarters) if day else None


def _after(column: str, replay: Replay) -> str:
    return f"coalesce({column} > '{replay.as_of.isoformat()}', false)" if replay.as_of else "false"


@dataclass(frozen=True, slots=True)
class Hidden:
    """What a replay does not show yet: deals engaged later, and closed ones that are still open."""

    not_yet_engaged: int
    still_open: int


def hidden_by(workspace: Workspace, checked: Checked, replay: Replay) -> Hidden:
    engaged = _after(moved("r.engaged_on", replay), replay)
    closed = _after(moved("r.closed_on", replay), replay)
    [(later, still_open)] = workspace.rows(
        f"SELECT count(*) FILTER (WHERE {engaged}), count(*) FILTER (WHERE NOT {engaged} AND {closed}) "
        f"FROM {checked.good} r"
    )
    return Hidden(later, still_open)


@dataclass(frozen=True, slots=True)
class Touched:
    """Whose deals changed, and on which days they were or are engaged or closed."""

    person_ids: frozenset[int]
    days: frozenset[date]


def touched_by(workspace: Workspace, upserted: Upserted) -> Touched:
    people = workspace.rows(
        f"SELECT owner_id FROM {upserted.changes} UNION SELECT old_owner_id FROM {upserted.changes} "
        "WHERE old_owner_id IS NOT NULL"
    )
    columns = ("engaged_on", "closed_on", "old_engaged_on", "old_closed_on")
    days = workspace.rows(" UNION ".join(f"SELECT {column} FROM {upserted.changes}" for column in columns))
    return Touched(frozenset(row[0] for row in people), frozenset(row[0] for row in days if row[0]))
