"""Currencies and where to round."""

from decimal import Decimal
from fractions import Fraction

from tests.cases.kinds.rates import flat
from tests.cases.terms import (
    Answer,
    Case,
    Paid,
    credit,
    credits_of,
    many,
    number,
    pay,
    pay_credits,
    pick,
    plan_of,
    text,
)


def currency_convert(plan: Case, given: Case) -> Answer:
    at = {"at": "step"} if plan.get("round_each_step") else {"at": "line"}
    amounts = many(pick(given, "amount", "amounts"))
    fx = plan["fx_units_per_plan_unit"]
    deals = [credit(amount, place, fx=text(fx)) for place, amount in enumerate(amounts, start=1)]
    paid = pay(plan_of(flat(plan["rate"]), rounding=at), credits=deals)
    return {
        "credit": paid.lines[0].base,
        "credits": [line.base for line in paid.lines],
        "commission": paid.total,
        "commissions": paid.amounts,
    }


def currency_double(plan: Case, given: Case) -> Answer:
    """Converted into the plan's currency, rated, converted for payment: each step rounded, and not."""
    said = {**plan, **given}
    amount = text(pick(given, "amount", "x", "order"))
    into, out = _conversions(said)
    rate = text(pick(said, "rate", "commission_rate"))
    payment = {"currency": "USD", "rate": text(out)}
    deal = credit(amount, 1, fx=text(1 / into))

    def steps(**rounding: str) -> Paid:
        return pay(plan_of(flat(rate), rounding=rounding), credits=[deal], payment=payment)

    each, chain = steps(at="step"), steps(places="10")
    unrounded = Fraction(chain.total) * out
    return {
        **dict.fromkeys(("credit", "plan_credit", "credit_in_plan_currency", "converted"), each.lines[0].base),
        **dict.fromkeys(("commission", "commission_in_plan_currency", "plan_commission"), each.total),
        **dict.fromkeys(("payment", "paid", "payout", "payout_in_pay_currency"), each.outcome.payment),
        **dict.fromkeys(("unrounded", "payment_unrounded", "unrounded_chain", "payment_if_unrounded"), unrounded),
    }


def _conversions(said: Case) -> tuple[Fraction, Fraction]:
    """Plan units for one of the order, and units of payment for one of the plan."""
    rates = {
        name: value for name, value in said.items() if "fx" in name or "units_per" in name or name.endswith("_rate")
    }
    rates.pop("commission_rate", None)
    (first, into), (second, out) = list(rates.items())[:2]
    divides = "per_plan_unit" in first
    multiplies = "per_plan_unit" in second or "plan_unit" not in second
    return (1 / number(into) if divides else number(into)), (number(out) if multiplies else 1 / number(out))


def rounding_policy(plan: Case, given: Case) -> Answer:
    def paid(mode: str, at: str) -> Paid:
        return pay_credits(plan_of(flat(plan["rate"]), rounding=_rounding(plan, mode, at)), given["lines"])

    asked = paid(plan["mode"], plan["at"])
    return {
        "by_line": asked.amounts,
        "total": asked.total,
        "total_if_half_even": paid("half_even", "line").total,
        "total_if_half_up": paid("half_up", "line").total,
        "total_if_rounded_once": paid(plan["mode"], "total").total,
        "total_if_by_line": paid(plan["mode"], "line").total,
    }


def _rounding(plan: Case, mode: str, at: str) -> dict[str, str]:
    return {"mode": mode, "at": at, "places": str(plan.get("places", 2))}


def rounding_unit_price(plan: Case, given: Case) -> Answer:
    rate = text(number(plan["unit_rate"]) / number(plan["unit_divisor"]))

    def paid(at: str) -> Decimal:
        return pay_credits(plan_of(flat(rate), rounding=_rounding(plan, plan["mode"], at)), given["quantities"]).total

    return {"sum_of_rounded": paid("line"), "rounded_sum": paid("total")}


def round_values(plan: Case, given: Case) -> Answer:
    """The same values by each rule; the keys of the case say which."""
    said = {**plan, **given}
    values = many(pick(given, "values", "amounts", "value"))

    def paid(mode: str, at: str) -> Paid:
        return pay(plan_of(flat("1"), rounding=_rounding(said, mode, at)), credits=credits_of(values))

    mode = str(said.get("mode", "half_up"))
    found: Answer = {"rounded": paid(mode, "line").amounts, "values": paid(mode, "line").amounts}
    for name in ("half_up", "half_even"):
        found |= {name: paid(name, "line").amounts, f"total_{name}": paid(name, "line").total}
        found |= {f"sum_{name}": paid(name, "line").total, f"{name}_total": paid(name, "line").total}
    found |= {"bankers": found["half_even"]}
    found |= dict.fromkeys(("total", "sum_of_rounded"), paid(mode, "line").total)
    found |= dict.fromkeys(("rounded_sum", "total_if_rounded_once"), paid(mode, "total").total)
    return found


KINDS = {
    "currency_convert": currency_convert,
    "currency_double": currency_double,
    "round_values": round_values,
    "rounding_policy": rounding_policy,
    "rounding_unit_price": rounding_unit_price,
}
