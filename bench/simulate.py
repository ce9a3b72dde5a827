"""A plan draft tried on real results: 1,000 people x 4 quarters x 25 deals by two wordings, as the page computes it.

The limit is the pure engine on the same facts already in memory: both wordings for each quarter, and for the last one
those at 80, 100 and 120 %. Ours beside it reads people, targets and deals, sums, names and sorts. Growth is ours at all
people over ours at a tenth of them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import Any

from django.db import connection, connections

from bench.bonus_run import PEOPLE_SQL
from bench.result import BenchResult, paired_ratios, result, seconds

PEOPLE = int(os.environ.get("KAM_BENCH_SIMULATED", "1000"))
RUNS = int(os.environ.get("KAM_BENCH_RUNS", "3"))
CREDITS = 25
QUARTERS = ("2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3")
BOUND = 2.0

CREDITS_SQL = """
    INSERT INTO crm_opportunity (uid, external_id, owner_id, product_id, stage, closed_on, amount, currency)
    SELECT gen_random_uuid(), s.n || '-' || q || '-' || k, s.id, p.id, 'won',
        %(starts)s + make_interval(months => 3 * q) + make_interval(days => k), 1000 + (s.n * k) %% 9000, 'USD'
    FROM bench_seller s CROSS JOIN generate_series(0, 3) q CROSS JOIN generate_series(1, %(credits)s) k
    CROSS JOIN crm_product p;
    INSERT INTO crm_credit (opportunity_id, person_id, share, amount, currency, credited_on)
    SELECT id, owner_id, 1, amount, currency, closed_on FROM crm_opportunity;
"""


def measure(people: int = PEOPLE, runs: int = RUNS) -> BenchResult:
    with _database(people):
        ratios = paired_ratios(lambda: seconds(_ours("large")), lambda: seconds(_limit), runs)
        whole = median(seconds(_ours("large")) for _ in range(runs))
        tenth = median(seconds(_ours("small")) for _ in range(runs))
    size = f"{people:,} people x {len(QUARTERS)} quarters x {CREDITS} deals"
    what = f"{size}, two wordings, over the pure engine in memory ({whole:.1f} s)"
    return result("simulate", what, ratios, bound=BOUND, better="lower", growth_10x=whole / tenth)


def _ours(code: str) -> Any:
    from accounts.models import User
    from incentives.models import Plan
    from incentives.selectors.simulation import ATTAINMENTS, simulate

    viewer = User.objects.get(email="hr@bench.example")
    plan = Plan.objects.get(code=code)

    def run() -> None:
        found = simulate(viewer=viewer, question=_question(plan.pk))
        if found.uncomputed or len(found.at_attainment) != len(ATTAINMENTS):
            raise RuntimeError("somebody was not computed, so the figure would say nothing")

    return run


def _question(plan: int) -> Any:
    from core.calendar import period as period_of
    from incentives.selectors.simulation import Question

    return Question(_content(), "USD", plan, [period_of(code) for code in QUARTERS])


def _content() -> dict[str, Any]:
    from incentives import services

    content = services.kam_content()
    content["components"][0]["tiers"][1]["rate"] = "1.4"
    return content


def _limit() -> None:
    from incentives import services
    from incentives.rules.document import PlanDocument
    from incentives.rules.engine import CreditFact, Facts, evaluate
    from incentives.selectors.simulation import ATTAINMENTS, at_attainment

    plans = [PlanDocument.parse(content) for content in (services.kam_content(), _content())]
    for number in range(PEOPLE):
        deals = [CreditFact(date(2026, 7, k), k, Decimal(1000 + (number * k) % 9000)) for k in range(1, CREDITS + 1)]
        facts = Facts("USD", Decimal(90_000), Decimal(9000), deals)
        scaled = [at_attainment(facts, Fraction(90_000), Fraction(at), Fraction(1)) for at in ATTAINMENTS]
        for plan in plans:
            for each in [facts] * len(QUARTERS) + scaled:
                evaluate(plan, each)


@contextmanager
def _database(people: int) -> Iterator[None]:
    """A throw-away database with people on a plan, targets and deals; a tenth of them on a plan of their own."""
    original = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with connection.cursor() as cursor:
            cursor.execute(PEOPLE_SQL, {"people": people + people // 10})
            cursor.execute(CREDITS_SQL, {"starts": date(2025, 10, 1), "credits": CREDITS})
        _plans(people)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        yield
    finally:
        connections.close_all()
        connection.creation.destroy_test_db(original, verbosity=0)


def _plans(people: int) -> None:
    from accounts.access import Role
    from accounts.models import Person, RoleGrant, User
    from core.calendar import period as period_of
    from goals.models import Kpi, Target
    from incentives import services
    from incentives.models import PlanAssignment

    since = date(2025, 1, 1)
    plans = {code: services.create_plan(code=code, name=code, by=None) for code in ("small", "large")}
    for plan in plans.values():
        draft = services.create_draft(plan=plan, starts=since, by=None, content=services.kam_content(), currency="USD")
        services.publish(version_uid=draft.uid, by=None)
    kpi = Kpi.objects.get(code="booked_revenue")
    sellers = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    for code in QUARTERS:
        span = period_of(code)
        Target.objects.bulk_create(
            Target(kpi=kpi, person_id=pk, period=code, starts=span.start, ends=span.end, value=90_000) for pk in sellers
        )
    PlanAssignment.objects.bulk_create(
        PlanAssignment(
            plan=plans["large" if place < people else "small"],
            person_id=pk,
            during=(since, None),
            target_pay=Decimal(9000),
            currency="USD",
        )
        for place, pk in enumerate(sellers)
    )
    viewer = User.objects.create(email="hr@bench.example", name="HR")
    RoleGrant.objects.create(user=viewer, role=Role.HR, during=(since, None))
