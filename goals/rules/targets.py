"""Targets: which one holds for a subject and period that has no row of its own, and how one is derived from history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from core.periods import Period, PeriodKind

MONTHS_A_QUARTER = 3


class Kind(StrEnum):
    PERSON = "person"
    TEAM = "team"


@dataclass(frozen=True, slots=True, order=True)
class Who:
    """A person or a team by row id."""

    kind: Kind
    id: int


def person(row_id: int) -> Who:
    return Who(Kind.PERSON, row_id)


def team(row_id: int) -> Who:
    return Who(Kind.TEAM, row_id)


class How(StrEnum):
    """Where a resolved target comes from."""

    OWN = "own"
    THIRD = "third"  # of the quarter's own row
    QUARTERS = "quarters"  # the sum of the year's quarters
    MEMBERS = "members"  # the sum of what is under the team
    ABOVE = "above"  # a ratio: the row of the nearest team above, or of the longer period


@dataclass(frozen=True, slots=True)
class Resolved:
    """The target that holds, and where it came from.

    row      subject and period of the row behind it (OWN, THIRD, ABOVE)
    counted  MEMBERS: how many parts were added; QUARTERS: how many quarters
    of       MEMBERS: how many there are, with those that have no target
    """

    value: Decimal
    how: How
    row: tuple[Who, str] | None = None
    counted: int = 0
    of: int = 0


Rows = Mapping[tuple[Who, str], Decimal]
Targets = dict[Who, Resolved]


@dataclass(frozen=True, slots=True)
class Company:
    """The organisation in one period.

    parents  each team's parent, None for the company
    shares   of each member, what share of the days of membership in the period was spent in which team; adds up to 1
    homes    the team of each member's last day of membership in the period
    """

    parents: Mapping[int, int | None]
    shares: Mapping[int, Mapping[int, Decimal]]
    homes: Mapping[int, int]
    children: Mapping[int, Sequence[int]] = field(default_factory=dict)
    members: Mapping[int, Sequence[tuple[int, Decimal]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        parents: Mapping[int, int | None],
        shares: Mapping[int, Mapping[int, Decimal]],
        homes: Mapping[int, int],
    ) -> "Company":
        children: dict[int, list[int]] = {}
        members: dict[int, list[tuple[int, Decimal]]] = {}
        for child, parent in parents.items():
            if parent is not None:
                children.setdefault(parent, []).append(child)
        for person_id, by_team in shares.items():
            for team_id, share in by_team.items():
                members.setdefault(team_id, []).append((person_id, share))
        return cls(parents, shares, homes, children, members)

    def subjects(self, rows: Rows) -> Iterable[Who]:
        """Members and whoever else has a row of the own, then the teams."""
        others = {who for who, _code in rows if who.kind == Kind.PERSON and who.id not in self.shares}
        yield from (person(row_id) for row_id in self.shares)
        yield from sorted(others)
        yield from (team(row_id) for row_id in self.parents)

    def upwards(self, who: Who) -> Iterable[Who]:
        """The subject and every team above it, nearest first."""
        at: int | None
        if who.kind == Kind.PERSON:
            yield who
            at = self.homes.get(who.id)
        else:
            at = who.id
        while at is not None:
            yield team(at)
            at = self.parents.get(at)


def sum_targets(period: Period, rows: Rows, companies: Mapping[str, Company]) -> Targets:
    """The targets of a KPI whose values add up, for every subject of the period that has one.

    An own row wins. Without one,
    - a month is a third of the quarter's own row,
    - a year is the sum of its quarters, where each quarter has a target (of a person: each quarter with membership);
      else it has none,
    - a team is the sum of what is under it: the targets of its child teams and of its own members, each member's by
      the share of the days spent in the team. So a child team's own row replaces the sum of its people.

    rows       own rows of the period, of its quarter (for a month) and of its quarters (for a year)
    companies  the organisation of the period, and of each quarter of a year, by code
    """
    if period.kind == PeriodKind.YEAR:
        return _year_targets(period, rows, companies)
    company = companies[period.code]
    found: Targets = {}
    for who in company.subjects(rows):
        own = _own_or_third(who, period, rows) if who.kind == Kind.PERSON else None
        if own:
            found[who] = own
    for root in (team_id for team_id, parent in company.parents.items() if parent is None):
        _add_team(root, period, rows, company, found)
    return found


def _own_or_third(who: Who, period: Period, rows: Rows) -> Resolved | None:
    own = rows.get((who, period.code))
    if own is not None:
        return Resolved(own, How.OWN, (who, period.code))
    if period.kind != PeriodKind.MONTH:
        return None
    quarter = period.within(PeriodKind.QUARTER).code
    whole = rows.get((who, quarter))
    return None if whole is None else Resolved(whole / MONTHS_A_QUARTER, How.THIRD, (who, quarter))


def _add_team(team_id: int, period: Period, rows: Rows, company: Company, found: Targets) -> None:
    """Adds the targets of a team and of all under it; children first, since a team is their sum."""
    children = company.children.get(team_id, ())
    for child in children:
        _add_team(child, period, rows, company, found)
    own = _own_or_third(team(team_id), period, rows)
    parts = [found[team(child)].value for child in children if team(child) in found]
    members = company.members.get(team_id, ())
    parts += [found[person(member)].value * share for member, share in members if person(member) in found]
    if own:
        found[team(team_id)] = own
    elif parts:
        found[team(team_id)] = Resolved(
            sum(parts, Decimal(0)), How.MEMBERS, counted=len(parts), of=len(children) + len(members)
        )


def _year_targets(year: Period, rows: Rows, companies: Mapping[str, Company]) -> Targets:
    quarters = year.parts(PeriodKind.QUARTER)
    by_quarter = {quarter.code: sum_targets(quarter, rows, companies) for quarter in quarters}
    found: Targets = {}
    for who in companies[year.code].subjects(rows):
        own = rows.get((who, year.code))
        if own is not None:
            found[who] = Resolved(own, How.OWN, (who, year.code))
            continue
        wanted = [q.code for q in quarters if who.kind == Kind.TEAM or _belongs(who, q.code, rows, companies)]
        parts = [by_quarter[code][who].value for code in wanted if who in by_quarter[code]]
        if parts and len(parts) == len(wanted):
            found[who] = Resolved(sum(parts, Decimal(0)), How.QUARTERS, counted=len(parts), of=len(wanted))
    return found


def _belongs(who: Who, code: str, rows: Rows, companies: Mapping[str, Company]) -> bool:
    return who.id in companies[code].shares or (who, code) in rows


def ratio_targets(period: Period, rows: Rows, companies: Mapping[str, Company]) -> Targets:
    """The targets of a KPI that is a ratio, for every subject of the period that has one.

    The row of the subject itself, else of the nearest team above it; of one subject the row of the period, else of the
    quarter and then of the year in which it lies (a ratio is not spread: 60 % of a quarter is 60 % of each month).
    """
    company = companies[period.code]
    codes = [longer.code for longer in period.chain()]
    found: Targets = {}
    for who in company.subjects(rows):
        key = next((key for at in company.upwards(who) for key in ((at, code) for code in codes) if key in rows), None)
        if key is not None:
            found[who] = Resolved(rows[key], How.OWN if key == (who, period.code) else How.ABOVE, key)
    return found


@dataclass(frozen=True, slots=True)
class Derived:
    """A target derived from history.

    mean, total, months  what was measured a month, in all, in how many months; None without own history
    people, team         then: the mean of how many derived targets, of which team (None: of everybody)
    """

    value: Decimal
    mean: Decimal | None = None
    total: Decimal | None = None
    months: int | None = None
    people: int | None = None
    team: int | None = None


def round_to(amount: Decimal, step: Decimal) -> Decimal:
    """To the nearest multiple of `step`, half up; at least one step, since a target is above 0."""
    return max((amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step, step)


def derive(
    totals: Mapping[int, Decimal],
    months: int,
    growth: Decimal,
    step: Decimal,
    teams: Mapping[int, int],
    *,
    times: int = MONTHS_A_QUARTER,
) -> dict[int, Derived]:
    """Quarter targets from another quarter: the monthly mean x `times` x (1 + growth), rounded to `step`.

    totals  what each person reached in the other quarter, as a rule the one before; nothing or 0 is no history
    months  how many months of that quarter have any booking of the company (a first quarter may be incomplete)
    growth  0.05 is 5 % more
    teams   the people who need a target, and the team of each
    times   how many months the target is for: 3, or those with bookings where the data begin within the quarter
    return  for those without history the mean of their team's derived targets, else of everybody's; empty where
            nobody has history
    """
    if not months or not times:
        return {}
    found: dict[int, Derived] = {}
    for person_id in teams:
        total = totals.get(person_id, Decimal(0))
        if total > 0:
            mean = total / months
            value = round_to(mean * times * (1 + growth), step)
            found[person_id] = Derived(value, mean, total, months)
    own = dict(found)
    for person_id, team_id in teams.items():
        if person_id not in own and own:
            in_team = [derived.value for other, derived in own.items() if teams[other] == team_id]
            peers = in_team or [derived.value for derived in own.values()]
            mean_of_peers = round_to(sum(peers, Decimal(0)) / len(peers), step)
            found[person_id] = Derived(mean_of_peers, people=len(peers), team=team_id if in_team else None)
    return found
