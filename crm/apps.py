"""Key accounts, products, the pipeline and the credits that follow from it."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = _("Key accounts")

    def ready(self) -> None:
        from crm import permissions, registrations  # noqa: F401, PLC0415  (declare themselves once all models are loaded)
