"""Who may open which start page. What is on it is limited by each row's own `visible_to`."""

from django.utils.translation import gettext_lazy as _

from accounts.access import EVERYONE, Role, declare

declare("dashboards.view_today", _("Open the start page"), EVERYONE)
declare(
    "dashboards.view_dashboard",
    _("Open team dashboards"),
    {Role.DIRECTOR, Role.MANAGER, Role.HR, Role.ANALYST, Role.ADMINISTRATOR},
)
declare("dashboards.view_person", _("Open people's overview"), EVERYONE)
