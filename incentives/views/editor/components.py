"""The components: their cards at the left, and the panel with the fields and the grid of tiers."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import formats
from incentives.forms.typed_plan import KINDS, TypedComponent
from incentives.rules.kinds.marginal_tiers import Tier, shares_at_top
from incentives.views.editor.shown import ShownComponent, ShownField, ShownTier

Reasons = Mapping[str, str]
Content = Mapping[str, Any]


def shown_component(
    number: int, typed: TypedComponent, content: Content, reasons: Reasons, *, selected: bool, currency: str
) -> ShownComponent:
    """`content` is the component in the document, `reasons` why fields are wrong by their path."""
    path = f"components.{number}"

    def shown(name: str, value: str, label: str, unit: str = "") -> ShownField:
        return ShownField(f"{path}.{name}", value, reasons.get(f"{path}.{name}", ""), unit, label)

    return ShownComponent(
        index=number,
        typed=typed,
        title=(typed.name_zh if formats.chinese() else typed.name_en) or typed.name_en or _("Without a name"),
        kind=str(KINDS[typed.kind]),
        sentence=_sentence(typed, currency),
        weight_text=_weight_text(typed),
        fields={
            "name_en": shown("name.en", typed.name_en, _("Name in English")),
            "name_zh": shown("name.zh", typed.name_zh, _("Name in Chinese")),
            "weight": shown("weight", typed.weight, _("Weight"), "%"),
            "rate": shown("rate", typed.rate, _("Rate"), "%"),
            "threshold": shown("threshold", typed.threshold, _("On bookings above"), currency),
        },
        tiers=list(_tiers(path, typed, content, reasons, currency)),
        selected=selected,
        has_error=any(key.startswith(f"{path}.") for key in reasons),
    )


def _weight_text(typed: TypedComponent) -> str:
    """The share of the pay at target, of an override its rate; tiers paid beside the pay at target have none."""
    value = typed.weight if typed.has_weight else "" if typed.has_tiers else typed.rate
    return f"{value}{formats.NBSP}%" if value else ""


def _sentence(typed: TypedComponent, currency: str) -> str:
    if not typed.has_tiers:
        return _("of what the led team books, own deals left out")
    if typed.on_attainment:
        return _("marginal tiers on attainment of the bookings target")
    return _("marginal tiers on bookings in %(currency)s") % {"currency": currency}


def _tiers(path: str, typed: TypedComponent, content: Content, reasons: Reasons, currency: str) -> Iterator[ShownTier]:
    bound_unit = "%" if typed.on_attainment else currency
    rate_unit = _("× base") if typed.of_target_pay else "%"
    shares = _shares(typed, content, currency)
    start = "0"
    for number, tier in enumerate(typed.tiers):
        at = f"{path}.tiers.{number}"
        to_label = _("Tier %(number)s to") % {"number": number + 1}
        rate_label = _("Tier %(number)s rate") % {"number": number + 1}
        yield ShownTier(
            number=number + 1,
            action=f"{path.split('.')[1]}:{number}",
            start=f"{start}{formats.NBSP}{bound_unit}" if start else formats.DASH,
            to=ShownField(f"{at}.to", tier.to, reasons.get(f"{at}.to", ""), bound_unit, to_label),
            rate=ShownField(f"{at}.rate", tier.rate, reasons.get(f"{at}.rate", ""), rate_unit, rate_label),
            share=shares[number],
        )
        start = tier.to


def _shares(typed: TypedComponent, content: Content, currency: str) -> list[str]:
    """What is earned at the end of each tier: of pay at target, or in money where the rates are of the credit."""
    texts = []
    for number in range(len(typed.tiers)):
        part = content["tiers"][: number + 1]
        if not is_sound(part):
            texts.append(formats.DASH)
            continue
        share = shares_at_top([_tier(row) for row in part])[-1]
        if share is None:
            texts.append(_("no end"))
        elif typed.on_attainment == typed.of_target_pay:
            texts.append(formats.percent(share) if typed.of_target_pay else formats.money_full(share, currency))
        else:
            texts.append(formats.DASH)
    return texts


def is_sound(tiers: Sequence[Content]) -> bool:
    """Whether the rows can be counted with: numbers where they must be, each ending after it starts."""
    for place, tier in enumerate(tiers):
        if tier["from"] is None or tier["rate"] is None or (tier["to"] is None and place < len(tiers) - 1):
            return False
        if tier["to"] is not None and Decimal(tier["to"]) <= Decimal(tier["from"]):
            return False
    return True


def _tier(row: Content) -> Tier:
    return Tier(Decimal(row["from"]), None if row["to"] is None else Decimal(row["to"]), Decimal(row["rate"]))
