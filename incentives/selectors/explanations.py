"""Why an amount is what it is, for the drawer and for `GET …/explain/`."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core import formats
from core.explain import PARTS_SHOWN, Explanation, Part
from core.ui import Fact
from incentives.models import Run, Statement, StatementLine
from incentives.rules import engine
from incentives.rules.document import PlanDocument
from incentives.rules.exact import rounded
from incentives.rules.kinds import MarginalTiers
from incentives.selectors.corrections import corrections_in
from incentives.selectors.statements import (
    ADJUSTMENT,
    LineRow,
    TierPart,
    component_name,
    facts_of,
    line_of,
    line_row,
    lines_with_deals,
    percent_exact,
    plain,
    plan_of,
    visible_statement,
)


def explain_line(*, viewer: User, statement_uid: UUID, position: int) -> Explanation:
    """One amount of a statement: the arithmetic with its numbers, the deal, the running credit, rule and version.

    Five queries. Raises NotFound.
    """
    statement = visible_statement(viewer, statement_uid)
    line = line_of(statement, position)
    plan = plan_of(statement)
    correction = corrections_in(statement).get(position) if line.kind == ADJUSTMENT else None
    row = line_row(statement, plan, line, correction)
    return Explanation(
        title=_("Why %(amount)s") % {"amount": formats.money_full(line.amount, statement.currency)},
        value=formats.money_full(line.amount, statement.currency),
        definition=row.why,
        formula=_formula(statement, plan, row),
        facts=_facts(statement, plan, row),
        as_of=statement.run.calculated_at,
        source=_("Run %(run)s, digest %(digest)s") % {"run": statement.run.code, "digest": statement.digest[:12]},
        parts=[_part(part) for part in row.parts],
        parts_total=len(row.parts),
        rule=_rule(plan, line, statement),
        rule_version=str(statement.version.number) if statement.version else "",
        ask_href=reverse("incentives:line-question", args=[statement.uid, position]),
    )


def _rule(plan: PlanDocument | None, line: StatementLine, statement: Statement) -> str:
    name = statement.version.plan.name if statement.version else ""
    if line.kind == ADJUSTMENT:
        return _("What is due by what is known now, less what was paid")
    if plan is None or (line.component is None and line.kind == "cap"):
        return _("Cap of the plan")
    if line.component is None:
        return _("%(plan)s: what holds for the whole plan") % {"plan": name}
    component = plan.components[line.component]
    places = {"plan": name, "name": component_name(component), "number": line.component + 1}
    return _("%(plan)s: %(name)s, component %(number)s") % places


def _part(part: TierPart) -> Part:
    return Part(
        label=_("Tier %(tier)s, %(label)s") % {"tier": part.tier, "label": part.label} if part.tier else part.label,
        value=plain(part.pay),
        detail=_("%(part)s at %(rate)s") % {"part": plain(part.part), "rate": percent_exact(part.rate)},
    )


def _formula(statement: Statement, plan: PlanDocument | None, row: LineRow) -> list[str]:
    """The arithmetic, line by line; the last one ends with the amount."""
    amount = plain(row.amount)
    if row.kind == ADJUSTMENT:
        return [f"{plain(row.line.base)} {formats.MINUS} {plain(row.line.before)} = {amount}"]
    if row.kind == "cap" and row.component is None:
        return [f"{plain(row.line.before)} {formats.MINUS} {plain(row.line.base)} = {amount}"]
    if row.kind == "override":
        excess = f"({plain(row.line.base)} {formats.MINUS} {plain(row.line.before)})"
        return [f"{excess} × {percent_exact(row.parts[0].rate)} = {amount}"] if row.parts else []
    if not row.parts:
        return _formula_of_numbers(row)
    products = " + ".join(f"{plain(part.part)} × {percent_exact(part.rate)}" for part in row.parts)
    lines = [*_base_rate(statement, plan, row.component), products]
    if len(row.parts) > 1:
        lines.append("= " + " + ".join(plain(part.pay) for part in row.parts))
    lines[-1] = f"{lines[-1]} = {amount}"
    return lines


def _formula_of_numbers(row: LineRow) -> list[str]:
    """Of lines that are a product of the two numbers that they keep; of others the sentence says it all."""
    base, before, amount = plain(row.line.base), row.line.before, plain(row.amount)
    if row.kind in {"score", "matrix"}:
        return [f"{plain(before)} × {plain(row.line.base)} = {amount}"]
    if row.kind in {"holdback", "clawback"}:
        return [f"{formats.MINUS}{base} × {percent_exact(before)} = {amount}"]
    return []


def _base_rate(statement: Statement, plan: PlanDocument | None, component: int | None) -> list[str]:
    """'Base rate = 5,400.00 × 100 % / 30,000.00 = 18.00 %', where rates are multiples of it."""
    kind = plan.components[component] if plan is not None and component is not None else None
    facts = facts_of(statement)
    if not isinstance(kind, MarginalTiers) or kind.rates != "target_pay" or not facts.quota or facts.target_pay is None:
        return []
    weight = kind.weight or Decimal(1)
    weighted = "" if weight == 1 else f" × {percent_exact(weight)}"
    numbers = f"{plain(facts.target_pay)}{weighted} / {plain(facts.quota)}"
    rate = percent_exact(facts.target_pay * weight / facts.quota)
    return [_("Base rate = %(numbers)s = %(rate)s") % {"numbers": numbers, "rate": rate}]


def _facts(statement: Statement, plan: PlanDocument | None, row: LineRow) -> list[Fact]:
    line, facts = row.line, []
    if row.deal is not None and line.on is not None:
        facts.append(Fact(_("Deal"), row.label, row.href))
        facts.append(Fact(_("Won on"), formats.day(line.on)))
        share = row.share or Decimal(1)
        credit = plain(line.base) if share == 1 else f"{plain(line.base)} ({formats.percent(share)})"
        facts.append(Fact(_("Credit"), credit))
    if row.kind == ADJUSTMENT and row.href:
        facts.append(Fact(_("Corrects"), row.label, row.href))
    if row.kind != "credit":
        return facts
    if plan is not None and (quota := engine.case_of(plan, facts_of(statement)).quota):
        facts.append(Fact(_("Attainment before"), _attained(line.before, rounded(quota, 6), statement)))
        facts.append(Fact(_("Attainment after"), _attained(line.before + line.base, rounded(quota, 6), statement)))
    else:
        facts.append(Fact(_("Credited before"), plain(line.before)))
    return facts


def _attained(credit: Decimal, quota: Decimal, statement: Statement) -> str:
    share = formats.percent(credit / quota, 1)
    return _("%(share)s of %(quota)s") % {"share": share, "quota": formats.money(quota, statement.currency)}


def explain_statement(*, viewer: User, statement_uid: UUID) -> Explanation:
    """A statement's total: the sum of its lines, the weightiest first. Six queries. Raises NotFound."""
    statement = visible_statement(viewer, statement_uid)
    plan = plan_of(statement)
    total = statement.lines.count()
    weightiest = lines_with_deals(statement).order_by("-amount", "position")[:PARTS_SHOWN]
    corrected = corrections_in(statement) if statement.adjusted else {}
    rows = [line_row(statement, plan, line, corrected.get(line.position)) for line in weightiest]
    return Explanation(
        title=_("Pay of %(person)s, %(period)s")
        % {"person": statement.person.name, "period": formats.period_label(statement.run.period)},
        value=formats.money_full(statement.total, statement.currency),
        definition=_("The sum of the statement's lines, each rounded to the cent."),
        facts=_statement_facts(statement),
        as_of=statement.run.calculated_at,
        source=_("Run %(run)s, digest %(digest)s") % {"run": statement.run.code, "digest": statement.digest[:12]},
        parts=[Part(row.label, plain(row.amount), row.why, row.href) for row in rows],
        parts_total=total,
        all_href=reverse("incentives:statement-detail", args=[statement.uid]),
        rule=statement.version.plan.name if statement.version else "",
        rule_version=str(statement.version.number) if statement.version else "",
        history=_history(viewer, statement),
    )


def _statement_facts(statement: Statement) -> list[Fact]:
    currency, facts = statement.currency, []
    facts.append(Fact(_("Credited"), formats.money_full(statement.credited, currency)))
    if statement.quota is not None:
        facts.append(Fact(_("Target"), formats.money_full(statement.quota, currency)))
    if statement.attainment is not None:
        facts.append(Fact(_("Attainment"), formats.percent(statement.attainment, 1)))
    if statement.target_pay is not None:
        facts.append(Fact(_("Pay at target"), formats.money_full(statement.target_pay, currency)))
    return facts


def _history(viewer: User, statement: Statement) -> Sequence[tuple[str, Decimal]]:
    """The last five statements, one a period: the approved one, else the provisional."""
    rows = Statement.objects.visible_to(viewer).filter(
        person=statement.person_id, run__starts__lte=statement.run.starts
    )
    rows = rows.exclude(run__kind=Run.Kind.CORRECTION)
    found: dict[str, Decimal] = {}
    for period, total in rows.order_by("-run__starts", "run__kind").values_list("run__period", "total")[:10]:
        found.setdefault(period, total)
    found[statement.run.period] = statement.total
    return sorted(found.items())[-5:]
