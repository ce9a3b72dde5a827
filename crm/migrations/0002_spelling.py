"""Key accounts are found by how their Chinese names are typed."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import core.spelling


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0001_pipeline"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="keyaccount",
            name="changed_update",
        ),
        migrations.AddField(
            model_name="keyaccount",
            name="spelling",
            field=core.spelling.SpellingField(blank=True, db_default="", default="", editable=False, of="name"),
        ),
        migrations.AddIndex(
            model_name="keyaccount",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper(models.F("name")), name="gin_trgm_ops"
                ),
                name="key_account_name_search",
            ),
        ),
        migrations.AddIndex(
            model_name="keyaccount",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("spelling"), name="gin_trgm_ops"),
                name="key_account_spelling_search",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="keyaccount",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."annual_revenue" IS DISTINCT FROM (NEW."annual_revenue") OR OLD."country" IS DISTINCT FROM (NEW."country") OR OLD."employees" IS DISTINCT FROM (NEW."employees") OR OLD."founded" IS DISTINCT FROM (NEW."founded") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."parent_id" IS DISTINCT FROM (NEW."parent_id") OR OLD."sector" IS DISTINCT FROM (NEW."sector") OR OLD."uid" IS DISTINCT FROM (NEW."uid"))',
                    func='INSERT INTO "crm_keyaccountevent" ("annual_revenue", "country", "employees", "founded", "id", "name", "parent_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "sector", "uid") VALUES (NEW."annual_revenue", NEW."country", NEW."employees", NEW."founded", NEW."id", NEW."name", NEW."parent_id", _pgh_attach_context(), NOW(), \'changed\', NEW."id", NEW."sector", NEW."uid"); RETURN NULL;',
                    hash="ec0c6e4b06b1d5e11e8a1f9c0cf821db268277f6",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_0d8c4",
                    table="crm_keyaccount",
                    when="AFTER",
                ),
            ),
        ),
    ]
