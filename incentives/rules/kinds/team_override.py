"""Team override (管理提成): a leader is paid a rate on the team's credits above a threshold.

The base is the team's credit, not their commission (plan semantics, section 12).
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from incentives.rules.case import Case, Sheet
from incentives.rules.component import Component
from incentives.rules.exact import kept, number_text
from incentives.rules.facts import Line, Reason, Slice
from incentives.rules.fields import Field, Money, Share
from incentives.rules.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamOverride(Component):
    """`rate` (0.004 is 0.4 %) on what the team's credits of the period exceed `threshold` by."""

    kind: ClassVar[str] = "team_override"
    label: ClassVar[Words] = Words("Override on the team's bookings", "管理提成")
    purpose: ClassVar[Words] = Words(
        "A rate on what the team's credits exceed a threshold by.", "对团队业绩超过起提额的部分计提。"
    )
    reads_credits: ClassVar[bool] = False
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("rate", Share(), Words("Rate", "比例")),
        Field("threshold", Money(), Words("On bookings above", "起提业绩"), default="0"),
    )

    rate: Fraction
    threshold: Fraction

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        team = case.facts.team_credits
        if team is None:
            sheet.note("leads_no_team", index)
        elif team <= self.threshold:
            sheet.note("team_below_threshold", index, team=team, threshold=kept(self.threshold))
        else:
            pay = (Fraction(team) - self.threshold) * self.rate
            sheet.add(index, "override", pay, base=team, before=self.threshold)

    def sold(self, case: Case) -> bool:
        return (case.facts.team_credits or 0) > 0

    def slices(self, case: Case, line: Line) -> list[Slice]:  # noqa: ARG002
        return [Slice(0, self.threshold, None, Fraction(line.base) - self.threshold, self.rate)]

    def reason(self, case: Case, line: Line) -> Reason:  # noqa: ARG002
        return Reason(
            "override", {"rate": number_text(self.rate), "team": str(line.base), "threshold": str(line.before)}
        )
