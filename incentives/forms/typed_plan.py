"""The plan editor's fields: what was typed, and the plan document that it means.

A field is named by its path in the document (`components.0.tiers.3.to`), so that a problem found at a path is shown
at its field. Only the shape is checked here (is it a number?); whether the plan makes sense is for the rules to say.
People type percentages and multiples; the document holds ratios as decimal strings.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Content = dict[str, Any]

MARGINAL = "marginal_tiers"
OVERRIDE = "team_override"
KINDS: dict[str, str | Promise] = {
    MARGINAL: gettext_lazy("Marginal tiers"),
    OVERRIDE: gettext_lazy("Override on the team's bookings"),
}
ATTAINMENT, AMOUNT = "attainment", "amount"
TARGET_PAY, CREDIT = "target_pay", "credit"
PERIOD, TRANSACTION = "period", "transaction"
NO_PRORATION, BY_DAYS = "none", "days"

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，％−－", "0123456789.,%--")
_LONGEST = 20


class NotANumber(ValueError):
    """What was typed is no number; the message is for people."""


def number_typed(text: str) -> Decimal:
    """The number in '1,234.5', '50 %', '2 ×' or '$30,000'. Raises NotANumber."""
    bare = re.sub(r"[\s,$¥€£%×xX]", "", text.translate(_FULL_WIDTH))
    if not bare:
        raise NotANumber(_("Give a number."))
    if len(bare) > _LONGEST or not _NUMBER.fullmatch(bare):
        raise NotANumber(_("“%(text)s” is not a number.") % {"text": text.strip()[:_LONGEST]})
    try:
        return Decimal(bare)
    except InvalidOperation:
        raise NotANumber(_("“%(text)s” is not a number.") % {"text": text.strip()[:_LONGEST]}) from None


def plain(value: Decimal) -> str:
    """A decimal as the document and a field hold it: no exponent, no trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent_to_ratio(text: str) -> str:
    return plain(number_typed(text) / 100)


def ratio_to_percent(ratio: str | None) -> str:
    return "" if ratio in (None, "") else plain(Decimal(str(ratio)) * 100)


def number_shown(value: str | None) -> str:
    return "" if value in (None, "") else plain(Decimal(str(value)))


def number_kept(text: str) -> str:
    return plain(number_typed(text))


@dataclass(slots=True)
class TypedTier:
    """One row of the grid. Where it begins is where the tier before ends, so it is not typed."""

    to: str = ""
    rate: str = ""


@dataclass(slots=True)
class TypedComponent:
    """`weight` and the override's `rate` in percent, its `threshold` in money. Which fields count depends on the kind.

    basis  what the bounds are: attainment (typed in percent) or an amount of credit
    rates  what a tier's rate is: a multiple of the base rate, or a share of the credit (typed in percent)
    scope  whether the tiers run over the period's credits together, or over each deal alone
    """

    key: str
    kind: str
    name_en: str = ""
    name_zh: str = ""
    weight: str = ""
    basis: str = ATTAINMENT
    rates: str = TARGET_PAY
    scope: str = PERIOD
    tiers: list[TypedTier] = field(default_factory=list)
    rate: str = ""
    threshold: str = ""

    @property
    def has_tiers(self) -> bool:
        return self.kind == MARGINAL

    @property
    def on_attainment(self) -> bool:
        return self.basis == ATTAINMENT

    @property
    def of_target_pay(self) -> bool:
        return self.rates == TARGET_PAY

    @property
    def has_weight(self) -> bool:
        return self.has_tiers and self.of_target_pay


@dataclass(slots=True)
class TypedPlan:
    """All fields of the editor that make the document."""

    cap: str = ""
    proration: str = NO_PRORATION
    components: list[TypedComponent] = field(default_factory=list)


# From the document to the fields


def typed_plan(content: Content) -> TypedPlan:
    """The fields that show a document."""
    return TypedPlan(
        cap=ratio_to_percent(content.get("cap")),
        proration=content.get("proration", NO_PRORATION),
        components=[_typed_component(component) for component in content.get("components", ())],
    )


def _typed_component(component: Content) -> TypedComponent:
    name = component.get("name", {})
    basis = component.get("basis", ATTAINMENT)
    typed = TypedComponent(
        key=str(component.get("key", "")),
        kind=str(component.get("kind", "")),
        name_en=name.get("en", ""),
        name_zh=name.get("zh", ""),
        basis=basis,
        rates=component.get("rates", TARGET_PAY if basis == ATTAINMENT else CREDIT),
        scope=component.get("scope", PERIOD),
    )
    if typed.kind == OVERRIDE:
        rate, threshold = component.get("rate"), component.get("threshold")
        return replace(typed, rate=ratio_to_percent(rate), threshold=number_shown(threshold))
    bound = ratio_to_percent if typed.on_attainment else number_shown
    rate = number_shown if typed.of_target_pay else ratio_to_percent
    tiers = [TypedTier(bound(tier.get("to")), rate(tier.get("rate"))) for tier in component.get("tiers", ())]
    return replace(typed, weight=ratio_to_percent(component.get("weight")), tiers=tiers)


# From what was posted to the fields


_TIER_FIELD = re.compile(r"components\.(\d{1,3})\.tiers\.(\d{1,3})\.(to|rate)")
_COMPONENT_FIELD = re.compile(
    r"components\.(\d{1,3})\.(key|kind|name\.en|name\.zh|weight|basis|rates|scope|rate|threshold)"
)


