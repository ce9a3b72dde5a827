"""The plan editor's fields: the whole plan as typed, the document that it means, and what its buttons change."""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from incentives.forms.new_components import beginning
from incentives.forms.typed_fields import (
    END,
    START,
    Content,
    Writer,
    default_of,
    fields_of,
    is_chained,
    typed_object,
)
from incentives.forms.typed_numbers import NotANumber, exact_text, exact_typed, number_kept
from incentives.forms.typed_tree import Node, at_path, list_of, object_of, posted_tree, split_path, text_of
from incentives.rules.document import PERIODS, PRORATIONS
from incentives.rules.fields import Choice, Field, Group, Rows, Share, Type, Values
from incentives.rules.kinds import KINDS
from incentives.rules.measures import CREDIT_MEASURES
from incentives.rules.plan_terms import PLAN_FIELDS
from incentives.rules.words import Words

NO_PRORATION, BY_DAYS = PRORATIONS
_HELP_CAP = Words("Of the pay at target; empty: no cap.", "按目标奖金计；留空表示不封顶。")

# What every plan says, beside what it may say (PLAN_FIELDS).
HEAD_FIELDS = (
    Field("measure", Choice(CREDIT_MEASURES), Words("Counts", "计入业绩"), default="booked_revenue"),
    Field("period", Choice({PERIODS[0]: Words("Quarter", "季度")}), Words("Paid by", "核算周期"), default=PERIODS[0]),
    Field("cap", Share(), Words("Cap", "封顶"), default=None, help=_HELP_CAP),
    Field(
        "proration",
        Choice({NO_PRORATION: Words("counts as given", "按给定值"), BY_DAYS: Words("by days", "按天折算")}),
        Words("Part of a quarter", "不满一季"),
        default=NO_PRORATION,
    ),
)
PLAN = (*HEAD_FIELDS, *PLAN_FIELDS)
ROOTS = ("components", "examples", *(each.name for each in PLAN))
OWN = ("key", "kind", "name")


@dataclass(frozen=True, slots=True)
class TypedExample:
    """A worked example: its name and expected pay as typed, and the facts as they were kept."""

    name: str
    pays: str
    facts: Content


@dataclass(slots=True)
class TypedPlan:
    """All fields of the editor that make the document: trees of texts in its shape."""

    fields: dict[str, Node] = field(default_factory=dict)
    components: list[dict[str, Node]] = field(default_factory=list)
    examples: list[TypedExample] = field(default_factory=list)

    @property
    def tree(self) -> dict[str, Node]:
        """All but the examples under its path."""
        return {**self.fields, "components": self.components}


def kind_of(component: Mapping[str, Node]) -> str:
    return text_of(component.get("kind"))


# From the document, and from what was posted


def typed_plan(content: Mapping[str, Any]) -> TypedPlan:
    """The fields that show a document."""
    components = [object_of(component) for component in content.get("components", ())]
    return TypedPlan(
        fields=typed_object(PLAN, content),
        components=[_typed_component(each) for each in components if each.get("kind") in KINDS],
        examples=[_typed_example(object_of(each)) for each in content.get("examples") or ()],
    )


def _typed_component(component: Content) -> dict[str, Node]:
    name = object_of(component.get("name"))
    return {
        "key": str(component.get("key", "")),
        "kind": component["kind"],
        "name": {"en": str(name.get("en", "")), "zh": str(name.get("zh", ""))},
        **typed_object(fields_of(component["kind"]), component),
    }


def _typed_example(example: Content) -> TypedExample:
    return TypedExample(str(example.get("name", "")), str(example.get("pays", "")), object_of(example.get("facts")))


def posted_plan(data: Mapping[str, str]) -> TypedPlan:
    """The fields of a posted form, in the order of their numbers; numbers left out by a removal close up."""
    tree = posted_tree(data, ROOTS)
    components = [object_of(each) for each in list_of(tree.pop("components", None))]
    examples = [object_of(each) for each in list_of(tree.pop("examples", None))]
    return TypedPlan(
        fields=tree,
        components=[each for each in components if kind_of(each) in KINDS],
        examples=[
            TypedExample(text_of(each.get("name")), text_of(each.get("pays")), _facts(text_of(each.get("facts"))))
            for each in examples
        ],
    )


def _facts(text: str) -> Content:
    """The facts of an example are carried along as JSON."""
    try:
        return object_of(json.loads(text))
    except ValueError:
        return {}


# The document


@dataclass(frozen=True, slots=True)
class Written:
    """The document that the fields mean. Fields with an error (path: reason) are None in it; then it can't be kept."""

    content: Content
    errors: dict[str, str]


def written(typed: TypedPlan, base: Content) -> Written:
    """The document of the fields; what the editor doesn't show is kept from `base` (components by their key)."""
    writer = Writer()
    known = {component.get("key"): component for component in base.get("components", ())}
    shown = {each.name for each in PLAN} | {"components", "examples"}
    content: Content = {name: deepcopy(value) for name, value in base.items() if name not in shown}
    content |= {"measure": HEAD_FIELDS[0].default, "period": PERIODS[0]}
    content |= writer.object(PLAN, typed.fields, base, "")
    content["components"] = [
        _written_component(component, known.get(component.get("key"), {}), f"components.{number}", writer)
        for number, component in enumerate(typed.components)
    ]
    if examples := [_written_example(each, number, writer) for number, each in enumerate(typed.examples)]:
        content["examples"] = examples
    return Written(content, writer.errors)


