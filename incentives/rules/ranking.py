"""Who wins an award: the best ranks, or all who reach a value. Ties are told, never broken by chance.

Equal scores share a place, and the next place is counted on from how many are before it (1, 2, 2, 4). Who shares the
last place with more people than there are places left is `is_tied`: somebody has to decide, and the page says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate that the rule picked. `place` counts from 1."""

    key: int
    place: int
    score: Decimal
    is_tied: bool = False


def best_ranks(scores: Mapping[int, Decimal], places: int, *, lower_is_better: bool = False) -> list[Placed]:
    """The candidates on the first `places` places, best first; equal scores in the order of their keys.

    scores  score by candidate; who has none is not in it
    places  at least 1; more people may come back where the last place is shared, all of those marked as tied
    """
    sign = 1 if lower_is_better else -1
    ordered = sorted(scores.items(), key=lambda item: (sign * item[1], item[0]))
    found: list[Placed] = []
    for position, (key, score) in enumerate(ordered, start=1):
        place = found[-1].place if found and found[-1].score == score else position
        if place > places:
            break
        found.append(Placed(key, place, score))
    if len(found) <= places:
        return found
    last = found[-1].place
    return [Placed(one.key, one.place, one.score, is_tied=one.place == last) for one in found]


def all_who_reach(scores: Mapping[int, Decimal], threshold: Decimal, *, lower_is_better: bool = False) -> list[Placed]:
    """Everybody at the threshold or better, best first. Nobody is tied: each has a place of the own."""
    reached = {
        key: score for key, score in scores.items() if (score <= threshold if lower_is_better else score >= threshold)
    }
    return best_ranks(reached, len(reached), lower_is_better=lower_is_better) if reached else []
