"""A company of a thousand KAMs and two million deals, made in the database beside the demo company, to see growth."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper

from core import calendar
from crm.services import refresh_facts
from goals import services as goals

KAMS = 1_000
DEALS = 2_000_000
DAYS = 3 * 365
FILLED = ("accounts_team", "accounts_user", "accounts_person", "accounts_membership", "crm_opportunity", "crm_credit")

# 167 teams of six under the three regions, as deep as the demo company.
TEAMS = """
    INSERT INTO accounts_team (code, name, kind, parent_id, path)
    SELECT 'bench-' || n, 'Bench team ' || n, 'team', region.id, ''
    FROM generate_series(1, %(teams)s) n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts_team WHERE kind = 'region') region
      ON region.place = n %% 3;
    UPDATE accounts_team team SET path = parent.path || team.id || '/'
    FROM accounts_team parent WHERE parent.id = team.parent_id AND team.path = '';
"""

PEOPLE = """
    WITH users AS (
        INSERT INTO accounts_user (uid, password, email, name, language, wants_mail, is_active, is_staff, is_superuser,
                                   created_at)
        SELECT gen_random_uuid(), '!', 'bench' || n || '@bench.example', 'Bench KAM ' || n, '', true, true, false,
               false, now()
        FROM generate_series(1, %(kams)s) n RETURNING id, name, email
    ), people AS (
        INSERT INTO accounts_person (uid, user_id, number, name, title)
        SELECT gen_random_uuid(), id, email, name, '' FROM users RETURNING id
    ), placed AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people),
    teams AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_team WHERE code LIKE 'bench-%%')
    INSERT INTO accounts_membership (person_id, team_id, during)
    SELECT placed.id, teams.id, daterange(%(first)s, NULL)
    FROM placed JOIN teams ON teams.n = 1 + placed.n %% %(teams)s
"""

DEALS_SQL = """
    WITH people AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM accounts_person WHERE number LIKE 'bench%%'
    ), products AS (
        SELECT id, list_price, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS every FROM crm_product
    ), companies AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS every FROM crm_keyaccount
    ),
    made AS (
        SELECT n, %(today)s::date - (n %% %(days)s)::int AS closed,
               CASE WHEN n %% 20 = 0 THEN 'engaging' WHEN n %% 3 = 0 THEN 'lost' ELSE 'won' END AS stage
        FROM generate_series(1, %(deals)s) n
    )
    INSERT INTO crm_opportunity (uid, external_id, owner_id, product_id, key_account_id, stage, engaged_on, closed_on,
                                 amount, currency)
    SELECT gen_random_uuid(), 'bench-' || made.n, people.id, products.id, companies.id, made.stage,
           made.closed - (10 + made.n %% 90)::int,
           CASE WHEN made.stage <> 'engaging' THEN made.closed END,
           CASE WHEN made.stage = 'lost' THEN 0 ELSE products.list_price END, 'USD'
    FROM made
    JOIN people ON people.n = (made.n / 7) %% %(kams)s
    JOIN products ON products.n = made.n %% products.every
    JOIN companies ON companies.n = made.n %% companies.every;
    INSERT INTO crm_credit (opportunity_id, person_id, share, amount, currency, credited_on)
    SELECT id, owner_id, 1, amount, currency, closed_on FROM crm_opportunity
    WHERE stage = 'won' AND external_id LIKE 'bench-%%';
"""


def enlarge(kams: int = KAMS, deals: int = DEALS) -> None:
    """Add the people and deals to the database in use, then compute facts, targets and results in full."""
    today = calendar.today()
    values: dict[str, int | date] = {
        "kams": kams,
        "teams": kams // 6,
        "deals": deals,
        "days": DAYS,
        "today": today,
        "first": date(today.year - 4, 1, 1),
    }
    with connection.cursor() as cursor:
        for table in FILLED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")  # rows made here need no history
        for statement in (TEAMS, PEOPLE):
            cursor.execute(statement, values)
        with unchecked(cursor):
            cursor.execute(DEALS_SQL, values)
        for table in FILLED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("ANALYZE")
    refresh_facts()
    goals.compute_all()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


# Foreign keys and indexes of the deals: (how to drop one, how to make it again).
CHECKS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype = 'f' AND conrelid IN ('crm_opportunity'::regclass, 'crm_credit'::regclass)
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index WHERE NOT indisunique AND indrelid IN ('crm_opportunity'::regclass, 'crm_credit'::regclass)
"""


@contextmanager
def unchecked(cursor: CursorWrapper) -> Iterator[None]:
    """Millions of rows go in far quicker when keys are checked and indexes built once, at the end."""
    cursor.execute(CHECKS)
    checks = cursor.fetchall()
    for drop, _make in checks:
        cursor.execute(drop)
    yield
    for _drop, make in checks:
        cursor.execute(make)


@contextmanager
def databases() -> Iterator[tuple[str, str]]:
    """Two throw-away databases, the demo company and the large one; the connection is left on the small one."""
    original = connection.settings_dict["NAME"]
    small = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    large = f"{small}_large"
    try:
        call_command("load_demo", verbosity=0)
        use(original)
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{large}"')
            cursor.execute(f'CREATE DATABASE "{large}" TEMPLATE "{small}"')
        use(large)
        enlarge()
        use(small)
        yield small, large
    finally:
        use(original)
        with connection.cursor() as cursor:
            # Without FORCE: it may not end a vacuum that the server itself has begun; a plain drop may.
            cursor.execute(f'DROP DATABASE IF EXISTS "{large}"')
            cursor.execute(f'DROP DATABASE IF EXISTS "{small}"')


def use(name: str) -> None:
    """Send this process's queries to another database of the same server."""
    connection.close()
    connection.settings_dict["NAME"] = name
