"""How a kind of component declares its fields: what each is called, how it is typed, read, checked and described.

The editor draws its inputs from these declarations, a document is read by them, and `plan.schema.json` is written from
them, so that the three cannot differ.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

from incentives.rules.reading import Fields, exact_number
from incentives.rules.words import Words

Schema = dict[str, Any]
NONE: Any = object()  # no default: the field must be there


class Type(ABC):
    """What a field holds. `widget` names the input that suits it."""

    widget: ClassVar[str]

    @abstractmethod
    def read(self, fields: Fields, name: str, default: Any) -> Any:
        """The value; problems go to `fields`. `default` stands for what is missing (`NONE`: it must be there)."""

    @abstractmethod
    def schema(self) -> Schema:
        """As JSON Schema."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind.

    when   other field > its values with which this one is there at all
    unit   other field > its value > the widget that suits then: tier bounds are percent on attainment, money on amount
    open   whether null may stand for "no end" although the field must be there
    attr   the attribute that holds it, where the name is none in Python
    """

    name: str
    type: Type
    label: Words
    default: Any = NONE
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    unit: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    help: Words | None = None
    open: bool = False
    attr: str = ""

    @property
    def attribute(self) -> str:
        return self.attr or self.name

    @property
    def required(self) -> bool:
        return self.default is NONE

    def read(self, fields: Fields) -> Any:
        return self.type.read(fields, self.name, self.default)

    def widget_for(self, values: Mapping[str, Any]) -> str:
        """The input that suits this field where the others have these values."""
        for name, widgets in self.unit.items():
            chosen = widgets.get(str(values.get(name)))
            if chosen is not None:
                return chosen
        return self.type.widget


def read_all(declared: Sequence[Field], fields: Fields) -> dict[str, Any]:
    """The values by attribute. A field that does not apply is left at None and, if given, is a problem (`finish`)."""
    found: dict[str, Any] = {}
    for each in declared:
        applies = all(found.get(name) in values for name, values in each.when.items())
        found[each.attribute] = each.read(fields) if applies else None
    return found


def object_schema(declared: Sequence[Field], **more: Any) -> Schema:
    properties: Schema = {}
    for each in declared:
        shape = each.type.schema()
        properties[each.name] = (nullable(shape) if each.open or each.default is None else shape) | {
            "title": each.label.en
        }
        if each.help:
            properties[each.name]["description"] = each.help.en
    required = [each.name for each in declared if each.required and not each.when]
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": required} if required else {}),
        "properties": properties,
        **more,
    }


# Numbers

AMOUNT_PATTERN = r"^[0-9]{1,18}(\.[0-9]{1,12})?(/[0-9]{1,12})?$"
SIGNED_PATTERN = r"^-?[0-9]{1,18}(\.[0-9]{1,12})?(/[0-9]{1,12})?$"


@dataclass(frozen=True, slots=True)
class Number(Type):
    """An exact number: a decimal, or a fraction such as 1/3. Of any sign unless `least` says otherwise."""

    widget: ClassVar[str] = "number"
    least: Fraction | None = None

    def read(self, fields: Fields, name: str, default: Any) -> Fraction | None:
        if fields.get(name) is None and default is not NONE:
            return default if default is None else exact_number(default)
        return fields.exact(name, least=self.least)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": SIGNED_PATTERN if self.least is None else AMOUNT_PATTERN}


@dataclass(frozen=True, slots=True)
class Share(Number):
    """A ratio that people type as percent: 0.05 is 5 %."""

    widget: ClassVar[str] = "share"
    least: Fraction | None = Fraction(0)


@dataclass(frozen=True, slots=True)
class Multiple(Number):
    """A factor: 1.5 is one and a half times."""

    widget: ClassVar[str] = "multiple"
    least: Fraction | None = Fraction(0)


@dataclass(frozen=True, slots=True)
class Money(Number):
    """An amount in the plan's currency, from 0 on."""

    widget: ClassVar[str] = "money"
    least: Fraction | None = Fraction(0)


@dataclass(frozen=True, slots=True)
class Count(Type):
    """A whole number from `least` on."""

    widget: ClassVar[str] = "count"
    least: int = 0

    def read(self, fields: Fields, name: str, default: Any) -> int | None:
        if fields.get(name) is None and default is not NONE:
            return default if default is None else int(default)
        return fields.whole(name, least=self.least)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": r"^[0-9]{1,6}$"}


# Texts


