from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DashboardsConfig(AppConfig):
    name = "dashboards"
    verbose_name = _("Dashboards")

    def ready(self) -> None:
        # They declare themselves, once all models are loaded.
        from dashboards import permissions, registrations  # noqa: F401, PLC0415
