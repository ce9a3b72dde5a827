"""Key accounts and deals in Ctrl-K."""

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from accounts.search import Hit, Searchable, register
from core.spelling import named_like
from crm.models import KeyAccount, Opportunity

OWNERS_LOOKED_AT = 20


def find_accounts(user: User, text: str, most: int) -> list[Hit]:
    found = KeyAccount.objects.visible_to(user).filter(named_like(text)).order_by("name")[:most]
    return [
        Hit(row.name, " · ".join(filter(None, (row.sector, row.country))), f"/crm/accounts/{row.uid}/") for row in found
    ]


def find_deals(user: User, text: str, most: int) -> list[Hit]:
    """By the beginning of the id, which people copy from mails and statements; else the open ones with an account or
    of a person so called. Two queries.
    """
    seen = Opportunity.objects.visible_to(user).select_related("key_account", "product", "owner")
    rows = list(seen.filter(external_id__istartswith=text).order_by("external_id")[:most])
    if not rows:
        accounts, people = (
            model.objects.filter(named_like(text)).order_by("name").values("pk")[:OWNERS_LOOKED_AT]
            for model in (KeyAccount, Person)
        )
        fits = Q(key_account__in=accounts) | Q(owner__in=people)
        rows = list(
            seen.filter(fits, closed_on=None).order_by(F("engaged_on").desc(nulls_last=True), "external_id")[:most]
        )
    return [
        Hit(
            row.external_id,
            " · ".join(
                filter(None, (row.key_account.name if row.key_account else "", row.product.name, row.owner.name))
            ),
            f"/crm/deals/{row.uid}/",
        )
        for row in rows
    ]


register(Searchable(30, _("Key accounts"), "building", "crm.view_accounts", find_accounts))
register(Searchable(40, _("Deals"), "filter", "crm.view_deals", find_deals))
