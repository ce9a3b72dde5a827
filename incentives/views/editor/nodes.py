"""The editor's fields out of what the kinds declare: one input for each widget, whatever the kind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import formats
from incentives.forms.typed_fields import END, START, applies, default_of, first_start, in_force, is_chained, is_number
from incentives.forms.typed_numbers import typed_from
from incentives.forms.typed_tree import Node as Typed
from incentives.forms.typed_tree import list_of, object_of, text_of
from incentives.forms.units import widget_of
from incentives.rules import fields as declared_types
from incentives.rules.fields import Choice, Field, Grid, Type
from incentives.rules.measures import KPI
from incentives.rules.words import Words
from incentives.views.editor.shown import Group, Input, Matrix, Node, Offer, Part, Row, Rows, Values, field_id

Scopes = tuple[Mapping[str, Any], ...]
_AXES = ("row_bounds", "column_bounds")


def say(words: Words | None) -> str:
    """Words of the rules in the active language."""
    return words.of(get_language() or "en") if words else ""


class NodeBuilder:
    """Builds the nodes of one page.

    reasons   why fields are wrong, by path
    currency  stands behind money
    results   codes of results that a measure may name, with their names
    """

    def __init__(self, reasons: Mapping[str, str], currency: str, results: Sequence[tuple[str, str]] = ()) -> None:
        self.reasons, self.currency, self.results = reasons, currency, results

    # An object

    def part(
        self,
        declared: Sequence[Field],
        typed: Mapping[str, Typed],
        path: str,
        *,
        optional: frozenset[str] = frozenset(),
        outer: Scopes = (),
    ) -> Part:
        """What an object of the document shows.

        optional  names of single fields that are offered rather than shown while nothing is said
        outer     the values of the objects around it
        """
        fields: list[Node] = []
        parts: list[Node] = []
        offers: list[Offer] = []
        values = in_force(declared, typed)
        for each in declared:
            at = f"{path}.{each.name}" if path else each.name
            in_grid = _is_single(each.type) or each.type.widget == "measure"
            if each.name in _AXES:
                continue  # the matrix shows them
            if not applies(each, declared, typed):
                fields += _kept(each, typed, at)
            elif _may_be_left_out(each, optional) and not _is_said(each, typed):
                offers.append(Offer(at, say(each.label)))
            else:
                node = self.node(each, typed.get(each.name), at, (values, *outer))
                node = replace(node, removable=_may_be_left_out(each, optional))
                (fields if in_grid else parts).append(node)
        return Part(fields, parts, offers)

    # One field

    def node(self, declared: Field, typed: Typed, path: str, scopes: Scopes) -> Node:
        kind = declared.type
        if isinstance(kind, declared_types.Group):
            return self._group(declared, kind, object_of(typed), path, scopes)
        if isinstance(kind, declared_types.Rows):
            return self._rows(declared, kind, list_of(typed), path, scopes)
        if isinstance(kind, Grid):
            return self._matrix(declared, list_of(typed), path, scopes)
        if isinstance(kind, declared_types.Values):
            return self._values(declared, typed, path, scopes)
        return self.input(declared, kind, text_of(typed), path, scopes)

    def input(  # noqa: PLR0917  (a field and what was typed of it)
        self, declared: Field, kind: Type, value: str, path: str, scopes: Scopes, label: str = ""
    ) -> Input:
        widget = widget_of(declared, scopes) if is_number(kind) else kind.widget
        default = default_of(declared, scopes[0]) if scopes else ""
        return Input(
            name=path,
            label=label or say(declared.label),
            help=say(declared.help),
            error=self.reasons.get(path, ""),
            value=value or (default if isinstance(kind, Choice) else ""),
            widget=widget,
            unit=self._unit(widget, declared, scopes),
            options=self._options(declared, kind),
            placeholder=typed_from(default, widget) if default and is_number(kind) else "",
        )

    def _unit(self, widget: str, declared: Field, scopes: Scopes) -> str:
        if widget == "money":
            return formats.currency_symbol(self.currency) if len(self.currency) == 3 else self.currency
        if widget == "multiple":
            base = any(text_of(scope.get("rates")) in {"target_pay", "base_rate"} for scope in scopes)
            return _("× base") if base and declared.name == "rate" else "×"
        return "%" if widget == "share" else ""

    def _options(self, declared: Field, kind: Type) -> list[tuple[str, str]]:
        if isinstance(kind, Choice):
            found = [(code, say(words)) for code, words in kind.options.items()]
            no_default = declared.default is None and declared.name != "rates"
            return [("", _("as the plan says")), *found] if no_default else found
        if declared.name == "code" and self.results:
            return list(self.results)
        return []

    # A group; a measure is shown like one field

    def _group(
        self, declared: Field, kind: declared_types.Group, typed: Mapping[str, Typed], path: str, scopes: Scopes
    ) -> Group:
        part = self.part(kind.fields, typed, path, outer=scopes)
        inline = kind.widget == "measure"
        if inline:
            part = replace(part, fields=[self._measure_child(child, declared, typed) for child in part.fields])
        return Group(
            name=path,
            label=say(declared.label),
            help=say(declared.help),
            error=self.reasons.get(path, ""),
            part=part,
            inline=inline,
        )

    def _measure_child(self, child: Node, declared: Field, typed: Mapping[str, Typed]) -> Node:
        """What is looked at carries the measure's own name; where none need be chosen, one may choose none."""
        if not isinstance(child, Input):
            return child
        last = child.name.rpartition(".")[2]
        if last == "of":
            options = child.options if declared.required else [("", _("none: paid always")), *child.options]
            return replace(child, label=say(declared.label), options=options)
        if last == "code" and child.options and not any(code == child.value for code, _name in child.options):
            known = [(child.value, child.value)] if child.value and typed.get("of") == KPI else [("", "–")]
            return replace(child, options=[*known, *child.options])
        return child

    # Lists

    def _rows(
        self, declared: Field, kind: declared_types.Rows, typed: Sequence[Typed], path: str, scopes: Scopes
    ) -> Rows:
        as_grid = is_grid(kind)
        chained = is_chained(kind)
        columns = [column for column in kind.columns if not (chained and column.name == START)]
        heads = [say(column.label) for column in kind.columns]
        return Rows(
            name=path,
            label=say(declared.label),
            help=say(declared.help),
            error=self.reasons.get(path, ""),
            heads=heads,
            rows=[self._row(number, kind, columns, typed, f"{path}.{number}", scopes) for number in range(len(typed))],
            is_grid=as_grid,
            add_label=_("Add a row") if as_grid else _("Add another"),
            can_be_empty=kind.least == 0,
        )

    def _row(  # noqa: PLR0917  (a row in its list, in the order of the page)
        self,
        number: int,
        kind: declared_types.Rows,
        columns: Sequence[Field],
        typed: Sequence[Typed],
        path: str,
        scopes: Scopes,
    ) -> Row:
        row = object_of(typed[number])
        if not is_grid(kind):
            return Row(path=path, number=number + 1, part=self.part(kind.columns, row, path, outer=scopes))
        inner = (in_force(kind.columns, row), *scopes)
        cells: list[Node] = []
        start = None
        if is_chained(kind):
            column = next(each for each in kind.columns if each.name == START)
            start = self._start(number, kind, column, typed, path, inner)
            if isinstance(start, Input):
                cells.append(start)
        for column in columns:
            label = f"{say(column.label)} {number + 1}"
            value = text_of(row.get(column.name))
            cells.append(self.input(column, column.type, value, f"{path}.{column.name}", inner, label))
        shown = start if isinstance(start, str) else None
        start_id = f"{field_id(path)}-start"
        return Row(path=path, number=number + 1, cells=cells, start=shown, start_id=start_id)

    def _start(  # noqa: PLR0917
        self,
        number: int,
        kind: declared_types.Rows,
        column: Field,
        typed: Sequence[Typed],
        path: str,
        scopes: Scopes,
    ) -> str | Input:
        """Where a chained row begins: told, or typed where it is not the end of the row before."""
        given = text_of(object_of(typed[number]).get(START))
        free = number == 0 and getattr(column.type, "least", None) is None
        usual = typed_from(first_start(kind), widget_of(column, scopes)) if is_number(column.type) else ""
        if free or (given and not (number == 0 and given == usual)):
            label = f"{say(column.label)} {number + 1}"
            return self.input(column, column.type, given or usual, f"{path}.{START}", scopes, label)
        begins = usual if number == 0 else text_of(object_of(typed[number - 1]).get(END))
        unit = self._unit(widget_of(column, scopes), column, scopes)
        if not begins:
            return formats.DASH
        return f"{begins}{formats.NBSP}{unit}" if unit else begins

    def _values(self, declared: Field, typed: Typed, path: str, scopes: Scopes) -> Values:
        kind = declared.type
        of = kind.of if isinstance(kind, declared_types.Values) else declared_types.Text()
        values = [
            self.input(declared, of, text_of(each), f"{path}.{number}", scopes, f"{say(declared.label)} {number + 1}")
            for number, each in enumerate(list_of(typed))
        ]
        return Values(
            name=path,
            label=say(declared.label),
            help=say(declared.help),
            error=self.reasons.get(path, ""),
            values=[replace(each, help="") for each in values],
        )

    def _matrix(self, declared: Field, typed: Sequence[Typed], path: str, scopes: Scopes) -> Matrix:
        """The cells with the bounds of both measures around them."""
        holder, kind = path.rpartition(".")[0], declared.type
        of = kind.of if isinstance(kind, Grid) else declared_types.Text()
        rows, columns = (self._axis(name, f"{holder}.{name}", scopes) for name in _AXES)
        cells = []
        for number, bound in enumerate(rows.values):
            texts = list_of(typed[number]) if number < len(typed) else []
            cells.append(
                (bound, list(self._cells(declared, of, texts, f"{path}.{number}", len(columns.values), scopes)))
            )
        return Matrix(
            name=path,
            label=say(declared.label),
            error=self.reasons.get(path, ""),
            rows=rows,
            columns=columns,
            cells=cells,
        )

    def _axis(self, name: str, path: str, scopes: Scopes) -> Values:
        label = Words("Rows from", "行下限") if name == "row_bounds" else Words("Columns from", "列下限")
        number = declared_types.Values(declared_types.Number())
        return self._values(Field(name, number, label), scopes[0].get(name), path, scopes)

    def _cells(  # noqa: PLR0917
        self, declared: Field, of: Type, texts: Sequence[Typed], path: str, width: int, scopes: Scopes
    ) -> Iterator[Input]:
        for number in range(width):
            text = text_of(texts[number]) if number < len(texts) else ""
            label = f"{say(declared.label)} {int(path.rpartition('.')[2]) + 1}.{number + 1}"
            yield self.input(declared, of, text, f"{path}.{number}", scopes, label)


def is_grid(kind: declared_types.Rows) -> bool:
    """Whether each column is one field."""
    return all(_is_single(column.type) for column in kind.columns)


def _is_single(kind: Type) -> bool:
    """Whether it is one field; a measure counts as one among the fields of an object, not as a column."""
    return not isinstance(kind, declared_types.Group | declared_types.Rows | declared_types.Values | Grid)


def _may_be_left_out(declared: Field, optional: frozenset[str]) -> bool:
    if declared.required or declared.type.widget == "measure":
        return False
    return not _is_single(declared.type) or declared.name in optional


def _is_said(declared: Field, typed: Mapping[str, Typed]) -> bool:
    value = typed.get(declared.name)
    if isinstance(declared.type, Choice) and value == default_of(declared, typed):
        return False
    return value is not None and value != []


def _kept(declared: Field, typed: Mapping[str, Typed], path: str) -> list[Node]:
    """What was typed in a field that does not apply now is carried along unseen: it is there when it applies again."""
    value = typed.get(declared.name)
    if not isinstance(value, str) or not value:
        return []
    return [Input(name=path, label="", value=value, hidden=True)]
