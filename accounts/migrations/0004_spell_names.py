"""The Chinese names that are there already get their spelling."""

from typing import Any

from django.db import migrations

from core.spelling import fill_spellings


def spell(apps: Any, _schema_editor: Any) -> None:
    for name in ("Person", "Team"):
        fill_spellings(apps.get_model("accounts", name))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_spelling")]
    operations = [migrations.RunPython(spell, migrations.RunPython.noop)]
