"""The audit trail as people read it: who changed what when, before and after."""

import base64
import binascii
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast

import orjson
import pghistory.core
from django.contrib.postgres.fields import DateRangeField
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django_celery_beat.models import CrontabSchedule
from psycopg2 import sql

from accounts.audit_words import worded
from accounts.models import User
from accounts.ranges import range_words
from accounts.selectors.schedules import in_words
from core import formats
from core.errors import UnknownFilter
from core.keyset import UnknownPlace

SIZE = 50
SHOWN = 4  # changes of a row that stand open
OWN_COLUMNS = ("pgh_id", "pgh_obj_id", "pgh_label", "pgh_created_at", "pgh_context_id", "id", "uid")
# What a row is called by, first come.
NAMING_COLUMNS = ("name", "title", "code", "person_id", "user_id", "subject_id", "team_id")


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """`by`: who acted. `model`: a label, such as "accounts.Membership". `first`, `last`: days, both included."""

    by: User | None = None
    model: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One field: before is empty for a new row, after for a deleted one."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A change of one row. `what`: "created", "changed" or "deleted"; `who` is empty where a program acted alone."""

    at: datetime
    who: str
    what: str
    action: str
    model: str
    named: str
    changes: Sequence[Change]

    @property
    def more(self) -> int:
        """How many changes are folded away."""
        return max(0, len(self.changes) - SHOWN)


@dataclass(frozen=True, slots=True)
class AuditRows:
    rows: Sequence[AuditRow]
    after: str | None


def tracked_models() -> dict[str, Any]:
    """Label -> event model of all that the audit trail keeps, by what the tracked thing is called."""
    found = {event.pgh_tracked_model._meta.label: event for event in _event_models()}
    return dict(sorted(found.items(), key=lambda item: table_name(item[1])))


def table_name(event: Any) -> str:
    """What an event model keeps, in the reader's language."""
    return worded(str(event.pgh_tracked_model._meta.verbose_name))


def column_name(event: Any, column: str) -> str:
    """What a column of it is called, in the reader's language; its own name where the model no longer has it."""
    try:
        field = event._meta.get_field(column.removesuffix("_id") if related_model(event, column) else column)
    except FieldDoesNotExist:
        return column
    return worded(str(getattr(field, "verbose_name", column)))


def _event_models() -> list[Any]:
    """pghistory makes them with a `pgh_tracked_model`, which no type tells."""
    return list(pghistory.core.event_models())


def audit_rows(*, chosen: AuditFilter, after: str = "", size: int = SIZE) -> AuditRows:
    """Changes, latest first. One query for the page, and one for each kind of thing that is named in it.

    Raises UnknownFilter, UnknownPlace.
    """
    events = tracked_models()
    if chosen.model and chosen.model not in events:
        raise UnknownFilter(name="model", given=chosen.model[:40], allowed=", ".join(events))
    wanted = {chosen.model: events[chosen.model]} if chosen.model else events
    place = _decoded(after) if after else None
    # Plain SQL: a union over all event tables, each giving at most one page, with the version before beside each row.
    parts = [_page_of(label, event, chosen, place, size + 1) for label, event in wanted.items()]
    query = sql.SQL('SELECT * FROM ({}) u ORDER BY u.at DESC, u.label COLLATE "C" DESC, u.pgh_id DESC LIMIT {}').format(
        sql.SQL(" UNION ALL ").join(parts), sql.Literal(size + 1)
    )
    with connection.cursor() as cursor:
        # As text: in a request that may write, pghistory reads each statement.
        cursor.execute(query.as_string(cursor.cursor))
        records = [_record(*values) for values in cursor.fetchall()]
    shown = records[:size]
    names = _Names(shown, events)
    return AuditRows(
        [_row(record, events[record.label], names) for record in shown],
        _encoded(shown[-1]) if len(records) > size else None,
    )


@dataclass(frozen=True)
class _Record:
    label: str
    pgh_id: int
    object_id: int
    what: str
    at: datetime
    context: Mapping[str, Any]
    now: Mapping[str, Any]
    before: Mapping[str, Any] | None

    @cached_property
    def columns(self) -> list[str]:
        """The columns that tell something: all of a new or deleted row that are filled, else those that differ."""
        own = [name for name in self.now if name not in OWN_COLUMNS]
        if self.what == "changed" and self.before is not None:
            return [name for name in own if self.before.get(name) != self.now[name]]
        return [name for name in own if self.now[name] not in (None, "", [], {})]

    @property
    def user_id(self) -> int | None:
        user = self.context.get("user")
        return user if isinstance(user, int) else None


def _record(label: str, pgh_id: int, object_id: int, what: str, at: datetime, *documents: str | None) -> _Record:
    """A row of the union. Decimals stay the text that the database wrote."""
    context, now, before = (json.loads(text, parse_float=str) if text else None for text in documents)
    return _Record(label, pgh_id, object_id, what, at, context or {}, now or {}, before)


def _page_of(
    label: str, event: type[models.Model], chosen: AuditFilter, place: "_Place | None", most: int
) -> sql.Composed:
    table = sql.Identifier(event._meta.db_table)
    return sql.SQL(
        "(SELECT {label} AS label, e.pgh_id, e.pgh_obj_id, e.pgh_label, e.pgh_created_at AS at,"
        " COALESCE(c.metadata, '{{}}'::jsonb) AS context, to_jsonb(e) AS now,"
        " (SELECT to_jsonb(p) FROM {table} p WHERE p.pgh_obj_id = e.pgh_obj_id AND p.pgh_id < e.pgh_id"
        " ORDER BY p.pgh_id DESC LIMIT 1) AS before"
        " FROM {table} e LEFT JOIN pghistory_context c ON c.id = e.pgh_context_id"
        " WHERE {condition} ORDER BY e.pgh_created_at DESC, e.pgh_id DESC LIMIT {most})"
    ).format(
        label=sql.Literal(label),
        table=table,
        condition=sql.SQL(" AND ").join(_conditions(label, chosen, place)),
        most=sql.Literal(most),
    )


