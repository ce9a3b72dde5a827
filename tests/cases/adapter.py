"""Worked cases in the portal's own terms: a case's plan and input become a plan document and facts, the engine does
the rest."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from incentives.rules.document import PlanDocument
from incentives.rules.engine import CreditFact, Facts, Outcome, evaluate
from incentives.rules.exact import rounded
from incentives.rules.kinds.marginal_tiers import Tier, quick_deductions

Case = Mapping[str, Any]
Answer = dict[str, Any]

NAME = {"en": "Commission", "zh": "提成"}
DAY = date(2026, 1, 1)


class Unsupported(LookupError):
    """The engine has no such component yet."""


def answer(case: Case) -> Answer:
    """What the engine says, under the keys of the case's `expected`. Raises Unsupported."""
    if case["kind"] not in KINDS:
        raise Unsupported(case["kind"])
    return KINDS[case["kind"]](case["plan"], case["input"])


def document(component: Mapping[str, Any]) -> PlanDocument:
    content = {"key": "commission", "name": NAME, **component}
    return PlanDocument.parse(
        {"schema": 1, "measure": "booked_revenue", "period": "quarter", "components": [content], "cap": None}
    )


def tiers_plan(tiers: Sequence[Mapping[str, Any]], basis: str = "amount", scope: str = "period") -> PlanDocument:
    """Rates are shares of the credit itself, as publishers give them."""
    rows = [{"from": tier["from"], "to": tier["to"], "rate": tier["rate"]} for tier in tiers]
    return document({"kind": "marginal_tiers", "basis": basis, "scope": scope, "rates": "credit", "tiers": rows})


def paid(plan: PlanDocument, amounts: Sequence[str], *, prior: str = "0", quota: str | None = None) -> Outcome:
    """The amounts as credits of one day, in their order."""
    deals = [CreditFact(DAY, number, Decimal(amount)) for number, amount in enumerate(amounts)]
    facts = Facts("USD", Decimal(quota) if quota else None, None, deals, opening=Decimal(prior))
    return evaluate(plan, facts)


def marginal_tiers(plan: Case, given: Case) -> Answer:
    scope = "transaction" if plan["scope"] == "per_transaction" else "period"
    rules = tiers_plan(plan["tiers"], plan["basis"], scope)
    outcome = paid(rules, given["transactions"], prior=given["prior"], quota=plan.get("quota"))
    found: Answer = {"by_transaction": [line.amount for line in outcome.lines], "commission": outcome.total}
    if outcome.effective_rate is not None:
        found["blended_rate"] = rounded(outcome.effective_rate, 6)
    found["quick_deduction"] = _quick_deduction(plan["tiers"], Decimal(given["transactions"][-1]))
    return found


def _quick_deduction(rows: Sequence[Mapping[str, Any]], amount: Decimal) -> Decimal:
    tiers = [Tier(Decimal(row["from"]), None, Decimal(row["rate"])) for row in rows]
    place = max(number for number, tier in enumerate(tiers) if tier.floor <= amount)
    return quick_deductions(tiers)[place]


def flat_rate(plan: Case, given: Case) -> Answer:
    if Decimal(plan["deduct_from_base"]):
        raise Unsupported("flat_rate with a deduction")
    outcome = paid(tiers_plan([{"from": "0", "to": None, "rate": plan["rate"]}]), given["amounts"])
    return {"commissions": [line.amount for line in outcome.lines], "total": outcome.total}


def negative_credit(plan: Case, given: Case) -> Answer:
    outcome = paid(tiers_plan([{"from": "0", "to": None, "rate": plan["rate"]}]), given["credits"])
    return {"by_credit": [line.amount for line in outcome.lines], "net": outcome.total}


def split_credit(plan: Case, given: Case) -> Answer:
    """Credit is split first, then each person is paid on the own share."""
    rules = tiers_plan([{"from": "0", "to": None, "rate": plan["rate"]}])
    shares = {name: str(Decimal(given["amount"]) * Decimal(share)) for name, share in plan["shares"].items()}
    by_person = {name: paid(rules, [amount]).total for name, amount in shares.items()}
    return {"by_person": by_person, "total": sum(by_person.values())}


def override(plan: Case, given: Case) -> Answer:
    def on(team_credits: Decimal) -> Decimal:
        rules = document({"kind": "team_override", "rate": plan["rate"], "threshold": plan["threshold"]})
        return evaluate(rules, Facts("USD", None, None, team_credits=team_credits)).total

    team = {name: Decimal(amount) for name, amount in given["team"].items()}
    return {
        "by_person": {name: on(amount) for name, amount in team.items()},
        "override": on(sum(team.values(), Decimal(0))),
    }


KINDS: dict[str, Callable[[Case, Case], Answer]] = {
    "flat_rate": flat_rate,
    "marginal_tiers": marginal_tiers,
    "negative_credit": negative_credit,
    "override": override,
    "split_credit": split_credit,
}
