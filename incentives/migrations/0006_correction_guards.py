"""A difference is paid once: when a correction is settled the database adds up again what was paid for the period, and
that there is a line of that amount. Settled, it never changes. An approved run has no correction that is not settled.
"""

from importlib import import_module

from django.db import migrations

before = import_module("incentives.migrations.0004_run_life_guards")

GUARD = f"""
CREATE FUNCTION incentives_guard_correction() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    already numeric;
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.settled THEN
        PERFORM incentives_refuse('a settled correction never changes', 'correction_is_immutable_once_settled');
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    IF EXISTS (SELECT FROM incentives_run WHERE id = NEW.run_id AND {before.FIXED}) THEN
        PERFORM incentives_refuse('an approved run takes no more corrections', 'correction_is_taken_before_the_approval');
    END IF;
    IF NOT NEW.settled THEN RETURN NEW; END IF;
    SELECT coalesce(sum(s.total - s.adjusted), 0) INTO already
    FROM incentives_statement s JOIN incentives_run r ON r.id = s.run_id
    WHERE s.person_id = NEW.person_id AND r.period = NEW.period AND r.kind = 'final' AND r.{before.FIXED};
    already := already + (
        SELECT coalesce(sum(amount), 0) FROM incentives_correction
        WHERE person_id = NEW.person_id AND period = NEW.period AND settled AND id <> NEW.id
    );
    IF already <> NEW.paid THEN
        PERFORM incentives_refuse(format('%s is paid for %s, the correction says %s', already, NEW.period, NEW.paid), 'correction_pays_a_difference_once');
    END IF;
    IF NOT EXISTS (
        SELECT FROM incentives_statement s
        JOIN incentives_statementline l ON l.statement_id = s.id AND l.position = NEW.position
            AND l.kind = 'adjustment' AND l.amount = NEW.amount
        WHERE s.run_id = NEW.run_id AND s.person_id = NEW.person_id
    ) THEN
        PERFORM incentives_refuse('a settled correction has a line of its amount', 'correction_is_a_line');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER correction_is_immutable_once_settled BEFORE INSERT OR UPDATE OR DELETE ON incentives_correction
    FOR EACH ROW EXECUTE FUNCTION incentives_guard_correction();
ALTER TABLE incentives_correction ENABLE ALWAYS TRIGGER correction_is_immutable_once_settled;
CREATE TRIGGER correction_truncate_is_guarded BEFORE TRUNCATE ON incentives_correction
    FOR EACH STATEMENT EXECUTE FUNCTION incentives_guard_truncate();
ALTER TABLE incentives_correction ENABLE ALWAYS TRIGGER correction_truncate_is_guarded;
"""  # noqa: S608  (from constants)

UNDO = """
DROP TRIGGER correction_truncate_is_guarded ON incentives_correction;
DROP TRIGGER correction_is_immutable_once_settled ON incentives_correction;
DROP FUNCTION incentives_guard_correction();
"""

# Its lines pay what its corrections say: at the approval every one of them is settled.
CHECK = f"""
    IF TG_OP = 'UPDATE' AND NOT OLD.{before.FIXED} AND NEW.{before.FIXED} AND (
        SELECT coalesce(sum(l.amount), 0) FROM incentives_statement s JOIN incentives_statementline l
            ON l.statement_id = s.id AND l.kind = 'adjustment' WHERE s.run_id = NEW.id AND s.adjusted <> 0
    ) <> (SELECT coalesce(sum(amount), 0) FROM incentives_correction WHERE run_id = NEW.id AND settled) THEN
        PERFORM incentives_refuse(format('run %s has corrections that are not settled', NEW.code), 'run_settles_its_corrections');
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.kind = 'final' AND NOT OLD.{before.FIXED} AND NEW.{before.FIXED} AND EXISTS (
        SELECT FROM incentives_correction c JOIN incentives_statement s ON s.person_id = c.person_id
        WHERE s.run_id = NEW.id AND c.settled AND c.period = NEW.period
    ) THEN
        PERFORM incentives_refuse(format('somebody in run %s is paid for %s already', NEW.code, NEW.period), 'person_is_paid_once_a_period');
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
"""  # noqa: S608  (from constants)

END = "    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n"
GUARD_RUN = before.GUARD_RUN.replace(END, CHECK.removeprefix("\n"))


class Migration(migrations.Migration):
    dependencies = [("incentives", "0005_corrections")]

    operations = [migrations.RunSQL(GUARD + GUARD_RUN, before.GUARD_RUN + UNDO)]
