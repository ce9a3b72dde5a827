"""Worked cases in the portal's own terms: small builders of plan documents and facts, and what the engine answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from incentives.rules.case import Case as Computed
from incentives.rules.document import PlanDocument
from incentives.rules.engine import Facts, Line, Outcome, Slice, case_of, evaluate, slices
from incentives.rules.facts_document import parse_facts

Case = Mapping[str, Any]
Answer = dict[str, Any]
Content = dict[str, Any]

NAME = {"en": "Part", "zh": "部分"}
DAY = "2026-01-01"
# So many places that nothing is lost before a value is compared at the places that a case shows.
EXACTLY = {"places": "10"}
AT_THE_TOTAL = {"at": "total"}
VALUE = {"of": "kpi", "code": "value", "read": "value"}


def component(kind: str, key: str = "part", **fields: Any) -> Content:
    return {
        "key": key,
        "name": NAME,
        "kind": kind,
        **{name: value for name, value in fields.items() if value is not None},
    }


def plan_of(*components: Content, **terms: Any) -> PlanDocument:
    """Raises InvalidPlan."""
    said = {name: value for name, value in terms.items() if value is not None}
    return PlanDocument.parse(
        {"schema": 1, "measure": "booked_revenue", "period": "quarter", "components": list(components), **said}
    )


def credit(amount: Any, number: int = 1, **more: Any) -> Content:
    return {"id": number, "on": DAY, "amount": text(amount), **more}


def credits_of(amounts: Sequence[Any]) -> list[Content]:
    """Deals of one day, in their order."""
    return [credit(amount, number) for number, amount in enumerate(amounts, start=1)]


def facts_of(**given: Any) -> Facts:
    """Raises InvalidFacts."""
    return parse_facts({"currency": "USD", **{name: value for name, value in given.items() if value is not None}})


@dataclass(frozen=True, slots=True)
class Paid:
    """What the engine answers to one set of facts."""

    plan: PlanDocument
    facts: Facts
    outcome: Outcome

    @property
    def total(self) -> Decimal:
        return self.outcome.total

    @property
    def lines(self) -> list[Line]:
        return self.outcome.lines

    @property
    def case(self) -> Computed:
        return case_of(self.plan, self.facts)

    @property
    def amounts(self) -> list[Decimal]:
        """Of the credits, in their order."""
        return [line.amount for line in self.lines if line.kind == "credit"]

    def of(self, *kinds: str) -> Decimal:
        return sum((line.amount for line in self.lines if line.kind in kinds), Decimal(0))

    def of_component(self, place: int) -> Decimal:
        return sum((line.amount for line in self.lines if line.component == place), Decimal(0))

    def parts(self, place: int = 0) -> list[Slice]:
        """The exact parts of one line; none where nothing could be computed."""
        return [] if place >= len(self.lines) else slices(self.plan, self.facts, self.lines[place])

    def notes(self) -> set[str]:
        return {note.code for note in self.outcome.notes}


def pay(plan: PlanDocument, **facts: Any) -> Paid:
    found = facts_of(**facts)
    return Paid(plan, found, evaluate(plan, found))


def pay_credits(plan: PlanDocument, amounts: Sequence[Any], **facts: Any) -> Paid:
    return pay(plan, credits=credits_of(amounts), **facts)


# Reading a case

MISSING: Any = object()


def pick(given: Case, *names: str, default: Any = MISSING) -> Any:
    """The first of some names that is there."""
    for name in names:
        if name in given:
            return given[name]
    if default is MISSING:
        raise KeyError(f"none of {', '.join(names)} in {', '.join(given) or 'nothing'}")
    return default


def many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def text(value: Any) -> str:
    """A number as documents write it."""
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    return str(value)


def number(value: Any) -> Fraction:
    return Fraction(str(value))


def percent(value: Any) -> str:
    """A percentage as the ratio that documents hold."""
    return text(number(value) / 100)


def is_number(value: Any) -> bool:
    try:
        Fraction(str(value))
    except ValueError:
        return False
    return not isinstance(value, bool)


def bands(rows: Sequence[Any], *values: str, between: str = "0", start: str = "0") -> list[Content]:
    """Contiguous bands from `start`, lowest first, of whatever a case calls its value; what it leaves out gives
    `between`."""
    found = sorted((_band(row, values) for row in rows), key=lambda band: number(band["from"]))
    filled: list[Content] = []
    at: str | None = start or found[0]["from"]
    for band in found:
        if at is not None and number(band["from"]) > number(at):
            filled.append({"from": at, "to": band["from"], "gives": between})
        filled.append(band)
        at = band["to"]
    return filled or [{"from": start, "to": None, "gives": between}]


def _band(row: Any, values: Sequence[str]) -> Content:
    if isinstance(row, list):
        low, high, gives = row
        return {"from": low, "to": high, "gives": gives}
    return {"from": pick(row, "from", "min"), "to": pick(row, "to", "max", default=None), "gives": pick(row, *values)}


def tiers(rows: Sequence[Any], *values: str, between: str = "0") -> list[Content]:
    return [
        {"from": band["from"], "to": band["to"], "rate": band["gives"]}
        for band in bands(rows, *(values or ("rate", "multiplier", "percent")), between=between)
    ]


def bound_of(plan: Case) -> str:
    return str(plan.get("bound") or "lower_inclusive")
