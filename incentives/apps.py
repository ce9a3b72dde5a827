from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncentivesConfig(AppConfig):
    name = "incentives"
    verbose_name = _("Incentives")

    def ready(self) -> None:
        from incentives import permissions, registrations, registrations_awards  # noqa: F401, PLC0415  (declare themselves once all models are loaded)
