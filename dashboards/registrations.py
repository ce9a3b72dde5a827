"""What this app adds to the registries of the frame."""

from django.utils.translation import gettext_lazy as _

from accounts.navigation import Place, register
from accounts.person_tabs import PersonTab
from accounts.person_tabs import register as register_tab

register(Place(10, _("Today"), "home", "dashboards:today", "dashboards.view_today", "/"))
register(
    Place(
        20,
        _("Team"),
        "users",
        "dashboards:team",
        "dashboards.view_dashboard",
        "/dashboard/",
        also=("/people/", "/teams/"),
    )
)
register_tab(PersonTab(10, "overview", _("Overview"), "dashboards:person", "dashboards.view_person"))
