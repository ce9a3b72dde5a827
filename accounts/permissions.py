"""What may be done with people, teams, logins and settings."""

from django.utils.translation import gettext_lazy as _

from accounts.access import EVERYONE, Role, declare

declare("accounts.use_portal", _("Use the portal"), EVERYONE)
declare("accounts.view_people", _("See people and teams"), EVERYONE)
declare(
    "accounts.view_team",
    _("See a team's figures"),
    {Role.DIRECTOR, Role.MANAGER, Role.HR, Role.ANALYST, Role.ADMINISTRATOR},
)
declare("accounts.edit_people", _("Change people, teams, levels"), {Role.HR, Role.ADMINISTRATOR})
declare("accounts.grant_roles", _("Grant roles"), {Role.ADMINISTRATOR})
declare("accounts.view_audit", _("Read the audit trail"), {Role.ADMINISTRATOR})
declare("accounts.edit_schedules", _("Change schedules"), {Role.HR, Role.ADMINISTRATOR})
declare("accounts.edit_rates", _("Add exchange rates"), {Role.HR, Role.ADMINISTRATOR})
declare("accounts.view_imports", _("See imports and their quarantine"), {Role.HR, Role.ANALYST, Role.ADMINISTRATOR})
declare("accounts.own_tokens", _("Make API tokens for oneself"), EVERYONE)
