"""Worked cases in the portal's own terms: a case's plan and input become a plan document and facts, the engine does
the rest."""

import inspect
from collections.abc import Callable
from typing import Any

from tests.cases.compare import places_of
from tests.cases.kinds import campaigns, rates, recovery, rounding, targets, tiers, time
from tests.cases.terms import Answer, Case

KINDS: dict[str, Callable[..., Answer]] = (
    rates.KINDS | tiers.KINDS | targets.KINDS | campaigns.KINDS | recovery.KINDS | time.KINDS | rounding.KINDS
)

# Keys of `expected` that reproduce a source's own mistake; the README of the cases says not to build them.
NOT_BUILT = {"amount_if_ratio_rounded_3"}


class Unsupported(LookupError):
    """The engine has no such component, or the kind belongs to another part of the portal."""


def answer(case: Case) -> Answer:
    """What the engine says, under the keys of the case's `expected`. Raises Unsupported."""
    if case["kind"] not in KINDS:
        raise Unsupported(case["kind"])
    kind = KINDS[case["kind"]]
    more: dict[str, Any] = {}
    if "places" in inspect.signature(kind).parameters:  # a line may be shown with more places than money has
        more["places"] = max((places_of(each) for each in case["expected"].get("commissions", ())), default=2)
    return kind(case["plan"], case["input"], **more)
