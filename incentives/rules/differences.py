"""What two wordings of a plan differ in: component by component (matched by key), tier by tier (matched by place)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

Content = Mapping[str, Any]

# What is compared of a component beside its tiers, in the order shown.
FIELDS = ("name", "kind", "basis", "weight", "rate", "threshold")


@dataclass(frozen=True, slots=True)
class FieldPair:
    """A field in both wordings, as the document holds it; None where a wording doesn't have it."""

    name: str
    before: Any
    after: Any

    @property
    def changed(self) -> bool:
        return bool(self.before != self.after)


@dataclass(frozen=True, slots=True)
class TierPair:
    """The tiers at one place of the grid, lowest first; None where a wording has fewer."""

    before: Content | None
    after: Content | None

    @property
    def changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class ComponentPair:
    """A component in both wordings; `before` None: it is new, `after` None: it was taken out."""

    key: str
    before: Content | None
    after: Content | None
    fields: Sequence[FieldPair]
    tiers: Sequence[TierPair]

    @property
    def changes(self) -> list[bool]:
        """Whether each field and each tier changed."""
        return [field.changed for field in self.fields] + [tier.changed for tier in self.tiers]

    @property
    def changed(self) -> bool:
        return self.before is None or self.after is None or any(self.changes)


@dataclass(frozen=True, slots=True)
class Differences:
    components: Sequence[ComponentPair]
    cap: FieldPair

    @property
    def count(self) -> int:
        """How many fields and tiers changed; a new or removed component counts once."""
        return self.cap.changed + sum(_changes(pair) for pair in self.components)


def _changes(pair: ComponentPair) -> int:
    if pair.before is None or pair.after is None:
        return 1
    return sum(pair.changes)


def differences(before: Content, after: Content) -> Differences:
    """Both documents laid beside each other, in the order of `after`; removed components follow."""
    old = {component["key"]: component for component in before.get("components", ())}
    new = {component["key"]: component for component in after.get("components", ())}
    keys = [*new, *(key for key in old if key not in new)]
    return Differences(
        components=[_pair(key, old.get(key), new.get(key)) for key in keys],
        cap=FieldPair("cap", before.get("cap"), after.get("cap")),
    )


def _pair(key: str, before: Content | None, after: Content | None) -> ComponentPair:
    had, has = before or {}, after or {}
    return ComponentPair(
        key=key,
        before=before,
        after=after,
        fields=[FieldPair(name, had.get(name), has.get(name)) for name in FIELDS if name in had or name in has],
        tiers=[TierPair(*pair) for pair in zip_longest(had.get("tiers", ()), has.get("tiers", ()))],
    )
