"""What may be done with key accounts and deals; on which of them, `visible_to` says."""

from django.utils.translation import gettext_lazy as _

from accounts.access import EVERYONE, Role, declare

WORK_WITH_CUSTOMERS = EVERYONE - {Role.COUNSELLOR}

declare("crm.view_accounts", _("See key accounts"), WORK_WITH_CUSTOMERS)
declare("crm.view_deals", _("See deals and the pipeline"), WORK_WITH_CUSTOMERS)
