"""What a plan's wording would have cost over the last quarters, summed for reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from core import calendar
from core.periods import PeriodKind
from core.ui import Delta
from incentives import selectors

QUARTERS = 4
PEOPLE_SHOWN = 8


@dataclass(frozen=True, slots=True)
class PersonSum:
    """A person's pay over all quarters, as it was and as it would have been."""

    name: str
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Simulation:
    """Quarters oldest first; people by how much changes for them, most first."""

    currency: str
    periods: Sequence[Any]
    booked: Decimal
    before: Decimal
    after: Decimal
    people: Sequence[PersonSum]

    @property
    def change(self) -> Delta | None:
        return Delta((self.after - self.before) / self.before, good="down") if self.before else None

    @property
    def share_before(self) -> Decimal | None:
        return self.before / self.booked if self.booked else None

    @property
    def share_after(self) -> Decimal | None:
        return self.after / self.booked if self.booked else None

    @property
    def gaining(self) -> int:
        return sum(person.change > 0 for person in self.people)

    @property
    def losing(self) -> int:
        return sum(person.change < 0 for person in self.people)

    @property
    def same(self) -> int:
        return sum(person.change == 0 for person in self.people)

    @property
    def most_changed(self) -> Sequence[PersonSum]:
        return [person for person in self.people if person.change][:PEOPLE_SHOWN]


def simulation_of(content: Mapping[str, Any]) -> Simulation | None:
    """The document over the last quarters that are over, on what their runs froze; None where there is no run."""
    latest = calendar.current_period(PeriodKind.QUARTER).previous
    periods = [latest.shift(-back) for back in reversed(range(QUARTERS))]
    costs = [cost for cost in selectors.simulate(content=content, periods=periods) if cost.people]
    if not costs:
        return None
    sums: dict[int, PersonSum] = {}
    for cost in costs:
        for each in cost.people:
            known = sums.get(each.person.pk, PersonSum(each.person.name, Decimal(0), Decimal(0)))
            sums[each.person.pk] = PersonSum(known.name, known.before + each.before, known.after + each.after)
    return Simulation(
        currency=costs[0].currency,
        periods=costs,
        booked=sum((cost.booked for cost in costs), Decimal(0)),
        before=sum((cost.paid_before for cost in costs), Decimal(0)),
        after=sum((cost.paid_after for cost in costs), Decimal(0)),
        people=sorted(sums.values(), key=lambda person: (-abs(person.change), person.name)),
    )
