"""Flat rates, several measures, splits by person, level and role, caps over several people."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from incentives.rules.document import InvalidPlan
from tests.cases.terms import (
    AT_THE_TOTAL,
    VALUE,
    Answer,
    Case,
    Content,
    component,
    credit,
    is_number,
    many,
    number,
    pay,
    pay_credits,
    percent,
    pick,
    plan_of,
    text,
)

# A case names measures as it likes; the portal has four.
KNOWN = {
    "sold": "booked_revenue",
    "booked": "booked_revenue",
    "invoiced": "invoiced_revenue",
    "paid": "payments_received",
}
FREE = ("gross_margin", "payments_received", "invoiced_revenue", "booked_revenue")


def flat(rate: Any, **more: Any) -> Content:
    return component("flat_rate", rates=[{"rate": text(rate)}], **more)


def flat_rate(plan: Case, given: Case, places: int = 4) -> Answer:
    part = flat(plan["rate"], deduct=plan.get("deduct_from_base"))
    amounts = many(pick(given, "amounts", "amount"))
    fine = pay_credits(plan_of(part, rounding={"places": str(places)}), amounts)
    total = pay_credits(plan_of(part, rounding=AT_THE_TOTAL), amounts).total
    return {"commissions": fine.amounts, "commission": total, "total": total}


def _sold(row: Any) -> tuple[str, Any]:
    """Product and amount of a line, whatever they are called."""
    names = [value for value in row.values() if isinstance(value, str) and not is_number(value)]
    product = pick(row, "product", "category", "type", "sku", default=names[0] if names else "")
    return str(product), pick(row, "amount", "sales", "base", "value", default=None)


def flat_rate_by_line(plan: Case, given: Case) -> Answer:
    rates = pick(plan, "rates", "products", "rate_by_product")
    pairs = rates.items() if isinstance(rates, dict) else [(_sold(row)[0], pick(row, "rate")) for row in rates]
    part = component("flat_rate", rates=[{"product": name, "rate": rate} for name, rate in pairs])
    deals = []
    for place, row in enumerate(pick(given, "lines", "items", "sales", "amounts"), start=1):
        product, amount = _sold(row)
        priced = {"quantity": row.get("quantity"), "unit_price": pick(row, "unit_price", "price", default=None)}
        sold = {name: value for name, value in (priced if amount is None else {"amount": amount}).items() if value}
        deals.append({"id": place, "on": "2026-01-01", "product": product, **sold})
    paid = pay(plan_of(part, rounding=AT_THE_TOTAL), credits=deals)
    return {"by_line": paid.amounts, "commissions": paid.amounts, "total": paid.total, "commission": paid.total}


def measures_of(rows: list[Case], events: list[Case]) -> dict[str, str]:
    """The portal's measure for each that a case names."""
    named = dict.fromkeys([row["measure"] for row in (*rows, *events)])
    found = {name: KNOWN[name] for name in named if name in KNOWN}
    free = [measure for measure in FREE if measure not in found.values()]
    return found | {name: free.pop() for name in named if name not in KNOWN}


def rates_of(rows: list[Case], measures: dict[str, str]) -> list[Content]:
    return [
        {"rate": row["rate"], "measure": measures[row["measure"]]}
        | ({"product": row["product"]} if row.get("product") else {})
        for row in rows
    ]


def events_of(rows: list[Case], measures: dict[str, str]) -> list[Content]:
    found = []
    for place, row in enumerate(rows, start=1):
        event = credit(row["amount"], place, measure=measures[row["measure"]])
        found.append(event | ({"product": row["product"]} if row.get("product") else {}))
    return found


def multi_measure_rate(plan: Case, given: Case) -> Answer:
    measures = measures_of(plan["measures"], given["events"])
    rules = plan_of(component("flat_rate", rates=rates_of(plan["measures"], measures)), rounding=AT_THE_TOTAL)
    events = events_of(given["events"], measures)
    running = [pay(rules, credits=events[:place]).total for place in range(1, len(events) + 1)]
    return {"by_event": pay(rules, credits=events).amounts, "running": running, "total": running[-1]}


def negative_credit(plan: Case, given: Case) -> Answer:
    paid = pay_credits(plan_of(flat(plan["rate"]), rounding=AT_THE_TOTAL), given["credits"])
    return {"by_credit": paid.amounts, "net": paid.total, "total": paid.total}


def split_credit(plan: Case, given: Case) -> Answer:
    """Credit is split first, then each person is paid on the own share."""
    shares = pick(plan, "shares", default=None) or given["shares"]
    rules = plan_of(flat(plan["rate"]), rounding=AT_THE_TOTAL)
    parts = [credit(given["amount"], place, share=text(share)) for place, share in enumerate(shares.values(), start=1)]
    by_person = {name: pay(rules, credits=[part]).total for name, part in zip(shares, parts, strict=True)}
    return {"by_person": by_person, "total": pay(rules, credits=parts).total}


def split_levels(plan: Case, given: Case) -> Answer:
    levels = [{"role": role, "rate": rate} for role, rate in plan["rates"].items()]
    deals = [credit(given["amount"], place, role=level["role"]) for place, level in enumerate(levels, start=1)]
    paid = pay(plan_of(component("flat_rate", rates=levels), rounding=AT_THE_TOTAL), credits=deals)
    return {"by_level": dict(zip(plan["rates"], paid.amounts, strict=True)), "total": paid.total}


