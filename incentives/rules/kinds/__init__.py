"""The kinds of components that a plan may be made of."""

from incentives.rules.component import Component
from incentives.rules.kinds.marginal_tiers import MarginalTiers, Tier
from incentives.rules.kinds.team_override import TeamOverride

KINDS: dict[str, type[Component]] = {kind.kind: kind for kind in (MarginalTiers, TeamOverride)}

__all__ = ["KINDS", "MarginalTiers", "TeamOverride", "Tier"]
