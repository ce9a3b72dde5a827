"""Plan letters: signed once, never changed."""

import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import core.ids

# What was signed never changes, whoever asks: SQL is refused as the portal is.
GUARD = """
CREATE FUNCTION incentives_guard_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM incentives_refuse('a signed plan letter never changes', 'plan_letter_is_immutable');
    RETURN NULL;
END $$;
CREATE TRIGGER plan_letter_is_immutable BEFORE UPDATE OR DELETE ON incentives_planletter
    FOR EACH ROW EXECUTE FUNCTION incentives_guard_letter();
ALTER TABLE incentives_planletter ENABLE ALWAYS TRIGGER plan_letter_is_immutable;
CREATE FUNCTION incentives_guard_letters_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM incentives_planletter) THEN
        PERFORM incentives_refuse('signed plan letters cannot be emptied', 'plan_letter_is_immutable');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER plan_letter_truncate_is_guarded BEFORE TRUNCATE ON incentives_planletter
    FOR EACH STATEMENT EXECUTE FUNCTION incentives_guard_letters_emptied();
ALTER TABLE incentives_planletter ENABLE ALWAYS TRIGGER plan_letter_truncate_is_guarded;
"""
UNDO = """
DROP TRIGGER plan_letter_truncate_is_guarded ON incentives_planletter;
DROP TRIGGER plan_letter_is_immutable ON incentives_planletter;
DROP FUNCTION incentives_guard_letters_emptied();
DROP FUNCTION incentives_guard_letter();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_cost_centre"),
        ("incentives", "0007_disputes"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", models.UUIDField(default=core.ids.new_uid, editable=False, unique=True)),
                ("language", models.CharField(max_length=10)),
                ("content", models.JSONField(help_text="The letter as it was shown, text by text.")),
                ("digest", models.CharField(help_text="Over the letter's content.", max_length=64)),
                ("signed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plan_letters", to="accounts.person"
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="incentives.planversion"
                    ),
                ),
            ],
            options={
                "ordering": ["-signed_at"],
            },
        ),
        migrations.CreateModel(
            name="PlanLetterEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("uid", models.UUIDField(default=core.ids.new_uid, editable=False)),
                ("language", models.CharField(max_length=10)),
                ("digest", models.CharField(help_text="Over the letter's content.", max_length=64)),
                ("signed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="accounts.person",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="incentives.planletter",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="incentives.planversion",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="planletter",
            constraint=models.UniqueConstraint(fields=("person", "version"), name="plan_letter_is_signed_once"),
        ),
        migrations.AddConstraint(
            model_name="planletter",
            constraint=models.CheckConstraint(
                condition=models.Q(("digest", ""), _negated=True), name="plan_letter_has_a_digest"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planletter",
            trigger=pgtrigger.compiler.Trigger(
                name="created_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incentives_planletterevent" ("digest", "id", "language", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "signed_at", "signed_by_id", "uid", "version_id") VALUES (NEW."digest", NEW."id", NEW."language", NEW."person_id", _pgh_attach_context(), NOW(), \'created\', NEW."id", NEW."signed_at", NEW."signed_by_id", NEW."uid", NEW."version_id"); RETURN NULL;',
                    hash="2196eae91ffa999c74ac6ed927fbc90e7db51b18",
                    operation="INSERT",
                    pgid="pgtrigger_created_insert_ac46b",
                    table="incentives_planletter",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planletter",
            trigger=pgtrigger.compiler.Trigger(
                name="changed_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."digest" IS DISTINCT FROM (NEW."digest") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."language" IS DISTINCT FROM (NEW."language") OR OLD."person_id" IS DISTINCT FROM (NEW."person_id") OR OLD."signed_at" IS DISTINCT FROM (NEW."signed_at") OR OLD."signed_by_id" IS DISTINCT FROM (NEW."signed_by_id") OR OLD."uid" IS DISTINCT FROM (NEW."uid") OR OLD."version_id" IS DISTINCT FROM (NEW."version_id"))',
                    func='INSERT INTO "incentives_planletterevent" ("digest", "id", "language", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "signed_at", "signed_by_id", "uid", "version_id") VALUES (NEW."digest", NEW."id", NEW."language", NEW."person_id", _pgh_attach_context(), NOW(), \'changed\', NEW."id", NEW."signed_at", NEW."signed_by_id", NEW."uid", NEW."version_id"); RETURN NULL;',
                    hash="481ad9a615389895382a85de3e90dd86294907c1",
                    operation="UPDATE",
                    pgid="pgtrigger_changed_update_55dec",
                    table="incentives_planletter",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planletter",
            trigger=pgtrigger.compiler.Trigger(
                name="deleted_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "incentives_planletterevent" ("digest", "id", "language", "person_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "signed_at", "signed_by_id", "uid", "version_id") VALUES (OLD."digest", OLD."id", OLD."language", OLD."person_id", _pgh_attach_context(), NOW(), \'deleted\', OLD."id", OLD."signed_at", OLD."signed_by_id", OLD."uid", OLD."version_id"); RETURN NULL;',
                    hash="202e60d4c4099b3b27750b082a4cd84ffeca32af",
                    operation="DELETE",
                    pgid="pgtrigger_deleted_delete_df242",
                    table="incentives_planletter",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="planletterevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="0f282ff0817b08e03b90b7c7c1599113550307b2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8678a",
                    table="incentives_planletterevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.RunSQL(GUARD, UNDO),
    ]
