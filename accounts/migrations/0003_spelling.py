"""People and teams are found by how their Chinese names are typed."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import core.spelling


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_schedule_audit"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="person",
            name="changed_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="team",
            name="changed_update",
        ),
        migrations.AddField(
            model_name="person",
            name="spelling",
            field=core.spelling.SpellingField(blank=True, db_default="", default="", editable=False, of="name"),
        ),
        migrations.AddField(
            model_name="team",
            name="spelling",
            field=core.spelling.SpellingField(blank=True, db_default="", default="", editable=False, of="name"),
        ),
        migrations.AddIndex(
            model_name="person",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper(models.F("name")), name="gin_trgm_ops"
                ),
                name="person_name_search",
            ),
        ),
        migrations.AddIndex(
            model_name="person",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("spelling"), name="gin_trgm_ops"),
                name="person_spelling_search",
            ),
        ),
        migrations.AddIndex(
            model_name="team",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper(models.F("name")), name="gin_trgm_ops"
                ),
                name="team_name_search",
            ),
        ),
        migrations.AddIndex(
            model_name="team",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("spelling"), name="gin_trgm_ops"),
                name="team_spelling_search",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="person",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."hired_on" IS DISTINCT FROM (NEW."hired_on") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."left_on" IS DISTINCT FROM (NEW."left_on") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."number" IS DISTINCT FROM (NEW."number") OR OLD."title" IS DISTINCT FROM (NEW."title") OR OLD."uid" IS DISTINCT FROM (NEW."uid") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))',
                    func='INSERT INTO "accounts_personevent" ("hired_on", "id", "left_on", "name", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "title", "uid", "user_id") VALUES (NEW."hired_on", NEW."id", NEW."left_on", NEW."name", NEW."number", _pgh_attach_context(), NOW(), \'changed\', NEW."id", NEW."title", NEW."uid", NEW."user_id"); RETURN NULL;',
                    hash="6c3aedd4f2a9fbc798719791ed07a9d3a53a0c8f",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_d4975",
                    table="accounts_person",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="team",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."code" IS DISTINCT FROM (NEW."code") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."parent_id" IS DISTINCT FROM (NEW."parent_id") OR OLD."path" IS DISTINCT FROM (NEW."path"))',
                    func='INSERT INTO "accounts_teamevent" ("code", "id", "kind", "name", "parent_id", "path", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."code", NEW."id", NEW."kind", NEW."name", NEW."parent_id", NEW."path", _pgh_attach_context(), NOW(), \'changed\', NEW."id"); RETURN NULL;',
                    hash="62a912f6f006967b531df127d639d59abad31512",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_b4d3f",
                    table="accounts_team",
                    when="AFTER",
                ),
            ),
        ),
    ]
