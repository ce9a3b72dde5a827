"""A statement as a person reads it: what was earned by which part of the plan, deal by deal, each with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from django.db.models import Count, Min, QuerySet, Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.doors import get_visible
from accounts.models import Person, User
from core import formats
from core.errors import NotFound
from crm.models import Opportunity
from incentives import messages
from incentives.correction_messages import correction_sentence
from incentives.models import Correction, Run, Statement, StatementLine
from incentives.reasons import reason_text
from incentives.rules import engine
from incentives.rules.component import Component
from incentives.rules.document import PlanDocument
from incentives.rules.exact import rounded
from incentives.rules.facts_document import extended
from incentives.rules.kinds import MarginalTiers
from incentives.selectors.corrections import corrections_in

LINES_SHOWN = 100
ADJUSTMENT = "adjustment"

# What a line is that has no deal, by its kind.
LINE_LABELS: dict[str, str | Promise] = {
    "cap": gettext_lazy("Cut to the cap"),
    "override": gettext_lazy("Credits of the team"),
    ADJUSTMENT: gettext_lazy("Correction"),
    "curve": gettext_lazy("Result"),
    "bonus": gettext_lazy("Bonus"),
    "score": gettext_lazy("Score"),
    "matrix": gettext_lazy("Cell of the matrix"),
    "rank": gettext_lazy("Place in the ranking"),
    "pool": gettext_lazy("Share of the pool"),
    "leave": gettext_lazy("Deduction for leave"),
    "gate": gettext_lazy("Gate"),
    "modifier": gettext_lazy("Modifier"),
    "floor": gettext_lazy("Raised to the minimum"),
    "true_up": gettext_lazy("Difference to what was due before"),
    "draw": gettext_lazy("Draw"),
    "repay": gettext_lazy("Repayment of the draw"),
    "clawback": gettext_lazy("Clawback"),
    "holdback": gettext_lazy("Held back"),
    "release": gettext_lazy("Held back before, paid now"),
    "carried": gettext_lazy("Carried over from before"),
    "carry": gettext_lazy("Carried to the next statement"),
    "rounding": gettext_lazy("Rounding"),
}
SHOWN_PLACES = 6


@dataclass(frozen=True, slots=True)
class TierPart:
    """The part of a line that one tier pays for. `pay` is unrounded to six places; `tier` counts from 1, None:
    above the top."""

    tier: int | None
    label: str
    part: Decimal
    rate: Decimal
    pay: Decimal


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line with its deal and the sentence why. `label` names what has no deal."""

    position: int
    kind: str
    component: int | None
    line: StatementLine
    deal: Opportunity | None
    label: str
    customer: str
    product: str
    href: str | None
    share: Decimal | None
    parts: Sequence[TierPart]
    why: str

    @property
    def on(self) -> Any:
        return self.line.on

    @property
    def credit(self) -> Decimal:
        return self.line.base

    @property
    def amount(self) -> Decimal:
        return self.line.amount

    @property
    def crossed(self) -> bool:
        """Whether a bound is crossed in the middle of the deal."""
        return len(self.parts) > 1


@dataclass(frozen=True, slots=True)
class Group:
    """A component with its lines (those of this page) and what all of them add up to; `index` None: the cap."""

    index: int | None
    key: str
    name: str
    kind: str
    total: Decimal
    count: int
    lines: Sequence[LineRow]


@dataclass(frozen=True, slots=True)
class StatementDetail:
    """A statement with one page of lines.

    waterfall   what each component adds, and the cap's cut; adds up to the total
    notes       sentences beside the lines; `error` the one that stands instead of them
    next_after  position after which the next page of lines begins, None at the end
    previous    the person's statement of the period before, if the viewer may see it
    """

    statement: Statement
    groups: Sequence[Group]
    waterfall: Sequence[tuple[str, Decimal]]
    notes: Sequence[str]
    error: str
    next_after: int | None
    previous: Statement | None

    @property
    def lines(self) -> Sequence[LineRow]:
        return [line for group in self.groups for line in group.lines]


