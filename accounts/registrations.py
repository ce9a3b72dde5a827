"""What this app adds to the registries of the frame."""

from django.utils.translation import gettext_lazy as _

from accounts import search  # noqa: F401  (registers people and teams)
from accounts.navigation import Place, register
from accounts.person_tabs import PersonTab
from accounts.person_tabs import register as register_tab
from accounts.settings_places import SettingsPlace
from accounts.settings_places import register as register_setting

register(Place(25, _("People"), "users-group", "people", "accounts.edit_people", "/people/", ("/teams/",)))
register(Place(130, _("Settings"), "settings", "settings", "accounts.use_portal", "/settings/"))

register_tab(PersonTab(90, "employment", _("Employment"), "person-employment", "accounts.view_people"))

for _place in (
    SettingsPlace(
        10,
        _("Your profile"),
        _("Your name, language, e-mail notices and password."),
        "user-circle",
        "settings-profile",
        "accounts.use_portal",
        mine=True,
    ),
    SettingsPlace(
        20,
        _("API tokens"),
        _("Let a program read your figures without your password."),
        "key",
        "settings-tokens",
        "accounts.own_tokens",
        mine=True,
    ),
    SettingsPlace(
        110, _("Roles"), _("Who may do what, for which teams."), "shield-lock", "settings-roles", "accounts.grant_roles"
    ),
    SettingsPlace(
        120,
        _("Schedules"),
        _("When figures, bonuses and reminders are made."),
        "clock",
        "settings-schedules",
        "accounts.edit_schedules",
    ),
    SettingsPlace(
        130,
        _("Exchange rates"),
        _("Dated rates for deals in other currencies."),
        "coin",
        "settings-rates",
        "accounts.edit_rates",
    ),
    SettingsPlace(
        140,
        _("Audit trail"),
        _("Who changed what, before and after."),
        "history",
        "settings-audit",
        "accounts.view_audit",
    ),
):
    register_setting(_place)
