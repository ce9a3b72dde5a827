"""The kinds of components that a plan may be made of, in the order in which the editor offers them."""

from incentives.rules.component import Component
from incentives.rules.kinds.flat_rate import FlatRate
from incentives.rules.kinds.leave_deduction import LeaveDeduction
from incentives.rules.kinds.marginal_tiers import MarginalTiers, Tier
from incentives.rules.kinds.payout_curve import PayoutCurve
from incentives.rules.kinds.people import RankBonus, TeamPool
from incentives.rules.kinds.spiff import Spiff
from incentives.rules.kinds.targets import GoalBonus, Matrix, Score
from incentives.rules.kinds.team_override import TeamOverride
from incentives.rules.kinds.whole_tiers import WholeTiers

KINDS: dict[str, type[Component]] = {
    kind.kind: kind
    for kind in (
        MarginalTiers,
        WholeTiers,
        FlatRate,
        PayoutCurve,
        GoalBonus,
        Score,
        Matrix,
        Spiff,
        RankBonus,
        TeamPool,
        TeamOverride,
        LeaveDeduction,
    )
}

__all__ = [
    "KINDS",
    "FlatRate",
    "GoalBonus",
    "LeaveDeduction",
    "MarginalTiers",
    "Matrix",
    "PayoutCurve",
    "RankBonus",
    "Score",
    "Spiff",
    "TeamOverride",
    "TeamPool",
    "Tier",
    "WholeTiers",
]
