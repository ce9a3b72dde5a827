"""The Chinese names of key accounts that are there already get their spelling."""

from typing import Any

from django.db import migrations

from core.spelling import fill_spellings


def spell(apps: Any, _schema_editor: Any) -> None:
    fill_spellings(apps.get_model("crm", "KeyAccount"))


class Migration(migrations.Migration):
    dependencies = [("crm", "0002_spelling")]
    operations = [migrations.RunPython(spell, migrations.RunPython.noop)]
