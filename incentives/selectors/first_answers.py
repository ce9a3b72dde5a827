"""What the portal answers by itself to a question about pay: one sentence, and the facts it stands on.

To whom the deal is credited since when, its split, date, product, the target, the tier, and whether it was reversed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from core import formats
from core.ui import Fact
from crm.models import Credit, Opportunity
from incentives.models import Statement
from incentives.selectors.statements import LineRow, line_of, line_row, plan_of, visible_statement


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """`code` says what was found; `settles`: nothing in the data contradicts what was paid."""

    code: str
    sentence: str
    facts: Sequence[Fact]
    settles: bool

    def as_json(self) -> dict[str, Any]:
        facts = [{"label": str(fact.label), "value": str(fact.value)} for fact in self.facts]
        return {"code": self.code, "sentence": self.sentence, "settles": self.settles, "facts": facts}


def answer_about_line(*, viewer: User, statement: Statement, position: int) -> FirstAnswer:
    """About an amount. Five queries. Raises NotFound."""
    statement = visible_statement(viewer, statement.uid)
    line = line_of(statement, position)
    row = line_row(statement, plan_of(statement), line)
    if row.deal is None:
        facts = [Fact(_("Rule"), row.why), *_target_facts(statement)]
        code = "deal_gone" if line.credit_id is not None else "no_deal"
        sentence = _("The deal of this line is not there any more.") if code == "deal_gone" else row.why
        return FirstAnswer(code, sentence, facts, code == "no_deal")
    parties = list(row.deal.credits.select_related("person").order_by("-share", "pk"))
    mine = next((credit for credit in parties if credit.pk == line.credit_id), None)
    facts = [*_deal_facts(row.deal, parties), Fact(_("Tier"), _tiers(row)), *_target_facts(statement)]
    if row.kind == "clawback":
        return FirstAnswer("taken_back", row.why, facts, True)
    if row.deal.stage != Opportunity.Stage.WON:
        text = _("The deal is %(stage)s now, so its credit will be taken back.")
        return FirstAnswer("reversed", text % {"stage": row.deal.get_stage_display()}, facts, False)
    if mine is None:
        return FirstAnswer("credit_gone", _("The credit was taken back after this was calculated."), facts, False)
    if mine.amount != line.base and mine.currency == statement.currency:
        return FirstAnswer("credit_changed", _("The credit changed after this was calculated."), facts, False)
    values = {
        "share": formats.percent(mine.share),
        "name": mine.person.name,
        "day": formats.day(mine.credited_on),
        "why": row.why,
    }
    sentence = _("%(share)s of the deal is credited to %(name)s since %(day)s. %(why)s") % values
    return FirstAnswer("credited", formats.spaced(sentence), facts, True)


def _tiers(row: LineRow) -> str:
    return formats.listed(part.label for part in row.parts) if row.parts else formats.DASH


def _target_facts(statement: Statement) -> list[Fact]:
    if statement.quota is None:
        return [Fact(_("Target"), _("none"))]
    return [Fact(_("Target"), formats.money_full(statement.quota, statement.currency))]


def _deal_facts(deal: Opportunity, parties: Sequence[Credit]) -> list[Fact]:
    shares = formats.listed(f"{credit.person.name} {formats.percent(credit.share)}" for credit in parties)
    facts = [
        Fact(_("Credited to"), shares or _("nobody")),
        Fact(_("Product"), deal.product.name),
        Fact(_("State"), str(deal.get_stage_display())),
        Fact(_("Amount of the deal"), formats.money_full(deal.amount, deal.currency)),
    ]
    if parties:
        facts.insert(1, Fact(_("Counts from"), formats.day(min(credit.credited_on for credit in parties))))
    elif deal.closed_on:
        facts.insert(1, Fact(_("Closed on"), formats.day(deal.closed_on)))
    return facts


def answer_about_missing(*, viewer: User, statement: Statement, deal: str) -> FirstAnswer:
    """About a deal that the person misses, by its number or its customer. At most six queries.

    Only deals that the person owns or has a part of are looked at: a question tells nothing about others' deals.
    """
    statement = visible_statement(viewer, statement.uid)
    found = _named(statement, deal)
    if found is None:
        text = _("Neither a deal with the number nor a customer “%(deal)s” is known among the own deals.")
        return FirstAnswer("unknown", text % {"deal": deal}, _target_facts(statement), False)
    parties = list(found.credits.select_related("person").order_by("-share", "pk"))
    facts = _deal_facts(found, parties)
    if found.stage != Opportunity.Stage.WON:
        text = _("The deal is %(stage)s, so nothing is credited yet.")
        return FirstAnswer("not_won", text % {"stage": found.get_stage_display()}, facts, True)
    mine = next((credit for credit in parties if credit.person_id == statement.person_id), None)
    if mine is None:
        return FirstAnswer("credited_elsewhere", _elsewhere(parties), facts, False)
    return _about_own(statement, mine, facts)


def _named(statement: Statement, deal: str) -> Opportunity | None:
    own = Opportunity.objects.filter(Q(owner=statement.person_id) | Q(credits__person=statement.person_id))
    rows = own.select_related("product", "key_account").distinct().order_by("-closed_on", "-pk")
    by_number = rows.filter(external_id__iexact=deal.strip()).first()
    return by_number or rows.filter(key_account__name__icontains=deal.strip()).first()


def _elsewhere(parties: Sequence[Credit]) -> str:
    if not parties:
        return _("The deal is won, but credited to nobody.")
    values = {
        "names": formats.listed(credit.person.name for credit in parties),
        "day": formats.day(parties[0].credited_on),
    }
    return _("The deal is credited to %(names)s since %(day)s.") % values


def _about_own(statement: Statement, mine: Credit, facts: Sequence[Fact]) -> FirstAnswer:
    run = statement.run
    day = {"day": formats.day(mine.credited_on)}
    if not run.starts <= mine.credited_on < run.ends:
        text = _("The deal counts on %(day)s, outside of this period.")
        return FirstAnswer("other_period", text % day, facts, True)
    line = statement.lines.filter(credit=mine.pk).order_by("position").first()
    if line is not None:
        values = {"position": line.position, "amount": formats.money_full(line.amount, statement.currency)}
        text = _("The deal is in the statement: line %(position)s pays %(amount)s.")
        return FirstAnswer("paid", text % values, facts, True)
    text = _("The deal was credited on %(day)s, but is not in the statement: it came in after the calculation.")
    return FirstAnswer("late", text % day, facts, False)
