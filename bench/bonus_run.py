"""A whole bonus run against the best set-based SQL for the same work: 10,000 people x 100 credits, 1,000,000
explained lines.

Ours is what HR starts: freeze, read by COPY, the pure engine, write by COPY, digest, all chunks over two processes.
The limit
is SQL by hand: window functions over the credits, tiers as an expression, lines, caps, statements and their
SHA-256, written
into tables of the same columns and keys without triggers. Both are measured in turns on one database, from empty
tables, and
must pay every person the same. Growth is ours at 1,000,000 lines over ours at 100,000.
"""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Any

from django.db import connection, connections

from bench.result import BenchResult, result, seconds

PEOPLE = int(os.environ.get("KAM_BENCH_PEOPLE", "10000"))
RUNS = int(os.environ.get("KAM_BENCH_RUNS", "3"))
CREDITS = 100
WORKERS = 2
BOUND = 2.0

# A tenth of the people are on a plan of their own, and only they have credits in the quarter before: the small run.
LARGE, SMALL, SMALL_PLAN = "2026-Q3", "2026-Q2", "small"
QUARTERS = ((LARGE, date(2026, 7, 1), 1), (SMALL, date(2026, 4, 1), 10))

PEOPLE_SQL = """
    INSERT INTO accounts_team (code, name, kind, parent_id, path, cost_centre)
    VALUES ('company', 'Company', 'company', NULL, '', '');
    UPDATE accounts_team SET path = '/' || id || '/';
    INSERT INTO accounts_user (uid, password, email, name, language, wants_mail, is_active, is_staff, is_superuser,
    created_at)
    SELECT gen_random_uuid(), '!', 'kam' || n || '@bench.example', 'Key Account Manager ' || n, '', true, true,
    false, false, now()
    FROM generate_series(1, %(people)s) n;
    INSERT INTO accounts_person (uid, user_id, number, name, title)
    SELECT gen_random_uuid(), id, 'B' || id, name, '' FROM accounts_user ORDER BY id;
    INSERT INTO accounts_membership (person_id, team_id, during)
    SELECT p.id, t.id, daterange('2020-01-01', NULL) FROM accounts_person p, accounts_team t;
    INSERT INTO crm_product (uid, name, series, list_price, currency) VALUES (gen_random_uuid(), 'GTX Pro', '',
    4821, 'USD');
    CREATE TABLE bench_seller AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM accounts_person;
"""

# Ten people share each deal (splits); credits lie in the table in no order.
CREDITS_SQL = """
    INSERT INTO crm_opportunity (uid, external_id, owner_id, product_id, stage, closed_on, amount, currency)
    SELECT gen_random_uuid(), %(period)s || '-' || s.n || '-' || k, s.id, p.id, 'won', %(starts)s + k %% 90, 50000,
    'USD'
    FROM bench_seller s CROSS JOIN generate_series(1, %(credits)s) k CROSS JOIN crm_product p
    WHERE s.n %% 10 = 0 AND s.n < %(people)s;
    INSERT INTO crm_credit (opportunity_id, person_id, share, amount, currency, credited_on)
    SELECT o.id, s.id, 0.1, round((10 + random() * 9990)::numeric, 2), 'USD', o.closed_on
    FROM crm_opportunity o JOIN bench_seller owner ON owner.id = o.owner_id
    JOIN bench_seller s ON s.n / 10 = owner.n / 10
    WHERE o.external_id LIKE %(period)s || '-%%' ORDER BY random();
"""

TIERS = (("0", "0.5", "0.5"), ("0.5", "1", "1.5"), ("1", "1.3", "2"), ("1.3", None, "2.5"))
CAP = "2"

# The limit. A running credit's pay is the sum over the tiers of rate x what lies inside; credits here are never
# negative.
PAID = " + ".join(
    f"{rate} * greatest(0, {f'least({{0}}, {top} * quota)' if top else '{0}'} - {low} * quota)"
    for low, top, rate in TIERS
)
LIMIT_TABLES = """
    CREATE TABLE bench_statement (LIKE incentives_statement INCLUDING DEFAULTS INCLUDING INDEXES);
    CREATE TABLE bench_line (LIKE incentives_statementline INCLUDING INDEXES);
"""
LIMIT = [
    f"""
    WITH payee AS (
        SELECT a.person_id, a.target_pay, t.value AS quota FROM incentives_planassignment a
        JOIN goals_target t ON t.person_id = a.person_id AND t.period = '{LARGE}'
    ), running AS (
        SELECT c.person_id, c.id, c.credited_on, c.amount, p.quota, p.target_pay, row_number() OVER by_day AS position,
            sum(c.amount) OVER by_day - c.amount AS before
        FROM crm_credit c JOIN payee p ON p.person_id = c.person_id
        WHERE c.credited_on >= '2026-07-01' AND c.credited_on < '2026-10-01'
        WINDOW by_day AS (PARTITION BY c.person_id ORDER BY c.credited_on, c.id)
    )
    INSERT INTO bench_line (statement_id, position, component, kind, credit_id, "on", base, before, amount)
    SELECT person_id, position, 0, 'credit', id, credited_on, amount, before,
        round(({PAID.format("(before + amount)")} - ({PAID.format("before")})) * target_pay / quota, 2)
    FROM running
    """,
    f"""
    INSERT INTO bench_line (statement_id, position, kind, base, before, amount)
    SELECT l.statement_id, count(*) + 1, 'cap', sum(l.amount), {CAP} * a.target_pay, {CAP} * a.target_pay -
    sum(l.amount)
    FROM bench_line l JOIN incentives_planassignment a ON a.person_id = l.statement_id
    GROUP BY l.statement_id, a.target_pay HAVING sum(l.amount) > {CAP} * a.target_pay
    """,
    f"""
    INSERT INTO bench_statement (id, uid, run_id, person_id, version_id, quota, target_pay, credited, attainment, total,
        adjusted, currency, facts, digest)
    SELECT a.person_id, gen_random_uuid(), 1, a.person_id, 1, t.value, a.target_pay, s.credited, s.credited /
    t.value, s.total,
        0, 'USD', '{{}}', encode(sha256((concat_ws('|', a.person_id, t.value, a.target_pay) || s.lines)::bytea), 'hex')
    FROM incentives_planassignment a
    JOIN goals_target t ON t.person_id = a.person_id AND t.period = '{LARGE}'
    JOIN (
        SELECT statement_id, sum(amount) AS total, sum(base) FILTER (WHERE kind = 'credit') AS credited,
            string_agg(concat_ws('|', credit_id, "on", base, before, amount), E'\\n' ORDER BY position) AS lines
        FROM bench_line GROUP BY statement_id
    ) s ON s.statement_id = a.person_id
    """,
    "SELECT encode(sha256(string_agg(digest, '' ORDER BY person_id)::bytea), 'hex') FROM bench_statement",
]


