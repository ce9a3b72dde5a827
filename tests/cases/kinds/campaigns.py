"""SPIFFs, pools, ranks."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from incentives.rules.shares import ranks, return_on_cost
from tests.cases.kinds.rates import flat
from tests.cases.terms import (
    AT_THE_TOTAL,
    DAY,
    EXACTLY,
    Answer,
    Case,
    Content,
    component,
    credits_of,
    number,
    pay,
    pick,
    plan_of,
    text,
)


def spiff_per_unit(plan: Case, given: Case) -> Answer:
    deal = {"id": 1, "on": DAY, "quantity": given["units"], "unit_price": plan.get("unit_price", "0")}
    rules = plan_of(
        flat(plan.get("commission_rate", "0")),
        component("spiff", "spiff", per="unit", amount=plan["amount_per_unit"]),
        rounding=AT_THE_TOTAL,
    )
    paid = pay(rules, credits=[deal])
    return {"commission": paid.of("credit"), "spiff": paid.of("spiff"), "total": paid.total}


def spiff_per_order(plan: Case, given: Case) -> Answer:
    rules = plan_of(
        component("spiff", per="order", amount=plan["bonus"], minimum=pick(plan, "min_quantity", "minimum"))
    )
    orders = [
        {"id": place, "on": DAY, "quantity": text(quantity), "order": f"O-{place}"}
        for place, quantity in enumerate(given["order_quantities"], start=1)
    ]
    paid = pay(rules, credits=orders)
    return {"qualifying_orders": len(paid.lines), "spiff": paid.total, "total": paid.total}


def spiff_tiered(plan: Case, given: Case) -> Answer:
    """Within its tier each deal is paid by its ordinal; retroactively all of them at the tier reached."""
    rows = _ordinals(pick(plan, "tiers", "bands"), str(plan.get("bound", "")))
    deals = pick(given, "deals", "units", "count", "number")
    counts = [len(deals)] if isinstance(deals, list) and not _all_counts(deals) else deals
    counts = counts if isinstance(counts, list) else [counts]

    def paid(mode: str) -> list[Decimal]:
        rules = plan_of(component("spiff", per="deal", tiers=rows, mode=mode))
        return [pay(rules, credits=credits_of(["1"] * int(count))).total for count in counts]

    marginal, whole = paid("marginal"), paid("whole")
    one = len(counts) == 1 and not isinstance(deals, list)
    found: Answer = {
        "within_tier": marginal[0] if one else marginal,
        "marginal": marginal[0] if one else marginal,
        "retroactive": whole[0] if one else whole,
        "whole": whole[0] if one else whole,
    }
    mode = str(plan.get("mode", plan.get("method", "")))
    chosen = "retroactive" if mode in {"retroactive", "whole", "slab"} else "within_tier"
    return found | {"spiff": found[chosen], "total": found[chosen]}


def _all_counts(deals: list[Any]) -> bool:
    return all(str(deal).isdigit() for deal in deals)


def _ordinals(rows: list[Case], bound: str) -> list[Content]:
    """Tiers by ordinal as the portal has them: from the first that is inside, to the first of the next tier.

    A table from 0 counts what lies between its bounds, so that 0 to 5 holds the ordinals 1 to 5; one from 1 with gaps
    of one (1 to 5, 6 to 10) names first and last; else bounds are half-open, unless the upper one is inside.
    """
    plain = [row if isinstance(row, dict) else dict(zip(("from", "to", "amount"), row, strict=True)) for row in rows]
    starts = [int(pick(row, "from", "min")) for row in plain]
    after = starts[0] == 0 or bound == "upper_inclusive"
    firsts = [start + 1 if after else start for start in starts]
    tiers = []
    for place, row in enumerate(plain):
        last = pick(row, "to", "max", default=None)
        nexts = str(firsts[place + 1]) if place + 1 < len(firsts) else None
        if nexts is None and last is not None:
            nexts = str(int(last) + 1)
        tiers.append(
            {"from": str(firsts[place]), "to": nexts, "amount": pick(row, "amount", "bonus", "rate", "amount_per_deal")}
        )
    return tiers


def spiff_roi(plan: Case, given: Case) -> Answer:
    said = {**plan, **given}
    revenue = number(pick(said, "revenue", "incremental_revenue", "sales"))
    margin = number(pick(said, "margin", "gross_margin", "margin_rate"))
    cost = number(pick(said, "spiff", "spiff_cost", "cost", "spiff_total"))
    roi = return_on_cost(revenue, margin, cost)
    return dict.fromkeys(("roi_percent", "roi", "percent"), None if roi is None else roi * 100)


def pool_split(plan: Case, given: Case) -> Answer:
    members = given["members"]
    remainder = plan.get("remainder", "largest_remainder")
    part = component(
        "team_pool",
        amount=plan["pool"],
        split=plan.get("method", "equal"),
        remainder="highest_points_first" if remainder == "floor_then_highest_points_first" else remainder,
    )
    rules = plan_of(part, rounding={"places": str(plan.get("places", 2))})
    shares = {name: _share(rules, members, name) for name in members}
    return {"shares": shares, "each": next(iter(shares.values())), "total": sum(shares.values(), Decimal(0))}


def _share(rules: Any, members: Case, me: str, sales: Any = "0") -> Decimal:
    rows = [{"key": name, "points": text(points)} for name, points in members.items()]
    return pay(rules, pools={"part": {"credits": text(sales), "members": rows, "me": me}}).total


def pool_value(plan: Case, given: Case) -> Answer:
    """What the fund is, what each gets by head, and what one share of it is worth."""
    said = {**plan, **given}
    sales, members = pick(said, "sales", "revenue"), pick(said, "members", default=None)
    shares = pick(said, "shares", "points", default=None)

    def of(split: str, points: Case) -> Decimal:
        rules = plan_of(component("team_pool", rate=plan["rate"], split=split), rounding=EXACTLY)
        return _share(rules, points, next(iter(points)), sales)

    found: Answer = {"pool": of("equal", {"all": "1"})}
    if members is not None:
        count = len(members) if isinstance(members, (list, dict)) else int(members)
        found["each"] = of("equal", {str(place): "1" for place in range(count)})
    if shares is not None:
        whole = number(shares) if not isinstance(shares, (list, dict)) else _sum(shares)
        found["share_value"] = of("points", {"one": "1", "rest": text(whole - 1)})
    return found


def _sum(shares: Any) -> Fraction:
    return sum((number(share) for share in (shares.values() if isinstance(shares, dict) else shares)), Fraction(0))


def ranking(plan: Case, given: Case) -> Answer:
    values = given["values"]
    sign = -1 if plan.get("order") == "ascending" else 1
    return {"ranks": dict(zip(values, ranks([sign * number(value) for value in values.values()]), strict=True))}


KINDS = {
    "pool_split": pool_split,
    "pool_value": pool_value,
    "ranking": ranking,
    "spiff_per_order": spiff_per_order,
    "spiff_per_unit": spiff_per_unit,
    "spiff_roi": spiff_roi,
    "spiff_tiered": spiff_tiered,
}