def proportional_cap(plan: Case, given: Case) -> Answer:
    base = given[plan["base"]] if plan.get("base") in given else pick(given, "base", "list_price", "amount")
    levels = [{"role": role, "rate": rate} for role, rate in plan["rates"].items()]
    deals = [
        credit(base, place, role=level["role"], figures={"paid": text(pick(given, "paid", "paid_amount"))})
        for place, level in enumerate(levels, start=1)
    ]
    share = pick(plan, "cap_rate_of_paid", "cap_rate")
    free = component("flat_rate", rates=levels)
    capped = free | {"capped_at": {"rate": share, "figure": "paid"}}
    paid = pay(plan_of(capped, rounding=AT_THE_TOTAL), credits=deals)
    cap = pay_credits(plan_of(flat(share), rounding=AT_THE_TOTAL), [pick(given, "paid", "paid_amount")])
    reasons = {paid.plan.components[0].reason(paid.case, line).code for line in paid.lines if line.kind == "credit"}
    return {
        "uncapped": pay(plan_of(free, rounding=AT_THE_TOTAL), credits=deals).total,
        "cap": cap.total,
        "shares": dict(zip(plan["rates"], paid.amounts, strict=True)),
        "total": paid.total,
        "is_capped": "flat_rate_scaled" in reasons,
    }


def three_way_split(plan: Case, given: Case) -> Answer:
    said = {**plan, **given}
    deal, platform, leader = (
        pick(said, name, f"{name}_percent", f"{name}_share") for name in ("deal", "platform", "leader")
    )
    shared = [{"role": "platform", "rate": percent(platform)}, {"role": "leader", "rate": percent(leader)}]
    try:
        rules = plan_of(component("flat_rate", rates=[{"rate": percent(deal)}], shared=shared))
    except InvalidPlan:
        return dict.fromkeys(("refused", "is_refused", "rejected", "error"), True) | {"valid": False, "member": None}
    amount = pick(given, "amount", "x", "sales")

    def at(rate: Any) -> Decimal:
        return pay_credits(plan_of(flat(percent(rate))), [amount]).total

    return {
        "member": pay_credits(rules, [amount]).total,
        "platform": at(platform),
        "leader": at(leader),
        "deal": at(deal),
        "total": at(deal),
        "refused": False,
        "valid": True,
    }


def override(plan: Case, given: Case) -> Answer:
    rules = plan_of(component("team_override", rate=plan["rate"], threshold=plan.get("threshold")))

    def on(team: Fraction) -> Decimal:
        return pay(rules, team_credits=str(Decimal(team.numerator) / Decimal(team.denominator))).total

    team = pick(given, "team", "members")
    by_person = {name: on(number(amount)) for name, amount in team.items()}
    whole = on(sum((number(amount) for amount in team.values()), Fraction(0)))
    return {"by_person": by_person, "override": whole, "total": whole}


def deal_accelerator(plan: Case, given: Case) -> Answer:
    """A deal after the quota was reached: its whole amount at the multiple of the tier reached before it."""
    rows = [{"from": "0", "to": "1", "rate": "1"}, {"from": "1", "to": None, "rate": plan["multiplier"]}]
    part = component(
        "whole_tiers", basis="attainment", scope="deal", rates="base_rate", rate=text(plan["rate"]), tiers=rows
    )
    amounts = many(pick(given, "amount", "amounts"))
    paid = pay_credits(plan_of(part, rounding=AT_THE_TOTAL), amounts, quota="1", opening=_reached(amounts))
    return {"commission": paid.total, "commissions": paid.amounts, "total": paid.total}


def _reached(amounts: list[Any]) -> str:
    """So much credit before that a refund does not fall below the quota again."""
    return text(1 + sum((abs(number(amount)) for amount in amounts), Fraction(0)))


def gate(plan: Case, given: Case) -> Answer:
    """A deal below the gate earns nothing."""
    only_if = [{"figure": "measure", "at_least": pick(plan, "gate", "threshold", "hurdle")}]
    rules = plan_of(flat(plan["rate"], counts={"only_if": only_if}), rounding=AT_THE_TOTAL)
    rows = given.get("deals", [given])
    deals = [
        credit(row["amount"], place, figures={"measure": text(pick(row, "measure", "value", "margin"))})
        for place, row in enumerate(rows, start=1)
    ]
    paid = pay(rules, credits=deals)
    return {"commissions": paid.amounts, "commission": paid.total, "payout": paid.total, "total": paid.total}


def modifier_product(plan: Case, given: Case) -> Answer:
    factors = given["modifiers"]
    measures = [{"measure": VALUE | {"code": name}} for name in factors]
    rules = plan_of(flat(plan["rate"], modifiers=measures))
    results = {name: {"value": text(factor)} for name, factor in factors.items()}
    paid = pay_credits(rules, [given["amount"]], results=results)
    factor = next((line.before for line in paid.lines if line.kind == "modifier"), Decimal(1))
    return {"base": paid.of("credit"), "factor": factor, "payout": paid.total, "total": paid.total}


def cap_floor(plan: Case, given: Case) -> Answer:
    part = flat(
        plan["rate"],
        pay_least=pick(plan, "min", "floor", "minimum", default=None),
        pay_most=pick(plan, "max", "cap", "maximum", default=None),
    )
    amounts = many(pick(given, "amounts", "amount", "sales"))
    payouts = [pay_credits(plan_of(part), [amount]).total for amount in amounts]
    return {"payouts": payouts, "commissions": payouts} | (
        {"payout": payouts[0], "commission": payouts[0]} if len(payouts) == 1 else {}
    )


KINDS = {
    "cap_floor": cap_floor,
    "deal_accelerator": deal_accelerator,
    "flat_rate": flat_rate,
    "flat_rate_by_line": flat_rate_by_line,
    "gate": gate,
    "modifier_product": modifier_product,
    "multi_measure_rate": multi_measure_rate,
    "negative_credit": negative_credit,
    "override": override,
    "proportional_cap": proportional_cap,
    "split_credit": split_credit,
    "split_levels": split_levels,
    "three_way_split": three_way_split,
}
