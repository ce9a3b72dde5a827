"""A plan document in words, alone or beside another wording: what people read who don't edit.

The words come from what each kind declares of its fields, so that a new kind needs none here. Which components belong
together is for `rules.differences` to say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from core import formats
from core.money import places
from incentives.forms.typed_fields import applies, default_of, fields_of, in_force, is_chained, is_number
from incentives.forms.typed_numbers import exact_text
from incentives.forms.typed_plan import PLAN
from incentives.forms.typed_tree import object_of, text_of
from incentives.forms.units import widget_of
from incentives.rules.differences import differences
from incentives.rules.fields import Choice, Field, Grid, Group, Rows, Type, Values
from incentives.rules.kinds import KINDS
from incentives.rules.measures import KPI, OF, READS
from incentives.rules.reading import exact_number
from incentives.views.editor.nodes import say

Content = Mapping[str, Any]
Scopes = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """One field before and after. `changed` marks it; of a new thing `before` is empty, of a removed one `after`."""

    label: str
    before: str
    after: str
    changed: bool


@dataclass(frozen=True, slots=True)
class ComponentWords:
    """A component, or the plan's own fields. `state`: 'same', 'changed', 'new', 'removed'."""

    name: str
    kind: str
    state: str
    rows: Sequence[Words]

    @property
    def changes(self) -> int:
        """How many fields and rows changed; a new or removed component counts once."""
        return 1 if self.state in {"new", "removed"} else sum(row.changed for row in self.rows)


def document_words(content: Content, currency: str) -> list[ComponentWords]:
    """A document alone."""
    return compared(content, content, currency)


def compared(before: Content, after: Content, currency: str) -> list[ComponentWords]:
    """By component, in the order of `after`, then what was taken out; the plan's own fields come last."""
    found = [
        _component(pair.before, pair.after, currency)
        for pair in differences(_readable(before), _readable(after)).components
    ]
    rows = _paired(_plan_rows(before, currency), _plan_rows(after, currency))
    state = "changed" if any(row.changed for row in rows) else "same"
    return [*found, ComponentWords(_("Whole plan"), "", state, rows)]


def _readable(content: Content) -> Content:
    """Only components that can be told apart."""
    return {**content, "components": [each for each in content.get("components", ()) if object_of(each).get("key")]}


def component_name(component: Content) -> str:
    """In the active language."""
    name = object_of(component.get("name"))
    return str((name.get("zh") if formats.chinese() else None) or name.get("en") or component.get("key", ""))


def _component(before: Content | None, after: Content | None, currency: str) -> ComponentWords:
    shown = after or before or {}
    rows = _paired(_component_rows(before, currency), _component_rows(after, currency))
    kind = shown.get("kind", "")
    if before is None:
        state = "new"
    elif after is None:
        state = "removed"
    else:
        state = "changed" if any(row.changed for row in rows) else "same"
    return ComponentWords(component_name(shown), say(KINDS[kind].label) if kind in KINDS else "", state, rows)


@dataclass(frozen=True, slots=True)
class _Row:
    """What a wording says at one place; `is_name`: shown only where it changed."""

    label: str
    text: str
    is_name: bool = False


def _paired(before: Mapping[str, _Row], after: Mapping[str, _Row]) -> list[Words]:
    """Both by path, in the order of `after`; what is said no more stands where it was said."""
    paths = list(after)
    place = 0
    for path in before:
        if path in after:
            place = paths.index(path) + 1
        else:
            paths.insert(place, path)
            place += 1
    rows = []
    for path in paths:
        was, now = before.get(path), after.get(path)
        shown = now or was
        texts = (was.text if was else "", now.text if now else "")
        if shown is not None and (texts[0] != texts[1] or not shown.is_name):
            rows.append(Words(shown.label, *texts, changed=texts[0] != texts[1]))
    return rows


def _component_rows(component: Content | None, currency: str) -> dict[str, _Row]:
    if component is None:
        return {}
    rows = {"name": _Row(_("Name"), component_name(component), is_name=True)}
    kind = component.get("kind", "")
    if kind in KINDS:
        rows |= dict(Speaker(currency).rows(fields_of(kind), component, "", ()))
    return rows


def _plan_rows(content: Content, currency: str) -> dict[str, _Row]:
    """What is said of the whole plan beside the usual; the cap always."""
    usual = {each.name for each in PLAN if content.get(each.name) == default_of(each, content)}
    said = {name: value for name, value in content.items() if name not in usual}
    rows = {path: _plan_row(path, row) for path, row in Speaker(currency).rows(PLAN, said, "", ())}
    if "cap" not in rows:
        rows["cap"] = _Row(_("Cap"), _("none"))
    for place, example in enumerate(content.get("examples") or ()):
        row = object_of(example)
        label = _("Example: %(name)s") % {"name": row.get("name", place + 1)}
        rows[f"examples.{place}"] = _Row(label, Speaker(currency).value("money", str(row.get("pays", ""))))
    return rows


def _plan_row(path: str, row: _Row) -> _Row:
    return replace(row, text=_("%(percent)s of the pay at target") % {"percent": row.text}) if path == "cap" else row


# Punctuation of the active language


def _comma() -> str:
    return "，" if formats.chinese() else ", "


def _semicolon() -> str:
    return "；" if formats.chinese() else "; "


def _colon() -> str:
    return "：" if formats.chinese() else ": "


def _listed() -> str:
    return "、" if formats.chinese() else ", "


