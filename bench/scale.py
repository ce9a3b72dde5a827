"""A company of a thousand KAMs and two million deals, made in the database beside the demo company, to see growth.

Rows are made by SQL in sets; facts, results and pay are then computed by the portal's own code. Each KAM has targets, a
plan, an approved statement of the last quarter and a provisional one of this, as after a night in real use.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.backends.utils import CursorWrapper

from accounts.models import User
from core import calendar
from core.ids import NEW_UID_SQL
from core.periods import Period
from crm.services import refresh_facts
from goals import services as goals
from incentives import services as pay
from incentives.models import Run

KAMS = 1_000
DEALS = 2_000_000
DAYS = 3 * 365
OPEN_DAYS = 60  # deals that close after today are open now
TARGETS = 5  # quarters with a target: this one and as many before it as a figure's history shows
PLAN = "bench"
FILLED = (
    "accounts_team",
    "accounts_user",
    "accounts_person",
    "accounts_membership",
    "crm_opportunity",
    "crm_credit",
    "goals_target",
    "incentives_planassignment",
)
DEAL_TABLES = ("crm_opportunity", "crm_credit")
FACT_TABLES = ("crm_salesday", "crm_salesmix", "crm_salescycle", "crm_pipelinesnapshot")

# 167 teams of six under the three regions, as deep as the demo company.
TEAMS = """
    INSERT INTO accounts_team (code, name, kind, parent_id, path, cost_centre)
    SELECT 'bench-' || n, 'Bench team ' || n, 'team', region.id, '', ''
    FROM generate_series(1, %(teams)s) n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts_team WHERE kind = 'region') region
      ON region.place = n %% 3;
    UPDATE accounts_team team SET path = parent.path || team.id || '/'
    FROM accounts_team parent WHERE parent.id = team.parent_id AND team.path = '';
"""

PEOPLE = f"""
    WITH users AS (
        INSERT INTO accounts_user (uid, password, email, name, language, wants_mail, is_active, is_staff, is_superuser,
                                   created_at)
        SELECT {NEW_UID_SQL}, '!', 'bench' || n || '@bench.example', 'Bench KAM ' || n, '', true, true, false,
               false, now()
        FROM generate_series(1, %(kams)s) n RETURNING id, name, email
    ), people AS (
        INSERT INTO accounts_person (uid, user_id, number, name, title)
        SELECT {NEW_UID_SQL}, id, email, name, '' FROM users RETURNING id
    ), placed AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM people),
    teams AS (SELECT id, row_number() OVER (ORDER BY id) AS n FROM accounts_team WHERE code LIKE 'bench-%%')
    INSERT INTO accounts_membership (person_id, team_id, during)
    SELECT placed.id, teams.id, daterange(%(first)s, NULL)
    FROM placed JOIN teams ON teams.n = 1 + placed.n %% %(teams)s
"""

DEALS_SQL = f"""
    WITH people AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM accounts_person WHERE number LIKE 'bench%%'
    ), products AS (
        SELECT id, list_price, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS every FROM crm_product
    ), companies AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS every FROM crm_keyaccount
    ), dated AS (
        SELECT n, %(today)s::date + %(open_days)s - (n %% (%(days)s + %(open_days)s))::int AS closes
        FROM generate_series(1, %(deals)s) n
    ), made AS (
        SELECT n, least(closes - (10 + n %% 90)::int, %(today)s) AS engaged, closes,
               CASE WHEN closes > %(today)s THEN 'engaging' WHEN n %% 3 = 0 THEN 'lost' ELSE 'won' END AS stage
        FROM dated
    )
    INSERT INTO crm_opportunity (uid, external_id, owner_id, product_id, key_account_id, stage, engaged_on, closed_on,
                                 amount, currency)
    SELECT {NEW_UID_SQL}, 'bench-' || made.n, people.id, products.id, companies.id, made.stage, made.engaged,
           CASE WHEN made.stage <> 'engaging' THEN made.closes END,
           CASE WHEN made.stage = 'lost' THEN 0 ELSE products.list_price END, 'USD'
    FROM made
    JOIN people ON people.n = (made.n / 7) %% %(kams)s
    JOIN products ON products.n = made.n %% products.every
    JOIN companies ON companies.n = made.n %% companies.every;
    INSERT INTO crm_credit (opportunity_id, person_id, share, amount, currency, credited_on)
    SELECT id, owner_id, 1, amount, currency, closed_on FROM crm_opportunity
    WHERE stage = 'won' AND external_id LIKE 'bench-%%';
"""

# A KAM's target is what the KAM booked in a mean quarter, from a tenth below to a tenth above it; pay at target 5 %.
MEAN_QUARTER = """
    SELECT p.id AS person_id, sum(d.booked) / (%(days)s / 91) * (0.9 + (p.id %% 21) * 0.01) AS value
    FROM accounts_person p JOIN crm_salesday d ON d.person_id = p.id WHERE p.number LIKE 'bench%%' GROUP BY p.id
