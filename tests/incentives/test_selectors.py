"""What pages, API and dashboards read: statements with reasons, explanations, cost, what-if, comparison."""

# mypy: disable-error-code="comparison-overlap"
# A Decimal or Fraction equals a whole number here on purpose.

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from accounts.access import Role
from accounts.models import Person, Team
from core.calendar import period as period_of
from core.errors import NotFound
from incentives import selectors, services
from incentives.models import Run, Statement
from tests.accounts.factories import PersonFactory, TeamFactory, person_with_role
from tests.incentives.factories import (
    approved_run,
    calculated_run,
    credit,
    manager_content,
    open_deal,
    published_plan,
    put_on,
    quota,
)

pytestmark = pytest.mark.django_db

JUL, AUG = date(2026, 7, 12), date(2026, 8, 18)
Q3 = "2026-Q3"


@pytest.fixture
def team() -> Team:
    return TeamFactory.create()


@pytest.fixture
def kam(team: Team) -> Person:
    person = person_with_role(Role.KAM, team)
    put_on(published_plan(), person, "5400")
    quota(person, "30000", Q3)
    return person


def only_statement(run: Run) -> Statement:
    return run.statements.get()


# The statement


def test_a_statement_adds_up_by_component_and_tells_each_deal(kam: Person) -> None:
    credit(kam, "12064", JUL)
    credit(kam, "4936", AUG)
    statement = only_statement(approved_run(Q3))
    detail = selectors.statement_detail(viewer=kam.user, statement_uid=statement.uid)
    (group,) = detail.groups
    assert (group.name, group.total, group.count) == ("New business commission", Decimal("1890.00"), 2)
    first, second = group.lines
    assert first.label == "Isdom · GTX Pro"
    assert first.why == "All in tier 1 (0–50\u00a0%), at 9.00\u00a0%."
    assert second.crossed
    assert [(part.label, part.part, part.pay) for part in second.parts] == [
        ("0–50\u00a0%", 2936, Decimal("264.24")),
        ("50–100\u00a0%", 2000, Decimal(540)),
    ]
    assert second.why == "Crosses a bound: 2,936.00 at 9.00\u00a0%, 2,000.00 at 27.00\u00a0%."
    assert detail.waterfall == [("New business commission", statement.total)]


def test_the_cap_is_a_group_of_its_own(kam: Person) -> None:
    credit(kam, "60000", JUL)
    detail = selectors.statement_detail(viewer=kam.user, statement_uid=only_statement(approved_run(Q3)).uid)
    assert [group.key for group in detail.groups] == ["new-business", "cap"]
    assert detail.groups[1].lines[0].why == (
        "The plan pays at most 200\u00a0% of target pay, 10,800.00; 18,090.00 was earned."
    )
    assert sum(amount for _name, amount in detail.waterfall) == 10800


def test_lines_come_by_pages(kam: Person) -> None:
    for day in range(1, 6):
        credit(kam, "100", date(2026, 7, day))
    uid = only_statement(approved_run(Q3)).uid
    page = selectors.statement_detail(viewer=kam.user, statement_uid=uid, size=3)
    assert (len(page.lines), page.next_after) == (3, 3)
    page = selectors.statement_detail(viewer=kam.user, statement_uid=uid, after=3, size=3)
    assert ([line.position for line in page.lines], page.next_after) == ([4, 5], None)


