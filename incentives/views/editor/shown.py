"""The parts of the plan editor's page, as plain data with texts in the reader's language.

A node is a field, or a list or group of nodes, with the template that shows it; there is one template for each widget
and none for a kind of component.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar, Literal

from incentives.forms.typed_numbers import NotANumber, number_typed


def field_id(path: str) -> str:
    return f"f-{path.replace('.', '-')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """`name` is the path in the document. `removable`: it is optional and may be taken away."""

    template: ClassVar[str]

    name: str
    label: str
    help: str = ""
    error: str = ""
    removable: bool = False

    @property
    def id(self) -> str:
        return field_id(self.name)

    @property
    def inputs(self) -> Iterator["Input"]:
        """All fields in it that are typed in."""
        return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Node):
    """One input. `unit` stands behind the value; `options` makes it a choice; `placeholder` holds when it is empty."""

    template: ClassVar[str] = "incentives/_plan_input.html"

    value: str = ""
    widget: str = "text"
    unit: str = ""
    options: Sequence[tuple[str, str]] = ()
    hidden: bool = False
    placeholder: str = ""

    @property
    def is_number(self) -> bool:
        return self.widget in {"share", "multiple", "money", "number", "count"}

    @property
    def inputs(self) -> Iterator["Input"]:
        yield self


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Node):
    """One object with fields of its own. `inline`: a measure, shown like a field rather than as a part of the page."""

    template: ClassVar[str] = "incentives/_plan_group.html"

    part: "Part"
    inline: bool = False

    @property
    def inputs(self) -> Iterator[Input]:
        return self.part.inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a list: cells of a grid, or a card's part.

    start  where a chained row begins, which is not typed; `extra` is a figure beside it
    """

    path: str
    number: int
    cells: Sequence[Node] = ()
    part: "Part | None" = None
    start: str | None = None
    start_id: str = ""
    extra: str | None = None
    extra_id: str = ""

    @property
    def errors(self) -> list[str]:
        return [cell.error for cell in self.cells if cell.error]

    @property
    def above(self) -> int:
        """The place above it, counted from 0."""
        return self.number - 2

    @property
    def inputs(self) -> Iterator[Input]:
        for cell in self.cells:
            yield from cell.inputs
        if self.part is not None:
            yield from self.part.inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Node):
    """A list of objects: a grid where all columns are single fields, else a card a row."""

    template: ClassVar[str] = "incentives/_plan_rows.html"

    heads: Sequence[str]
    rows: Sequence[Row]
    is_grid: bool
    add_label: str
    extra_head: str = ""
    can_be_empty: bool = False

    @property
    def columns(self) -> int:
        return len(self.heads) + bool(self.extra_head)

    @property
    def inputs(self) -> Iterator[Input]:
        for row in self.rows:
            yield from row.inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Values(Node):
    """A list of plain values."""

    template: ClassVar[str] = "incentives/_plan_values.html"

    values: Sequence[Input]

    @property
    def inputs(self) -> Iterator[Input]:
        yield from self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix(Node):
    """Bounds of two measures, and a cell for each pair."""

    template: ClassVar[str] = "incentives/_plan_matrix.html"

    rows: Values
    columns: Values
    cells: Sequence[tuple[Input, Sequence[Input]]]

    @property
    def inputs(self) -> Iterator[Input]:
        yield from self.columns.values
        for bound, cells in self.cells:
            yield bound
            yield from cells


@dataclass(frozen=True, slots=True)
class Offer:
    """Something optional that may be added."""

    path: str
    label: str


@dataclass(frozen=True, slots=True)
class Part:
    """What an object of the document shows: the fields that are there, and what may be added."""

    fields: Sequence[Node]
    parts: Sequence[Node]
    offers: Sequence[Offer]

    @property
    def nodes(self) -> Sequence[Node]:
        return [*self.fields, *self.parts]

    @property
    def inputs(self) -> Iterator[Input]:
        for node in self.nodes:
            yield from node.inputs


@dataclass(frozen=True, slots=True)
class ShownComponent:
    """A component: its card at the left and its panel in the middle."""

    index: int
    key: str
    kind: str
    title: str
    kind_label: str
    purpose: str
    sentence: str
    weight_text: str
    names: Sequence[Input]
    part: Part
    selected: bool
    has_error: bool
    count: int

    @property
    def path(self) -> str:
        return f"components.{self.index}"

    @property
    def inputs(self) -> Iterator[Input]:
        yield from self.names
        yield from self.part.inputs

    @property
    def row_lists(self) -> Iterator[Rows]:
        """The grids in which something is computed beside the rows."""
        return (node for node in self.part.nodes if isinstance(node, Rows) and node.is_grid)

    @property
    def is_last(self) -> bool:
        return self.index == self.count - 1

    @property
    def above(self) -> int:
        return self.index - 1

    @property
    def below(self) -> int:
        return self.index + 1


@dataclass(frozen=True, slots=True)
class ShownProblem:
    """What stands before publishing; `field` is the id of the field to go to, `panel` where it is, `where` its name."""

    text: str
    tone: Literal["bad", "careful", "accent"]
    field: str = ""
    panel: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """A line of the example; `why` are sentences under it, such as its parts by tier."""

    text: str
    pay: str
    why: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What the plan pays in the example, and the lines it is made of; `error` where the case can't be computed."""

    total: str = ""
    sentence: str = ""
    lines: Sequence[ExampleLine] = ()
    notes: Sequence[str] = ()
    error: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    pays: str = ""

    @property
    def can_be_kept(self) -> bool:
        return bool(self.pays)


def number_or_none(text: str) -> Decimal | None:
    try:
        return number_typed(text)
    except NotANumber:
        return None


def positive(text: str) -> Decimal | None:
    number = number_or_none(text)
    return number if number and number > 0 else None