def posted_plan(data: Mapping[str, str]) -> TypedPlan:
    """The fields of a posted form, in the order of their numbers; numbers left out by a removal close up."""
    components: dict[int, dict[str, str]] = {}
    tiers: dict[int, dict[int, dict[str, str]]] = {}
    for name in data:
        text = data[name].strip()
        if match := _TIER_FIELD.fullmatch(name):
            tiers.setdefault(int(match[1]), {}).setdefault(int(match[2]), {})[match[3]] = text
        elif match := _COMPONENT_FIELD.fullmatch(name):
            components.setdefault(int(match[1]), {})[match[2].replace(".", "_")] = text
    return TypedPlan(
        cap=data.get("cap", "").strip(),
        proration=data.get("proration", NO_PRORATION),
        components=[
            _posted_component(fields, tiers.get(number, {}))
            for number, fields in sorted(components.items())
            if fields.get("kind") in KINDS
        ],
    )


def _posted_component(fields: dict[str, str], tiers: dict[int, dict[str, str]]) -> TypedComponent:
    rows = [TypedTier(row.get("to", ""), row.get("rate", "")) for _number, row in sorted(tiers.items())]
    return TypedComponent(key=fields.pop("key", ""), kind=fields.pop("kind"), tiers=rows, **fields)


# From the fields to the document


@dataclass(frozen=True, slots=True)
class Written:
    """The document that the fields mean. Fields with an error (path: reason) are None in it; then it can't be kept."""

    content: Content
    errors: dict[str, str]


def written(typed: TypedPlan, base: Content) -> Written:
    """The document of the fields; what the editor doesn't show is kept from `base` (components by their key)."""
    errors: dict[str, str] = {}

    def read(path: str, text: str, convert: Callable[[str], str]) -> str | None:
        try:
            return convert(text)
        except NotANumber as error:
            errors[path] = str(error)
            return None

    known = {component.get("key"): component for component in base.get("components", ())}
    content = deepcopy(base)
    content["cap"] = read("cap", typed.cap, percent_to_ratio) if typed.cap else None
    content["proration"] = typed.proration
    content["components"] = [
        _written_component(known.get(component.key, {}), component, f"components.{number}", read)
        for number, component in enumerate(typed.components)
    ]
    for number, component in enumerate(typed.components):
        if not component.name_en:
            errors[f"components.{number}.name.en"] = _("Give the component a name.")
    return Written(content, errors)


_Reader = Callable[[str, str, Callable[[str], str]], str | None]


def _written_component(base: Content, typed: TypedComponent, path: str, read: _Reader) -> Content:
    content = deepcopy(base) | {
        "key": typed.key,
        "kind": typed.kind,
        "name": {"en": typed.name_en, "zh": typed.name_zh or typed.name_en},
    }
    if typed.kind == OVERRIDE:
        content["rate"] = read(f"{path}.rate", typed.rate, percent_to_ratio)
        content["threshold"] = read(f"{path}.threshold", typed.threshold or "0", number_kept)
        return content
    content |= {"basis": typed.basis, "rates": typed.rates, "scope": typed.scope}
    content.pop("weight", None)
    if typed.has_weight:
        content["weight"] = read(f"{path}.weight", typed.weight, percent_to_ratio)
    content["tiers"] = list(_written_tiers(typed, path, read))
    return content


def _written_tiers(typed: TypedComponent, path: str, read: _Reader) -> Iterator[Content]:
    """Each tier begins where the one before ends. An end may be left open in the last one only."""
    bound = percent_to_ratio if typed.on_attainment else number_kept
    rate = number_kept if typed.of_target_pay else percent_to_ratio
    start: str | None = "0"
    for number, tier in enumerate(typed.tiers):
        at = f"{path}.tiers.{number}"
        last = number == len(typed.tiers) - 1
        end = None if last and not tier.to else read(f"{at}.to", tier.to, bound)
        yield {"from": start, "to": end, "rate": read(f"{at}.rate", tier.rate, rate)}
        start = end


# Changes by a button


def with_tier_after(typed: TypedPlan, component: int, tier: int) -> TypedPlan:
    """A new row after `tier`: it splits a closed tier in half, or goes on 50 above the bound under an open one."""
    changed = deepcopy(typed)
    rows = changed.components[component].tiers
    if not rows:
        rows.append(TypedTier("", "1"))
        return changed
    here = rows[tier]
    start = _bound(rows[tier - 1].to) if tier else Decimal(0)
    end = _bound(here.to)
    middle = start + (end - start) / 2 if end > start else start + 50
    rows[tier] = replace(here, to=plain(middle))
    rows.insert(tier + 1, TypedTier(here.to, here.rate))
    return changed


def _bound(text: str) -> Decimal:
    try:
        return number_typed(text)
    except NotANumber:
        return Decimal(0)


def without_tier(typed: TypedPlan, component: int, tier: int) -> TypedPlan:
    changed = deepcopy(typed)
    del changed.components[component].tiers[tier]
    return changed


def with_component(typed: TypedPlan, kind: str) -> TypedPlan:
    """A new component of a kind with the weight that is still free."""
    changed = deepcopy(typed)
    keys = {component.key for component in changed.components}
    number = next(n for n in range(1, 1000) if f"{kind.replace('_', '-')}-{n}" not in keys)
    fresh = TypedComponent(f"{kind.replace('_', '-')}-{number}", kind)
    if kind == OVERRIDE:
        fresh = replace(fresh, name_en="Team override", name_zh="团队提成", rate="0.4", threshold="0")
    else:
        taken = [_bound(component.weight) for component in changed.components if component.has_weight]
        free = 100 - sum(taken, Decimal(0))
        fresh = replace(fresh, name_en="New component", name_zh="新的部分", weight=plain(max(free, Decimal(0))))
        fresh.tiers = [TypedTier("100", "1"), TypedTier("", "1.5")]
    changed.components.append(fresh)
    return changed


def without_component(typed: TypedPlan, component: int) -> TypedPlan:
    changed = deepcopy(typed)
    del changed.components[component]
    return changed
