"""Charts as data: what is shown, not how. `static/js/charts.js` draws the spec; the table beside it is rendered here.

Every body has two faces: `spec()` for the drawing (plain JSON, numbers as floats) and `table()` for readers without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol

from django.utils.translation import gettext as _

from core import formats

Number = Decimal | float | int
Spec = dict[str, Any]
Role = Literal["actual", "target", "past", "forecast", "other"]
BarTone = Literal["accent", "muted", "good", "careful", "bad"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in the table behind a chart, and, for a number, what a spreadsheet is given."""

    text: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Values:
    """How the numbers of an axis read. 'percent' takes ratios, 'money' needs its ISO currency."""

    kind: Literal["number", "money", "percent", "days", "score"] = "number"
    currency: str = ""

    def text(self, value: Number | None) -> str:
        """A value in full, as the table shows it; a missing one is a dash."""
        if value is None:
            return formats.DASH
        match self.kind:
            case "money":
                return formats.money_full(value, self.currency)
            case "percent":
                return formats.percent(value)
            case "days":
                return formats.days(value)
            case "score":
                return formats.number(value, 1)
        return formats.number(value)

    def cell(self, value: Number | None) -> Cell:
        """The text, and for a spreadsheet the number itself to six decimals."""
        return Cell(self.text(value), "" if value is None else format(round(Decimal(str(value)), 6).normalize(), "f"))

    def spec(self) -> Spec:
        """Kind and, for money, the symbol that the locale puts before it."""
        symbol = formats.currency_symbol(self.currency) if self.currency else ""
        return {"kind": self.kind, "symbol": symbol}


