from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts import checks, permissions, registrations  # noqa: F401, PLC0415 (need models)

        post_migrate.connect(sync_schedules, sender=self)


def sync_schedules(*, using: str, **_: Any) -> None:
    """After each migration the schedules of the settings have their rows, unless those tables are still to come."""
    from django_celery_beat.models import PeriodicTask  # noqa: PLC0415 (needs models)

    from accounts import services  # noqa: PLC0415 (needs models)

    if PeriodicTask._meta.db_table in connections[using].introspection.table_names():
        services.sync_schedules()
