"""Who and what needs attention, and why: thresholds in one place, worst first, at most seven."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

MOST = 7
WIN_RATE_FALL = Decimal("0.10")  # ten points; under ten closed deals a fall is chance
LEAST_CLOSED = 10
BEHIND_PACE = Decimal("0.85")
NOT_COACHED_DAYS = 30
STUCK_SHARE = Decimal("0.15")

Severity = Literal["bad", "careful", "accent"]
RANK: dict[Severity, int] = {"bad": 0, "careful": 1, "accent": 2}


@dataclass(frozen=True, slots=True)
class PersonSignal:
    """One KAM in the period and the one it is compared with. Rates are 0 to 1; `coached_days` None: never."""

    key: str
    name: str
    win_rate: Decimal | None
    win_rate_before: Decimal | None
    closed: int
    closed_before: int
    lost: int
    coached_days: int | None


@dataclass(frozen=True, slots=True)
class TeamSignal:
    """One team or region: `pace` is attainment over what it should be today (1: on pace), `behind` money missing."""

    key: str
    name: str
    pace: Decimal | None
    behind: Decimal


@dataclass(frozen=True, slots=True)
class StuckSignal:
    """Open deals that are older than nine of ten won ones became."""

    deals: int
    amount: Decimal
    open_deals: int
    worst_team: str
    worst_deals: int


@dataclass(frozen=True, slots=True)
class RunSignal:
    key: str
    code: str
    people: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to act on. `kind` chooses the words and the next step; `weight` orders findings of one severity."""

    kind: Literal["win_rate_fell", "behind_pace", "not_coached", "stuck_deals", "run_waits"]
    severity: Severity
    key: str
    weight: Decimal
    values: dict[str, object] = field(default_factory=dict)


def findings(
    *,
    people: Sequence[PersonSignal],
    teams: Sequence[TeamSignal],
    stuck: StuckSignal | None,
    runs: Sequence[RunSignal],
) -> list[Finding]:
    """All that needs attention, worst first, at most seven; waiting approvals always keep a place."""
    waiting = [_run(run) for run in runs]
    others = sorted(
        [*_people(people), *_teams(teams), *_stuck(stuck)],
        key=lambda found: (RANK[found.severity], -found.weight, found.key),
    )
    return others[: max(MOST - len(waiting), 0)] + waiting[:MOST]


def _people(people: Iterable[PersonSignal]) -> Iterable[Finding]:
    for person in people:
        fall = _fall(person)
        if fall is not None and fall >= WIN_RATE_FALL:
            values: dict[str, object] = {
                "name": person.name,
                "now": person.win_rate,
                "before": person.win_rate_before,
                "lost": person.lost,
                "coached_days": person.coached_days,
            }
            yield Finding("win_rate_fell", "bad", person.key, fall, values)
        elif person.closed and (person.coached_days is None or person.coached_days >= NOT_COACHED_DAYS):
            days = Decimal(person.coached_days or 999)
            yield Finding(
                "not_coached",
                "careful",
                person.key,
                days / 1000,
                {"name": person.name, "coached_days": person.coached_days},
            )


def _fall(person: PersonSignal) -> Decimal | None:
    if person.win_rate is None or person.win_rate_before is None:
        return None
    if person.closed < LEAST_CLOSED or person.closed_before < LEAST_CLOSED:
        return None
    return person.win_rate_before - person.win_rate


def _teams(teams: Iterable[TeamSignal]) -> Iterable[Finding]:
    for team in teams:
        if team.pace is not None and team.pace < BEHIND_PACE:
            values: dict[str, object] = {"name": team.name, "pace": team.pace, "behind": team.behind}
            yield Finding("behind_pace", "careful", team.key, 1 - team.pace, values)


def _stuck(stuck: StuckSignal | None) -> Iterable[Finding]:
    if stuck and stuck.open_deals and Decimal(stuck.deals) / stuck.open_deals >= STUCK_SHARE:
        share = Decimal(stuck.deals) / stuck.open_deals
        values: dict[str, object] = {
            "deals": stuck.deals,
            "amount": stuck.amount,
            "team": stuck.worst_team,
            "team_deals": stuck.worst_deals,
        }
        yield Finding("stuck_deals", "careful", "stuck", share, values)


def _run(run: RunSignal) -> Finding:
    return Finding(
        "run_waits", "accent", run.key, Decimal(0), {"code": run.code, "people": run.people, "total": run.total}
    )
