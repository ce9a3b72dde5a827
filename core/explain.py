"""The one shape in which every figure explains itself: to the drawer, and as JSON to a program."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.ui import Fact

PARTS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a figure is made of: a deal, an answer, a note. `value` is what it adds, formatted."""

    label: str
    value: str
    detail: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a figure means and how it came about.

    value         formatted, to full precision
    formula       lines of the rule with this case's numbers in it; the last one ends with the value
    facts         what went in, each with its own link where there is one
    target, basis the target, formatted, and where it came from; both empty where there is none
    as_of         when the figure was computed; `source` says from what
    parts         the first `PARTS_SHOWN`, weightiest first, of `parts_total`
    history       period code and value, oldest first, the last one is this figure
    """

    title: str
    value: str
    definition: str
    formula: Sequence[str] = ()
    facts: Sequence[Fact] = ()
    target: str = ""
    basis: str = ""
    as_of: datetime | None = None
    source: str = ""
    parts: Sequence[Part] = ()
    parts_total: int = 0
    all_href: str | None = None
    export_href: str | None = None
    rule: str = ""
    rule_version: str = ""
    history: Sequence[tuple[str, float | Decimal]] = ()
    ask_href: str | None = None

    def as_json(self) -> Mapping[str, Any]:
        """The same content for `GET …/explain/` of the API: plain values, moments in ISO 8601, numbers as strings."""
        content = asdict(self)
        content["as_of"] = self.as_of.isoformat() if self.as_of else None
        content["formula"] = [str(line) for line in self.formula]
        content["history"] = [{"period": period, "value": str(value)} for period, value in self.history]
        return content
