"""What earlier statements left open for a person: draw owed, negative results carried over, pay held back."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from incentives.models import PlanVersion, Run, Statement

RUNNING = ("draw", "carried")


def opening_balances(people: Collection[int], *, before: date) -> dict[int, dict[str, str]]:
    """What the last approved statement before a day closed with, by person id; who has none is absent. One query."""
    rows = Statement.objects.filter(
        person__in=people, run__kind=Run.Kind.FINAL, run__status__in=Run.FIXED, run__starts__lt=before
    )
    latest = rows.order_by("person", "-run__starts", "-pk").distinct("person").values_list("person", "balances")
    return {
        person: {name: balances[name] for name in RUNNING if name in balances}
        for person, balances in latest
        if balances and any(name in balances for name in RUNNING)
    }


@dataclass(frozen=True, slots=True)
class Held:
    """Pay that an approved statement held back by a version of a plan; `ends` is the first day after its period."""

    period: str
    ends: date
    amount: Decimal
    version: PlanVersion | None = field(default=None, compare=False)


def held_back(people: Collection[int], *, before: date) -> dict[int, list[Held]]:
    """What approved statements before a day held back, the oldest first, by person id. When it is released is the
    plan's rule. One query."""
    rows = Statement.objects.filter(
        person__in=people,
        run__kind=Run.Kind.FINAL,
        run__status__in=Run.FIXED,
        run__starts__lt=before,
        balances__has_key="held",
    )
    found: dict[int, list[Held]] = {}
    for row in rows.select_related("run", "version").order_by("person", "run__starts"):
        if row.balances:
            held = Held(row.run.period, row.run.ends, Decimal(row.balances["held"]), row.version)
            found.setdefault(row.person_id, []).append(held)
    return found