def measure(people: int = PEOPLE, runs: int = RUNS) -> BenchResult:
    """Seconds of ours over seconds of the limit; the first pair of runs warms up and is checked, not counted."""
    with _database(people):
        ratios, ours, limit = [], [], []
        for number in range(runs + 1):
            ours.append(_ours(LARGE))
            limit.append(_limit())
            if number == 0:
                _require_same_pay()
            else:
                ratios.append(ours[-1] / limit[-1])
        growth = median(ours[1:]) / median(_ours(SMALL, SMALL_PLAN) for _ in range(runs))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    what = (
        f"{people * CREDITS:,} explained lines, {WORKERS} processes, over set-based SQL "
        f"({median(ours[1:]):.1f} s, SQL {median(limit[1:]):.1f} s; peak of a process {peak:.0f} MiB)"
    )
    return result("bonus_run", what, ratios, bound=BOUND, better="lower", growth_10x=growth)


def _ours(period: str, plan_code: str | None = None) -> float:
    """A run from nothing, as `manage.py run_incentives` does it."""
    from incentives import services
    from incentives.models import Run

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE incentives_statementline, incentives_statement, incentives_run CASCADE")

    def run() -> None:
        started, job = services.start_run(period=period, kind=Run.Kind.FINAL, by=None, plan_code=plan_code, queue=False)
        services.calculate_run(run_id=started.pk, job_id=job.pk, workers=WORKERS)

    return seconds(run)


def _limit() -> float:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE bench_statement, bench_line")

        def run() -> None:
            for statement in LIMIT:
                cursor.execute(statement)

        return seconds(run)


def _require_same_pay() -> None:
    """Both must pay everybody the same, or the ratio would say nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE ours.total IS DISTINCT FROM theirs.total) "
            "FROM incentives_statement ours FULL JOIN bench_statement theirs ON theirs.person_id = ours.person_id"
        )
        people, different = cursor.fetchone()
        cursor.execute("SELECT (SELECT count(*) FROM incentives_statementline), (SELECT count(*) FROM bench_line)")
        ours, theirs = cursor.fetchone()
    if different or ours != theirs or not people:
        raise RuntimeError(f"{different} of {people} people are paid differently; {ours} lines against {theirs}.")


@contextmanager
def _database(people: int) -> Iterator[None]:
    """A throw-away database with people on plans, targets and credits."""
    original = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute(PEOPLE_SQL, {"people": people})
            for period, starts, share in QUARTERS:
                values: dict[str, Any] = {
                    "period": period,
                    "starts": starts,
                    "credits": CREDITS,
                    "people": people // share,
                }
                cursor.execute(CREDITS_SQL, values)
        _plans(people)
        with connection.cursor() as cursor:
            cursor.execute(LIMIT_TABLES)
            cursor.execute("ANALYZE")
        yield
    finally:
        connections.close_all()
        connection.creation.destroy_test_db(original, verbosity=0)


def _plans(people: int) -> None:
    """Two plans of the same wording, a target a person and quarter, everybody assigned."""
    from accounts.models import Person
    from core.calendar import period as period_of
    from goals.models import Kpi, Target
    from incentives import services
    from incentives.models import PlanAssignment

    content = services.kam_content()
    assert [(tier["from"], tier["to"], tier["rate"]) for tier in content["components"][0]["tiers"]] == list(TIERS)
    since = date(2026, 1, 1)
    plans = {code: services.create_plan(code=code, name=code, by=None) for code in (SMALL_PLAN, "large")}
    for plan in plans.values():
        draft = services.create_draft(plan=plan, starts=since, by=None, content=content, currency="USD")
        services.publish(version_uid=draft.uid, by=None)
    kpi = Kpi.objects.get(code="booked_revenue")
    sellers = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    for code, _starts, _share in QUARTERS:
        span = period_of(code)
        Target.objects.bulk_create(
            Target(
                kpi=kpi, person_id=pk, period=code, starts=span.start, ends=span.end, value=300_000 + 100 * (n % 4000)
            )
            for n, pk in enumerate(sellers)
        )
    PlanAssignment.objects.bulk_create(
        PlanAssignment(
            plan=plans[SMALL_PLAN if n < people // 10 else "large"],
            person_id=pk,
            during=(since, None),
            target_pay=Decimal(12_000 + 50 * (n % 300)),
            currency="USD",
        )
        for n, pk in enumerate(sellers)
    )
