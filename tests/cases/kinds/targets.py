"""Curves, steps, weighted parts, matrices, and sums of them."""

from decimal import Decimal
from typing import Any

from tests.cases.kinds.rates import events_of, flat, measures_of, rates_of
from tests.cases.terms import (
    AT_THE_TOTAL,
    EXACTLY,
    VALUE,
    Answer,
    Case,
    Content,
    Paid,
    bands,
    bound_of,
    component,
    credit,
    many,
    pay,
    percent,
    pick,
    plan_of,
    text,
)


def points(plan: Case) -> list[Content]:
    return [{"at": at, "pays": pays} for at, pays in plan["points"]]


def curve(measure: Content, rows: list[Content], **more: Any) -> Content:
    return component("payout_curve", measure=measure, points=rows, **more)


def valued(value: Any, code: str = "value") -> Content:
    return {code: {"value": text(value)}}


def payout_curve(plan: Case, given: Case) -> Answer:
    """Points are money or shares as given, so nothing is rounded before the places that the case shows."""
    said = {"below": plan.get("below"), "above": plan.get("above"), "pays": "money"}
    values = many(pick(given, "attainments", "attainment", "values", default=[]))
    rules = plan_of(curve(VALUE, points(plan), **said), rounding=EXACTLY)
    found = [pay(rules, results=valued(value)).total for value in values]
    if not values:
        rules = plan_of(curve({"of": "attainment"}, points(plan), **said), rounding=EXACTLY)
        quota = pick({**plan, **given}, "quota", "target")
        amounts = many(pick(given, "amounts", "amount"))
        found = [pay(rules, credits=[credit(amount)], quota=quota).total for amount in amounts]
    return {"payouts": found, "payout": found[0]}


def weighted_achievement_curve(plan: Case, given: Case) -> Answer:
    measures = measures_of(plan["measures"], given["events"])
    counts = {"weights": rates_of(plan["measures"], measures)}
    part = curve(
        {"of": "attainment"}, points(plan), below=plan["below"], above=plan["above"], pays="money", counts=counts
    )
    events = events_of(given["events"], measures)
    found = [
        pay(plan_of(part, rounding=AT_THE_TOTAL), credits=events[:place], quota=plan["target"])
        for place in range(1, len(events) + 1)
    ]
    achieved = [paid.lines[-1].before + paid.lines[-1].base for paid in found if paid.lines]
    return {"achieved": achieved, "payouts": [paid.total for paid in found], "payout": found[-1].total}


def attainment_step_payout(plan: Case, given: Case) -> Answer:
    rows = pick(plan, "bands", "tiers", "steps", "table")
    first = rows[0]
    name = next(key for key in ("percent", "payout_percent", "payout", "rate", "factor", "share") if key in first)
    share = percent if "percent" in name else text
    steps = [{"at": band["from"], "pays": share(band["gives"])} for band in bands(rows, name, start="")]
    base = pick(plan, "base", "target", "bonus", "target_bonus", default=None)
    base = pick(given, "base", "target", "bonus") if base is None else base
    rules = plan_of(curve(VALUE, steps, between="step", bound=bound_of(plan), amount=base))
    found = [pay(rules, results=valued(value)) for value in many(pick(given, "attainments", "attainment"))]
    shares = [paid.lines[0].before for paid in found]
    return {
        "payouts": [paid.total for paid in found],
        "percents": [share * 100 for share in shares],
        "payout": found[0].total,
        "percent": shares[0] * 100,
    }


def weighted_components(plan: Case, given: Case) -> Answer:
    factors = pick(given, "payout_factors", "factors")
    parts = [
        component("score", name.replace("_", "-").lower(), measure=VALUE | {"code": name}, weight=weight)
        for name, weight in plan["weights"].items()
    ]
    results = {name: {"value": text(factors.get(name, "0"))} for name in plan["weights"]}
    paid = pay(plan_of(*parts, rounding=AT_THE_TOTAL), target_pay=plan["target"], results=results)
    by_name = dict(zip(plan["weights"], paid.lines, strict=False))
    return {
        "component_targets": {name: line.before for name, line in by_name.items()},
        "payouts": {name: line.amount for name, line in by_name.items()},
        "total": paid.total,
    }