def component_name(component: Component) -> str:
    """In the active language."""
    return component.name["zh" if formats.chinese() else "en"] or component.key


def visible_statement(viewer: User, uid: UUID) -> Statement:
    """With all that a page or explanation reads. Raises NotFound."""
    statement = get_visible(Statement, viewer, uid)
    rows = Statement.objects.select_related("run__approved_by", "person", "version__plan", "team")
    return rows.get(pk=statement.pk)


def plan_of(statement: Statement) -> PlanDocument | None:
    return PlanDocument.parse(statement.version.content) if statement.version and statement.error is None else None


def facts_of(statement: Statement) -> engine.Facts:
    """The frozen inputs without the credits, which the lines hold."""
    return _facts_read(statement.currency, orjson.dumps(statement.facts))


@lru_cache(maxsize=32)  # a page asks for each line
def _facts_read(currency: str, frozen: bytes) -> engine.Facts:
    facts = orjson.loads(frozen)
    plain = engine.Facts(
        currency=currency,
        quota=_decimal(facts.get("quota")),
        target_pay=_decimal(facts.get("target_pay")),
        team_credits=_decimal(facts.get("team_credits")),
        eligible_days=facts.get("eligible_days", 1),
        period_days=facts.get("period_days", 1),
    )
    return extended(plain, facts.get("more", {}))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def statement_detail(*, viewer: User, statement_uid: UUID, after: int = 0, size: int = LINES_SHOWN) -> StatementDetail:
    """A statement with the lines after a position. Six queries, however many lines, seven where it corrects earlier
    ones. Raises NotFound."""
    statement = visible_statement(viewer, statement_uid)
    plan = plan_of(statement)
    found = list(lines_with_deals(statement).filter(position__gt=after).order_by("position")[: size + 1])
    corrected = corrections_in(statement) if any(line.kind == ADJUSTMENT for line in found) else {}
    rows = [line_row(statement, plan, line, corrected.get(line.position)) for line in found[:size]]
    groups = _groups(statement, plan, rows)
    return StatementDetail(
        statement=statement,
        groups=groups,
        waterfall=[(group.name, group.total) for group in groups],
        notes=[
            messages.note_text(note["code"], note["values"], statement.currency)
            for note in statement.facts.get("notes", [])
        ],
        error=messages.error_text(statement.error) if statement.error else "",
        next_after=rows[-1].position if len(found) > size else None,
        previous=_previous(viewer, statement),
    )


def lines_with_deals(statement: Statement) -> QuerySet[StatementLine]:
    """With the deals, those of credits that are gone too. One query."""
    ways = [
        f"{credit}__opportunity__{of}" for credit in ("credit", "reversed_credit") for of in ("key_account", "product")
    ]
    return statement.lines.select_related(*ways)


def _groups(statement: Statement, plan: PlanDocument | None, rows: Sequence[LineRow]) -> list[Group]:
    """In the order of the plan, then what concerns the whole plan. A component that earned nothing is shown too: its
    note says why."""
    sums: dict[int | None, tuple[Decimal, int]] = {}
    whole: dict[str, tuple[Decimal, int]] = {}
    counted = statement.lines.exclude(kind=ADJUSTMENT).values("component", "kind")
    for row in counted.annotate(pay=Sum("amount"), count=Count("position"), first=Min("position")).order_by("first"):
        if row["component"] is None:
            whole[row["kind"]] = (row["pay"], row["count"])
        else:
            pay, count = sums.get(row["component"], (Decimal(0), 0))
            sums[row["component"]] = (pay + row["pay"], count + row["count"])
    groups = [
        _group(index, component.key, component_name(component), component.kind, sums, rows)
        for index, component in enumerate(plan.components if plan else ())
    ]
    for kind, total in whole.items():
        name = _("Cap") if kind == "cap" else str(LINE_LABELS[kind])
        groups.append(_group(None, kind, name, kind, {None: total}, [row for row in rows if row.kind == kind]))
    adjusting = [row for row in rows if row.kind == ADJUSTMENT]
    if adjusting:
        label = _("Corrections of earlier statements")
        groups.append(Group(None, ADJUSTMENT, label, ADJUSTMENT, statement.adjusted, len(adjusting), adjusting))
    return groups