@dataclass(frozen=True, slots=True)
class Table:
    """The data behind a chart: headings, and rows of a label and formatted values."""

    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class Body(Protocol):
    """One type of chart."""

    def spec(self) -> Spec: ...

    def table(self, values: Values) -> Table: ...

    def is_empty(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its card.

    id      unique on the page, in an address too: letters, digits, hyphens
    title   the finding, or the question that it answers
    values  how its numbers read
    sub     units, source or uncertainty in words
    empty   what to say, and to do, when there is nothing to draw
    height  in pixels, one that components.css knows
    """

    id: str
    title: str
    body: Body
    values: Values = field(default_factory=Values)
    sub: str = ""
    empty: str = ""
    height: Literal[160, 200, 240, 280, 320, 360] = 280

    def spec(self) -> Spec:
        return self.body.spec() | {"values": self.values.spec(), "title": self.title}

    def table(self) -> Table:
        return self.body.table(self.values)

    def is_empty(self) -> bool:
        return self.body.is_empty()


# A line over time


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `values` has one entry an x, None where there is none. The role decides its look."""

    name: str
    values: Sequence[Number | None]
    role: Role = "actual"


@dataclass(frozen=True, slots=True)
class Band:
    """Uncertainty between two lines, such as the 80 % range of a forecast."""

    name: str
    low: Sequence[Number | None]
    high: Sequence[Number | None]


@dataclass(frozen=True, slots=True)
class Trend:
    x: Sequence[str]
    lines: Sequence[Line]
    band: Band | None = None
    x_label: str = ""

    def spec(self) -> Spec:
        band = self.band and {"name": self.band.name, "low": _floats(self.band.low), "high": _floats(self.band.high)}
        lines = [{"name": line.name, "values": _floats(line.values), "role": line.role} for line in self.lines]
        return {"type": "trend", "x": list(self.x), "lines": lines, "band": band, "xLabel": self.x_label}

    def table(self, values: Values) -> Table:
        columns = [(line.name, line.values) for line in self.lines]
        if self.band:
            columns += [(f"{self.band.name} ↓", self.band.low), (f"{self.band.name} ↑", self.band.high)]
        rows = [[Cell(x), *(values.cell(_at(column, i)) for _name, column in columns)] for i, x in enumerate(self.x)]
        return Table([self.x_label or _("When"), *(name for name, _column in columns)], rows)

    def is_empty(self) -> bool:
        return not any(value is not None for line in self.lines for value in line.values)


# Bars


@dataclass(frozen=True, slots=True)
class BarItem:
    """One bar. `compare` is drawn as a grey bar behind it, `detail` stands after the value."""

    label: str
    value: Number
    tone: BarTone = "accent"
    compare: Number | None = None
    detail: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Bars:
    """A ranking, drawn in the order given, longest first."""

    items: Sequence[BarItem]
    name: str = ""
    compare_name: str = ""

    def spec(self) -> Spec:
        items = [
            {
                "label": item.label,
                "value": float(item.value),
                "compare": _float(item.compare),
                "tone": item.tone,
                "detail": item.detail,
                "href": item.href,
            }
            for item in self.items
        ]
        return {"type": "bars", "items": items, "name": self.name, "compareName": self.compare_name}

    def table(self, values: Values) -> Table:
        compared = any(item.compare is not None for item in self.items)
        headings = [_("Name"), self.name or _("Value"), *([self.compare_name or _("Compared")] if compared else [])]
        rows = [
            [Cell(item.label), values.cell(item.value), *([values.cell(item.compare)] if compared else [])]
            for item in self.items
        ]
        return Table(headings, rows)

    def is_empty(self) -> bool:
        return not self.items


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A step, how many reached it, and the share of the step before that did; `detail` such as '34 d median'."""

    label: str
    value: Number
    detail: str = ""
    conversion: Number | None = None


@dataclass(frozen=True, slots=True)
class Funnel:
    steps: Sequence[FunnelStep]

    def spec(self) -> Spec:
        steps = [
            {"label": s.label, "value": float(s.value), "detail": s.detail, "conversion": _float(s.conversion)}
            for s in self.steps
        ]
        return {"type": "funnel", "steps": steps}

    def table(self, values: Values) -> Table:
        share = Values("percent")
        rows = [[Cell(s.label), values.cell(s.value), share.cell(s.conversion), Cell(s.detail)] for s in self.steps]
        return Table([_("Step"), _("Value"), _("Conversion"), _("Detail")], rows)

    def is_empty(self) -> bool:
        return not any(step.value for step in self.steps)


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Parts that add up, each starting where the one before ended, and their total."""

    items: Sequence[tuple[str, Number]]
    total_label: str

    def spec(self) -> Spec:
        items = [{"label": label, "value": float(value)} for label, value in self.items]
        return {"type": "waterfall", "items": items, "totalLabel": self.total_label}

    def table(self, values: Values) -> Table:
        total = sum((Decimal(str(value)) for _label, value in self.items), Decimal(0))
        rows = [[Cell(label), values.cell(value)] for label, value in self.items]
        return Table([_("Part"), _("Value")], [*rows, [Cell(self.total_label), values.cell(total)]])

    def is_empty(self) -> bool:
        return not self.items


# Two measures


@dataclass(frozen=True, slots=True)
class Curve:
    """A payout curve: straight lines between points.

    mark       where one case stands: x, y and its words
    range      an x range to shade, such as the tier being edited
    draggable  the points can be moved; the element then sends `chart:drag` events
    """

    points: Sequence[tuple[Number, Number]]
    x_values: Values = field(default_factory=lambda: Values("percent"))
    x_label: str = ""
    y_label: str = ""
    target_y: Number | None = None
    target_label: str = ""
    mark: tuple[Number, Number, str] | None = None
    range: tuple[Number, Number] | None = None
    draggable: bool = False

    def spec(self) -> Spec:
        return {
            "type": "curve",
            "points": [[float(x), float(y)] for x, y in self.points],
            "xValues": self.x_values.spec(),
            "xLabel": self.x_label,
            "yLabel": self.y_label,
            "targetY": _float(self.target_y),
            "targetLabel": self.target_label,
            "mark": self.mark and {"x": float(self.mark[0]), "y": float(self.mark[1]), "text": self.mark[2]},
            "range": self.range and [float(self.range[0]), float(self.range[1])],
            "draggable": self.draggable,
        }

    def table(self, values: Values) -> Table:
        rows = [[self.x_values.cell(x), values.cell(y)] for x, y in self.points]
        return Table([self.x_label or _("Range"), self.y_label or _("Value")], rows)

    def is_empty(self) -> bool:
        return len(self.points) < 2


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many fall into each half-open bin (from, to, count); `mark` is where the one in question stands."""

    bins: Sequence[tuple[Number, Number, int]]
    x_values: Values = field(default_factory=lambda: Values("percent"))
    x_label: str = ""
    mark: Number | None = None
    mark_label: str = ""

    def spec(self) -> Spec:
        return {
            "type": "histogram",
            "bins": [[float(low), float(high), count] for low, high, count in self.bins],
            "xValues": self.x_values.spec(),
            "xLabel": self.x_label,
            "mark": _float(self.mark),
            "markLabel": self.mark_label,
        }

    def table(self, values: Values) -> Table:
        rows = [
            [Cell(f"{self.x_values.text(low)} {formats.DASH} {self.x_values.text(high)}"), values.cell(count)]
            for low, high, count in self.bins
        ]
        return Table([self.x_label or _("Range"), _("Count")], rows)

    def is_empty(self) -> bool:
        return not any(count for _low, _high, count in self.bins)


@dataclass(frozen=True, slots=True)
class ScatterPoint:
    """A name at two measures; `n` says on how many cases it rests."""

    name: str
    x: Number
    y: Number
    n: int
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Scatter:
    points: Sequence[ScatterPoint]
    x_label: str
    y_label: str
    x_values: Values = field(default_factory=Values)

    def spec(self) -> Spec:
        points = [{"name": p.name, "x": float(p.x), "y": float(p.y), "n": p.n, "href": p.href} for p in self.points]
        x_values = self.x_values.spec()
        return {
            "type": "scatter",
            "points": points,
            "xLabel": self.x_label,
            "yLabel": self.y_label,
            "xValues": x_values,
        }

    def table(self, values: Values) -> Table:
        rows = [[Cell(p.name), self.x_values.cell(p.x), values.cell(p.y), Values().cell(p.n)] for p in self.points]
        return Table([_("Name"), self.x_label, self.y_label, "n"], rows)

    def is_empty(self) -> bool:
        return not self.points


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)


def _floats(values: Sequence[Number | None]) -> list[float | None]:
    return [_float(value) for value in values]


def _at(values: Sequence[Number | None], index: int) -> Number | None:
    return values[index] if index < len(values) else None
