from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("Coaching and training")

    def ready(self) -> None:
        # They declare themselves, once all models are loaded.
        from training import notices, permissions, registrations  # noqa: F401, PLC0415
