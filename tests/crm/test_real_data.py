"""The demo company's files against an independent calculation by pandas, and against the figures of their README."""

import math
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from django.db.models import Count, F, Q, Sum

from accounts.access import Role
from accounts.models import Leadership, LevelRecord, Membership, Person, RoleGrant, Team
from core.models import ImportBatch
from core.periods import Period, PeriodKind
from crm import selectors
from crm.models import Credit, KeyAccount, KeyAccountOwner, Opportunity, Product, SalesDay, SalesMix

pytestmark = pytest.mark.django_db
YEAR = Period.containing(date(2017, 6, 1), PeriodKind.YEAR)
QUARTERS = YEAR.parts(PeriodKind.QUARTER)


def by_pandas(deals: pd.DataFrame, key: str) -> dict[Any, tuple[int, int, int]]:
    """Key -> won, lost, won value."""
    closed = deals[deals.close_date.notna()]
    table = closed.groupby(key)[["won", "lost", "value"]].sum()
    return {name: (int(row.won), int(row.lost), int(row.value)) for name, row in table.iterrows()}


def figures_of(subject: Person | Team, period: Period = YEAR) -> tuple[int, int, int]:
    found = selectors.closed_summary(subject=subject, period=period)
    return found.won, found.lost, int(found.booked)


def test_all_rows_are_in(imported: ImportBatch) -> None:
    assert Opportunity.objects.count() == 8800
    assert KeyAccount.objects.count() == 85
    assert Product.objects.count() == 7
    assert Person.objects.count() == 35 + 6
    assert list(Team.objects.order_by("kind").values_list("kind").annotate(Count("pk"))) == [
        ("company", 1),
        ("region", 3),
        ("team", 6),
    ]


def test_stages_values_and_dates_are_those_of_the_readme(imported: ImportBatch) -> None:
    stages = Opportunity.objects.values_list("stage").annotate(
        deals=Count("pk"), blank=Count("pk", filter=Q(key_account=None)), value=Sum("amount")
    )
    assert {stage: rest for stage, *rest in stages} == {
        "prospecting": [500, 337, 1_073_986],
        "engaging": [1589, 1088, 3_892_229],
        "won": [4238, 0, 10_005_534],
        "lost": [2473, 0, 0],
    }
    assert Opportunity.objects.filter(engaged_on=None).count() == 500


def test_quirks_are_reported_with_their_counts(imported: ImportBatch) -> None:
    files = {file["name"]: file for file in imported.report["files"]}
    assert files["opportunities"]["corrections"] == [
        {"column": "product", "from": "GTXPro", "to": "GTX Pro", "rows": 1480}
    ]
    assert files["opportunities"]["blanks"] == {
        "account": 1425,
        "engage_date": 500,
        "close_date": 2089,
        "close_value": 2089,
    }
    assert files["accounts"]["corrections"] == [
        {"column": "sector", "from": "technolgy", "to": "technology", "rows": 12},
        {"column": "office_location", "from": "Philipines", "to": "Philippines", "rows": 1},
    ]
    assert files["accounts"]["blanks"] == {"subsidiary_of": 70}
    assert all(file["rejected"] == 0 for file in files.values())


def test_won_lost_and_value_of_each_agent(imported: ImportBatch, real_deals: pd.DataFrame) -> None:
    expected = by_pandas(real_deals, "sales_agent")
    agents = Person.objects.filter(memberships__isnull=False)
    assert {person.name: figures_of(person) for person in agents if figures_of(person) != (0, 0, 0)} == expected
    assert expected["Darcel Schlecht"] == (349, 204, 1_153_214)
    without = {person.name for person in agents if figures_of(person) == (0, 0, 0)}
    assert without == {"Mei-Mei Johns", "Elizabeth Anderson", "Natalya Ivanova", "Carol Thompson", "Carl Lin"}


@pytest.mark.parametrize(
    "column, kind", [("manager", Team.Kind.TEAM), ("regional_office", Team.Kind.REGION)], ids=["manager", "region"]
)
def test_won_lost_and_value_of_each_team_and_region(
    imported: ImportBatch, real_deals: pd.DataFrame, column: str, kind: Team.Kind
) -> None:
    expected = by_pandas(real_deals, column)
    teams = Team.objects.filter(kind=kind)
    assert {team.name: figures_of(team) for team in teams} == expected
    for team in teams:
        won, lost, _value = expected[team.name]
        assert selectors.closed_summary(subject=team, period=YEAR).win_rate == Decimal(won) / (won + lost)


def test_value_by_team_and_quarter(imported: ImportBatch, real_deals: pd.DataFrame) -> None:
    won = real_deals[real_deals.won == 1]
    expected = won.groupby(["manager", "quarter"]).value.sum().to_dict()
    teams = {team.name: team for team in Team.objects.filter(kind=Team.Kind.TEAM)}
    found = {(name, quarter.code): figures_of(team, quarter)[2] for name, team in teams.items() for quarter in QUARTERS}
    assert found == expected
    assert found["Melvin Marxen", "2017-Q3"] == 767_754


def test_the_company_by_quarter(imported: ImportBatch) -> None:
    company = Team.objects.get(kind=Team.Kind.COMPANY)
    assert [figures_of(company, quarter) for quarter in QUARTERS] == [
        (531, 116, 1_134_672),
        (1254, 778, 3_086_111),
        (1257, 790, 2_982_255),
        (1196, 789, 2_802_496),
    ]
    months = selectors.booked_by_month(subject=company, first=date(2017, 2, 1), last=date(2017, 5, 1))
    assert [int(month.booked) for month in months] == [0, 1_134_672, 721_932, 1_025_713]


