"""Pages of key accounts, deals and imports."""

from crm.views.accounts import account_detail, account_list, person_accounts
from crm.views.deals import deal_detail, deal_export, deal_list, person_deals
from crm.views.imports import import_detail, import_list, import_quarantine

__all__ = [
    "account_detail",
    "account_list",
    "deal_detail",
    "deal_export",
    "deal_list",
    "import_detail",
    "import_list",
    "import_quarantine",
    "person_accounts",
    "person_deals",
]
