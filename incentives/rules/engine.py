"""The engine: one person's facts and a plan in, explained amounts out. Page, run, API and simulation all call it.

Exact decimals until a line is rounded, half up to the minor unit; a total is the sum of the rounded lines.
Order of the steps (plan semantics, section 6): components with their rates and weights, then the cap.
"""

from decimal import Decimal, localcontext
from fractions import Fraction

from core.money import places
from incentives.rules.component import Case
from incentives.rules.document import PlanDocument
from incentives.rules.exact import EXACT, ZERO, half_up
from incentives.rules.facts import CreditFact, Facts, Line, Note, Outcome, Slice

__all__ = ["CreditFact", "Facts", "Line", "Note", "Outcome", "Slice", "case_of", "evaluate", "slices"]

ONE = Decimal(1)


def case_of(plan: PlanDocument, facts: Facts) -> Case:
    """The facts in order and with the plan's proration."""
    prorated = plan.proration == "days" and facts.eligible_days != facts.period_days
    decimals = places(facts.currency)
    return Case(
        facts=facts,
        credits=sorted(facts.credits),
        days=Decimal(facts.eligible_days) if prorated else ONE,
        of_days=Decimal(facts.period_days) if prorated else ONE,
        unit=Decimal(10) ** decimals,
        places=decimals,
    )


def evaluate(plan: PlanDocument, facts: Facts) -> Outcome:
    """What the plan pays for these facts: a line a credit and component in the order of (day, id), then the cap's cut.

    Money is in `facts.currency`; a component that cannot be computed pays nothing and says why in `notes`.
    """
    lines: list[Line] = []
    notes: list[Note] = []
    with localcontext(EXACT):
        case = case_of(plan, facts)
        credited = sum([credit.amount for credit in case.credits], ZERO)
        for index, component in enumerate(plan.components):
            component.earn(index, case, lines, notes)
        total = sum([line.amount for line in lines], ZERO)
        total += _cut(plan, case, total, lines, notes)
    if not case.credits and any(component.reads_credits for component in plan.components):
        notes.append(Note("no_credits"))
    if credited + facts.opening < 0:
        notes.append(Note("negative_credit", {"credited": str(credited + facts.opening)}))
    quota = case.quota
    attainment = (Fraction(credited) + Fraction(facts.opening)) / quota if quota else None
    return Outcome(lines, tuple(notes), credited, attainment, total)


def _cut(plan: PlanDocument, case: Case, earned: Decimal, lines: list[Line], notes: list[Note]) -> Decimal:
    """The cap's line, where more was earned than the plan pays: a negative amount. 0 where nothing is cut."""
    target = case.facts.target_pay
    if plan.cap is None:
        return ZERO
    if target is None:
        if earned > 0:
            notes.append(Note("cap_without_target_pay"))
        return ZERO
    most = half_up(plan.cap * target * case.days * case.unit, case.of_days).scaleb(-case.places)
    if earned <= most:
        return ZERO
    lines.append(Line(None, "cap", None, None, earned, most, most - earned))
    return most - earned


def slices(plan: PlanDocument, facts: Facts, line: Line) -> list[Slice]:
    """The exact parts of a line, lowest tier first, found again from its `before` and `base`; none for the cap."""
    if line.component is None:
        return []
    with localcontext(EXACT):
        return plan.components[line.component].slices(case_of(plan, facts), line)