def _written_component(typed: Mapping[str, Node], base: Content, path: str, writer: Writer) -> Content:
    name = object_of(typed.get("name"))
    english = text_of(name.get("en"))
    if not english:
        writer.errors[f"{path}.name.en"] = _("Give the component a name.")
    return {
        "key": text_of(typed.get("key")),
        "name": {"en": english, "zh": text_of(name.get("zh")) or english},
        "kind": kind_of(typed),
        **writer.object(fields_of(kind_of(typed)), typed, base, path),
    }


def _written_example(typed: TypedExample, number: int, writer: Writer) -> Content:
    pays: str | None = None
    try:
        pays = number_kept(typed.pays)
    except NotANumber as error:
        writer.errors[f"examples.{number}.pays"] = str(error)
    return {"name": typed.name, "facts": typed.facts, "pays": pays}


# Changes by a button


@dataclass(frozen=True, slots=True)
class Changed:
    """The plan after a button, and the path of the field to go to."""

    typed: TypedPlan
    focus: str = ""


def with_component(typed: TypedPlan, kind: str) -> TypedPlan:
    """A new component of a kind, with the weight that is still free."""
    changed = deepcopy(typed)
    keys = {text_of(component.get("key")) for component in changed.components}
    bare = kind.replace("_", "-")
    key = next(f"{bare}-{number}" for number in range(1, 1000) if f"{bare}-{number}" not in keys)
    component = {"key": key, "kind": kind, **beginning(kind, _free_weight(changed))}
    changed.components.append(_typed_component(component))
    return changed


def _free_weight(typed: TypedPlan) -> str:
    taken = sum((_number(text_of(component.get("weight"))) for component in typed.components), Fraction(0))
    return exact_text(max(1 - taken / 100, Fraction(0)))


def _number(text: str) -> Fraction:
    try:
        return exact_typed(text)
    except NotANumber:
        return Fraction(0)


def declared_at(typed: TypedPlan, path: str) -> Field | None:
    """What is declared of the field at a path; rows and values answer with the field that holds them."""
    steps = path.split(".")
    declared: Sequence[Field] = PLAN
    if steps[0] == "components":
        component = at_path(typed.tree, ".".join(steps[:2]))
        if kind_of(object_of(component)) not in KINDS:
            return None
        declared, steps = fields_of(kind_of(component)), steps[2:]
    found: Field | None = None
    for step in steps:
        if step.isdigit():
            continue
        found = next((each for each in declared if each.name == step), None)
        if found is None:
            return None
        declared = inner_fields(found.type)
    return found


def inner_fields(kind: Type) -> Sequence[Field]:
    if isinstance(kind, Rows):
        return kind.columns
    return kind.fields if isinstance(kind, Group) else ()


def with_added(typed: TypedPlan, path: str) -> Changed:
    """A row after the one at the path, a row at the end of the list at the path, or the optional field there."""
    changed, declared = deepcopy(typed), declared_at(typed, path)
    if declared is None:
        return Changed(typed)
    parent, last = split_path(path)
    if last.isdigit():
        return _row_added(changed, declared, parent, int(last) + 1)
    if isinstance(declared.type, Rows | Values):
        return _row_added(changed, declared, path, len(list_of(at_path(changed.tree, path))))
    holder = at_path(changed.tree, parent) if parent else changed.fields
    holder[last] = _fresh(declared.type)
    return Changed(changed, path)


def _row_added(changed: TypedPlan, declared: Field, path: str, place: int) -> Changed:
    rows = at_path(changed.tree, path)
    parent, name = split_path(path)
    if not isinstance(rows, list):
        rows = []
        (at_path(changed.tree, parent) if parent else changed.fields)[name] = rows
    if not 0 <= place <= len(rows):
        return Changed(changed)
    if is_chained(declared.type):
        _split(rows, place)
        return Changed(changed, f"{path}.{place}.{END}")
    kind = declared.type
    rows.insert(place, _fresh(kind.of) if isinstance(kind, Values) else {})
    if isinstance(kind, Rows):
        rows[place] = _fresh_row(kind)
    _matrix_grows(at_path(changed.tree, parent), name, place)
    return Changed(changed, f"{path}.{place}")


def _fresh_row(kind: Rows) -> dict[str, Node]:
    """A row with the defaults of its columns, and a first row in each list that it must have."""
    row: dict[str, Node] = {}
    for column in kind.columns:
        if isinstance(column.type, Group) and column.required:
            row[column.name] = _fresh(column.type)
        elif isinstance(column.type, Choice):
            row[column.name] = default_of(column, row) or (next(iter(column.type.options)) if column.required else "")
    return row


def _fresh(kind: Type) -> Node:
    if isinstance(kind, Group):
        return {each.name: _fresh_choice(each) for each in kind.fields if isinstance(each.type, Choice)}
    if isinstance(kind, Values):
        return [""]
    return [_fresh_row(kind)] if isinstance(kind, Rows) else ""


