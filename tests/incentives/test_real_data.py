"""The bonus of every KAM and manager for three quarters of the real pipeline, against a slow calculation from the
files."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from django.core.management import call_command

from accounts.models import Person, Team
from core.models import ImportBatch
from crm.models import Credit
from incentives.models import Run
from tests.crm.conftest import imported, real_deals  # noqa: F401  (fixtures)
from tests.incentives.factories import calculated_run, kam_content, manager_content, published_plan, put_on, quota
from tests.incentives.rules.oracle import Tiers, cents, pay

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

QUARTERS = ("2017-Q2", "2017-Q3", "2017-Q4")
SINCE = date(2016, 1, 1)
TIERS: Tiers = [
    (Fraction(0), Fraction(1, 2), Fraction(1, 2)),
    (Fraction(1, 2), Fraction(1), Fraction(3, 2)),
    (Fraction(1), Fraction(13, 10), Fraction(2)),
    (Fraction(13, 10), None, Fraction(5, 2)),
]
CAP = Fraction(2)
OVERRIDE = Fraction(4, 1000)


@dataclass(frozen=True)
class Expected:
    """What the files say, in cents: each agent's line amounts and total, each manager's override; by quarter and
    name."""

    lines: Mapping[tuple[str, str], list[int]]
    totals: Mapping[tuple[str, str], int]


def quota_of(place: int) -> int:
    """Targets of the test: some far below, some far above what the agents sell, so that every tier and the cap is
    met."""
    return 15_000 + 7_500 * (place % 14)


@pytest.fixture
def agents(imported: ImportBatch) -> list[Person]:  # noqa: F811
    return list(Person.objects.filter(memberships__isnull=False).order_by("name"))


@pytest.fixture
def on_plans(agents: list[Person]) -> dict[str, tuple[int, int]]:
    """Everybody on a plan; quota and target pay by agent."""
    kam_plan, manager_plan = published_plan(kam_content()), published_plan(manager_content())
    given = {}
    for place, agent in enumerate(agents):
        target, target_pay = quota_of(place), quota_of(place) // 20
        put_on(kam_plan, agent, str(target_pay), SINCE)
        given[agent.name] = (target, target_pay)
        for code in QUARTERS:
            quota(agent, str(target), code)
    for team in Team.objects.filter(kind=Team.Kind.TEAM):
        put_on(manager_plan, team.leaderships.get().person, "1000", SINCE)
    return given


@pytest.fixture
def expected(real_deals: pd.DataFrame, on_plans: dict[str, tuple[int, int]]) -> Expected:  # noqa: F811
    """From the files alone; the database only tells in which order two deals of a day were booked."""
    booked = dict(Credit.objects.values_list("opportunity__external_id", "pk"))
    won = real_deals[real_deals.won == 1]
    deals: dict[tuple[str, str], list[tuple[pd.Timestamp, int, int]]] = defaultdict(list)
    team_sums: dict[tuple[str, str], int] = defaultdict(int)
    columns = ["quarter", "sales_agent", "manager", "close_date", "opportunity_id", "value"]
    rows: list[list[Any]] = won[columns].values.tolist()
    for code, agent, manager, day, deal, value in rows:
        deals[code, agent].append((day, booked[deal], value))
        team_sums[code, manager] += value
    lines: dict[tuple[str, str], list[int]] = {}
    totals: dict[tuple[str, str], int] = {}
    for code in QUARTERS:
        for name, (target, target_pay) in on_plans.items():
            made = [Fraction(value) for _day, _booked, value in sorted(deals[code, name])]
            paid = pay(TIERS, Fraction(target), Fraction(target_pay), made, CAP)
            lines[code, name] = [*paid.lines, *([paid.cut] if paid.cut else [])]
            totals[code, name] = paid.total
    for (code, manager), booked_value in team_sums.items():
        totals[code, manager] = cents(booked_value * OVERRIDE)
    return Expected(lines, totals)


@pytest.mark.parametrize("code", QUARTERS)
def test_every_kam_and_manager_is_paid_to_the_cent(expected: Expected, code: str) -> None:
    run = calculated_run(code)
    assert (run.people, run.failed) == (41, 0)
    assert {
        (code, person): int(total * 100) for person, total in run.statements.values_list("person__name", "total")
    } == {key: total for key, total in expected.totals.items() if key[0] == code}
    for statement in run.statements.filter(person__memberships__isnull=False).select_related("person"):
        amounts = statement.lines.order_by("position").values_list("amount", flat=True)
        assert [int(amount * 100) for amount in amounts] == expected.lines[code, statement.person.name]


def test_the_quarters_meet_every_tier_the_cap_and_nothing_at_all(expected: Expected) -> None:
    runs = [calculated_run(code) for code in QUARTERS]
    attainments = [a for run in runs for a in run.statements.values_list("attainment", flat=True) if a is not None]
    assert min(attainments) == 0
    for low, high in ((0, Decimal("0.5")), (Decimal("0.5"), 1), (1, Decimal("1.3")), (Decimal("1.3"), 99)):
        assert any(low < attainment < high for attainment in attainments)
    assert any(run.statements.filter(lines__kind="cap").exists() for run in runs)
    without = runs[0].statements.get(person__name="Mei-Mei Johns")
    assert [note["code"] for note in without.facts["notes"]] == ["no_credits"]


def test_the_command_prints_the_same_digest_twice(
    on_plans: dict[str, tuple[int, int]], capsys: pytest.CaptureFixture[str]
) -> None:
    printed = []
    for _time in range(2):
        call_command("run_incentives", "--period", "2017-Q3", "--final", "--workers", "1")
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert "people  41" in printed[0]
    assert Run.objects.get().digest in printed[0]