def test_a_statement_costs_the_same_queries_however_many_lines(kam: Person, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    credit(kam, "100", JUL)
    uid = only_statement(approved_run(Q3)).uid
    user = type(kam.user).objects.get(pk=kam.user.pk)
    with django_assert_num_queries(6):
        selectors.statement_detail(viewer=user, statement_uid=uid)
    for _number in range(20):
        credit(kam, "100", date(2026, 10, 3))
    quota(kam, "30000", "2026-Q4")
    uid = only_statement(calculated_run("2026-Q4", kind=Run.Kind.PROVISIONAL)).uid
    user = type(kam.user).objects.get(pk=kam.user.pk)
    with django_assert_num_queries(6):
        assert len(selectors.statement_detail(viewer=user, statement_uid=uid).lines) == 20


def test_a_colleague_does_not_find_the_statement(kam: Person, team: Team) -> None:
    statement = only_statement(approved_run(Q3))
    colleague = person_with_role(Role.KAM, team)
    with pytest.raises(NotFound):
        selectors.statement_detail(viewer=colleague.user, statement_uid=statement.uid)


def test_a_final_statement_is_hidden_from_the_kam_until_it_is_approved(kam: Person) -> None:
    statement = only_statement(calculated_run(Q3))
    with pytest.raises(NotFound):
        selectors.statement_detail(viewer=kam.user, statement_uid=statement.uid)


# Explanations


def test_a_line_explains_itself_with_its_numbers(kam: Person) -> None:
    credit(kam, "12064", JUL)
    credit(kam, "4936", AUG)
    statement = only_statement(approved_run(Q3))
    why = selectors.explain_line(viewer=kam.user, statement_uid=statement.uid, position=2)
    assert why.value == "$804.24"
    assert list(why.formula) == [
        "Base rate = 5,400.00 / 30,000.00 = 18.00\u00a0%",
        "2,936.00 × 9.00\u00a0% + 2,000.00 × 27.00\u00a0%",
        "= 264.24 + 540.00 = 804.24",
    ]
    facts = {fact.label: fact.value for fact in why.facts}
    assert facts["Attainment before"].startswith("40.2\u00a0%")
    assert facts["Attainment after"].startswith("56.7\u00a0%")
    assert [part.value for part in why.parts] == ["264.24", "540.00"]
    assert why.rule_version.startswith("1")


def test_an_override_and_a_cap_explain_themselves(team: Team) -> None:
    manager = person_with_role(Role.MANAGER, team)
    content = manager_content() | {"cap": "1"}
    put_on(published_plan(content), manager, "10")
    credit(PersonFactory.create(team=team), "10000", JUL)
    statement = calculated_run(Q3).statements.get(person=manager)
    hr = person_with_role(Role.HR)
    override = selectors.explain_line(viewer=hr.user, statement_uid=statement.uid, position=1)
    assert list(override.formula) == ["(10,000.00 − 0.00) × 0.40\u00a0% = 40.00"]
    cap = selectors.explain_line(viewer=hr.user, statement_uid=statement.uid, position=2)
    assert list(cap.formula) == ["10.00 − 40.00 = −30.00"]


def test_an_unknown_line_is_not_found(kam: Person) -> None:
    statement = only_statement(approved_run(Q3))
    with pytest.raises(NotFound):
        selectors.explain_line(viewer=kam.user, statement_uid=statement.uid, position=9)


def test_the_total_is_explained_by_its_weightiest_lines(kam: Person) -> None:
    credit(kam, "100", JUL)
    credit(kam, "900", AUG)
    statement = only_statement(approved_run(Q3))
    why = selectors.explain_statement(viewer=kam.user, statement_uid=statement.uid)
    assert why.value == "$90.00"
    assert [part.value for part in why.parts] == ["81.00", "9.00"]
    assert why.as_json()["history"] == [{"period": Q3, "value": "90.00"}]


# Dashboards


def test_the_cost_of_a_team_is_that_of_all_people_under_it(kam: Person, team: Team, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    other = PersonFactory.create(team=TeamFactory.create())
    put_on(kam.plan_assignments.get().plan, other)
    quota(other, "1000", Q3)
    credit(kam, "1000", JUL)
    credit(other, "100", JUL)
    calculated_run(Q3, kind=Run.Kind.PROVISIONAL)
    root = Team.objects.get(kind="company")
    with django_assert_num_queries(1):
        costs = selectors.bonus_costs(subjects=[root, team, kam], period=period_of(Q3))
    assert costs["person", kam.pk].amount == 90 == costs["team", team.pk].amount
    whole = costs["team", root.pk]
    assert (whole.amount, whole.people, whole.is_final, whole.currency) == (360, 2, False, "USD")


def test_the_approved_run_counts_rather_than_the_provisional_one(kam: Person) -> None:
    credit(kam, "1000", JUL)
    calculated_run(Q3, kind=Run.Kind.PROVISIONAL)
    credit(kam, "1000", AUG)
    approved_run(Q3)
    cost = selectors.bonus_costs(subjects=[kam], period=period_of("2026"))["person", kam.pk]
    assert (cost.amount, cost.is_final, cost.run_code) == (180, True, Q3)
    assert selectors.bonus_costs(subjects=[kam], period=period_of("2026-08")) == {}


def test_bonus_so_far_tells_what_is_missing_to_the_next_tier(kam: Person) -> None:
    credit(kam, "16000", JUL)
    calculated_run(Q3, kind=Run.Kind.PROVISIONAL)
    bonus = selectors.bonus_so_far(person=kam, period=period_of("2026-08"))
    assert bonus is not None
    assert bonus.amount == Decimal(1620)
    assert bonus.attainment == Decimal("0.533333")
    assert bonus.next_bound is not None
    assert bonus.next_bound == selectors.NextBound(attainment=Decimal(1), missing=Decimal(14000))
    assert bonus.curve[0] == (Decimal(0), Decimal(0))
    assert (Decimal("1.46"), Decimal("10800.00")) in bonus.curve  # the cap's point


def test_a_submitted_run_waits_for_those_who_had_no_part_in_it(kam: Person) -> None:
    hr, director = person_with_role(Role.HR), person_with_role(Role.DIRECTOR)
    run = calculated_run(Q3, by=hr.user)
    services.submit_run(run_uid=run.uid, by=hr.user)
    assert selectors.runs_waiting_for(user=director.user) == [run]
    assert selectors.runs_waiting_for(user=hr.user) == []


@time_machine.travel("2026-09-20")
def test_what_if_adds_open_deals_on_top_of_the_credits_by_the_same_engine(kam: Person) -> None:
    credit(kam, "14000", JUL)
    chosen, _not_chosen = open_deal(kam, "2000"), open_deal(kam, "500")
    other = open_deal(PersonFactory.create(), "9999")
    result = selectors.what_if(
        viewer=kam.user, person=kam, period=period_of(Q3), opportunity_uids=[chosen.uid, other.uid]
    )
    assert (result.before, result.after, result.gain) == (1260, 1620, 360)
    assert list(result.crossed) == ["Reaches the tier that begins at 50\u00a0%."]
    assert result.attainment_after == Decimal("0.533333")
    chosen.stage, chosen.closed_on = "won", date(2026, 9, 20)
    chosen.save()
    chosen.credits.create(person=kam, amount=2000, currency="USD", credited_on=date(2026, 9, 20))
    assert only_statement(calculated_run(Q3)).total == result.after


def test_what_if_of_somebody_without_a_plan_says_so() -> None:
    person = PersonFactory.create()
    result = selectors.what_if(viewer=person.user, person=person, period=period_of(Q3), opportunity_uids=[])
    assert (result.after, len(result.crossed)) == (0, 1)


# Comparison


def test_a_comparison_of_two_runs_names_who_changed(kam: Person) -> None:
    hr = person_with_role(Role.HR)
    same = PersonFactory.create()
    credit(same, "5", JUL)
    credit(kam, "1000", JUL)
    before = calculated_run(Q3, kind=Run.Kind.PROVISIONAL)
    credit(kam, "1000", AUG)
    after = calculated_run(Q3)
    (difference,) = selectors.compare_runs(viewer=hr.user, run_uid=before.uid, other_uid=after.uid)
    assert (difference.person, difference.before, difference.after, difference.change) == (kam, 90, 180, 90)