def _fresh_choice(declared: Field) -> str:
    options = declared.type.options if isinstance(declared.type, Choice) else {}
    return default_of(declared, {}) or (next(iter(options)) if declared.required else "")


def _split(rows: list[Node], place: int) -> None:
    """A new row splits the closed one above it in half, or goes on 50 above the bound under an open one."""
    if not rows:
        rows.append({END: "", START: ""})
        return
    above = max(place - 1, 0)
    here = rows[above]
    start = _number(text_of(rows[above - 1].get(END))) if above else _number(text_of(here.get(START)))
    end = _number(text_of(here.get(END)))
    middle = start + (end - start) / 2 if end > start else start + 50
    fresh = {name: deepcopy(value) for name, value in here.items() if name != START}
    here[END] = exact_text(middle)
    rows.insert(above + 1, fresh)


def _matrix_grows(holder: Node, name: str, place: int) -> None:
    """A bound of a matrix brings its cells."""
    cells = list_of(object_of(holder).get("cells"))
    if name == "row_bounds":
        width = len(list_of(holder.get("column_bounds")))
        cells.insert(place, [""] * width)
    elif name == "column_bounds":
        for row in cells:
            row.insert(place, "")


@dataclass(frozen=True, slots=True)
class Removed:
    """What a button took away, so that it can be put back: carried along in the form."""

    path: str
    value: Node

    def as_json(self) -> str:
        return json.dumps({"path": self.path, "value": self.value}, ensure_ascii=False)

    @classmethod
    def parse(cls, text: str) -> "Removed | None":
        try:
            given = json.loads(text)
        except ValueError:
            return None
        if not isinstance(given, dict) or not isinstance(given.get("path"), str):
            return None
        return cls(given["path"], given.get("value"))


def without(typed: TypedPlan, path: str) -> tuple[TypedPlan, Removed | None]:
    """The plan without the row, component, example or optional field at a path, and what was taken."""
    changed = deepcopy(typed)
    parent, last = split_path(path)
    if parent == "examples":
        place = int(last) if last.isdigit() else len(changed.examples)
        if place >= len(changed.examples):
            return typed, None
        gone = changed.examples.pop(place)
        return changed, Removed(path, {"name": gone.name, "pays": gone.pays, "facts": gone.facts})
    holder = at_path(changed.tree, parent) if parent else changed.fields
    if isinstance(holder, list) and last.isdigit() and int(last) < len(holder):
        value = holder.pop(int(last))
        above, name = split_path(parent)
        _matrix_shrinks(at_path(changed.tree, above), name, int(last))
        return changed, Removed(path, value)
    if isinstance(holder, dict) and last in holder:
        return changed, Removed(path, holder.pop(last))
    return typed, None


def _matrix_shrinks(holder: Node, name: str, place: int) -> None:
    cells = list_of(object_of(holder).get("cells"))
    if name == "row_bounds" and place < len(cells):
        cells.pop(place)
    elif name == "column_bounds":
        for row in cells:
            if place < len(row):
                row.pop(place)


def with_restored(typed: TypedPlan, removed: Removed) -> Changed:
    """What was taken away back at its place."""
    changed = deepcopy(typed)
    parent, last = split_path(removed.path)
    value = removed.value
    if parent == "examples" and isinstance(value, dict):
        example = TypedExample(text_of(value.get("name")), text_of(value.get("pays")), object_of(value.get("facts")))
        changed.examples.insert(int(last) if last.isdigit() else 0, example)
        return Changed(changed)
    holder = at_path(changed.tree, parent) if parent else changed.fields
    if isinstance(holder, dict) and last and not last.isdigit():
        if parent or last in {each.name for each in PLAN}:
            holder[last] = value
    elif last.isdigit() and (parent != "components" or kind_of(object_of(value)) in KINDS):
        if not isinstance(holder, list):
            above, name = split_path(parent)
            holder = object_of(at_path(changed.tree, above) if above else changed.fields).setdefault(name, [])
        holder.insert(int(last), value)
        above, name = split_path(parent)
        _matrix_grows(at_path(changed.tree, above), name, int(last))
    return Changed(changed, removed.path)


def with_moved(typed: TypedPlan, path: str, to: int) -> Changed:
    """The row or component at a path at another place of its list. Chained rows leave their bounds where they are."""
    changed = deepcopy(typed)
    parent, last = split_path(path)
    rows = at_path(changed.tree, parent)
    if not isinstance(rows, list) or not last.isdigit() or int(last) >= len(rows):
        return Changed(typed)
    declared, place = declared_at(typed, parent), min(max(to, 0), len(rows) - 1)
    bounds = [{name: row[name] for name in (START, END) if name in row} for row in rows if isinstance(row, dict)]
    rows.insert(place, rows.pop(int(last)))
    if declared is not None and is_chained(declared.type):
        for row, bound in zip(rows, bounds, strict=True):
            row.pop(START, None)
            row.update({END: ""} | bound)
    return Changed(changed, f"{parent}.{place}")
