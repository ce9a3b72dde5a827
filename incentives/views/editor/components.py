"""The components: their cards at the left, and the panel with their fields."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import formats
from incentives.forms.typed_fields import fields_of
from incentives.forms.typed_plan import kind_of
from incentives.forms.typed_tree import Node as Typed
from incentives.forms.typed_tree import object_of, text_of
from incentives.rules.kinds import KINDS
from incentives.rules.kinds.marginal_tiers import Tier, shares_at_top
from incentives.rules.terms import COMMON_FIELDS
from incentives.views.editor.nodes import NodeBuilder, say
from incentives.views.editor.shown import Input, Node, Part, Row, Rows, ShownComponent, field_id

Content = Mapping[str, Any]
_OFFERED = frozenset(each.name for each in COMMON_FIELDS)


def shown_component(
    number: int,
    typed: Mapping[str, Typed],
    content: Content,
    builder: NodeBuilder,
    *,
    selected: bool,
    currency: str,
    count: int,
) -> ShownComponent:
    """`content` is the component in the document."""
    path, kind = f"components.{number}", kind_of(typed)
    name = object_of(typed.get("name"))
    part = builder.part(fields_of(kind), typed, path, optional=_OFFERED)
    return ShownComponent(
        index=number,
        key=text_of(typed.get("key")),
        kind=kind,
        title=_title(name),
        kind_label=say(KINDS[kind].label),
        purpose=say(KINDS[kind].purpose),
        sentence=say(KINDS[kind].purpose),
        weight_text=_weight_text(content, currency),
        names=[
            _name(f"{path}.name.en", name.get("en"), _("Name in English"), builder),
            _name(f"{path}.name.zh", name.get("zh"), _("Name in Chinese"), builder),
        ],
        part=_with_shares(part, kind, content, currency),
        selected=selected,
        has_error=any(key.startswith(f"{path}.") for key in builder.reasons),
        count=count,
    )


def _title(name: Mapping[str, Typed]) -> str:
    english, chinese = text_of(name.get("en")), text_of(name.get("zh"))
    return (chinese if formats.chinese() else english) or english or _("Without a name")


def _name(path: str, value: Typed, label: str, builder: NodeBuilder) -> Input:
    return Input(name=path, label=label, value=text_of(value), error=builder.reasons.get(path, ""))


def _weight_text(content: Content, currency: str) -> str:
    """The share of the pay at target, else an amount or a rate where one alone says the size."""
    for name in ("weight", "share", "amount", "rate"):
        value = content.get(name)
        number = _decimal(value)
        if number is None:
            continue
        if name == "amount":
            return formats.money(number, currency)
        return f"{(number * 100).normalize():f}{formats.NBSP}%"
    return ""


def _decimal(value: object) -> Decimal | None:
    """What a card can say of a number; an exact fraction is too long for it."""
    if not isinstance(value, str) or "/" in value:
        return None
    return Decimal(value)


# What is earned at the end of each marginal tier stands beside it


def _with_shares(part: Part, kind: str, content: Content, currency: str) -> Part:
    if kind != "marginal_tiers":
        return part
    rates = content.get("rates") or ("target_pay" if content.get("basis") == "attainment" else "credit")
    of_target = rates == "target_pay"
    head = _("Share of target pay at the top") if of_target else _("Earned at the top")
    texts = _shares(content, currency, of_target=of_target)
    parts = [_with_extra(node, head, texts) for node in part.parts]
    return replace(part, parts=parts)


def _with_extra(node: Node, head: str, texts: Sequence[str]) -> Node:
    if not isinstance(node, Rows) or not node.name.endswith(".tiers"):
        return node
    return replace(
        node,
        extra_head=head,
        rows=[_row_with(row, text) for row, text in zip(node.rows, texts, strict=True)],
    )


def _row_with(row: Row, text: str) -> Row:
    return replace(row, extra=text, extra_id=f"{field_id(row.path)}-share")


def _shares(content: Content, currency: str, *, of_target: bool) -> list[str]:
    """Of pay at target, or in money where the rates are of the credit."""
    texts = []
    rows = content.get("tiers") or []
    for number in range(len(rows)):
        part = rows[: number + 1]
        share = shares_at_top([_tier(row) for row in part])[-1] if is_sound(part) else None
        if not is_sound(part):
            texts.append(formats.DASH)
        elif share is None:
            texts.append(_("no end"))
        elif (content.get("basis") == "attainment") == of_target:
            texts.append(formats.percent(share) if of_target else formats.money_full(share, currency))
        else:
            texts.append(formats.DASH)
    return texts


def is_sound(tiers: Sequence[Content]) -> bool:
    """Whether the rows can be counted with: decimals where they must be, each ending after it starts."""
    for place, tier in enumerate(tiers):
        start, end, rate = (_decimal(tier.get(name)) for name in ("from", "to", "rate"))
        if start is None or rate is None or (end is None and (place < len(tiers) - 1 or tier.get("to"))):
            return False
        if end is not None and end <= start:
            return False
    return True


def _tier(row: Content) -> Tier:
    return Tier(Decimal(row["from"]), None if row["to"] is None else Decimal(row["to"]), Decimal(row["rate"]))
