"""Pages of key accounts, deals and imports."""

from crm.views.accounts import account_detail, account_export, account_list, person_accounts
from crm.views.deals import deal_detail, deal_export, deal_list, person_deals
from crm.views.explanations import (
    account_explain,
    accounts_explain,
    deal_explain,
    deals_explain,
    pipeline_explain,
)
from crm.views.imports import import_detail, import_list, import_quarantine

__all__ = [
    "account_detail",
    "account_explain",
    "account_export",
    "account_list",
    "accounts_explain",
    "deal_detail",
    "deal_explain",
    "deal_export",
    "deal_list",
    "deals_explain",
    "import_detail",
    "import_list",
    "import_quarantine",
    "person_accounts",
    "person_deals",
    "pipeline_explain",
]
