from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core.schedules import ScheduledTask, register


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = _("Foundation")

    def ready(self) -> None:
        register(
            ScheduledTask("core.deliver_outbox", _("Send notices by e-mail"), _("What waits to be mailed."), fixed=True)
        )
        register(
            ScheduledTask("core.heartbeat", _("Sign of life"), _("Shows that the workers do their work."), fixed=True)
        )