def quarter_weighted_bonus(plan: Case, given: Case) -> Answer:
    said = {**plan, **given}
    weights = pick(said, "weights", "quarter_weights")
    weights = list(weights.values()) if isinstance(weights, dict) else weights
    target = {"rate": pick(said, "target_rate", "target_percent_rate", "rate"), "weights": weights}
    factors = pick(given, "factors", "payout_factors", "achievements", "attainments", default=None)
    factors = [pick(given, "factor", "payout_factor")] if factors is None else factors
    factors = list(factors.values()) if isinstance(factors, dict) else factors
    first = int(said.get("quarter", 1))
    rules = plan_of(component("score", measure=VALUE, weight="1"), target_of_salary=target)
    found = [
        pay(rules, salary=said["salary"], part=part, results=valued(factor))
        for part, factor in enumerate(factors, start=first)
    ]
    exact = plan_of(component("score", measure=VALUE, weight="1"), target_of_salary=target, rounding=EXACTLY)
    total = sum(
        pay(exact, salary=said["salary"], part=part, results=valued(factor)).total
        for part, factor in enumerate(factors, start=first)
    )
    payouts = [paid.total for paid in found]
    targets = [paid.lines[0].before for paid in found]
    return {
        "payouts": payouts,
        "by_quarter": payouts,
        "targets": targets,
        "total": total,
        "payout": payouts[0],
        "target": targets[0],
    }


def additive_percent(plan: Case, given: Case) -> Answer:
    said = {**plan, **given}
    percents = pick(said, "percents", "parts", "percentages", "components")
    shares = list(percents.values()) if isinstance(percents, dict) else percents
    parts = [component("goal_bonus", f"part-{place}", share=percent(share)) for place, share in enumerate(shares)]
    rules = plan_of(*parts, rounding=AT_THE_TOTAL)
    base = pick(said, "base", "amount", "salary")
    return {
        "total_percent": pay(rules, target_pay="100").total,
        "percent": pay(rules, target_pay="100").total,
        "payout": pay(rules, target_pay=base).total,
        "total": pay(rules, target_pay=base).total,
    }


def _matrix(plan: Case, base: Any) -> Any:
    if "cells_percent" in plan:
        cells = [[percent(cell) for cell in row] for row in plan["cells_percent"]]
        sized: Content = {"amount": base}
    else:
        cells = [[text(cell) for cell in row] for row in plan["cells"]]
        sized = {"pays": "money"} if base is None else {"amount": base}
    return plan_of(
        component(
            "matrix",
            row=VALUE | {"code": "row"},
            column=VALUE | {"code": "column"},
            row_bounds=plan["row_bounds"],
            column_bounds=pick(plan, "col_bounds", "column_bounds"),
            cells=cells,
            **sized,
        )
    )


def _at(plan: Case, base: Any, row: Any, column: Any) -> Paid:
    return pay(_matrix(plan, base), results=valued(row, "row") | valued(column, "column"))


def matrix_lookup(plan: Case, given: Case) -> Answer:
    paid = _at(
        plan, pick({**plan, **given}, "base", "target", default=None), given["row"], pick(given, "col", "column")
    )
    return {"cell_percent": paid.lines[0].base * 100, "cell": paid.lines[0].base, "payout": paid.total}


def matrix_lookup_many(plan: Case, given: Case) -> Answer:
    base = pick({**plan, **given}, "base", "target", default=None)
    found = [_at(plan, base, row, column) for row, column in pick(given, "points", "pairs")]
    percents = [paid.lines[0].base * 100 for paid in found]
    return {
        "cells_percent": percents,
        "cell_percents": percents,
        "percents": percents,
        "payouts": [paid.total for paid in found],
    }


def component_sum(plan: Case, given: Case) -> Answer:
    """Independent look-ups and rates; a measure that is missing counts as 0."""
    parts: list[Content] = []
    places: dict[str, list[int]] = {}
    results: dict[str, Content] = {}
    sold: list[Content] = []
    for name, rule in plan["components"].items():
        made = _PARTS[rule["type"]](name, rule, plan, given, results, sold)
        places[name] = list(range(len(parts), len(parts) + len(made)))
        parts += [part | {"key": f"part-{len(parts) + place}"} for place, part in enumerate(made)]
    paid = pay(plan_of(*parts, rounding=AT_THE_TOTAL), results=results, credits=sold)
    by_name = {name: sum((paid.of_component(place) for place in found), Decimal(0)) for name, found in places.items()}
    return {"components": by_name, "total": paid.total}


def _looked_up(*said: Any) -> list[Content]:
    name, rule, plan, given, results, _sold = said
    steps = [{"at": band["from"], "pays": text(band["gives"])} for band in bands(rule["bands"], "amount", "value")]
    results |= valued(given[name], name) if name in given else {}
    return [curve(VALUE | {"code": name}, steps, between="step", bound=bound_of(plan), pays="money", missing="zero")]


