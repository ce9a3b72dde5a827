"""What was typed and the plan document, both ways, by what each kind of component declares of its fields.

Only the shape is checked here (is it a number?); whether the plan makes sense is for the rules to say. A field that
says what is said anyway (its default) is left out, unless the document said it already: an untouched document stays the
same.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from incentives.forms.typed_numbers import NotANumber, kept_as, typed_from
from incentives.forms.typed_tree import Node, list_of, object_of, text_of
from incentives.forms.units import widget_of
from incentives.rules.fields import Choice, Count, Field, Grid, Group, Number, Rows, Type, Values
from incentives.rules.kinds import KINDS
from incentives.rules.terms import COMMON_FIELDS

Content = dict[str, Any]
Scopes = tuple[Mapping[str, Any], ...]

START, END = "from", "to"
_DERIVED_RATES = {"attainment": "target_pay", "amount": "credit"}


def fields_of(kind: str) -> tuple[Field, ...]:
    """All that a component of this kind may say beside key, kind and name."""
    return (*KINDS[kind].FIELDS, *COMMON_FIELDS)


def default_of(field: Field, scope: Mapping[str, Any]) -> str:
    """What holds where nothing is said, as the document would say it; empty: nothing."""
    if field.name == "rates" and field.default is None and isinstance(field.type, Choice):
        return _DERIVED_RATES.get(text_of(scope.get("basis")), next(iter(field.type.options)))
    return field.default if isinstance(field.default, str) else ""


def applies(field: Field, declared: Sequence[Field], values: Mapping[str, Any]) -> bool:
    """Whether the field is there at all with these values of the others."""
    defaults = {other.name: other for other in declared}
    for name, wanted in field.when.items():
        value = text_of(values.get(name)) or (default_of(defaults[name], values) if name in defaults else "")
        if value not in wanted:
            return False
    return True


def is_chained(kind: Type) -> bool:
    """Whether each row begins where the one before ends, so that its start need not be typed."""
    return isinstance(kind, Rows) and {START, END} <= {column.name for column in kind.columns}


def first_start(kind: Rows) -> str:
    """Where the first of chained rows begins unless said otherwise."""
    column = next(column for column in kind.columns if column.name == START)
    least = getattr(column.type, "least", None)
    return str(least) if least is not None else "0"


def is_number(kind: Type) -> bool:
    return isinstance(kind, Number | Count)


def in_force(declared: Sequence[Field], values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values, and for each choice that is not made its default: other fields follow it."""
    choices = [each for each in declared if isinstance(each.type, Choice) and not values.get(each.name)]
    return {**values, **{each.name: default_of(each, values) for each in choices}} if choices else values


# From the document to what is typed


def typed_object(declared: Sequence[Field], data: Mapping[str, Any], scopes: Scopes = ()) -> dict[str, Node]:
    """The fields that show an object of the document; what it leaves out has its default."""
    inner = (in_force(declared, data), *scopes)
    typed: dict[str, Node] = {}
    for field in declared:
        if (value := data.get(field.name)) is not None:
            typed[field.name] = _typed(field, field.type, value, inner)
        elif (default := default_of(field, data)) and isinstance(field.type, Choice | Number | Count):
            typed[field.name] = _typed(field, field.type, default, inner)
    return typed


def _typed(field: Field, kind: Type, value: Any, scopes: Scopes) -> Node:
    if isinstance(kind, Group):
        return typed_object(kind.fields, object_of(value), scopes)
    if isinstance(kind, Rows):
        rows = [typed_object(kind.columns, object_of(row), scopes) for row in list_of(value)]
        return _without_starts(rows, list_of(value)) if is_chained(kind) else rows
    if isinstance(kind, Grid):
        return [[_typed(field, kind.of, cell, scopes) for cell in list_of(row)] for row in list_of(value)]
    if isinstance(kind, Values):
        return [_typed(field, kind.of, each, scopes) for each in list_of(value)]
    if value is None:
        return ""
    return typed_from(str(value), widget_of(field, scopes)) if is_number(kind) else str(value)


