"""KPI results: what is measured, for whom, and that full and incremental runs agree."""

from datetime import date
from decimal import Decimal
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Team
from core.models import ExchangeRate
from core.rates import RateMissing
from crm.models import Opportunity
from goals import hooks, services
from goals.models import Kpi, KpiResult
from goals.rules.attainment import attainment
from goals.services.compute_sql import ATTAINMENT
from tests.accounts.factories import LeadershipFactory, MembershipFactory, PersonFactory, company
from tests.goals.factories import computed, kpi, lost, result, target, won

pytestmark = pytest.mark.django_db

ALL = ["booked_revenue", "deals_won", "win_rate", "average_deal", "cycle_days"]


def stored() -> list[tuple[object, ...]]:
    """Every result without its ids and its time."""
    columns = (
        "kpi__code",
        "person",
        "team",
        "home_team",
        "period",
        "numerator",
        "denominator",
        "actual",
        "target",
        "attainment",
    )
    return sorted(KpiResult.objects.values_list(*columns), key=str)


def test_a_person_has_the_five_kpis_for_month_quarter_and_year() -> None:
    person = PersonFactory.create(team=company().teams["west-1"])
    won(person, "2026-05-04", 1000, days=40)
    won(person, "2026-06-09", 3000, days=20)
    lost(person, "2026-06-10")

    computed("2026-Q2", "2026")

    for period in ("2026-Q2", "2026"):
        assert {code: result(person, period, code).actual for code in ALL} == {
            "booked_revenue": Decimal(4000),
            "deals_won": Decimal(2),
            "win_rate": Decimal("0.666667"),
            "average_deal": Decimal(2000),
            "cycle_days": Decimal(30),
        }
    assert result(person, "2026-05").actual == 1000
    assert result(person, "2026-05", "win_rate").actual == 1


def test_somebody_without_deals_has_no_revenue_and_no_win_rate() -> None:
    person = PersonFactory.create(team=company().teams["west-1"])

    computed("2026-Q2")

    assert result(person, "2026-Q2").actual == 0
    assert result(person, "2026-Q2", "win_rate").actual is None
    assert result(person, "2026-Q2", "cycle_days").actual is None


def test_a_deal_counts_for_the_team_of_its_booking_date() -> None:
    tree = company()
    person = PersonFactory.create()
    MembershipFactory.create(person=person, team=tree.teams["west-1"], during=(date(2025, 1, 1), date(2026, 6, 1)))
    MembershipFactory.create(person=person, team=tree.teams["east-1"], during=(date(2026, 6, 1), None))
    won(person, "2026-05-31", 100)
    won(person, "2026-06-01", 7)

    computed("2026-Q2")

    assert result(tree.teams["west-1"], "2026-Q2").actual == 100
    assert result(tree.teams["east-1"], "2026-Q2").actual == 7
    assert result(tree.regions["west"], "2026-Q2").actual == 100
    assert result(tree.root, "2026-Q2").actual == 107
    assert result(person, "2026-Q2").actual == 107
    assert result(person, "2026-Q2").home_team == tree.teams["east-1"]


def test_people_have_results_only_in_periods_of_membership_and_leaders_none() -> None:
    tree = company()
    leaver = PersonFactory.create(team=tree.teams["west-1"], during=(date(2025, 1, 1), date(2026, 5, 1)))
    leader = PersonFactory.create(team=tree.teams["west-1"])
    LeadershipFactory.create(person=leader, team=tree.teams["west-1"])

    computed("2026-Q2")

    assert set(KpiResult.objects.filter(person=leaver).values_list("period", flat=True)) == {"2026-04", "2026-Q2"}
    assert not KpiResult.objects.filter(person=leader).exists()


def test_every_team_has_a_result_even_an_empty_one() -> None:
    company()
    computed("2026-Q2")
    assert KpiResult.objects.filter(period="2026-Q2", kpi=kpi(), team__isnull=False).count() == Team.objects.count()


