"""Team override (管理提成): a leader is paid a rate on the team's credits above a threshold.

The base is the team's credit, not their commission (plan semantics, section 12).
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import ClassVar, Self

from incentives.rules.component import Case, Component
from incentives.rules.exact import half_up
from incentives.rules.facts import Line, Note, Slice
from incentives.rules.reading import Fields

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class TeamOverride(Component):
    """`rate` (0.004 is 0.4 %) on what the team's credits of the period exceed `threshold` by."""

    kind: ClassVar[str] = "team_override"
    reads_credits: ClassVar[bool] = False

    rate: Decimal
    threshold: Decimal

    @classmethod
    def read(cls, fields: Fields) -> Self:
        return cls(
            key=fields.slug("key"),
            name=fields.names("name"),
            rate=fields.decimal("rate"),
            threshold=fields.decimal("threshold", default="0"),
        )

    def earn(self, index: int, case: Case, lines: list[Line], notes: list[Note]) -> None:
        team = case.facts.team_credits
        if team is None:
            notes.append(Note("leads_no_team", {"component": str(index)}))
        elif team <= self.threshold:
            values = {"component": str(index), "team": str(team), "threshold": str(self.threshold)}
            notes.append(Note("team_below_threshold", values))
        else:
            pay = half_up((team - self.threshold) * self.rate * case.unit, ONE).scaleb(-case.places)
            lines.append(Line(index, "override", None, None, team, self.threshold, pay))

    def slices(self, case: Case, line: Line) -> list[Slice]:  # noqa: ARG002
        threshold = Fraction(self.threshold)
        return [Slice(0, threshold, None, Fraction(line.base) - threshold, Fraction(self.rate))]