def _group(  # noqa: PLR0917  (the fields of a group, in their order)
    index: int | None,
    key: str,
    name: str,
    kind: str,
    sums: Mapping[int | None, tuple[Decimal, int]],
    rows: Sequence[LineRow],
) -> Group:
    total, count = sums.get(index, (Decimal(0), 0))
    return Group(index, key, name, kind, total, count, [row for row in rows if row.component == index])


def _previous(viewer: User, statement: Statement) -> Statement | None:
    earlier = Statement.objects.visible_to(viewer).filter(
        person=statement.person_id, run__starts__lt=statement.run.starts, error__isnull=True
    )
    earlier = earlier.exclude(run__kind=Run.Kind.CORRECTION)
    return earlier.select_related("run").order_by("-run__starts", "run__kind", "-pk").first()


# One line


def line_row(
    statement: Statement, plan: PlanDocument | None, line: StatementLine, correction: Correction | None = None
) -> LineRow:
    """The line with its deal and reason; no query where the deals were read with it."""
    if correction is not None:
        return _adjustment_row(line, correction)
    credit = (line.credit or line.reversed_credit) if line.credit_id is not None else None
    deal = credit.opportunity if credit else None
    parts = tier_parts(statement, plan, line)
    return LineRow(
        position=line.position,
        kind=line.kind,
        component=line.component,
        line=line,
        deal=deal,
        label=line_label(line, deal),
        customer=deal.key_account.name if deal and deal.key_account else "",
        product=deal.product.name if deal else "",
        href=reverse("crm:deal-detail", args=[deal.uid]) if deal else None,
        share=credit.share if credit else None,
        parts=parts,
        why=why(statement, plan, line, parts),
    )


def _adjustment_row(line: StatementLine, correction: Correction) -> LineRow:
    """What is paid more or less for an earlier period, with the statement that it corrects."""
    corrected = correction.corrects
    return LineRow(
        position=line.position,
        kind=line.kind,
        component=None,
        line=line,
        deal=None,
        label=_("Correction of %(period)s") % {"period": formats.period_label(correction.period)},
        customer="",
        product="",
        href=reverse("incentives:statement-detail", args=[corrected.uid]) if corrected else None,
        share=None,
        parts=(),
        why=correction_sentence(correction),
    )


def line_label(line: StatementLine, deal: Opportunity | None) -> str:
    """'Isdom · GTX Pro', or what the line is where it has no deal."""
    if deal is not None:
        names = [deal.key_account.name if deal.key_account else "", deal.product.name]
        return " · ".join(name for name in names if name)
    return str(LINE_LABELS.get(line.kind, _("Deal that is gone")))


def engine_line(line: StatementLine) -> engine.Line:
    return engine.Line(line.component, line.kind, line.credit_id, line.on, line.base, line.before, line.amount)


def tier_parts(statement: Statement, plan: PlanDocument | None, line: StatementLine) -> list[TierPart]:
    """The line's parts by tier, lowest first, computed again by the engine from the frozen inputs."""
    if plan is None or line.component is None:
        return []
    is_share = getattr(plan.components[line.component], "basis", "") == "attainment"
    facts = facts_of(statement)
    quota = engine.case_of(plan, facts).quota if is_share else None
    return [
        TierPart(
            tier=None if each.tier is None else each.tier + 1,
            label=bounds_label(each.floor, each.ceiling, quota, statement.currency),
            part=rounded(each.part, SHOWN_PLACES),
            rate=rounded(each.rate, SHOWN_PLACES),
            pay=rounded(each.pay, SHOWN_PLACES),
        )
        for each in engine.slices(plan, facts, engine_line(line))
    ]