def _matrix_part(*said: Any) -> list[Content]:
    name, rule, _plan, given, results, _sold = said
    rows, columns = rule["row_bounds"], pick(rule, "col_bounds", "column_bounds")
    known = rule.get("known_cells", {})
    cells = rule.get("cells") or [
        [text(known.get(f"{row},{column}", "0")) for column in range(len(columns))] for row in range(len(rows))
    ]
    row = pick(rule, "row_measure", default=f"{name}_attainment")
    column = pick(rule, "col_measure", "column_measure", default=f"{name}_sales")
    for code in (row, column):
        results |= valued(given[code], code) if code in given else {}
    return [
        component(
            "matrix",
            row=VALUE | {"code": row},
            column=VALUE | {"code": column},
            row_bounds=rows,
            column_bounds=columns,
            cells=cells,
            pays="money",
            missing="zero",
        )
    ]


def _rated(name: str, given: Case, sold: list[Content]) -> Content:
    """What counts for a rate: the sales of that name."""
    sales = pick(given, f"{name}_sales", name, default="0")
    sold.append(credit(sales, len(sold) + 1, product=name))
    return {"products": [name]}


def _rate(*said: Any) -> list[Content]:
    name, rule, _plan, given, _results, sold = said
    return [flat(rule["rate"], counts=_rated(name, given, sold))]


def _conditional_rate(*said: Any) -> list[Content]:
    """One rate from the condition on, another one below."""
    name, rule, _plan, given, results, sold = said
    code = pick(rule, "measure", "condition", default="store_goal")
    results |= valued(given.get(code, "0"), code)
    counts, measure = _rated(name, given, sold), VALUE | {"code": code}
    bound = rule["if_at_least"]
    return [
        flat(rule["rate"], counts=counts, gates=[{"measure": measure, "at_least": bound}]),
        flat(rule["else"], counts=counts, gates=[{"measure": measure, "below": bound}]),
    ]


def _amount(*said: Any) -> list[Content]:
    name, rule, _plan, _given, _results, _sold = said
    return [component("goal_bonus", name, amount=pick(rule, "amount", "value"))]


_PARTS: dict[str, Any] = {
    "amount": _amount,
    "conditional_rate": _conditional_rate,
    "fixed": _amount,
    "matrix": _matrix_part,
    "rate": _rate,
    "tier_amount": _looked_up,
}


def ytd_overachievement(plan: Case, given: Case) -> Answer:
    """To target at once, above it by slopes, flat after the last; what was paid to date is taken off."""
    rows = [{"from": "0", "to": "1", "rate": "1"}]
    rows += [{"from": start, "to": end, "rate": slope} for start, end, slope in plan["slopes"]]
    if plan.get("above_last", "flat") != "flat":
        rows[-1]["to"] = None  # type: ignore[assignment]
    part = component("marginal_tiers", basis="attainment", weight="1", tiers=rows, true_up={"window": "year"})
    earned, due = [], []
    for step in given["steps"]:
        facts = {"quota": "1", "target_pay": plan["opportunity"], "credits": [credit(step["attainment"])]}
        earned.append(pay(plan_of(part), **facts, due_before={"part": "0"}).total)
        due.append(pay(plan_of(part), **facts, due_before={"part": step["paid_to_date"]}).total)
    return {"earned_to_date": earned, "due": due}


def monthly_cap_true_up(plan: Case, given: Case) -> Answer:
    """Paid to date is at most a share of the quarter's target, until the quarter ends."""
    caps = pick(plan, "caps", "cap_fractions", "caps_to_date", "monthly_caps", "cap_to_date")
    part = flat("1", true_up={"window": "period", "most_to_date": list(caps)})
    earned = pick(given, "earned_to_date", "earned", "earned_cumulative")
    target = pick({**plan, **given}, "quarter_target", "target")
    paid_to_date, payments, before = [], [], Decimal(0)
    for month, so_far in enumerate(earned, start=1):
        facts = {"credits": [credit(so_far)], "target_pay": target, "part": month, "due_before": {"part": str(before)}}
        payment = pay(plan_of(part), **facts).total
        before += payment
        payments.append(payment)
        paid_to_date.append(before)
    return {"paid_to_date": paid_to_date, "payments": payments, "payment": payments, "total": before}


KINDS = {
    "additive_percent": additive_percent,
    "attainment_step_payout": attainment_step_payout,
    "component_sum": component_sum,
    "matrix_lookup": matrix_lookup,
    "matrix_lookup_many": matrix_lookup_many,
    "monthly_cap_true_up": monthly_cap_true_up,
    "payout_curve": payout_curve,
    "quarter_weighted_bonus": quarter_weighted_bonus,
    "weighted_achievement_curve": weighted_achievement_curve,
    "weighted_components": weighted_components,
    "ytd_overachievement": ytd_overachievement,
}
