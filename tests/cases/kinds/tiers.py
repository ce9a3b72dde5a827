"""Marginal and whole-amount tiers, accelerators and hurdles."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from incentives.rules.kinds import WholeTiers
from incentives.rules.kinds.marginal_tiers import Tier, quick_deductions
from incentives.rules.terms import Verdict
from tests.cases.terms import (
    AT_THE_TOTAL,
    VALUE,
    Answer,
    Case,
    Content,
    Paid,
    bound_of,
    component,
    credit,
    many,
    number,
    pay,
    pay_credits,
    pick,
    plan_of,
    text,
    tiers,
)

ATTAINMENT = {"of": "attainment"}


def marginal(rows: Sequence[Case], basis: str = "amount", **more: Any) -> Content:
    """Rates are shares of the credit itself, as publishers give them."""
    return component("marginal_tiers", basis=basis, **({"rates": "credit"} | more), tiers=tiers(rows))


def whole(rows: Sequence[Case], basis: str, **more: Any) -> Content:
    return component("whole_tiers", basis=basis, tiers=tiers(rows), **more)


def marginal_tiers(plan: Case, given: Case) -> Answer:
    scope = "transaction" if plan["scope"] == "per_transaction" else "period"
    rules = plan_of(marginal(plan["tiers"], plan["basis"], scope=scope), rounding=AT_THE_TOTAL)
    amounts = given["transactions"]
    paid = pay_credits(rules, amounts, opening=given.get("prior"), quota=plan.get("quota"))
    sold = sum((number(amount) for amount in amounts), Fraction(0))
    exact = sum((part.pay for place in range(len(paid.amounts)) for part in paid.parts(place)), Fraction(0))
    return {
        "by_transaction": paid.amounts,
        "commission": paid.total,
        "blended_rate": exact / sold if sold else None,
        "quick_deduction": _quick_deduction(plan, given),
    }


def _quick_deduction(plan: Case, given: Case) -> Decimal:
    """Of the tier that the last amount reaches; bounds on attainment are in money."""
    quota = Decimal(plan["quota"]) if plan["basis"] == "attainment" else Decimal(1)
    rows = [Tier(Decimal(row["from"]) * quota, None, Decimal(row["rate"])) for row in tiers(plan["tiers"])]
    amount = Decimal(given["transactions"][-1])
    return quick_deductions(rows)[max((place for place, row in enumerate(rows) if row.floor <= amount), default=0)]


def marginal_plus_total_rate(plan: Case, given: Case) -> Answer:
    rules = plan_of(
        marginal(plan["tiers"], plan["basis"]),
        whole(plan["total_rates"], plan["basis"], bound=bound_of(plan)) | {"key": "total"},
        rounding=AT_THE_TOTAL,
    )
    paid = pay_credits(rules, many(pick(given, "amount", "amounts")), quota=plan.get("quota"))
    return {"tier_part": paid.of_component(0), "total_rate_part": paid.of_component(1), "commission": paid.total}


def slab_tiers(plan: Case, given: Case) -> Answer:
    rules = plan_of(whole(plan["tiers"], plan["basis"], bound=bound_of(plan)))
    found = [pay_credits(rules, [amount], quota=plan.get("quota")) for amount in many(pick(given, "amounts", "amount"))]
    return {
        "rates": [paid.parts()[-1].rate if paid.lines else None for paid in found],
        "commissions": [paid.total for paid in found],
    }


def slab_true_up(plan: Case, given: Case) -> Answer:
    """Each period pays what is earned since the first one less what was due before."""
    part = whole(plan["tiers"], plan["basis"], bound=bound_of(plan))
    due, cumulative, before = [], [], Fraction(0)
    for amount in given["periods"]:
        rules = plan_of(part | {"true_up": {"window": "year"}}, rounding=AT_THE_TOTAL)
        due.append(pay_credits(rules, [amount], quota=plan.get("quota"), opening=text(before)).total)
        before += number(amount)
        cumulative.append(pay_credits(plan_of(part), [text(before)], quota=plan.get("quota")).total)
    return {"cumulative": cumulative, "due": due, "total": cumulative[-1]}


def base_plus_overage_multiplier(plan: Case, given: Case) -> Answer:
    rows = (
        tiers(plan["multipliers"], "multiplier", between="1")
        if plan["multipliers"]
        else [{"from": "0", "to": None, "rate": "1"}]
    )
    part = component(
        "whole_tiers",
        basis="attainment",
        bound=bound_of(plan),
        rates="base_rate",
        rate=text(plan["rate"]),
        on="above_target",
        tiers=rows,
    )
    found = [
        pay_credits(plan_of(part), [amount], quota=plan["quota"]) for amount in many(pick(given, "amounts", "amount"))
    ]
    parts = [[part.pay for part in paid.parts()] for paid in found]
    return {
        "base": [sum(pays[:1], Fraction(0)) for pays in parts],
        "overage": [sum(pays[1:], Fraction(0)) for pays in parts],
        "commissions": [paid.total for paid in found],
    }


def whole_amount_multiplier(plan: Case, given: Case) -> Answer:
    part = component(
        "whole_tiers",
        basis="attainment",
        bound=bound_of(plan),
        rates="base_rate",
        rate=text(plan["rate"]),
        tiers=tiers(plan["multipliers"], "multiplier", between="1"),
    )
    found = [
        pay_credits(plan_of(part), [amount], quota=plan["quota"]) for amount in many(pick(given, "amounts", "amount"))
    ]
    return {"multipliers": [_gives(paid) for paid in found], "commissions": [paid.total for paid in found]}


def _gives(paid: Paid) -> Fraction:
    (rules,) = paid.plan.components
    assert isinstance(rules, WholeTiers)
    return rules.tiers[paid.parts()[0].tier or 0].gives


def stepped_target_incentive(plan: Case, given: Case) -> Answer:
    said = {"weight": "1", "rates": "target_pay"}
    rows = tiers(pick(plan, "steps", "tiers"), "multiplier")
    parts = {
        "marginal": component("marginal_tiers", basis="attainment", **said, tiers=rows),
        "single_multiplier": component("whole_tiers", basis="attainment", **said, tiers=rows),
    }
    return {
        name: [
            pay_credits(plan_of(part), [attainment], quota="1", target_pay=plan["target"]).total
            for attainment in many(pick(given, "attainments", "attainment"))
        ]
        for name, part in parts.items()
    }


def decelerator_retro_then_marginal(plan: Case, given: Case) -> Answer:
    """A low rate on everything below the point; from it on the full rate to the quota and the accelerated one above."""
    point = pick(plan, "retro", "retro_below", "retro_threshold", "threshold", "decelerator_below")
    low, full = pick(plan, "low_rate", "decelerated_rate"), pick(plan, "full_rate", "base_rate", "rate")
    rows = [
        {"from": "0", "to": "1", "rate": full},
        {"from": "1", "to": None, "rate": pick(plan, "accelerated_rate", "accelerator_rate")},
    ]
    rules = plan_of(
        component("flat_rate", rates=[{"rate": low}], gates=[{"measure": ATTAINMENT, "below": point}]),
        marginal(rows, "attainment") | {"key": "full", "gates": [{"measure": ATTAINMENT, "at_least": point}]},
    )
    quota = plan["quota"] if "quota" in plan else given["quota"]
    amounts = many(pick(given, "amounts", "amount", "sales"))
    found = [pay_credits(rules, [amount], quota=quota).total for amount in amounts]
    return {"commissions": found, "payouts": found, "commission": found[0], "payout": found[0]}


def modifier_table(plan: Case, given: Case) -> Answer:
    table = tiers(plan["modifier_table"], "modifier", between="1")
    factors = [{"from": row["from"], "to": row["to"], "factor": row["rate"]} for row in table]
    modifier = {"measure": VALUE, "bound": bound_of(plan), "bands": factors}
    rules = plan_of(marginal(plan["rate_table"]) | {"modifiers": [modifier]})
    measures = many(pick(given, "measures", "measure"))
    found = [pay_credits(rules, [given["amount"]], results={"value": {"value": text(value)}}) for value in measures]
    return {
        "base": found[0].of("credit"),
        "modifiers": [
            next((line.before for line in paid.lines if line.kind == "modifier"), Decimal(1)) for paid in found
        ],
        "payouts": [paid.total for paid in found],
    }


def hurdle(plan: Case, given: Case) -> Answer:
    """The higher rates open only if every product is at the hurdle or above."""
    lowest = {"of": "lowest_attainment"}
    parts: list[Content] = []
    for product, (base, higher) in plan["rates"].items():
        counts = {"products": [product], "quota": product}
        rows = [{"from": "0", "to": "1", "rate": base}, {"from": "1", "to": None, "rate": higher}]
        opened = [{"measure": lowest, "at_least": plan["hurdle"]}]
        closed = [{"measure": lowest, "below": plan["hurdle"]}]
        parts.append(marginal(rows, "attainment") | {"key": f"open-{len(parts)}", "counts": counts, "gates": opened})
        parts.append(
            component("flat_rate", f"closed-{len(parts)}", rates=[{"rate": base}], counts=counts, gates=closed)
        )
    rules = plan_of(*parts, rounding=AT_THE_TOTAL)
    cases = given["cases"] if "cases" in given else [given.get("sales", given)]
    commissions: list[Answer] = []
    opens = []
    for sales in cases:
        deals = [credit(amount, place, product=name) for place, (name, amount) in enumerate(sales.items(), start=1)]
        paid = pay(rules, credits=deals, quotas=plan["quota"])
        by_product = {
            name: paid.of_component(2 * place) + paid.of_component(2 * place + 1)
            for place, name in enumerate(plan["rates"])
        }
        commissions.append(by_product | {"total": paid.total})
        gates = rules.components[0].terms
        assert gates
        opens.append(gates.gates[0].verdict(paid.case) is Verdict.MET)
    return {
        "open": opens,
        "commissions": commissions,
        **({"total": commissions[0]["total"]} if len(commissions) == 1 else {}),
    }


KINDS = {
    "base_plus_overage_multiplier": base_plus_overage_multiplier,
    "decelerator_retro_then_marginal": decelerator_retro_then_marginal,
    "hurdle": hurdle,
    "marginal_plus_total_rate": marginal_plus_total_rate,
    "marginal_tiers": marginal_tiers,
    "modifier_table": modifier_table,
    "slab_tiers": slab_tiers,
    "slab_true_up": slab_true_up,
    "stepped_target_incentive": stepped_target_incentive,
    "whole_amount_multiplier": whole_amount_multiplier,
}