"""
TARGETS_SQL = f"""
    INSERT INTO goals_target (uid, kpi_id, person_id, period, starts, ends, value, origin, origin_values, reason,
                              set_at)
    SELECT {NEW_UID_SQL}, kpi.id, mean.person_id, quarter.code, quarter.starts, quarter.ends, round(mean.value),
           'entered', '{{}}', '', now()
    FROM ({MEAN_QUARTER}) mean
    CROSS JOIN unnest(%(codes)s, %(starts)s::date[], %(ends)s::date[]) quarter (code, starts, ends)
    JOIN goals_kpi kpi ON kpi.code = 'booked_revenue'
"""
ASSIGNMENTS = f"""
    INSERT INTO incentives_planassignment (uid, plan_id, person_id, during, target_pay, currency)
    SELECT {NEW_UID_SQL}, plan.id, mean.person_id, daterange(%(first)s, NULL), round(mean.value / 20), 'USD'
    FROM ({MEAN_QUARTER}) mean JOIN incentives_plan plan ON plan.code = %(plan)s
"""


def enlarge(kams: int = KAMS, deals: int = DEALS) -> None:
    """Add people, deals, targets and assignments to the database in use, then compute all that the portal computes."""
    today = calendar.today()
    first = date(today.year - 4, 1, 1)
    quarters = [calendar.current_period().shift(-steps) for steps in range(TARGETS)]
    values: dict[str, Any] = {
        "kams": kams,
        "teams": kams // 6,
        "deals": deals,
        "days": DAYS,
        "open_days": OPEN_DAYS,
        "today": today,
        "first": first,
        "plan": PLAN,
        "codes": [quarter.code for quarter in quarters],
        "starts": [quarter.start for quarter in quarters],
        "ends": [quarter.end for quarter in quarters],
    }
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'")
        with untracked(cursor), bare(cursor, DEAL_TABLES):
            for statement in (TEAMS, PEOPLE, DEALS_SQL):
                cursor.execute(statement, values)
        cursor.execute("ANALYZE")
        with bare(cursor, FACT_TABLES):
            refresh_facts()
        cursor.execute("ANALYZE")
    _plan(first)
    with connection.cursor() as cursor:
        with untracked(cursor):
            for statement in (TARGETS_SQL, ASSIGNMENTS):
                cursor.execute(statement, values)
        with without(cursor, KEYS, ["goals_kpiresult"], kind="f"):
            goals.compute_all()
        cursor.execute("ANALYZE")
    _pay(quarters[1], quarters[0])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _plan(first: date) -> None:
    plan = pay.create_plan(code=PLAN, name="Bench plan", by=None)
    draft = pay.create_draft(plan=plan, starts=first, by=None, content=pay.kam_content())
    pay.publish(version_uid=draft.uid, by=None)


def _pay(past: Period, present: Period) -> None:
    """The last quarter's statements approved, the present one's provisional, by the portal's own runs."""
    hr, director = (User.objects.get(email=f"{name}@demo.example") for name in ("hr", "director"))
    run, job = pay.start_run(period=past, kind=Run.Kind.FINAL, by=hr, plan_code=PLAN, queue=False)
    pay.calculate_run(run_id=run.pk, job_id=job.pk, workers=2)
    pay.submit_run(run_uid=run.uid, by=hr)
    pay.approve_run(run_uid=run.uid, by=director)
    run, job = pay.start_run(period=present, kind=Run.Kind.PROVISIONAL, by=None, queue=False)
    pay.calculate_run(run_id=run.pk, job_id=job.pk, workers=2)


@contextmanager
def untracked(cursor: CursorWrapper) -> Iterator[None]:
    """Rows made here need no history."""
    for table in FILLED:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield
    for table in FILLED:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


# How to drop each foreign key of some tables, and how to make it again; the same of unique keys and further indexes.
KEYS = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
           format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype = %(kind)s AND conrelid = ANY(%(tables)s::regclass[])
"""
INDEXES = """
    SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index WHERE NOT indisunique AND indrelid = ANY(%(tables)s::regclass[])
"""


@contextmanager
def without(cursor: CursorWrapper, what: str, tables: Sequence[str], kind: str = "") -> Iterator[None]:
    """Millions of rows go in far quicker when keys are checked and indexes built once, at the end."""
    cursor.execute(what, {"tables": list(tables), "kind": kind})
    found = cursor.fetchall()
    for drop, _make in found:
        cursor.execute(drop)
    yield
    for _drop, make in found:
        cursor.execute(make)


@contextmanager
def bare(cursor: CursorWrapper, tables: Sequence[str]) -> Iterator[None]:
    """Without any key or index but the primary one."""
    with (
        without(cursor, KEYS, tables, kind="f"),
        without(cursor, KEYS, tables, kind="u"),
        without(cursor, INDEXES, tables),
    ):
        yield


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
