"""Key accounts and deals in Ctrl-K."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.search import Hit, Searchable, register
from crm.models import KeyAccount, Opportunity


def find_accounts(user: User, text: str, most: int) -> list[Hit]:
    found = KeyAccount.objects.visible_to(user).filter(name__icontains=text).order_by("name")[:most]
    return [
        Hit(row.name, " · ".join(filter(None, (row.sector, row.country))), f"/crm/accounts/{row.uid}/") for row in found
    ]


def find_deals(user: User, text: str, most: int) -> list[Hit]:
    """By the beginning of the id, which people copy from mails and statements."""
    found = Opportunity.objects.visible_to(user).filter(external_id__istartswith=text)
    rows = found.select_related("key_account", "product", "owner").order_by("external_id")[:most]
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
