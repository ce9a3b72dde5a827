"""The amount of one deal opened: against the list price, in the company's currency, and who gets credit for it."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core import formats
from core.explain import PARTS_SHOWN, Explanation, Part
from core.money import Money
from core.rates import rate
from core.ui import Fact
from crm.models import Credit, Opportunity
from crm.selectors.explanations import AT_THE_DAY, deals_source

Stage = Opportunity.Stage


def company_value(deal: Opportunity, *, on: date) -> Money:
    """A deal in the company's currency at the rate of its closing day, an open one at that of `on`. Raises
    RateMissing.
    """
    currency = settings.COMPANY_CURRENCY
    factor = rate(deal.currency, currency, deal.closed_on or on) if deal.amount else Decimal(1)
    return Money(deal.amount * factor, currency)


def explain_deal(*, deal: Opportunity, on: date) -> Explanation:
    """The amount of one deal, which comes through `get_visible`. Three queries. Raises RateMissing."""
    value = company_value(deal, on=on)
    credits_ = list(deal.credits.select_related("person").order_by("-share", "pk"))
    return Explanation(
        title=_("Amount of %(deal)s") % {"deal": deal.external_id},
        value=formats.money_full(deal.amount, deal.currency),
        definition=_deal_definition(deal),
        formula=_deal_formula(deal, value, on),
        facts=_deal_facts(deal),
        as_of=timezone.now(),
        source=deals_source(),
        parts=[_credit_part(credit) for credit in credits_[:PARTS_SHOWN]],
        parts_total=len(credits_),
        rule=str(AT_THE_DAY) if deal.currency != value.currency else _("The amount as the CRM has it"),
    )


def _deal_definition(deal: Opportunity) -> str:
    if deal.stage == Stage.WON:
        return _("The booking of the won deal, which its credits share out.")
    if deal.stage == Stage.LOST:
        return _("A lost deal brings in nothing.")
    return _("What the deal is expected to bring in: the amount in the CRM, else the product's list price.")


def _deal_formula(deal: Opportunity, value: Money, on: date) -> list[str]:
    """The amount against the list price, and in the company's currency."""
    lines = []
    amount = formats.money_full(deal.amount, deal.currency)
    product = deal.product
    if deal.stage != Stage.LOST and product.currency == deal.currency and product.list_price:
        lines.append(
            _("%(amount)s / %(price)s list price = %(share)s")
            % {
                "amount": amount,
                "price": formats.money_full(product.list_price, product.currency),
                "share": formats.percent(deal.amount / product.list_price, 1),
            }
        )
    if deal.currency != value.currency and deal.amount:
        day = deal.closed_on or on
        lines.append(
            _("%(amount)s × %(rate)s, the rate of %(day)s = %(value)s")
            % {
                "amount": amount,
                "rate": formats.number(value.amount / deal.amount, 4),
                "day": formats.day(day),
                "value": formats.money_full(value.amount, value.currency),
            }
        )
    return lines


def _deal_facts(deal: Opportunity) -> list[Fact]:
    account = deal.key_account
    facts = [
        Fact(_("Deal"), deal.external_id, reverse("crm:deal-detail", args=[deal.uid])),
        Fact(_("Account"), account.name if account else _("No account")),
        Fact(_("Product"), deal.product.name),
        Fact(_("Stage"), deal.get_stage_display()),
        Fact(_("Owner"), deal.owner.name),
    ]
    if deal.closed_on:
        facts.append(Fact(_("Closed"), formats.day(deal.closed_on)))
    return facts


def _credit_part(credit: Credit) -> Part:
    amount = formats.money_full(credit.amount, credit.currency)
    return Part(credit.person.name, amount, _("%(share)s of the booking") % {"share": formats.percent(credit.share)})
