"""An approved run goes on to payroll: exported, paid, closed. The guards let the state move forward, and nothing else.

A correction run pays differences to people whom a final run of the same period has paid already, so only two final runs
exclude each other.
"""

from django.db import migrations

FIXED = "status IN ('approved', 'exported', 'paid', 'closed')"

# The columns of a state are named after it, so what may change with it is known by its name.
GUARD_RUN = f"""
CREATE OR REPLACE FUNCTION incentives_guard_run() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[];
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.{FIXED} THEN
        IF TG_OP = 'UPDATE' AND (OLD.status, NEW.status) IN (
            ('approved', 'exported'), ('approved', 'paid'), ('exported', 'paid'), ('paid', 'closed')
        ) THEN
            moving := ARRAY['status', NEW.status || '_by_id', NEW.status || '_at'];
            IF to_jsonb(OLD) - moving = to_jsonb(NEW) - moving THEN
                RETURN NEW;
            END IF;
        END IF;
        PERFORM incentives_refuse(format('run %s is approved and never changes', OLD.code), 'run_is_immutable_once_approved');
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.kind = 'final' AND NEW.{FIXED} AND EXISTS (
        SELECT FROM incentives_statement mine
        JOIN incentives_statement other ON other.person_id = mine.person_id AND other.run_id <> mine.run_id
        JOIN incentives_run paid ON paid.id = other.run_id AND paid.kind = 'final' AND paid.{FIXED}
            AND paid.period = NEW.period
        WHERE mine.run_id = NEW.id
    ) THEN
        PERFORM incentives_refuse(format('somebody in run %s is paid for %s already', NEW.code, NEW.period), 'person_is_paid_once_a_period');
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
"""

GUARD_RUN_BEFORE = """
CREATE OR REPLACE FUNCTION incentives_guard_run() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


def others(fixed: str) -> str:
    """The guards of statements and lines, and that of whole tables."""
    return f"""
CREATE OR REPLACE FUNCTION incentives_check_runs(run_ids bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    approved text;
BEGIN
    PERFORM 1 FROM incentives_run WHERE id = ANY(run_ids) ORDER BY id FOR SHARE;
    SELECT code INTO approved FROM incentives_run WHERE id = ANY(run_ids) AND {fixed} LIMIT 1;
    IF FOUND THEN
        PERFORM incentives_refuse(format('run %s is approved and its statements never change', approved), 'statement_is_immutable_once_approved');
    END IF;
END $$;

CREATE OR REPLACE FUNCTION incentives_guard_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM incentives_run WHERE {fixed}) THEN
        PERFORM incentives_refuse(format('%s holds approved runs and cannot be emptied', TG_TABLE_NAME), 'run_is_immutable_once_approved');
    END IF;
    RETURN NULL;
END $$;
"""  # noqa: S608  (from constants above)


class Migration(migrations.Migration):
    dependencies = [("incentives", "0003_run_life")]

    operations = [
        migrations.RunSQL(GUARD_RUN + others(FIXED), GUARD_RUN_BEFORE + others("status = 'approved'")),
    ]
