"""What is approved or published is refused by the database itself, to SQL through the portal's own database user."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.access import Role
from accounts.models import Person
from incentives.models import PlanVersion, Run, Statement, StatementLine
from tests.accounts.factories import PersonFactory, TeamFactory, person_with_role
from tests.incentives.factories import approved_run, calculated_run, credit, published_plan, put_on, quota

pytestmark = pytest.mark.django_db

Q3 = "2026-Q3"


@pytest.fixture
def kam() -> Person:
    person = person_with_role(Role.KAM, TeamFactory.create())
    put_on(published_plan(), person)
    quota(person, "30000", Q3)
    credit(person, "1000", date(2026, 7, 12))
    return person


@pytest.fixture
def approved(kam: Person) -> Run:
    return approved_run(Q3)


@contextmanager
def refused(by: str) -> Iterator[None]:
    with pytest.raises(IntegrityError, match=by), transaction.atomic():
        yield


def sql(statement: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_the_database_user_is_an_ordinary_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE incentives_run SET total = 1 WHERE id = %s",
        "UPDATE incentives_run SET status = 'calculated', approved_by_id = NULL WHERE id = %s",
        "DELETE FROM incentives_run WHERE id = %s",
        "UPDATE incentives_statement SET total = 1 WHERE run_id = %s",
        "DELETE FROM incentives_statement WHERE run_id = %s",
        (
            "UPDATE incentives_statementline SET amount = 1 FROM incentives_statement s "
            "WHERE s.id = statement_id AND run_id = %s"
        ),
        "DELETE FROM incentives_statementline USING incentives_statement s WHERE s.id = statement_id AND run_id = %s",
        """INSERT INTO incentives_statementline SELECT credit_id, id, 99, 0, 'credit', NULL, 1, 0, 1
           FROM incentives_statement s, (SELECT NULL::bigint AS credit_id) c WHERE run_id = %s""",
        """INSERT INTO incentives_statement (uid, run_id, person_id, credited, total, currency, facts, digest)
           SELECT gen_random_uuid(), r.id, p.id, 0, 0, 'USD', '{}', '' FROM incentives_run r, accounts_person p
           WHERE r.id = %s AND p.id NOT IN (SELECT person_id FROM incentives_statement) LIMIT 1""",
    ],
)
def test_nothing_in_an_approved_run_changes_by_sql(approved: Run, statement: str) -> None:
    with refused("never change"):
        sql(statement, approved.pk)


@pytest.mark.parametrize("table", ["run", "statement", "statementline"])
def test_tables_with_approved_runs_are_not_emptied(approved: Run, table: str) -> None:
    sql("SET CONSTRAINTS ALL IMMEDIATE")
    with refused("cannot be emptied"):
        sql(f"TRUNCATE incentives_{table} CASCADE")


def test_a_statement_does_not_move_into_an_approved_run(approved: Run, kam: Person) -> None:
    credit(PersonFactory.create(), "100", date(2026, 4, 2))
    other = calculated_run("2026-Q2")
    other.statements.filter(person=kam).delete()
    with refused("never change"):
        sql("UPDATE incentives_statement SET run_id = %s WHERE run_id = %s", approved.pk, other.pk)


def test_a_session_cannot_ask_the_guards_to_look_away(approved: Run) -> None:
    with refused("never change"):
        sql("SET LOCAL pgtrigger.ignore = '{incentives_run:run_is_immutable_once_approved}'")
        sql("UPDATE incentives_run SET total = 1 WHERE id = %s", approved.pk)


@pytest.mark.parametrize(
    "change",
    [
        lambda run: Run.objects.filter(pk=run.pk).update(total=1),
        lambda run: Statement.objects.filter(run=run).update(total=1),
        lambda run: StatementLine.objects.filter(statement__run=run).update(amount=1),
        lambda run: run.delete(),
    ],
)
def test_nor_by_the_portals_own_code(approved: Run, change: Callable[[Run], object]) -> None:
    with refused("never change"):
        change(approved)


def test_a_run_that_is_not_approved_can_be_deleted_with_its_lines(kam: Person) -> None:
    run = calculated_run(Q3)
    sql("DELETE FROM incentives_runchunk WHERE run_id = %s", run.pk)
    sql("DELETE FROM incentives_statement WHERE run_id = %s", run.pk)
    assert not StatementLine.objects.exists()
    sql("DELETE FROM incentives_run WHERE id = %s", run.pk)


def test_a_line_needs_its_statement() -> None:
    with refused("statement that is not there"):
        sql(
            "INSERT INTO incentives_statementline (statement_id, position, kind, base, before, amount) "
            "VALUES (999999, 1, 'credit', 0, 0, 0)"
        )


# How far it is paid


PAID = "UPDATE incentives_run SET status = 'paid', paid_by_id = approved_by_id, paid_at = now()"


def test_an_approved_run_moves_on_to_paid_and_nothing_else_in_it_moves(approved: Run) -> None:
    with refused("never changes"):
        sql(f"{PAID}, total = total + 1 WHERE id = %s", approved.pk)
    with refused("never changes"):
        sql(f"{PAID}, approved_at = now() WHERE id = %s", approved.pk)
    with refused("run_is_paid_by_somebody"):
        sql("UPDATE incentives_run SET status = 'paid' WHERE id = %s", approved.pk)
    sql(f"{PAID} WHERE id = %s", approved.pk)


@pytest.mark.parametrize(
    "change",
    [
        "status = 'approved', paid_by_id = NULL, paid_at = NULL",
        "status = 'exported', exported_by_id = approved_by_id, exported_at = now()",
        "paid_at = now() + interval '1 day'",
        "total = 1",
    ],
)
def test_a_paid_run_neither_goes_back_nor_changes(approved: Run, change: str) -> None:
    sql(f"{PAID} WHERE id = %s", approved.pk)
    with refused("never changes"):
        sql(f"UPDATE incentives_run SET {change} WHERE id = %s", approved.pk)  # noqa: S608  (texts above)
    with refused("never change"):
        sql("UPDATE incentives_statement SET total = 1 WHERE run_id = %s", approved.pk)
    with refused("never change"):
        sql("DELETE FROM incentives_run WHERE id = %s", approved.pk)


# Plan versions


@pytest.fixture
def published() -> PlanVersion:
    return PlanVersion.objects.get(plan=published_plan())


@pytest.mark.parametrize(
    "change",
    [
        'content = content || \'{"cap": "9"}\'',
        "starts = starts - 1",
        "digest = 'x'",
        "currency = 'EUR'",
        "number = 7",
        "status = 'draft'",
    ],
)
def test_a_published_version_keeps_its_wording(published: PlanVersion, change: str) -> None:
    with refused("published plan version never changes"):
        sql(f"UPDATE incentives_planversion SET {change} WHERE id = %s", published.pk)  # noqa: S608  (texts above)


def test_a_published_version_is_not_deleted(published: PlanVersion) -> None:
    with refused("never deleted"):
        sql("DELETE FROM incentives_planversion WHERE id = %s", published.pk)


def test_a_published_version_may_be_retired_but_does_not_come_back(published: PlanVersion) -> None:
    sql("UPDATE incentives_planversion SET status = 'retired', ends = '2027-01-01' WHERE id = %s", published.pk)
    with refused("never changes"):
        sql("UPDATE incentives_planversion SET status = 'published' WHERE id = %s", published.pk)