@dataclass(frozen=True, slots=True)
class Choice(Type):
    """One of some codes, each with its words."""

    widget: ClassVar[str] = "choice"
    options: Mapping[str, Words]

    def read(self, fields: Fields, name: str, default: Any) -> str | None:
        if fields.get(name) is None and default is None:
            return None
        return fields.choice(name, list(self.options), None if default is NONE else default)

    def schema(self) -> Schema:
        return {"enum": list(self.options)}


@dataclass(frozen=True, slots=True)
class Text(Type):
    """A short text, such as a product's name."""

    widget: ClassVar[str] = "text"

    def read(self, fields: Fields, name: str, default: Any) -> str | None:
        if fields.get(name) is None and default is not NONE:
            return None if default is None else str(default)
        return fields.text(name)

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "\\S"}


@dataclass(frozen=True, slots=True)
class Day(Type):
    """A date."""

    widget: ClassVar[str] = "day"

    def read(self, fields: Fields, name: str, default: Any) -> Any:
        if fields.get(name) is None and default is not NONE:
            return default
        return fields.day(name)

    def schema(self) -> Schema:
        return {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


# Lists and objects


@dataclass(frozen=True, slots=True)
class Values(Type):
    """A list of plain values of one type, such as shares or names."""

    widget: ClassVar[str] = "values"
    of: Type
    least: int = 1
    open: bool = False  # whether a value may be null

    def read(self, fields: Fields, name: str, default: Any) -> tuple[Any, ...] | None:
        given = fields.get(name)
        if given is None and default is not NONE:
            return default if default is None else tuple(default)
        if not isinstance(given, list) or len(given) < self.least:
            fields.problem(name, "empty_list")
            return ()
        inside = Fields(dict(enumerate(given)), fields.at(name), fields.problems)  # type: ignore[arg-type]
        missing = None if self.open else NONE
        return tuple(self.of.read(inside, place, missing) for place in range(len(given)))  # type: ignore[arg-type]

    def schema(self) -> Schema:
        items = self.of.schema()
        return {"type": "array", "minItems": self.least, "items": nullable(items) if self.open else items}


@dataclass(frozen=True, slots=True)
class Grid(Type):
    """Rows of plain values: the cells of a matrix."""

    widget: ClassVar[str] = "grid"
    of: Type

    def read(self, fields: Fields, name: str, default: Any) -> tuple[tuple[Any, ...], ...]:  # noqa: ARG002
        rows = fields.get(name)
        if not isinstance(rows, list) or not rows:
            fields.problem(name, "empty_list")
            return ()
        inside = Fields(dict(enumerate(rows)), fields.at(name), fields.problems)  # type: ignore[arg-type]
        cells = Values(self.of)
        return tuple(cells.read(inside, place, NONE) or () for place in range(len(rows)))  # type: ignore[arg-type]

    def schema(self) -> Schema:
        return {"type": "array", "minItems": 1, "items": Values(self.of).schema()}


@dataclass(frozen=True, slots=True)
class Rows(Type):
    """A list of objects with the same columns; each becomes `into`."""

    widget: ClassVar[str] = "rows"
    columns: tuple[Field, ...]
    into: Callable[..., Any]
    least: int = 1

    def read(self, fields: Fields, name: str, default: Any) -> tuple[Any, ...]:
        if fields.get(name) is None and default is not NONE:
            return ()
        found = []
        for row in fields.objects(name, least=self.least):
            found.append(self.into(**read_all(self.columns, row)))
            row.finish()
        return tuple(found)

    def schema(self) -> Schema:
        return {"type": "array", "minItems": self.least, "items": object_schema(self.columns)}


@dataclass(frozen=True, slots=True)
class Group(Type):
    """One object with fields of its own; it becomes `into`, and None where it is missing and may be."""

    widget: ClassVar[str] = "group"
    fields: tuple[Field, ...]
    into: Callable[..., Any]

    def read(self, fields: Fields, name: str, default: Any) -> Any:
        inside = fields.inner(name)
        if inside is None:
            if default is NONE and name not in fields.data:
                fields.problem(name, "missing")
            return None
        found = self.into(**read_all(self.fields, inside))
        if (check := getattr(found, "check", None)) is not None:
            check(inside)
        inside.finish()
        return found

    def schema(self) -> Schema:
        return object_schema(self.fields)


def nullable(schema: Schema) -> Schema:
    return {"oneOf": [schema, {"type": "null"}]}