def _without_starts(typed: list[Node], rows: list[Any]) -> list[Node]:
    """A start that is the end of the row before is not typed; one that is not stands there to be corrected."""
    for row, data, before in zip(typed[1:], rows[1:], rows, strict=False):
        if object_of(data).get(START) == object_of(before).get(END):
            row.pop(START, None)
    return typed


# From what is typed to the document


class Writer:
    """Writes objects of the document; `errors` are the reasons by path why a field is no number."""

    def __init__(self) -> None:
        self.errors: dict[str, str] = {}

    def object(
        self, declared: Sequence[Field], typed: Mapping[str, Node], base: Content, path: str, scopes: Scopes = ()
    ) -> Content:
        """What the fields say. `base` is what the document said there before."""
        inner = (in_force(declared, typed), *scopes)
        written: Content = {}
        for field in declared:
            if not applies(field, declared, typed):
                continue
            was = base.get(field.name)
            at = f"{path}.{field.name}" if path else field.name
            value = self._value(field, field.type, typed.get(field.name), was, at, inner)
            if self._is_said(field, value, typed, base):
                written[field.name] = value
        return written

    def _is_said(self, field: Field, value: Any, typed: Mapping[str, Node], base: Content) -> bool:
        if field.required:
            return True
        if value in (None, "", []):
            return field.name in base and base[field.name] == value
        return field.name in base or value != default_of(field, typed)

    def _value(  # noqa: PLR0917  (a field, what was typed of it and what it said before)
        self, field: Field, kind: Type, typed: Node, was: Any, at: str, scopes: Scopes
    ) -> Any:
        if isinstance(kind, Group):
            there = self._is_there(kind, typed)
            return self.object(kind.fields, object_of(typed), object_of(was), at, scopes) if there else None
        if isinstance(kind, Rows):
            return self._rows(kind, list_of(typed), list_of(was), at, scopes)
        if isinstance(kind, Grid):
            cells = Values(kind.of)
            return [self._value(field, cells, row, None, f"{at}.{n}", scopes) for n, row in enumerate(list_of(typed))]
        if isinstance(kind, Values):
            return self._values(field, kind, list_of(typed), at, scopes) or None
        text = text_of(typed) or None
        return self._number(text, widget_of(field, scopes), at) if text and is_number(kind) else text

    def _is_there(self, kind: Group, typed: Node) -> bool:
        """A group is there once it is opened; a measure once it is chosen."""
        return isinstance(typed, dict) and (kind.widget != "measure" or bool(text_of(typed.get("of"))))

    def _values(self, field: Field, kind: Values, typed: list[Node], at: str, scopes: Scopes) -> list[Any]:
        return [self._value(field, kind.of, each, None, f"{at}.{n}", scopes) for n, each in enumerate(typed)]

    def _rows(self, kind: Rows, typed: list[Node], was: list[Any], at: str, scopes: Scopes) -> list[Content]:
        rows: list[Content] = []
        start: str | None = first_start(kind) if is_chained(kind) else None
        for number, row in enumerate(typed):
            base = object_of(was[number]) if number < len(was) else {}
            written = self.object(kind.columns, object_of(row), base, f"{at}.{number}", scopes)
            if is_chained(kind):
                written = self._chained(written, start)
                start = written[END]
            rows.append(written)
        return rows

    def _chained(self, row: Content, start: str | None) -> Content:
        """With its start. An open end in the middle is for the rules to tell, at its field."""
        begins = row.get(START) if row.get(START) is not None else start
        return {START: begins, END: row.get(END)} | {
            name: value for name, value in row.items() if name not in {START, END}
        }

    def _number(self, text: str, widget: str, at: str) -> str | None:
        try:
            return kept_as(text, widget)
        except NotANumber as error:
            self.errors[at] = str(error)
            return None
