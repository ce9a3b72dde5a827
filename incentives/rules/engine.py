"""The engine: one person's facts and a plan in, explained amounts out. Page, run, API and simulation all call it.

Exact until a line is rounded, half up to the minor unit unless the plan says otherwise; a total is the sum of the
rounded lines. Order of the steps (plan semantics, section 6): credits and splits, components with their rates and
weights, gates, modifiers, cap, floor, draw, recovery, hold-back, payment.
"""

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache

from core.money import places
from incentives.rules.case import NOTHING, ROUND_AT_THE_LINE, Case, Sheet
from incentives.rules.document import PlanDocument
from incentives.rules.exact import EXACT, ZERO, number_text, rounded
from incentives.rules.facts import CreditFact, Facts, Line, Note, Outcome, Reason, Slice
from incentives.rules.plan_terms import PlanTerms

__all__ = [
    "CreditFact",
    "Facts",
    "Line",
    "Note",
    "Outcome",
    "Reason",
    "Slice",
    "case_of",
    "evaluate",
    "reason",
    "slices",
]

WHOLE = Fraction(1)


@cache
def _unit(currency: str) -> tuple[Decimal, int]:
    decimals = places(currency)
    return Decimal(10) ** decimals, decimals


def case_of(plan: PlanDocument, facts: Facts) -> Case:
    """The facts in order and with the plan's proration, quota rules and rounding."""
    terms, ratio = plan.terms, WHOLE
    if plan.proration == "days":
        days = facts.eligible_days
        if terms is not None and terms.leave is not None:
            days -= terms.leave.counted(facts.leave_days)
        ratio = Fraction(max(days, 0), facts.period_days)
    if terms is None:
        quota = Fraction(facts.quota) if facts.quota else None
        target_pay = None if facts.target_pay is None else Fraction(facts.target_pay)
    else:
        quota, target_pay = terms.quota(facts), terms.target_pay(facts)
    if ratio != WHOLE:
        quota = None if quota is None else quota * ratio
        target_pay = None if target_pay is None else target_pay * ratio
    unit, decimals = _unit(facts.currency)
    main, others = _by_measure(plan.measure, facts) if facts.deals else (sorted(facts.credits), {})
    return Case(
        facts=facts,
        credits=main,
        quota=quota or None,
        target_pay=target_pay,
        unit=unit,
        places=decimals,
        measure=plan.measure,
        others=others,
        attainment_by=(terms.attainment_by if terms else None) or plan.measure,
        rounding=(terms.rounding if terms else None) or ROUND_AT_THE_LINE,
        ratio=ratio,
    )


def _by_measure(measure: str, facts: Facts) -> tuple[list[CreditFact], dict[str, list[CreditFact]]]:
    """The credits of the plan's measure, and those of others by measure, in order."""
    main: list[CreditFact] = []
    others: dict[str, list[CreditFact]] = {}
    for credit in sorted(facts.credits):
        of = facts.deals[credit.id].measure if credit.id in facts.deals else ""
        (main if of in {"", measure} else others.setdefault(of, [])).append(credit)
    return main, others


def evaluate(plan: PlanDocument, facts: Facts) -> Outcome:
    """What the plan pays for these facts: a line a credit and component in the order of (day, id), then what concerns
    the whole.

    Money is in `facts.currency`; a component that cannot be computed pays nothing and says why in `notes`.
    """
    with localcontext(EXACT):
        case = case_of(plan, facts)
        sheet = Sheet(case, plan.has_terms)
        credited = sum([credit.amount for credit in case.credits], ZERO)
        for index, component in enumerate(plan.components):
            component.pay(index, case, sheet)
        if plan.terms is not None:
            plan.terms.limit(case, sheet)
        if plan.cap is not None:
            _cut(plan.cap, case, sheet)
        if plan.terms is not None:
            plan.terms.raise_to_floor(case, sheet)
        if plan.terms is not None or facts.balances or facts.releases or facts.reversals:
            (plan.terms or PlanTerms()).settle(case, sheet)
        total = sum([line.amount for line in sheet.lines], ZERO)
        if not facts.credits and any(component.reads_credits for component in plan.components):
            sheet.note("no_credits")
        if credited + facts.opening < 0:
            sheet.note("negative_credit", credited=credited + facts.opening)
        return Outcome(
            lines=sheet.lines,
            notes=tuple(sheet.notes),
            credited=credited,
            attainment=_attainment(plan, case, credited),
            total=total,
            balances=sheet.balances,
            payment=_payment(case, total),
        )


def _attainment(plan: PlanDocument, case: Case, credited: Decimal) -> Fraction | None:
    if plan.terms is not None or case.facts.deals:
        return case.attainment
    return (Fraction(credited) + Fraction(case.facts.opening)) / case.quota if case.quota else None


def _payment(case: Case, total: Decimal) -> Decimal | None:
    payment = case.facts.payment
    return None if payment is None else rounded(Fraction(total) * payment.rate, places(payment.currency))


def _cut(cap: Decimal, case: Case, sheet: Sheet) -> None:
    """The cap's line, where more was earned than the plan pays: a negative amount."""
    earned = sum([line.amount for line in sheet.lines], ZERO)
    if case.target_pay is None:
        if earned > 0:
            sheet.note("cap_without_target_pay")
        return
    most = case.money(Fraction(cap) * case.target_pay)
    if earned > most:
        sheet.lines.append(Line(None, "cap", None, None, earned, most, most - earned))
        sheet.exact = Fraction(most)


def slices(plan: PlanDocument, facts: Facts, line: Line) -> list[Slice]:
    """The exact parts of a line, lowest tier first, found again from its `before` and `base`; none for the cap."""
    if line.component is None or line.kind in TERM_LINES:
        return []
    with localcontext(EXACT):
        component = plan.components[line.component]
        return component.slices(component.seen(case_of(plan, facts)), line)


# Lines that are written by a component's terms or by the plan, not by a kind.
TERM_LINES = {"gate", "modifier", "cap", "floor", "true_up"}


def reason(plan: PlanDocument, facts: Facts, line: Line) -> Reason:
    """Why a line has its amount, as the code of a sentence and its values."""
    with localcontext(EXACT):
        case = case_of(plan, facts)
        component = None if line.component is None else plan.components[line.component]
        if component is not None and line.kind not in TERM_LINES:
            return component.reason(component.seen(case), line)
        return _term_reason(plan, case, line)


def _term_reason(plan: PlanDocument, case: Case, line: Line) -> Reason:
    values = {"base": str(line.base), "before": str(line.before)}
    if line.kind != "gate":
        return Reason("plan_cap" if line.kind == "cap" and line.component is None else f"{line.kind}", values)
    terms = plan.terms if line.component is None else plan.components[line.component].terms
    gate = terms.gates[int(line.before)] if terms else None
    if gate is None:
        return Reason("gate", values)
    value = gate.look(case).value
    values |= {
        "measure": gate.measure.name,
        "value": number_text(NOTHING if value is None else value),
        "otherwise": number_text(gate.otherwise),
        "bound": number_text(gate.at_least if gate.at_least is not None else gate.below),
    }
    too_high = gate.at_least is None or (value is not None and value >= gate.at_least)
    code = "gate_blocks" if not gate.otherwise else "gate_reduces"
    return Reason(f"{code}_above" if too_high else code, values)
