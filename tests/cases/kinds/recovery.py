"""Draws, clawbacks, hold-backs."""

from decimal import Decimal
from typing import Any

from tests.cases.kinds.rates import flat
from tests.cases.terms import Answer, Case, Content, credit, many, pay, pick, plan_of, text


def draw(plan: Case, given: Case) -> Answer:
    rules = plan_of(flat("1"), draw={"kind": plan["type"], "amount": plan["draw"]})
    paid, owed, balance = [], [], Decimal(str(given.get("opening_balance", "0")))
    for earned in given["earned"]:
        found = pay(rules, credits=[credit(earned)], balances={"draw": str(balance)})
        balance = found.outcome.balances["draw"]
        paid.append(found.total)
        owed.append(balance)
    return {"paid": paid, "balance_owed": owed}


def _taken(terms: Content, reversal: Content) -> Decimal:
    return pay(plan_of(flat("0"), clawback=terms), reversals=[reversal]).total


def clawback_percent(plan: Case, given: Case) -> Answer:
    amounts = many(pick(given, "paid_commission", "paid", "commission"))
    rate = pick(plan, "clawback_rate", "rate")
    return {"adjustment": _taken({"method": "percent", "rate": rate}, {"paid": [text(amount) for amount in amounts]})}


def clawback_prorata(plan: Case, given: Case) -> Answer:
    said = {**plan, **given}
    paid = pick(said, "commission", "paid_commission", "paid", "bonus", "amount", "c")
    term = pick(said, "term_months", "term", "months", "period_months")
    reversal: Content = {"paid": [text(paid)], "term_months": text(term)}
    served = pick(
        said, "served_months", "months_served", "served", "completed_months", "months_completed", default=None
    )
    if served is None:
        first, last = pick(said, "start", "from", "paid_on"), pick(said, "end", "until", "left_on", "to")
        found = [_taken({"method": "pro_rata"}, reversal | {"served": {"from": first, "until": last}})]
    else:
        found = [_taken({"method": "pro_rata"}, reversal | {"served_months": text(months)}) for months in many(served)]
    adjustment: Any = found if isinstance(served, list) else found[0]
    repaid: Any = [-each for each in found] if isinstance(served, list) else -found[0]
    return {
        **dict.fromkeys(("adjustment", "adjustments"), adjustment),
        **dict.fromkeys(("repayment", "repay", "clawback"), repaid),
    }


def clawback_paid_only(plan: Case, given: Case) -> Answer:
    rows = pick(given, "instalments", "installments", "payments", default=None)
    if rows is None:
        paid, unpaid = pick(given, "paid", "paid_instalments"), pick(given, "unpaid", "unpaid_instalments", default=[])
    else:
        paid = [row["amount"] for row in rows if _is_paid(row)]
        unpaid = [row["amount"] for row in rows if not _is_paid(row)]
    reversal = {"paid": [text(amount) for amount in many(paid)], "unpaid": [text(amount) for amount in many(unpaid)]}
    found = pay(plan_of(flat("0"), clawback={"method": "paid_only"}), reversals=[reversal])
    notes = [note.values["amount"] for note in found.outcome.notes if note.code == "instalments_cancelled"]
    return {"adjustment": found.total, "cancelled": Decimal(notes[0] if notes else 0), "total": found.total}


def _is_paid(row: Case) -> bool:
    return bool(row.get("paid", row.get("status") == "paid"))


def holdback(plan: Case, given: Case) -> Answer:
    terms = {"rate": pick(plan, "holdback_rate", "rate", "holdback", "h", "hold_back_rate")}
    held, now = [], []
    amounts = pick(given, "commission", "commissions", "amount", "amounts", "earned")
    for amount in many(amounts):
        found = pay(plan_of(flat("1"), holdback=terms), credits=[credit(amount)])
        held.append(found.outcome.balances.get("held", Decimal(0)))
        now.append(found.total)
    several = isinstance(amounts, list)
    return {
        "held": held if several else held[0],
        **dict.fromkeys(("paid_now", "paid", "payout"), now if several else now[0]),
        **({} if several else {"released": _released(held[0])}),
    }


def _released(held: Decimal) -> Decimal:
    """What is paid on the release date."""
    return pay(plan_of(flat("1"), holdback={"rate": "0"}), releases=[{"amount": str(held)}]).total


KINDS = {
    "clawback_paid_only": clawback_paid_only,
    "clawback_percent": clawback_percent,
    "clawback_prorata": clawback_prorata,
    "draw": draw,
    "holdback": holdback,
}
