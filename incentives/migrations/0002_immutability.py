"""What was approved or published never changes, whoever asks: triggers refuse it for SQL as for the portal.

Lines and statements are guarded once a statement of SQL, over its transition table, so that COPY of a million lines stays
fast; the same guard stands in for the foreign key from a line to its statement. Written as plain triggers that fire always,
not through pgtrigger, whose triggers a session may ask to be ignored.
"""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION incentives_refuse(what text, code text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', what USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = code,
        HINT = 'Correct it by a new, linked entry in a later run.';
END $$;

-- A run after its approval: nothing changes. At its approval: nobody is paid twice for a period.
CREATE FUNCTION incentives_guard_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.status = 'approved' THEN
        PERFORM incentives_refuse(format('run %s is approved and never changes', OLD.code), 'run_is_immutable_once_approved');
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.status = 'approved' AND EXISTS (
        SELECT FROM incentives_statement mine
        JOIN incentives_statement other ON other.person_id = mine.person_id AND other.run_id <> mine.run_id
        JOIN incentives_run paid ON paid.id = other.run_id AND paid.status = 'approved' AND paid.period = NEW.period
        WHERE mine.run_id = NEW.id
    ) THEN
        PERFORM incentives_refuse(format('somebody in run %s is paid for %s already', NEW.code, NEW.period), 'person_is_paid_once_a_period');
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

-- The runs are locked (shared: chunks of one run go on side by side) so that none is approved meanwhile.
CREATE FUNCTION incentives_check_runs(run_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    approved text;
BEGIN
    PERFORM 1 FROM incentives_run WHERE id = ANY(run_ids) ORDER BY id FOR SHARE;
    SELECT code INTO approved FROM incentives_run WHERE id = ANY(run_ids) AND status = 'approved' LIMIT 1;
    IF FOUND THEN
        PERFORM incentives_refuse(format('run %s is approved and its statements never change', approved), 'statement_is_immutable_once_approved');
    END IF;
END $$;

CREATE FUNCTION incentives_guard_statements() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM incentives_check_runs(ARRAY(SELECT DISTINCT run_id FROM new_rows));
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM incentives_check_runs(ARRAY(SELECT run_id FROM new_rows UNION SELECT run_id FROM old_rows));
    ELSE
        PERFORM incentives_check_runs(ARRAY(SELECT DISTINCT run_id FROM old_rows));
        DELETE FROM incentives_statementline WHERE statement_id IN (SELECT id FROM old_rows);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION incentives_check_lines(statement_ids bigint[], must_exist boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF must_exist AND EXISTS (
        SELECT FROM unnest(statement_ids) wanted WHERE NOT EXISTS (SELECT FROM incentives_statement s WHERE s.id = wanted)
    ) THEN
        PERFORM incentives_refuse('a line belongs to a statement that is not there', 'line_belongs_to_a_statement');
    END IF;
    PERFORM incentives_check_runs(ARRAY(SELECT DISTINCT run_id FROM incentives_statement WHERE id = ANY(statement_ids)));
END $$;

CREATE FUNCTION incentives_guard_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM incentives_check_lines(ARRAY(SELECT DISTINCT statement_id FROM new_rows), true);
    ELSIF TG_OP = 'UPDATE' THEN
        PERFORM incentives_check_lines(ARRAY(SELECT DISTINCT statement_id FROM new_rows), true);
        PERFORM incentives_check_lines(ARRAY(SELECT DISTINCT statement_id FROM old_rows), true);
    ELSE
        PERFORM incentives_check_lines(ARRAY(SELECT DISTINCT statement_id FROM old_rows), false);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION incentives_guard_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM incentives_run WHERE status = 'approved') THEN
        PERFORM incentives_refuse(format('%s holds approved runs and cannot be emptied', TG_TABLE_NAME), 'run_is_immutable_once_approved');
    END IF;
    RETURN NULL;
END $$;

-- A published version keeps its wording; it may only be retired and get another end.
CREATE FUNCTION incentives_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        PERFORM incentives_refuse('a published plan version is never deleted', 'plan_version_is_immutable_once_published');
    END IF;
    IF (to_jsonb(OLD) - 'status' - 'ends') IS DISTINCT FROM (to_jsonb(NEW) - 'status' - 'ends')
        OR NEW.status = 'draft' OR (OLD.status = 'retired' AND NEW.status <> 'retired') THEN
        PERFORM incentives_refuse('a published plan version never changes', 'plan_version_is_immutable_once_published');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER run_is_immutable_once_approved BEFORE INSERT OR UPDATE OR DELETE ON incentives_run
    FOR EACH ROW EXECUTE FUNCTION incentives_guard_run();
CREATE TRIGGER run_keeps_what_is_approved BEFORE TRUNCATE ON incentives_run
    FOR EACH STATEMENT EXECUTE FUNCTION incentives_guard_truncate();
CREATE TRIGGER statement_insert_is_guarded AFTER INSERT ON incentives_statement REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION incentives_guard_statements();
CREATE TRIGGER statement_update_is_guarded AFTER UPDATE ON incentives_statement
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION incentives_guard_statements();
CREATE TRIGGER statement_delete_is_guarded AFTER DELETE ON incentives_statement REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION incentives_guard_statements();
CREATE TRIGGER statement_truncate_is_guarded BEFORE TRUNCATE ON incentives_statement
    FOR EACH STATEMENT EXECUTE FUNCTION incentives_guard_truncate();
CREATE TRIGGER line_insert_is_guarded AFTER INSERT ON incentives_statementline REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION incentives_guard_lines();
CREATE TRIGGER line_update_is_guarded AFTER UPDATE ON incentives_statementline
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION incentives_guard_lines();
CREATE TRIGGER line_delete_is_guarded AFTER DELETE ON incentives_statementline REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION incentives_guard_lines();
CREATE TRIGGER line_truncate_is_guarded BEFORE TRUNCATE ON incentives_statementline
    FOR EACH STATEMENT EXECUTE FUNCTION incentives_guard_truncate();
CREATE TRIGGER version_is_immutable_once_published BEFORE UPDATE OR DELETE ON incentives_planversion
    FOR EACH ROW EXECUTE FUNCTION incentives_guard_version();
"""

TRIGGERS = {
    "incentives_run": ["run_is_immutable_once_approved", "run_keeps_what_is_approved"],
    "incentives_statement": [
        "statement_insert_is_guarded",
        "statement_update_is_guarded",
        "statement_delete_is_guarded",
        "statement_truncate_is_guarded",
    ],
    "incentives_statementline": [
        "line_insert_is_guarded",
        "line_update_is_guarded",
        "line_delete_is_guarded",
        "line_truncate_is_guarded",
    ],
    "incentives_planversion": ["version_is_immutable_once_published"],
}

# ALWAYS: also where a session calls itself a replica.
ALWAYS = "\n".join(
    f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger};"
    for table, triggers in TRIGGERS.items()
    for trigger in triggers
)

UNDO = "\n".join(
    [f"DROP TRIGGER {trigger} ON {table};" for table, triggers in TRIGGERS.items() for trigger in triggers]
    + [
        f"DROP FUNCTION incentives_{name};"
        for name in (
            "guard_version()",
            "guard_truncate()",
            "guard_lines()",
            "check_lines(bigint[], boolean)",
            "guard_statements()",
            "check_runs(bigint[])",
            "guard_run()",
            "refuse(text, text)",
        )
    ]
)


class Migration(migrations.Migration):
    dependencies = [("incentives", "0001_plans")]

    operations = [migrations.RunSQL(FUNCTIONS + ALWAYS, UNDO)]
