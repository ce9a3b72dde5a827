"""A whole statement, worked out slowly from the plan semantics. Shares no code with the engine, on purpose.

It reads the same JSON (plan and facts) naively: fractions throughout, every sum made anew for every deal.
"""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.incentives.rules.oracle import cents

Json = dict[str, Any]
F = Fraction
ZERO = F(0)


def statement(plan: Json, facts: Json) -> list[tuple[int | None, str, int]]:
    """Component, kind and cents of every line, in order."""
    lines: list[tuple[int | None, str, int]] = []
    exact = ZERO
    for index, part in enumerate(plan["components"]):
        made = PARTS[part["kind"]](part, facts)
        if not made:
            continue  # what was not computed is neither raised nor cut
        own = [(index, kind, cents(pay)) for kind, pay in made]
        worth = sum((pay for _kind, pay in made), ZERO)
        worth = with_terms(part, facts, own, index, worth)
        lines += own
        exact += worth
    exact = with_factors(plan, facts, lines, None, exact)
    target = F(facts["target_pay"])
    if plan.get("cap") is not None:
        most, earned = cents(F(plan["cap"]) * target), sum(line[2] for line in lines)
        if earned > most:
            lines.append((None, "cap", most - earned))
            exact = F(most, 100)
    if plan.get("floor") is not None and exact < F(plan["floor"]) and sold(facts) > 0:
        bring(lines, None, "floor", F(plan["floor"]), exact)
        exact = F(plan["floor"])
    balances(plan, facts, lines, exact)
    return lines


# Terms


def with_terms(part: Json, facts: Json, own: list[Any], index: int, worth: Fraction) -> Fraction:
    worth = with_factors(part, facts, own, index, worth)
    if part.get("pay_most") is not None and worth > F(part["pay_most"]):
        bring(own, index, "cap", F(part["pay_most"]), worth)
        return F(part["pay_most"])
    if part.get("pay_least") is not None and worth < F(part["pay_least"]) and sold(facts) > 0:
        bring(own, index, "floor", F(part["pay_least"]), worth)
        return F(part["pay_least"])
    return worth


def with_factors(said: Json, facts: Json, lines: list[Any], index: int | None, worth: Fraction) -> Fraction:
    for gate in said.get("gates", ()):
        value, n = measured(gate["measure"], facts)
        if gate.get("minimum_n") is not None and (n is None or n < int(gate["minimum_n"])):
            continue
        if value is not None and value < F(gate["at_least"]):
            bring(lines, index, "gate", worth * F(gate["otherwise"]), worth)
            worth *= F(gate["otherwise"])
    factor = F(1)
    for modifier in said.get("modifiers", ()):
        value, _n = measured(modifier["measure"], facts)
        if value is None:
            continue
        for band in modifier["bands"]:
            if F(band["from"]) <= value and (band["to"] is None or value < F(band["to"])):
                factor *= F(band["factor"])
    bring(lines, index, "modifier", worth * factor, worth)
    return worth * factor


def bring(lines: list[Any], index: int | None, kind: str, to: Fraction, worth: Fraction) -> None:
    """Nothing changes where the exact amount stays; else the rounded lines add up to the new one, rounded once."""
    if to != worth:
        lines.append((index, kind, cents(to) - sum(line[2] for line in lines)))


def measured(measure: Json, facts: Json) -> tuple[Fraction | None, int | None]:
    if measure["of"] == "attainment":
        return (sold(facts) / F(facts["quota"]), None)
    result = facts.get("results", {}).get(measure["code"])
    return (None, None) if result is None else (F(result["value"]), result.get("n"))


# Balances


def balances(plan: Json, facts: Json, lines: list[Any], exact: Fraction) -> None:
    earned = F(sum(line[2] for line in lines), 100)
    if draw := plan.get("draw"):
        owed = F(facts.get("balances", {}).get("draw", "0"))
        advance = F(draw["amount"])
        recoverable = draw["kind"] == "recoverable" or owed > 0
        paid = max(advance, earned - owed) if recoverable else max(advance, earned)
        if paid != earned:
            lines.append((None, "draw" if paid > earned else "repay", cents(paid - earned)))
    for reversal in facts.get("reversals", ()):
        claw = plan.get("clawback")
        if claw is None:
            continue
        paid = sum((F(each) for each in reversal["paid"]), ZERO)
        if claw["method"] == "percent":
            paid *= F(claw["rate"])
        elif claw["method"] == "pro_rata":
            term = F(reversal["term_months"])
            paid *= max(ZERO, term - F(reversal["served_months"])) / term
        lines.append((None, "clawback", cents(-paid)))
    if plan.get("holdback") and exact > 0:
        lines.append((None, "holdback", -cents(exact * F(plan["holdback"]["rate"]))))
    total = sum(line[2] for line in lines)
    if plan.get("negative") == "carried" and total < 0:
        lines.append((None, "carry", -total))


# Components


def deals(facts: Json) -> list[Json]:
    return sorted(facts.get("credits", ()), key=lambda deal: (deal["on"], deal["id"]))


def sold(facts: Json) -> Fraction:
    return sum((F(deal["amount"]) for deal in deals(facts)), ZERO)