class Speaker:
    """Says the values of a document in words."""

    def __init__(self, currency: str) -> None:
        self.currency = currency

    def rows(self, declared: Sequence[Field], data: Content, path: str, scopes: Scopes) -> Iterator[tuple[str, _Row]]:
        """What is said, by path: a line a field, and a line a row of a list."""
        values = in_force(declared, data)
        for each in declared:
            value, at = data.get(each.name), f"{path}.{each.name}" if path else each.name
            if value in (None, "", []) or not applies(each, declared, values):
                continue
            yield from self._field(each, value, at, (values, *scopes))

    def _field(self, declared: Field, value: Any, path: str, scopes: Scopes) -> Iterator[tuple[str, _Row]]:
        kind, label = declared.type, say(declared.label)
        if isinstance(kind, Group) and kind.widget != "measure":
            for at, row in self.rows(kind.fields, object_of(value), path, scopes):
                yield at, replace(row, label=f"{label}{_colon()}{row.label}")
        elif isinstance(kind, Rows):
            for number, row in enumerate(value if isinstance(value, list) else ()):
                title = _("Tier %(number)s") if declared.name == "tiers" else f"{label} %(number)s"
                yield f"{path}.{number}", _Row(title % {"number": number + 1}, self.row(kind, object_of(row), scopes))
        else:
            yield path, _Row(label, self.text(declared, kind, value, scopes))

    def row(self, kind: Rows, row: Content, scopes: Scopes) -> str:
        """'50–100 % at 1.5 × base'; other rows name their columns."""
        values = (in_force(kind.columns, row), *scopes)
        columns = {column.name: column for column in kind.columns}
        parts = []
        if is_chained(kind):
            span = self._span(columns, row, values)
            rest = [each for name, each in columns.items() if name not in {"from", "to"}]
            if len(rest) == 1:
                texts = {"range": span, "rate": self._said(rest[0], row, values)}
                return _("%(range)s at %(rate)s") % texts
            parts.append(span)
            columns = {each.name: each for each in rest}
        for name, column in columns.items():
            if row.get(name) not in (None, "", []):
                text = self._said(column, row, values)
                is_measure = column.type.widget == "measure"
                parts.append(text if is_measure else f"{say(column.label)} {text}")
        return _comma().join(parts)

    def _span(self, columns: Mapping[str, Field], row: Content, scopes: Scopes) -> str:
        """'50–100 %', 'above 130 %', '$0–$75,000'."""
        widget = widget_of(columns["from"], scopes)
        low, high = (str(row.get(name) or "") for name in ("from", "to"))
        if not high:
            return _("above %(bound)s") % {"bound": self.value(widget, low)}
        if widget == "share" and "/" not in low:
            return f"{self.value('share', low).removesuffix('%').rstrip()}–{self.value('share', high)}"
        return f"{self.value(widget, low)}–{self.value(widget, high)}"

    def _said(self, column: Field, row: Content, scopes: Scopes) -> str:
        text = self.text(column, column.type, row.get(column.name), scopes)
        base = any(text_of(scope.get("rates")) in {"target_pay", "base_rate"} for scope in scopes)
        if column.name == "rate" and widget_of(column, scopes) == "multiple" and base:
            return _("%(rate)s × base") % {"rate": text.removeprefix("×").strip()}
        return text

    def text(self, declared: Field, kind: Type, value: Any, scopes: Scopes) -> str:
        """One value of the document."""
        if isinstance(kind, Group):
            return self._measure(object_of(value)) if kind.widget == "measure" else self._inner(kind, value, scopes)
        if isinstance(kind, Rows):
            return _semicolon().join(self.row(kind, object_of(row), scopes) for row in value)
        if isinstance(kind, Grid):
            return " | ".join(
                _listed().join(self.text(declared, kind.of, cell, scopes) for cell in row) for row in value
            )
        if isinstance(kind, Values):
            return _listed().join(self.text(declared, kind.of, each, scopes) for each in value)
        return formats.DASH if value is None else self._single(declared, kind, value, scopes)

    def _single(self, declared: Field, kind: Type, value: Any, scopes: Scopes) -> str:
        if isinstance(kind, Choice):
            return say(kind.options.get(str(value))) or str(value)
        return self.value(widget_of(declared, scopes) if is_number(kind) else kind.widget, str(value))

    def _inner(self, kind: Group, value: Any, scopes: Scopes) -> str:
        return _comma().join(
            f"{row.label} {row.text}" for _path, row in self.rows(kind.fields, object_of(value), "", scopes)
        )

    def _measure(self, measure: Content) -> str:
        if measure.get("of") != KPI:
            return say(OF.get(str(measure.get("of")))) or str(measure.get("of", ""))
        read = measure.get("read") or "value"
        code = str(measure.get("code", ""))
        return code if read == "value" else f"{code} ({say(READS.get(read))})"

    def value(self, widget: str, text: str) -> str:
        """A number with its unit, all of its digits; what is none stays as it is."""
        number = exact_number(text)
        if number is None:
            return text
        if widget == "share":
            return f"{exact_text(number * 100)}{formats.NBSP}%"
        if widget == "multiple":
            return f"×{formats.NBSP}{exact_text(number)}"
        if widget == "money":
            return self._money(number)
        return exact_text(number)

    def _money(self, number: Fraction) -> str:
        """To the minor unit, without it where it is zero; a fraction as it is."""
        text = exact_text(number)
        if "/" in text:
            return text
        full = formats.money_full(Decimal(text), self.currency)
        decimals = places(self.currency)
        return full[: -decimals - 1] if decimals and number.denominator == 1 else full