def test_cycles_are_those_of_the_readme(imported: ImportBatch) -> None:
    found = selectors.closed_summary(subject=Team.objects.get(kind=Team.Kind.COMPANY), period=YEAR)
    assert found.median_cycle_days == 57
    assert found.cycle_days is not None
    assert round(found.cycle_days, 3) == Decimal("51.782")


@pytest.mark.parametrize(
    "column, dimension",
    [("product", SalesMix.Dimension.PRODUCT), ("sector", SalesMix.Dimension.SECTOR)],
    ids=["product", "sector"],
)
def test_mix_by_product_and_sector(
    imported: ImportBatch, real_deals: pd.DataFrame, column: str, dimension: SalesMix.Dimension
) -> None:
    company = Team.objects.get(kind=Team.Kind.COMPANY)
    rows = selectors.sales_mix(subject=company, period=YEAR, dimension=dimension)
    assert {row.key: (row.won, row.lost, int(row.booked)) for row in rows} == by_pandas(real_deals, column)
    assert [row.booked for row in rows] == sorted((row.booked for row in rows), reverse=True)


def test_the_trend_adds_up_day_by_day(imported: ImportBatch, real_deals: pd.DataFrame) -> None:
    quarter = QUARTERS[2]
    points = selectors.booked_trend(subject=Team.objects.get(kind=Team.Kind.COMPANY), period=quarter)
    daily = real_deals[real_deals.won == 1].groupby("close_date").value.sum()
    expected = daily.reindex(pd.date_range(quarter.start, periods=quarter.days), fill_value=0).cumsum()
    assert [int(point.total) for point in points] == list(expected)


def test_the_pipeline_at_a_past_month_end(imported: ImportBatch, real_deals: pd.DataFrame) -> None:
    day = date(2017, 8, 31)
    was_open = real_deals[
        (real_deals.engage_date <= "2017-08-31")
        & (real_deals.close_date.isna() | (real_deals.close_date > "2017-08-31"))
    ]
    found = selectors.pipeline(subject=Team.objects.get(kind=Team.Kind.COMPANY), on=day)
    assert (found.day, found.deals, int(found.amount)) == (day, len(was_open), int(was_open.sales_price.sum()))
    ages = (pd.Timestamp(day) - was_open.engage_date).dt.days
    assert found.stage(Opportunity.Stage.ENGAGING).median_age_days == int(ages.quantile(0.5, interpolation="lower"))
    history = real_deals[(real_deals.won == 1) & (real_deals.close_date <= "2017-08-31")]
    cycles = sorted((history.close_date - history.engage_date).dt.days)
    limit = cycles[math.ceil(0.9 * len(cycles)) - 1]
    assert found.stuck_deals == int((ages > limit).sum())


def test_each_agent_is_a_kam_in_the_managers_team_since_the_first_fiscal_year(
    imported: ImportBatch, real_deals: pd.DataFrame
) -> None:
    since = date(2016, 1, 1)  # the first deal was engaged on 2016-10-20
    member = Membership.objects.get(person__name="Darcel Schlecht")
    assert (member.team.name, member.during.lower, member.during.upper) == ("Melvin Marxen", since, None)
    assert member.team.parent is not None
    assert member.team.parent.name == "Central"
    leader = Leadership.objects.get(team=member.team)
    assert (leader.person.name, leader.during.lower) == ("Melvin Marxen", since)
    assert set(RoleGrant.objects.values_list("role").annotate(Count("pk"))) == {(Role.KAM, 35), (Role.MANAGER, 6)}
    assert RoleGrant.objects.get(user=leader.person.user).team == member.team
    assert set(LevelRecord.objects.values_list("level", flat=True)) == {1}
    person = Person.objects.get(name="Mei-Mei Johns")
    assert person.user.email == "mei-mei.johns@demo.example"
    assert not person.user.has_usable_password()


def test_accounts_have_parents_and_an_owner_with_most_open_else_won_value(
    imported: ImportBatch, real_deals: pd.DataFrame
) -> None:
    acme = KeyAccount.objects.get(name="Acme Corporation")
    assert sorted(acme.subsidiaries.values_list("name", flat=True)) == [
        "Bluth Company",
        "Codehow",
        "Donquadtech",
        "Iselectrics",
    ]
    assert (acme.sector, acme.annual_revenue) == ("technology", Decimal("1100040000.00"))
    values = real_deals.assign(open_value=real_deals.sales_price.where(real_deals.close_date.isna(), 0))
    ranked = values.groupby(["account", "sales_agent"])[["open_value", "value"]].sum().reset_index()
    best = ranked.sort_values(["open_value", "value"], ascending=False).drop_duplicates("account")
    owners = KeyAccountOwner.objects.values_list("key_account__name", "person__name")
    assert dict(owners) == dict(zip(best.account, best.sales_agent, strict=True))


def test_each_won_deal_credits_its_owner_once_in_full(imported: ImportBatch, real_deals: pd.DataFrame) -> None:
    assert set(Credit.objects.values_list("share", flat=True)) == {Decimal(1)}
    sums = Credit.objects.values_list("person__name").annotate(Sum("amount"))
    expected = real_deals[real_deals.won == 1].groupby("sales_agent").value.sum().to_dict()
    assert {name: int(amount) for name, amount in sums} == expected
    assert not Credit.objects.exclude(credited_on=F("opportunity__closed_on")).exists()


def test_facts_of_days_sum_to_the_deals(imported: ImportBatch) -> None:
    people = SalesDay.objects.filter(team=None).aggregate(booked=Sum("booked"), won=Sum("won"), lost=Sum("lost"))
    assert people == {"booked": Decimal(10_005_534), "won": 4238, "lost": 2473}