def running(facts: Json, due: Callable[[Fraction], Fraction]) -> list[tuple[str, Fraction]]:
    """A line a deal: what is due on all deals up to it less what is due on those before."""
    made = deals(facts)
    sums = [sum((F(deal["amount"]) for deal in made[:place]), ZERO) for place in range(len(made) + 1)]
    return [("credit", due(after) - due(before)) for before, after in pairwise(sums)]


def size(part: Json, facts: Json) -> Fraction:
    if part.get("amount") is not None:
        return F(part["amount"])
    return F(facts["target_pay"]) * F(part.get("weight") or part["share"])


def unit(part: Json, facts: Json) -> Fraction:
    """What one unit of attainment is in money; bounds on amounts are money already."""
    return F(facts["quota"]) if part["basis"] == "attainment" else F(1)


def marginal_tiers(part: Json, facts: Json) -> list[tuple[str, Fraction]]:
    one = unit(part, facts)
    worth = size(part, facts) / F(facts["quota"]) if part["rates"] == "target_pay" else F(1)

    def due(credit: Fraction) -> Fraction:
        if credit < 0:
            return credit * F(part["tiers"][0]["rate"]) * worth
        total = ZERO
        for tier in part["tiers"]:
            low, high = F(tier["from"]) * one, None if tier["to"] is None else F(tier["to"]) * one
            top = credit if high is None else min(credit, high)
            total += max(ZERO, top - low) * F(tier["rate"]) * worth
        return total

    return running(facts, due)


def reached(tiers: list[Json], value: Fraction, bound: str) -> Json:
    found = tiers[0]
    for tier in tiers:
        if value > F(tier["from"]) or (value == F(tier["from"]) and bound == "lower_inclusive"):
            found = tier
    return found


def whole_tiers(part: Json, facts: Json) -> list[tuple[str, Fraction]]:
    def due(credit: Fraction) -> Fraction:
        tier = reached(part["tiers"], credit / unit(part, facts), part["bound"])
        rate = F(tier["rate"]) * (F(part["rate"]) if part["rates"] == "base_rate" else 1)
        if part["on"] == "above_target":
            quota = F(facts["quota"])
            return min(credit, quota) * F(part["rate"]) + max(ZERO, credit - quota) * rate
        return credit * rate

    if part["scope"] == "transaction":
        return [("credit", due(F(deal["amount"]))) for deal in deals(facts)]
    return running(facts, due)


def flat_rate(part: Json, facts: Json) -> list[tuple[str, Fraction]]:
    def rate(deal: Json) -> Fraction:
        fits = [each for each in part["rates"] if each.get("product") in {None, deal.get("product")}]
        return sum((F(each["rate"]) for each in fits), ZERO)

    return [("credit", (F(deal["amount"]) - F(part["deduct"])) * rate(deal)) for deal in deals(facts)]


def payout_curve(part: Json, facts: Json) -> list[tuple[str, Fraction]] | None:
    points = [(F(point["at"]), F(point["pays"])) for point in part["points"]]

    def paid(value: Fraction) -> Fraction:
        if value < points[0][0]:
            return points[0][1] if part["below"] == "first" else ZERO
        if value >= points[-1][0]:
            return points[-1][1]
        place = max(number for number, (at, _pays) in enumerate(points) if at <= value)
        (low, start), (high, end) = points[place], points[place + 1]
        return start if part["between"] == "step" else start + (end - start) * (value - low) / (high - low)

    if part["measure"]["of"] == "attainment":
        return running(facts, lambda credit: paid(credit / F(facts["quota"])) * size(part, facts))
    value, _n = measured(part["measure"], facts)
    return None if value is None else [("curve", paid(value) * size(part, facts))]


def goal_bonus(part: Json, facts: Json) -> list[tuple[str, Fraction]] | None:
    value, _n = measured(part["measure"], facts)
    if value is None:
        return None
    return [("bonus", size(part, facts) if value >= F(part["at_least"]) else ZERO)]


def score(part: Json, facts: Json) -> list[tuple[str, Fraction]] | None:
    value, _n = measured(part["measure"], facts)
    return None if value is None else [("score", size(part, facts) * min(value, F(part["score_most"])))]


def matrix(part: Json, facts: Json) -> list[tuple[str, Fraction]] | None:
    row, column = measured(part["row"], facts)[0], measured(part["column"], facts)[0]
    if row is None or column is None:
        return None
    cell = ZERO
    for row_bound, cells in zip(part["row_bounds"], part["cells"], strict=True):
        for column_bound, pays in zip(part["column_bounds"], cells, strict=True):
            if row >= F(row_bound) and column >= F(column_bound):
                cell = F(pays)
    return [("matrix", cell * size(part, facts))]


def spiff(part: Json, facts: Json) -> list[tuple[str, Fraction]]:
    made, count = [], 0
    for deal in deals(facts):
        if F(deal["amount"]) <= 0:
            continue
        count += 1
        tier = [tier for tier in part["tiers"] if int(tier["from"]) <= count][-1]
        made.append(("spiff", F(tier["amount"])))
    return made


PARTS: dict[str, Callable[[Json, Json], list[tuple[str, Fraction]] | None]] = {
    "flat_rate": flat_rate,
    "goal_bonus": goal_bonus,
    "marginal_tiers": marginal_tiers,
    "matrix": matrix,
    "payout_curve": payout_curve,
    "score": score,
    "spiff": spiff,
    "whole_tiers": whole_tiers,
}
