"""The demo company's real pipeline: every KPI of every KAM, team, region and quarter equals an independent
calculation with pandas.
"""

from decimal import Decimal
from typing import cast

import pandas as pd
import pytest
from django.db import transaction

from accounts.models import Person, Team
from core import calendar
from goals import services
from goals.models import KpiResult
from tests.goals import real_data

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

QUARTERS = ["2017-Q1", "2017-Q2", "2017-Q3", "2017-Q4"]
KPIS = ["booked_revenue", "deals_won", "win_rate", "average_deal", "cycle_days"]
Key = tuple[str, str, str]  # KPI, period, name of the subject


@pytest.fixture(scope="module")
def stored(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> dict[Key, KpiResult]:
    """The results of 2017 after one full run, in a transaction that is taken back."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        subjects = real_data.load()
        services.compute(services.periods_of(calendar.period("2017")))
        names: dict[tuple[str, int], str] = {
            ("person" if isinstance(subject, Person) else "team", subject.pk): name
            for name, subject in subjects.items()
        }
        rows = KpiResult.objects.select_related("kpi")
        found = {(row.kpi.code, row.period, names[_subject_of(row)]): row for row in rows}
        transaction.set_rollback(True)
    return found


def _subject_of(row: KpiResult) -> tuple[str, int]:
    return ("team", row.team_id) if row.team_id else ("person", row.person_id or 0)


def independent() -> dict[Key, Decimal | None]:
    """The same with pandas: no SQL, no code of ours."""
    deals = real_data.pipeline().dropna(subset=["close_date"])
    days = (deals.close_date - deals.engage_date).dt.days
    table = pd.DataFrame(
        {
            "quarter": deals.close_date.dt.year.astype(str) + "-Q" + deals.close_date.dt.quarter.astype(str),
            "month": deals.close_date.dt.strftime("%Y-%m"),
            "year": deals.close_date.dt.strftime("%Y"),
            "agent": deals.sales_agent,
            "manager": deals.manager,
            "office": deals.regional_office,
            "company": "company",
            "won": (deals.deal_stage == "Won").astype(int),
            "lost": (deals.deal_stage == "Lost").astype(int),
            "value": deals.close_value.where(deals.deal_stage == "Won", 0).astype(int),
            "days": days.where(deals.deal_stage == "Won", 0).astype(int),
        }
    )
    found: dict[Key, Decimal | None] = {}
    for period in ("month", "quarter", "year"):
        for subject in ("agent", "manager", "office", "company"):
            sums = table.groupby([period, subject])[["won", "lost", "value", "days"]].sum()
            for index, row in sums.iterrows():
                code, name = cast("tuple[str, str]", index)
                won, lost, value, total = (int(row[column]) for column in ("won", "lost", "value", "days"))
                found["booked_revenue", code, name] = Decimal(value)
                found["deals_won", code, name] = Decimal(won)
                found["win_rate", code, name] = ratio(won, won + lost)
                found["average_deal", code, name] = ratio(value, won)
                found["cycle_days", code, name] = ratio(total, won)
    return found


def ratio(numerator: int, denominator: int) -> Decimal | None:
    return (Decimal(numerator) / denominator).quantize(Decimal("0.000001")) if denominator else None


def test_every_result_equals_the_independent_calculation(stored: dict[Key, KpiResult]) -> None:
    wanted = independent()
    # 30 agents with deals, 6 teams, 3 offices, the company; 10 months, 4 quarters, the year
    assert len(wanted) == len(KPIS) * 40 * 15
    for key, value in wanted.items():
        assert close(stored[key].actual, value), key


def close(found: Decimal | None, wanted: Decimal | None) -> bool:
    """Equal; ratios may differ in the sixth place, where PostgreSQL rounds half up and Python half even."""
    if found is None or wanted is None:
        return found is wanted
    return abs(found - wanted) <= Decimal("0.000001")


def test_results_without_deals_are_there_and_empty(stored: dict[Key, KpiResult]) -> None:
    wanted = independent()
    names = list(real_data.agents().sales_agent)
    assert len(names) == 35
    for name in ("Mei-Mei Johns", "Elizabeth Anderson", "Natalya Ivanova", "Carol Thompson", "Carl Lin"):
        assert name in names
        for quarter in QUARTERS:
            assert stored["booked_revenue", quarter, name].actual == 0
            assert stored["deals_won", quarter, name].actual == 0
            for code in ("win_rate", "average_deal", "cycle_days"):
                assert stored[code, quarter, name].actual is None
    for key, row in stored.items():
        if key not in wanted:
            assert not row.actual, key


def test_thirty_five_people_six_teams_three_regions_and_the_company_have_all_five_for_all_quarters(
    stored: dict[Key, KpiResult],
) -> None:
    for quarter in QUARTERS:
        for code in KPIS:
            rows = [row for key, row in stored.items() if key[:2] == (code, quarter)]
            kinds = [Team.objects.model._meta.label if row.team_id else "person" for row in rows]
            assert len(rows) == 45
            assert kinds.count("person") == 35


@pytest.mark.parametrize(
    ("quarter", "won", "lost", "value"),
    [
        ("2017-Q1", 531, 116, 1_134_672),
        ("2017-Q2", 1254, 778, 3_086_111),
        ("2017-Q3", 1257, 790, 2_982_255),
        ("2017-Q4", 1196, 789, 2_802_496),
    ],
)
def test_the_company_has_the_published_facts(
    stored: dict[Key, KpiResult], quarter: str, won: int, lost: int, value: int
) -> None:
    assert stored["booked_revenue", quarter, "company"].actual == value
    rate = stored["win_rate", quarter, "company"]
    assert (rate.numerator, rate.denominator) == (Decimal(won), Decimal(won + lost))


@pytest.mark.parametrize(
    ("manager", "q1", "q2", "q3", "q4"),
    [
        ("Dustin Brinkmann", 125_934, 365_987, 285_448, 316_994),
        ("Melvin Marxen", 222_054, 591_334, 767_754, 670_788),
        ("Cara Losch", 117_389, 370_692, 330_820, 311_148),
        ("Rocco Neubert", 211_762, 646_131, 588_947, 513_705),
        ("Celia Rouche", 172_989, 510_177, 490_519, 430_212),
        ("Summer Sewald", 284_544, 601_790, 518_767, 559_649),
    ],
)
def test_the_teams_have_the_published_won_values(
    stored: dict[Key, KpiResult], manager: str, q1: int, q2: int, q3: int, q4: int
) -> None:
    found = [stored["booked_revenue", quarter, manager].actual for quarter in QUARTERS]
    assert found == [q1, q2, q3, q4]