def bounds_label(floor: Fraction, ceiling: Fraction | None, quota: Fraction | None, currency: str) -> str:
    """'50–100 %' of the quota, or money where the tiers are on amounts."""

    def text(bound: Fraction) -> str:
        if quota:
            return f"{(rounded(bound / quota, 4) * 100).normalize():f}"
        return formats.money(rounded(bound, 2), currency)

    unit = f"{formats.NBSP}%" if quota else ""
    if ceiling is None:
        return _("from %(start)s") % {"start": text(floor) + unit}
    return f"{text(floor)}{formats.DASH}{text(ceiling)}{unit}"


def percent_exact(rate: Decimal) -> str:
    """'9.00 %': two decimals, four where the rate needs them."""
    hundred = rate * 100
    return formats.percent(rate, 2 if hundred == round(hundred, 2) else 4)


def plain(amount: Decimal) -> str:
    """An amount without currency, two decimals, more where it has more."""
    exact = amount.normalize()
    exponent = exact.as_tuple().exponent
    decimals = max(2, -exponent) if isinstance(exponent, int) else 2
    return formats.number(amount, min(decimals, SHOWN_PLACES))


def why(statement: Statement, plan: PlanDocument | None, line: StatementLine, parts: Sequence[TierPart]) -> str:
    """One sentence that says why the line has its amount."""
    if plan is None:
        return _why_credit(parts, line.base < 0)
    if line.kind == "cap" and line.component is None and plan.cap is not None:
        return _("The plan pays at most %(cap)s of target pay, %(most)s; %(earned)s was earned.") % {
            "cap": formats.percent(plan.cap),
            "most": plain(line.before),
            "earned": plain(line.base),
        }
    if line.kind == "override" and parts:
        return _("%(rate)s on what the team's credits of %(team)s exceed %(threshold)s by.") % {
            "rate": percent_exact(parts[0].rate),
            "team": plain(line.base),
            "threshold": plain(line.before),
        }
    component = None if line.component is None else plan.components[line.component]
    if isinstance(component, MarginalTiers) and line.kind == "credit":
        return _why_credit(parts, line.base < 0)
    return reason_text(engine.reason(plan, facts_of(statement), engine_line(line)), statement.currency)


def _why_credit(parts: Sequence[TierPart], takes_back: bool) -> str:
    if not parts or all(part.tier is None for part in parts):
        return _("Above the last tier, so it earns nothing more.")
    if len(parts) == 1:
        values = {"tier": parts[0].tier, "label": parts[0].label, "rate": percent_exact(parts[0].rate)}
        if takes_back:
            return _("A refund in tier %(tier)s (%(label)s), taken back at %(rate)s.") % values
        return _("All in tier %(tier)s (%(label)s), at %(rate)s.") % values
    pieces = formats.listed(
        _("%(part)s at %(rate)s") % {"part": plain(abs(part.part)), "rate": percent_exact(part.rate)} for part in parts
    )
    if takes_back:
        return _("A refund across a bound, taken back: %(pieces)s.") % {"pieces": pieces}
    return _("Crosses a bound: %(pieces)s.") % {"pieces": pieces}


def line_of(statement: Statement, position: int) -> StatementLine:
    """Raises NotFound."""
    line = lines_with_deals(statement).filter(position=position).first()
    if line is None:
        raise NotFound
    return line


# Lists


def latest_statement(*, person: Person) -> Statement | None:
    """The person's statement of the last approved run. One query."""
    rows = Statement.objects.filter(person=person, run__kind=Run.Kind.FINAL, run__status__in=Run.FIXED)
    return rows.select_related("run", "version__plan").order_by("-run__starts", "-pk").first()
