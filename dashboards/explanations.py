"""Explanations of the figures that only dashboards compute; results and pay explain themselves in their own apps."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Person, Team, User
from core import formats
from core.explain import PARTS_SHOWN, Explanation, Part
from core.periods import Period
from core.ui import Fact
from crm import selectors as crm
from crm.models import Opportunity
from crm.selectors.explanations import deal_part
from dashboards.selectors.overview import children
from dashboards.selectors.overview import coverage as coverage_of
from goals import selectors as goals
from incentives import selectors as pay


def _money(amount: Decimal) -> str:
    return formats.money_full(amount, settings.COMPANY_CURRENCY)


def coverage(*, viewer: User, subject: Person | Team, period: Period, today: date) -> Explanation:
    """Open pipeline x win rate / what is missing."""
    figures = goals.figures(viewer=viewer, subject=subject, period=period)
    pipeline = crm.pipeline(subject=subject, on=min(today, period.end))
    booked, rate = figures.get("booked_revenue"), figures.get("win_rate")
    value = coverage_of(pipeline, figures)
    facts = [
        Fact(str(Opportunity.Stage(stage.stage).label), f"{formats.number(stage.deals)} · {_money(stage.amount)}")
        for stage in pipeline.stages
    ]
    formula = []
    if value is not None and booked and booked.target is not None and rate and rate.actual is not None:
        missing = booked.target - (booked.actual or Decimal(0))
        formula = [
            _("%(open)s open × %(rate)s won ÷ %(missing)s still missing")
            % {"open": _money(pipeline.amount), "rate": formats.percent(rate.actual), "missing": _money(missing)},
            f"= {formats.number(value, 2)} ×",
        ]
        facts += [
            Fact(_("Target"), _money(booked.target), booked.explain_url),
            Fact(_("Booked"), _money(booked.actual or Decimal(0)), booked.explain_url),
        ]
    parts, total = crm.open_deals_of(viewer=viewer, subject=subject, most=PARTS_SHOWN)
    return Explanation(
        title=_("Pipeline coverage"),
        value=f"{formats.number(value, 2)} ×" if value is not None else formats.DASH,
        definition=_(
            "How often the open deals, at the share that is usually won, would fill what is still missing "
            "to the target. Below 1 the target needs new deals. Open deals count with their list price."
        ),
        formula=formula,
        facts=facts,
        as_of=timezone.now(),
        source=_("Open deals on %(day)s") % {"day": formats.day(pipeline.day)} if pipeline.day else "",
        parts=[deal_part(deal) for deal in parts],
        parts_total=total,
        all_href=_open_deals_url(subject),
        rule=_("Weighted pipeline coverage"),
    )


def _open_deals_url(subject: Person | Team) -> str:
    if isinstance(subject, Person):
        return f"{reverse('crm:person-deals', args=[subject.uid])}?stage=open"
    return f"{reverse('crm:deal-list')}?stage=open&team={subject.code}"


def bonus(*, viewer: User, team: Team, period: Period) -> Explanation:
    """The statements below, by team or person, that add up to the cost."""
    cost = pay.bonus_costs(subjects=[team], period=period).get(("team", team.pk))
    rows = children(viewer=viewer, team=team, period=period, compare=None, level="children", today=period.end)
    paid = sorted((row for row in rows if row.bonus), key=lambda row: -(row.bonus.amount if row.bonus else 0))
    figures = goals.figures(viewer=viewer, subject=team, period=period, kpis=["booked_revenue"])
    booked = figures.get("booked_revenue")
    facts = []
    if cost:
        facts.append(Fact(_("Run"), cost.run_code))
        facts.append(Fact(_("People paid"), formats.number(cost.people)))
        if booked and booked.actual:
            facts.append(
                Fact(_("Share of booked revenue"), formats.percent(cost.amount / booked.actual), booked.explain_url)
            )
    return Explanation(
        title=_("Bonus cost"),
        value=formats.money_full(cost.amount, cost.currency) if cost else formats.DASH,
        definition=_(
            "What the statements of this period pay to everybody in the team, managers included. "
            "Until a final run is approved, the provisional run of last night counts."
        ),
        facts=facts,
        source=_("Approved run") if cost and cost.is_final else _("Provisional run"),
        parts=[
            Part(
                row.figures.subject.name,
                formats.money_full(row.bonus.amount, row.bonus.currency),
                row.figures.subject.detail,
                row.figures.subject.url,
            )
            for row in paid[:PARTS_SHOWN]
            if row.bonus
        ],
        parts_total=len(paid),
        rule=_("Sum of the statements' totals"),
    )


def bonus_of_person(*, viewer: User, person: Person, period: Period) -> Explanation:
    """The statements of a longer period, a quarter each, that add up to a person's bonus."""
    cost = pay.bonus_costs(subjects=[person], period=period).get(("person", person.pk))
    statements = [
        statement
        for statement in pay.statements_of_person(viewer=viewer, person=person)
        if period.start <= statement.run.starts < period.end
    ]
    return Explanation(
        title=_("Bonus"),
        value=formats.money_full(cost.amount, cost.currency) if cost else formats.DASH,
        definition=_("What the statements of this period pay. A quarter without a final run counts as last night's."),
        parts=[
            Part(
                formats.period_label(statement.run.period),
                formats.money_full(statement.total, statement.currency),
                statement.run.get_status_display(),
                reverse("incentives:statement-detail", args=[statement.uid]),
            )
            for statement in statements
        ],
        parts_total=len(statements),
        rule=_("Sum of the statements' totals"),
    )
