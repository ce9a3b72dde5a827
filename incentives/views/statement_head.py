"""What stands at the head of a statement, on the page as in the PDF."""

from decimal import Decimal

from django.utils.translation import gettext as _

from core import formats
from core.ui import Fact
from incentives.models import Run, Statement
from incentives.views.runs import short_digest


def statement_title(statement: Statement) -> str:
    values = {"period": formats.period_label(statement.run.period), "person": statement.person.name}
    return _("Statement %(period)s, %(person)s") % values


def statement_subtitle(statement: Statement) -> str:
    """Plan version, run, who approved it when, and the digest to compare by eye."""
    run, parts = statement.run, []
    if statement.version:
        values = {"plan": statement.version.plan.name, "number": statement.version.number}
        parts.append(_("%(plan)s, version %(number)s") % values)
    parts.append(_("run %(code)s") % {"code": run.code})
    if run.approved_by and run.approved_at:
        values = {"name": run.approved_by, "day": formats.day(run.approved_at)}
        parts.append(_("approved by %(name)s on %(day)s") % values)
    parts.append(_("digest %(digest)s") % {"digest": short_digest(statement.digest)})
    return " · ".join(parts)


def statement_state(statement: Statement) -> str:
    """What stands over the total."""
    run = statement.run
    if run.kind == Run.Kind.PROVISIONAL:
        when = formats.day(run.calculated_at) if run.calculated_at else ""
        return _("So far, as of %(day)s") % {"day": when}
    return {
        Run.Status.APPROVED: _("Approved for payment"),
        Run.Status.EXPORTED: _("Approved, on its way to payroll"),
        Run.Status.PAID: _("Paid"),
        Run.Status.CLOSED: _("Paid"),
        Run.Status.SUBMITTED: _("Waits for approval"),
    }.get(Run.Status(run.status), _("Calculated, not yet approved"))


def statement_facts(statement: Statement) -> list[Fact]:
    """The inputs that were frozen when the run was calculated."""
    currency, facts = statement.currency, []
    if statement.quota is not None:
        facts.append(Fact(_("Quota"), formats.money_full(statement.quota, currency)))
    facts.append(Fact(_("Credited"), formats.money_full(statement.credited, currency)))
    if statement.target_pay is not None:
        facts.append(Fact(_("Pay at target"), formats.money_full(statement.target_pay, currency)))
    if statement.target_pay:
        facts.append(Fact(_("Pay against it"), formats.percent(statement.total / statement.target_pay)))
    team_credits = statement.facts.get("team_credits")
    if team_credits is not None:
        facts.append(Fact(_("Credited to the team"), formats.money_full(Decimal(team_credits), currency)))
    if statement.team:
        facts.append(Fact(_("Team"), statement.team.name))
    return facts
