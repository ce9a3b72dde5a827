"""What this app adds to the registries of the frame."""

from django.utils.translation import gettext_lazy as _

from accounts import search  # noqa: F401  (registers people and teams)
from accounts.navigation import Place, register

register(Place(130, _("Settings"), "settings", "settings", "accounts.use_portal", "/settings/"))
