"""Which target holds, and how one is derived: the pure rules."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.periods import Period
from goals.rules.targets import Company, How, derive, person, ratio_targets, round_to, sum_targets, team

QUARTER, MONTH, YEAR = Period.parse("2026-Q2"), Period.parse("2026-05"), Period.parse("2026")
D = Decimal
# Company 1 with regions 2 (teams 3, 4) and 5 (team 6).
PARENTS = {1: None, 2: 1, 3: 2, 4: 2, 5: 1, 6: 5}


def organisation(**homes: int) -> Company:
    """People p10, p11 … each all the period in one team."""
    members = {int(name[1:]): home for name, home in homes.items()}
    return Company.of(PARENTS, {who: {home: D(1)} for who, home in members.items()}, members)


def test_a_team_is_the_sum_of_its_people_up_to_the_company() -> None:
    rows = {(person(10), "2026-Q2"): D(100), (person(11), "2026-Q2"): D(50), (person(12), "2026-Q2"): D(7)}
    found = sum_targets(QUARTER, rows, {"2026-Q2": organisation(p10=3, p11=4, p12=6)})
    assert {who.id: found[who].value for who in map(team, PARENTS)} == {1: 157, 2: 150, 3: 100, 4: 50, 5: 7, 6: 7}
    assert found[team(2)].how == How.MEMBERS


def test_members_without_a_target_are_counted_but_add_nothing() -> None:
    rows = {(person(10), "2026-Q2"): D(100)}
    found = sum_targets(QUARTER, rows, {"2026-Q2": organisation(p10=3, p11=3)})
    assert (found[team(3)].value, found[team(3)].counted, found[team(3)].of) == (D(100), 1, 2)
    assert person(11) not in found
    assert team(6) not in found


def test_an_own_row_of_a_team_replaces_the_sum_of_its_people_above_it_too() -> None:
    rows = {(person(10), "2026-Q2"): D(100), (person(11), "2026-Q2"): D(50), (team(3), "2026-Q2"): D(500)}
    found = sum_targets(QUARTER, rows, {"2026-Q2": organisation(p10=3, p11=4)})
    assert found[team(3)].how == How.OWN
    assert found[team(2)].value == found[team(1)].value == 550
    assert found[person(10)].value == 100


def test_a_month_is_a_third_of_its_quarter_unless_it_has_a_row() -> None:
    company = {"2026-05": organisation(p10=3, p11=3)}
    rows = {(person(10), "2026-Q2"): D(90), (person(11), "2026-Q2"): D(60), (person(11), "2026-05"): D(33)}
    found = sum_targets(MONTH, rows, company)
    assert (found[person(10)].value, found[person(10)].how) == (D(30), How.THIRD)
    assert (found[person(11)].value, found[person(11)].how) == (D(33), How.OWN)
    assert found[team(1)].value == 63


def test_a_year_is_the_sum_of_its_quarters_only_where_each_has_one() -> None:
    company = {code: organisation(p10=3) for code in ("2026", "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4")}
    three = {(person(10), f"2026-Q{n}"): D(10) for n in (2, 3, 4)}
    assert sum_targets(YEAR, three, company) == {}
    found = sum_targets(YEAR, three | {(person(10), "2026-Q1"): D(5)}, company)
    assert found[person(10)].value == found[team(1)].value == 35
    assert found[person(10)].how == How.QUARTERS


def test_of_somebody_who_joined_in_the_year_only_the_quarters_of_membership_count() -> None:
    later = organisation(p10=3)
    company = {"2026": later, "2026-Q1": organisation(), "2026-Q2": organisation(), "2026-Q3": later, "2026-Q4": later}
    rows = {(person(10), "2026-Q3"): D(10), (person(10), "2026-Q4"): D(20)}
    found = sum_targets(YEAR, rows, company)
    assert found[person(10)].value == 30
    assert team(1) not in found  # the company has no target for the first half


def test_who_changes_teams_brings_the_target_by_the_share_of_days() -> None:
    shares = {10: {3: D(1) / 4, 6: D(3) / 4}}
    found = sum_targets(QUARTER, {(person(10), "2026-Q2"): D(80)}, {"2026-Q2": Company.of(PARENTS, shares, {10: 6})})
    assert (found[team(3)].value, found[team(6)].value, found[team(1)].value) == (D(20), D(60), D(80))


def test_a_ratio_is_taken_from_the_nearest_team_above_and_never_spread() -> None:
    rows = {(team(1), "2026"): D("0.6"), (team(2), "2026-Q2"): D("0.7"), (person(12), "2026-05"): D("0.9")}
    found = ratio_targets(MONTH, rows, {"2026-05": organisation(p10=3, p11=6, p12=3)})
    assert {who: found[who].value for who in (person(10), person(11), person(12), team(3), team(6), team(1))} == {
        person(10): D("0.7"),
        person(11): D("0.6"),
        person(12): D("0.9"),
        team(3): D("0.7"),
        team(6): D("0.6"),
        team(1): D("0.6"),
    }
    assert found[person(12)].how == How.OWN
    assert found[person(10)].how == How.ABOVE
    assert found[person(10)].row == (team(2), "2026-Q2")


@given(
    st.dictionaries(st.integers(10, 30), st.tuples(st.sampled_from([3, 4, 6]), st.integers(1, 10**6)), max_size=12),
    st.dictionaries(st.integers(2, 6), st.integers(1, 10**6), max_size=3),
)
def test_a_team_without_an_own_row_is_exactly_the_sum_of_what_is_right_under_it(
    people: dict[int, tuple[int, int]], teams: dict[int, int]
) -> None:
    rows = {(person(who), "2026-Q2"): D(value) for who, (_home, value) in people.items()}
    rows |= {(team(which), "2026-Q2"): D(value) for which, value in teams.items()}
    homes = {who: home for who, (home, _value) in people.items()}
    company = Company.of(PARENTS, {who: {home: D(1)} for who, home in homes.items()}, homes)
    found = sum_targets(QUARTER, rows, {"2026-Q2": company})
    for which in PARENTS:
        below = [
            found[team(child)].value for child, parent in PARENTS.items() if parent == which and team(child) in found
        ]
        below += [found[person(who)].value for who, home in homes.items() if home == which]
        if which in teams:
            assert found[team(which)].value == teams[which]
        elif below:
            assert found[team(which)].value == sum(below)
        else:
            assert team(which) not in found


def test_a_target_from_history_is_the_monthly_mean_times_three_plus_growth() -> None:
    found = derive({10: D(30_000)}, 3, D("0.05"), D(100), {10: 3})
    assert found[10].value == 31_500
    assert (found[10].mean, found[10].total, found[10].months) == (D(10_000), D(30_000), 3)


def test_an_incomplete_quarter_counts_only_its_months_with_bookings() -> None:
    assert derive({10: D(47_208)}, 1, D("0.05"), D(100), {10: 3})[10].value == 148_700


def test_who_has_no_history_gets_the_mean_of_the_team_or_of_everybody() -> None:
    totals = {10: D(30_000), 11: D(60_000), 12: D(300)}
    found = derive(totals, 3, D(0), D(100), {10: 3, 11: 3, 12: 6, 13: 3, 14: 4})
    assert (found[13].value, found[13].people, found[13].team) == (D(45_000), 2, 3)
    assert (found[14].value, found[14].people, found[14].team) == (D(30_100), 3, None)


@pytest.mark.parametrize(("totals", "months"), [({}, 3), ({10: D(0)}, 3), ({10: D(5)}, 0)])
def test_without_any_history_there_is_no_target(totals: dict[int, Decimal], months: int) -> None:
    assert derive(totals, months, D(0), D(100), {10: 3}) == {}


@pytest.mark.parametrize(("amount", "rounded"), [("149", 100), ("150", 200), ("49", 100), ("250.00", 300)])
def test_rounding_is_half_up_and_never_to_nothing(amount: str, rounded: int) -> None:
    assert round_to(D(amount), D(100)) == rounded
