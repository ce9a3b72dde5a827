"""Parts that depend on others: the prize of a rank, a share of a team's pool (plan semantics, section 12)."""

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from incentives.rules.case import NOTHING, Case, Sheet
from incentives.rules.component import Component
from incentives.rules.facts import Line, PoolFacts, Reason, Standing
from incentives.rules.fields import Choice, Field, Money, Share, Values
from incentives.rules.measures import CREDIT_MEASURES
from incentives.rules.reading import Fields
from incentives.rules.shares import HIGHEST_POINTS_FIRST, LARGEST_REMAINDER, shared_out
from incentives.rules.words import Words

PLAN, TEAM = "plan", "team"
AMONG = {PLAN: Words("Everybody on the plan", "方案内全员"), TEAM: Words("The team", "本团队")}
EQUAL, POINTS = "equal", "points"
SPLITS = {EQUAL: Words("Equal shares", "平均分配"), POINTS: Words("By points", "按积分分配")}
REMAINDERS = {
    LARGEST_REMAINDER: Words("To the largest remainders", "最大余数法"),
    HIGHEST_POINTS_FIRST: Words("To the highest points first", "积分高者优先"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RankBonus(Component):
    """A prize for a place in a ranking (排名奖金). Ties share the prizes of the places they hold, to the cent."""

    kind: ClassVar[str] = "rank_bonus"
    label: ClassVar[Words] = Words("Rank bonus", "排名奖金")
    purpose: ClassVar[Words] = Words("Prizes for the first places; ties share theirs.", "前几名获奖，并列者平分。")
    reads_credits: ClassVar[bool] = False
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("by", Choice(CREDIT_MEASURES), Words("Ranked by", "排名依据"), default="booked_revenue"),
        Field("among", Choice(AMONG), Words("Among", "排名范围"), default=PLAN),
        Field("prizes", Values(Money()), Words("Prizes from the first place on", "从第一名起的奖金")),
    )

    by: str
    among: str
    prizes: tuple[Fraction, ...]

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        standing = case.facts.standings.get(self.key) or case.facts.standings.get(self.by)
        if standing is None:
            sheet.note("not_ranked", index)
        elif prize := self.prize(standing, case):
            sheet.add(index, "rank", prize, base=Fraction(standing.rank), before=Fraction(standing.tied))
        else:
            sheet.note("no_prize_for_rank", index, rank=standing.rank, of=standing.of, prizes=len(self.prizes))

    def prize(self, standing: Standing, case: Case) -> Fraction:
        """The prizes of all places held by those who tie, divided in minor units."""
        held = self.prizes[standing.rank - 1 : standing.rank - 1 + standing.tied]
        unit = 10**case.places
        whole = int(sum(held, NOTHING) * unit)
        return Fraction(shared_out(whole, [Fraction(1)] * standing.tied)[standing.place], unit)

    def reason(self, case: Case, line: Line) -> Reason:  # noqa: ARG002
        values = {"rank": str(line.base), "tied": str(line.before)}
        return Reason("rank_tied" if line.before > 1 else "rank", values)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamPool(Component):
    """A share of a fund (团队奖金池): a rate of the group's credits, or an amount. The shares add up to the fund."""

    kind: ClassVar[str] = "team_pool"
    label: ClassVar[Words] = Words("Team pool", "团队奖金池")
    purpose: ClassVar[Words] = Words("A fund that the team shares.", "团队共同分配的奖金池。")
    reads_credits: ClassVar[bool] = False
    FIELDS: ClassVar[tuple[Field, ...]] = (
        Field("rate", Share(), Words("Rate of the team's credits", "按团队业绩比例"), default=None),
        Field("amount", Money(), Words("Or an amount", "或固定金额"), default=None),
        Field("split", Choice(SPLITS), Words("Shared", "分配方式"), default=EQUAL),
        Field("remainder", Choice(REMAINDERS), Words("Left-over cents", "尾差归属"), default=LARGEST_REMAINDER),
    )

    rate: Fraction | None
    amount: Fraction | None
    split: str
    remainder: str

    def check(self, fields: Fields) -> None:
        if (self.rate is None) == (self.amount is None):
            fields.problem("rate", "rate_or_amount")

    def earn(self, index: int, case: Case, sheet: Sheet) -> None:
        pool = case.facts.pools.get(self.key)
        if pool is None:
            sheet.note("not_in_the_pool", index)
        elif not sum(self.points(pool), NOTHING):
            sheet.note("pool_without_points", index)
        else:
            sheet.add(
                index, "pool", self.shares(pool, case)[pool.me], base=self.fund(pool, case), before=self.mine(pool)
            )

    def fund(self, pool: PoolFacts, case: Case) -> Fraction:
        """Rounded to minor units, so that it can be shared out."""
        whole = pool.credits * self.rate if self.rate is not None else self.amount or NOTHING
        return Fraction(case.money(whole))

    def points(self, pool: PoolFacts) -> list[Fraction]:
        return [Fraction(1) if self.split == EQUAL else points for _key, points in pool.members]

    def mine(self, pool: PoolFacts) -> Fraction:
        """The exact part of the fund before cents are shared out, as a ratio."""
        points = dict(zip((key for key, _points in pool.members), self.points(pool), strict=True))
        return points.get(pool.me, NOTHING) / sum(points.values(), NOTHING)

    def shares(self, pool: PoolFacts, case: Case) -> dict[str, Fraction]:
        """By member, in money; together the fund."""
        places = case.places if case.rounding.places is None else case.rounding.places
        whole = int(self.fund(pool, case) * 10**places)
        units = shared_out(whole, self.points(pool), self.remainder)
        return {key: Fraction(unit, 10**places) for (key, _points), unit in zip(pool.members, units, strict=True)}

    def sold(self, case: Case) -> bool:
        pool = case.facts.pools.get(self.key)
        return pool is not None and pool.credits > 0

    def reason(self, case: Case, line: Line) -> Reason:
        pool = case.facts.pools.get(self.key)
        values = {"fund": str(line.base), "share": str(line.before), "members": str(len(pool.members) if pool else 0)}
        return Reason("pool", values)
