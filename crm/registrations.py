"""What this app adds to the registries of the frame."""

from django.utils.translation import gettext_lazy as _

from accounts import navigation, person_tabs, settings_places
from core import schedules
from crm import search  # noqa: F401  (registers key accounts and deals)
from crm.services import checks  # noqa: F401  (declares the reasons of its rules)

navigation.register(
    navigation.Place(30, _("Accounts"), "building", "crm:account-list", "crm.view_accounts", "/crm/accounts/")
)
navigation.register(navigation.Place(40, _("Pipeline"), "filter", "crm:deal-list", "crm.view_deals", "/crm/deals/"))
person_tabs.register(person_tabs.PersonTab(50, "deals", _("Deals"), "crm:person-deals", "crm.view_deals"))
person_tabs.register(person_tabs.PersonTab(60, "accounts", _("Accounts"), "crm:person-accounts", "crm.view_accounts"))
settings_places.register(
    settings_places.SettingsPlace(
        60,
        _("Imports"),
        _("What came from the CRM, what was put right, and the rows in quarantine."),
        "database-import",
        "crm:import-list",
        "accounts.view_imports",
    )
)
schedules.register(
    schedules.ScheduledTask(
        "crm.replay_demo",
        _("Refresh the pipeline"),
        _("Facts of deals for dashboards; in the demo company also what has happened since yesterday."),
    )
)