def test_other_currencies_are_converted_at_the_last_rate_of_the_booking_date() -> None:
    person = PersonFactory.create(team=company().teams["west-1"])
    for on, rate in (("2026-05-01", "1.10"), ("2026-05-04", "1.20")):
        ExchangeRate.objects.create(base="EUR", quote="USD", on=on, rate=rate, source="test")
    won(person, "2026-05-02", 100, currency="EUR")
    won(person, "2026-05-05", 100, currency="EUR")
    won(person, "2026-05-05", 1)

    computed("2026-05")

    assert result(person, "2026-05").actual == Decimal(231)
    assert result(person, "2026-05", "average_deal").actual == Decimal(77)


def test_a_missing_rate_names_the_currency_and_the_day_and_changes_nothing() -> None:
    person = PersonFactory.create(team=company().teams["west-1"])
    won(person, "2026-05-02", 100, currency="EUR")

    with pytest.raises(RateMissing, match="EUR to USD for 2026-05-02"):
        computed("2026-05")

    assert not KpiResult.objects.exists()


def test_a_second_run_changes_nothing() -> None:
    person = PersonFactory.create(team=company().teams["west-1"])
    won(person, "2026-05-04", 1000)
    target(person, "2026-Q2", 3000)
    computed("2026-Q2", "2026")
    before = list(KpiResult.objects.order_by("pk").values())

    assert computed("2026-Q2", "2026") == 0
    assert list(KpiResult.objects.order_by("pk").values()) == before


def test_a_deal_that_was_taken_back_leaves_no_trace() -> None:
    person = PersonFactory.create(team=company().teams["west-1"])
    kept = won(person, "2026-05-04", 1000)
    computed("2026-Q2")
    before = stored()
    outsider = PersonFactory.create()
    gone = won(outsider, "2026-05-05", 7)
    computed("2026-Q2")
    assert result(outsider, "2026-05").actual == 7

    gone.delete()
    computed("2026-Q2")

    assert stored() == before
    assert kept.pk


def test_one_new_deal_touches_only_the_chain_of_its_kam() -> None:
    tree = company()
    people = {code: PersonFactory.create(team=team) for code, team in tree.teams.items()}
    for person in people.values():
        won(person, "2026-05-04", 1000)
    computed("2026-Q2", "2026-Q1", "2026")
    times = dict(KpiResult.objects.values_list("pk", "computed_at"))

    won(people["west-1"], "2026-06-09", 500)
    services.compute_for([people["west-1"].pk], [date(2026, 6, 9)])

    touched = KpiResult.objects.filter(kpi=kpi()).exclude(computed_at__in=set(times.values()))
    chain = {people["west-1"], tree.teams["west-1"], tree.regions["west"], tree.root}
    assert {row.subject for row in touched} == chain
    assert {row.period for row in touched} == {"2026-06", "2026-Q2", "2026"}
    assert result(tree.root, "2026").actual == 4500


@pytest.mark.parametrize("seed", range(8))
def test_incremental_runs_agree_with_a_full_one(seed: int) -> None:
    rng = Random(seed)
    tree = company()
    people = [PersonFactory.create(team=rng.choice(list(tree.teams.values()))) for _ in range(4)]
    mover = PersonFactory.create()
    MembershipFactory.create(person=mover, team=tree.teams["west-1"], during=(date(2025, 1, 1), date(2026, 5, 10)))
    MembershipFactory.create(person=mover, team=tree.teams["east-2"], during=(date(2026, 5, 10), None))
    people.append(mover)
    target(people[0], "2026-Q2", 5000)
    target(tree.root, "2026", "0.6", "win_rate")

    deals: list[Opportunity] = []
    for _ in range(25):
        person = rng.choice(people)
        day = date(2026, rng.randint(1, 9), rng.randint(1, 28))
        if deals and rng.random() < 0.2:
            gone = deals.pop(rng.randrange(len(deals)))
            person, day = gone.owner, gone.closed_on or day
            gone.delete()
        elif rng.random() < 0.6:
            deals.append(won(person, day.isoformat(), rng.randint(1, 9999), days=rng.choice([None, 5, 60])))
        else:
            deals.append(lost(person, day.isoformat()))
        services.compute_for([person.pk], [day])
    incremental = stored()

    KpiResult.objects.all().delete()
    services.compute_all()
    full = {row[:5]: row for row in stored()}

    assert incremental
    for row in incremental:
        assert full[row[:5]] == row


