"""A plan document in words, alone or beside the version before: what people read who don't edit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import formats
from incentives.forms.typed_numbers import plain
from incentives.rules.differences import ComponentPair, Differences, FieldPair, TierPair, differences
from incentives.rules.kinds import KINDS
from incentives.views.editor.nodes import say

Content = Mapping[str, Any]
ATTAINMENT, CREDIT, TARGET_PAY = "attainment", "credit", "target_pay"


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
    fields: Sequence[Words]
    tiers: Sequence[Words]


def document_words(content: Content, currency: str) -> list[ComponentWords]:
    """A document alone."""
    return compared(differences(content, content), currency)


def compared(found: Differences, currency: str) -> list[ComponentWords]:
    """Both documents by component; the plan's own fields come last."""
    cap = Words(_("Cap"), _cap(found.cap.before), _cap(found.cap.after), found.cap.changed)
    whole = ComponentWords(_("Whole plan"), "", "changed" if found.cap.changed else "same", [cap], ())
    return [*(_component(pair, currency) for pair in found.components), whole]


def component_name(component: Content) -> str:
    """In the active language."""
    name = component.get("name", {})
    return str((name.get("zh") if formats.chinese() else None) or name.get("en") or component.get("key", ""))


def _component(pair: ComponentPair, currency: str) -> ComponentWords:
    shown = pair.after or pair.before or {}
    fields = [
        _field_words(field)
        for field in pair.fields
        if field.name in FIELD_LABELS and (field.changed or field.name != "name")
    ]
    return ComponentWords(
        name=component_name(shown),
        kind=say(KINDS[shown["kind"]].label) if shown.get("kind") in KINDS else "",
        state=_state(pair),
        fields=fields,
        tiers=[_tier(number, tier, pair, currency) for number, tier in enumerate(pair.tiers, start=1)],
    )


def _field_words(field: FieldPair) -> Words:
    before, after = (_field(field.name, value) for value in (field.before, field.after))
    return Words(FIELD_LABELS[field.name](), before, after, field.changed)


def _state(pair: ComponentPair) -> str:
    if pair.before is None:
        return "new"
    if pair.after is None:
        return "removed"
    return "changed" if pair.changed else "same"


FIELD_LABELS = {
    "name": lambda: _("Name"),
    "basis": lambda: _("Bounds are"),
    "weight": lambda: _("Weight"),
    "rate": lambda: _("Rate"),
    "threshold": lambda: _("On bookings above"),
}


def _field(name: str, value: Any) -> str:
    if value is None:
        return ""
    match name:
        case "weight" | "rate":
            return percent(value)
        case "name":
            return component_name({"name": value})
        case "basis":
            return _("attainment of the target") if value == ATTAINMENT else _("an amount of bookings")
        case "threshold":
            return formats.number(Decimal(value))
    return str(value)


def _cap(value: str | None) -> str:
    return _("none") if value is None else _("%(percent)s of the pay at target") % {"percent": percent(value)}


def percent(ratio: str) -> str:
    """All digits of a typed ratio: '62.5 %'."""
    return f"{plain(Decimal(ratio) * 100)}{formats.NBSP}%"


def _tier(number: int, pair: TierPair, component: ComponentPair, currency: str) -> Words:
    return Words(
        _("Tier %(number)s") % {"number": number},
        _tier_text(pair.before, component.before or {}, currency),
        _tier_text(pair.after, component.after or {}, currency),
        pair.changed,
    )


def _tier_text(tier: Content | None, component: Content, currency: str) -> str:
    """'50–100 % at 1.5 × base'."""
    if tier is None:
        return ""
    values = {"range": tier_range(tier, component, currency), "rate": tier_rate(tier, component)}
    return _("%(range)s at %(rate)s") % values


def tier_range(tier: Content, component: Content, currency: str) -> str:
    """'50–100 %', 'above 130 %', '$0–$75,000'."""
    on_attainment = component.get("basis", ATTAINMENT) == ATTAINMENT
    low, high = tier.get("from"), tier.get("to")
    if on_attainment:
        if high is None:
            return _("above %(bound)s") % {"bound": percent(str(low))}
        return f"{plain(Decimal(str(low)) * 100)}–{percent(str(high))}"
    if high is None:
        return _("above %(bound)s") % {"bound": formats.money(Decimal(str(low)), currency)}
    return f"{formats.money(Decimal(str(low)), currency)}–{formats.money(Decimal(str(high)), currency)}"


def tier_rate(tier: Content, component: Content) -> str:
    """'1.5 × base' or '4.5 %'."""
    default = TARGET_PAY if component.get("basis", ATTAINMENT) == ATTAINMENT else CREDIT
    if component.get("rates", default) == TARGET_PAY:
        return _("%(rate)s × base") % {"rate": plain(Decimal(str(tier.get("rate") or 0)))}
    return percent(str(tier.get("rate") or 0))