def _conditions(label: str, chosen: AuditFilter, place: "_Place | None") -> list[sql.Composable]:
    conditions: list[sql.Composable] = [sql.SQL("TRUE")]
    if chosen.by is not None:
        conditions.append(sql.SQL("c.metadata ->> 'user' = {}").format(sql.Literal(str(chosen.by.pk))))
    if chosen.first is not None:
        conditions.append(sql.SQL("e.pgh_created_at >= {}").format(sql.Literal(_midnight(chosen.first))))
    if chosen.last is not None:
        end = _midnight(chosen.last + timedelta(days=1))
        conditions.append(sql.SQL("e.pgh_created_at < {}").format(sql.Literal(end)))
    if place is not None:
        conditions.append(
            sql.SQL('(e.pgh_created_at, {}::text COLLATE "C", e.pgh_id) < ({}, {} COLLATE "C", {})').format(
                *(sql.Literal(value) for value in (label, place.at, place.label, place.pgh_id))
            )
        )
    return conditions


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True, slots=True)
class _Place:
    at: datetime
    label: str
    pgh_id: int


def _encoded(record: _Record) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([record.at, record.label, record.pgh_id])).decode().rstrip("=")


def _decoded(after: str) -> _Place:
    try:
        at, label, pgh_id = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return _Place(datetime.fromisoformat(at), str(label), int(pgh_id))
    except (ValueError, TypeError, binascii.Error):
        raise UnknownPlace from None


class _Names:
    """The names behind the ids on a page: one query for each model that is referred to."""

    def __init__(self, records: Iterable[_Record], events: Mapping[str, type[models.Model]]) -> None:
        ids: dict[type[models.Model], set[int]] = defaultdict(set)
        for record in records:
            if record.user_id is not None:
                ids[User].add(record.user_id)
            for column in record.now:
                related = related_model(events[record.label], column)
                for values in (record.now, record.before or {}):
                    if related is not None and isinstance(values.get(column), int):
                        ids[related].add(values[column])
        self._names = {model: model._default_manager.in_bulk(wanted) for model, wanted in ids.items()}

    def of(self, model: type[models.Model], pk: int) -> str:
        found = self._names.get(model, {}).get(pk)
        if isinstance(found, CrontabSchedule):
            return in_words(found)
        return str(found) if found is not None else f"#{pk}"


def related_model(event: type[models.Model], column: str) -> type[models.Model] | None:
    """The model that an `…_id` column of an event refers to."""
    if not column.endswith("_id"):
        return None
    try:
        related = event._meta.get_field(column.removesuffix("_id")).related_model
    except FieldDoesNotExist:
        return None
    return related if isinstance(related, type) else None


def _row(record: _Record, event: type[models.Model], names: _Names) -> AuditRow:
    before = (record.before or {}) if record.what == "changed" else record.now if record.what == "deleted" else {}
    now = {} if record.what == "deleted" else record.now
    return AuditRow(
        at=record.at,
        who=names.of(User, record.user_id) if record.user_id is not None else "",
        what=record.what,
        action=str(record.context.get("action", "")),
        model=table_name(event),
        named=_named(record, event, names),
        changes=[
            Change(column_name(event, name), *(_text(event, name, side.get(name), names) for side in (before, now)))
            for name in record.columns
        ],
    )


def _named(record: _Record, event: type[models.Model], names: _Names) -> str:
    tracked: Any = event.pgh_tracked_model  # type: ignore[attr-defined]  # set by pghistory
    if hasattr(tracked, "named_in_audit"):
        return str(tracked.named_in_audit(record.now))
    for column in NAMING_COLUMNS:
        value = record.now.get(column)
        if value not in (None, ""):
            related = related_model(event, column)
            return names.of(related, value) if related is not None else str(value)
    links = (column for column in record.now if column not in OWN_COLUMNS and related_model(event, column) is not None)
    for column in links:
        if record.now[column] is not None:
            return names.of(cast("type[models.Model]", related_model(event, column)), record.now[column])
    return f"#{record.object_id}"


def _text(event: type[models.Model], column: str, value: Any, names: _Names) -> str:
    """A stored value as text: names for ids, words for choices, dates by locale."""
    if value is None or value == "":
        return ""
    related = related_model(event, column)
    if related is not None:
        return names.of(related, value)
    field = event._meta.get_field(column)
    choices = dict(getattr(field, "flatchoices", ()))
    if isinstance(value, str | int) and value in choices:
        return str(choices[value])
    for kind, words in WORDS.items():
        if isinstance(field, kind):
            return words(value)
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _range(text: str) -> str:
    """PostgreSQL's "[2026-01-01,2026-03-01)" in words."""
    first, _comma, end = text.strip("[)(]").partition(",")
    if not first:
        return text
    return range_words(date.fromisoformat(first), date.fromisoformat(end) if end else None)


# In this order: a moment is a date, too.
WORDS: "dict[type[models.Field[Any, Any]], Callable[[Any], str]]" = {
    models.BooleanField: lambda value: _("yes") if value else _("no"),
    DateRangeField: _range,
    models.DateTimeField: lambda value: formats.moment(datetime.fromisoformat(value)),
    models.DateField: lambda value: formats.day(date.fromisoformat(value)),
}
