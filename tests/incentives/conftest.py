"""What tests of pay need beside the database."""

from collections.abc import Iterator

import pytest
from django.db import connection


@pytest.fixture
def committed_runs(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For tests that really commit: approved runs refuse to be emptied, so the guards are off while the tables are.

    What is queued at a commit stays undone: no worker listens here.
    """
    monkeypatch.setattr("core.jobs.enqueue", lambda *_args, **_kwargs: None)
    yield
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE incentives_{table} DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM incentives_correction")
        cursor.execute("DELETE FROM incentives_statementline")
        cursor.execute("DELETE FROM incentives_statement")
        cursor.execute("DELETE FROM incentives_runchunk")
        cursor.execute("DELETE FROM incentives_run")
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE incentives_{table} ENABLE TRIGGER USER")
        cursor.execute(GUARDS_ALWAYS)


GUARDED = ("run", "statement", "statementline", "correction")

# ENABLE TRIGGER forgets that the guards fire ALWAYS.
GUARDS_ALWAYS = """
DO $$
DECLARE t record;
BEGIN
    FOR t IN SELECT tgname, tgrelid::regclass AS rel FROM pg_trigger
        WHERE NOT tgisinternal AND tgfoid::regproc::text LIKE 'incentives_guard%'
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.rel, t.tgname);
    END LOOP;
END $$
"""