def test_attainment_is_never_clipped_and_lower_is_better_by_the_infor_formula() -> None:
    person = PersonFactory.create(team=company().teams["west-1"])
    won(person, "2026-05-04", 3000, days=52)
    target(person, "2026-05", 1000)
    target(person, "2026-05", 50, "cycle_days")

    computed("2026-05")

    assert result(person, "2026-05").attainment == 3
    assert result(person, "2026-05", "cycle_days").attainment == Decimal("0.96")


@pytest.mark.parametrize("actual", ["0", "1", "49.5", "50", "150", "12345.678901"])
@pytest.mark.parametrize("aim", ["0.000001", "1", "50", "333.33"])
@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_the_sql_of_attainment_is_the_rule(actual: str, aim: str, direction: str) -> None:
    sql = ATTAINMENT.format(kpi="kpi", actual="%s::numeric", target="%s::numeric")
    with connection.cursor() as cursor:
        values = [actual, aim, aim, actual, aim]  # in the order in which the formula names them
        cursor.execute(f"SELECT {sql} FROM (SELECT %s AS direction) kpi", [*map(Decimal, values), direction])  # noqa: S608
        found = cursor.fetchone()[0]
    rule = attainment(Decimal(actual), Decimal(aim), lower_is_better=direction == "lower")
    assert rule is not None
    assert abs(found - rule) <= Decimal("0.0000005")


def test_an_inactive_kpi_is_left_alone() -> None:
    person = PersonFactory.create(team=company().teams["west-1"])
    Kpi.objects.filter(code="deals_won").update(is_active=False)
    won(person, "2026-05-04", 1000)

    computed("2026-05")

    assert not KpiResult.objects.filter(kpi__code="deals_won").exists()


def test_listeners_hear_of_changes_after_the_commit(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[list[str], object]] = []
    monkeypatch.setattr(hooks, "_RESULTS_LISTENERS", [lambda periods, people: heard.append((list(periods), people))])
    person = PersonFactory.create(team=company().teams["west-1"])
    won(person, "2026-05-04", 1000)

    with django_capture_on_commit_callbacks(execute=True):
        computed("2026-05")
        assert heard == []
    assert heard == [(["2026-05"], None)]

    with django_capture_on_commit_callbacks(execute=True):
        computed("2026-05")
    assert len(heard) == 1


def test_the_cost_of_a_run_in_statements_does_not_grow_with_people() -> None:
    tree = company()
    people = [PersonFactory.create(team=tree.teams["west-1"]) for _ in range(3)]
    for person in people:
        won(person, "2026-05-04", 1000)
    with CaptureQueriesContext(
        connection,
    ) as few:
        computed("2026-Q2")
    for _ in range(30):
        won(PersonFactory.create(team=tree.teams["east-1"]), "2026-05-04", 10)
    with CaptureQueriesContext(connection) as many:
        computed("2026-Q2")
    assert len(many) == len(few)


def test_the_command_computes_and_its_check_lists_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    person = PersonFactory.create(team=company().teams["west-1"], number="E77")
    won(person, "2026-05-04", 1000)
    call_command("compute_kpis", period="2026-Q2")
    call_command("compute_kpis", period="2026-Q2", check=True)
    KpiResult.objects.filter(person=person, period="2026-Q2", kpi=kpi()).update(actual=5)

    with pytest.raises(CommandError, match="1 of"):
        call_command("compute_kpis", period="2026-Q2", check=True)

    printed = capsys.readouterr().out
    assert "booked_revenue 2026-Q2 E77" in printed
    assert "1000" in printed
    assert result(person, "2026-Q2").actual == 5
