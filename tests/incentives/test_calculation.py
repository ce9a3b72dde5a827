"""A run from people, targets and deals to statements with explained lines."""

# mypy: disable-error-code="comparison-overlap"
# A Decimal or Fraction equals a whole number here on purpose.

from datetime import date
from decimal import Decimal

import pytest

from accounts.access import Role
from accounts.models import Person
from core.models import ExchangeRate
from incentives import services
from incentives.models import Run, RunChunk, Statement, StatementLine
from incentives.services import calculation, freezing
from tests.accounts.factories import PersonFactory, TeamFactory, person_with_role
from tests.incentives.factories import (
    amounts,
    calculated_run,
    credit,
    kam_content,
    manager_content,
    published_plan,
    put_on,
    quota,
    tiers_content,
)

pytestmark = pytest.mark.django_db

JUL, AUG, SEP = date(2026, 7, 12), date(2026, 8, 18), date(2026, 9, 2)


@pytest.fixture
def kam() -> Person:
    """Target pay 5,400, target 30,000: the base rate is 18 %."""
    person = person_with_role(Role.KAM, TeamFactory.create())
    put_on(published_plan(), person, "5400")
    quota(person, "30000", "2026-Q3")
    return person


def test_each_deal_is_a_line_at_the_rate_of_the_tier_it_falls_into(kam: Person) -> None:
    credit(kam, "5482", JUL)
    credit(kam, "10000", AUG)
    run = calculated_run()

    statement = run.statements.get()
    assert amounts(run, kam) == [Decimal("493.38"), Decimal("986.76")]  # 9 % of 5,482; 9,518 at 9 % and 482 at 27 %
    assert statement.total == Decimal("1480.14") == run.total
    assert statement.credited == 15482
    assert statement.attainment == Decimal("0.516067")
    assert (run.people, run.lines, run.failed, run.status) == (1, 2, 0, Run.Status.CALCULATED)


def test_lines_come_in_the_order_of_day_and_deal(kam: Person) -> None:
    later, first, second = credit(kam, "1", SEP), credit(kam, "2", JUL), credit(kam, "3", JUL)
    run = calculated_run()
    lines = StatementLine.objects.filter(statement__run=run).order_by("position")
    assert list(lines.values_list("position", "credit")) == [(1, first.pk), (2, second.pk), (3, later.pk)]


def test_a_refund_takes_back_at_the_tier_it_falls_out_of(kam: Person) -> None:
    credit(kam, "16000", JUL)
    credit(kam, "-2000", AUG)
    run = calculated_run()
    assert amounts(run, kam) == [Decimal("1620.00"), Decimal("-360.00")]  # 1,000 at 27 % and 1,000 at 9 % go back


def test_deals_of_other_periods_do_not_count(kam: Person) -> None:
    credit(kam, "100", date(2026, 6, 30))
    credit(kam, "100", date(2026, 7, 1))
    credit(kam, "100", date(2026, 9, 30))
    credit(kam, "100", date(2026, 10, 1))
    assert calculated_run().lines == 2


def test_pay_above_the_cap_is_cut_by_a_line_of_its_own(kam: Person) -> None:
    credit(kam, "60000", JUL)
    run = calculated_run()
    assert amounts(run, kam) == [Decimal("18090.00"), Decimal("-7290.00")]
    last = StatementLine.objects.get(kind="cap")
    assert (last.component, last.base, last.before) == (None, 18090, 10800)
    assert run.total == 10800


def test_somebody_without_deals_gets_a_statement_of_zero_that_says_why(kam: Person) -> None:
    statement = calculated_run().statements.get()
    assert statement.total == 0
    assert statement.facts["notes"] == [{"code": "no_credits", "values": {}}]


def test_without_a_target_nothing_is_computed_and_the_statement_says_so() -> None:
    person = PersonFactory.create()
    put_on(published_plan(), person)
    credit(person, "1000", JUL)
    statement = calculated_run().statements.get()
    assert (statement.total, statement.attainment, statement.credited) == (0, None, 1000)
    assert [note["code"] for note in statement.facts["notes"]] == ["no_quota"]


def test_deals_of_somebody_without_a_plan_are_named_instead_of_ignored(kam: Person) -> None:
    other = PersonFactory.create()
    credit(other, "1000", JUL)
    statement = calculated_run().statements.get(person=other)
    assert (statement.total, statement.credited, statement.version) == (0, 1000, None)
    assert [note["code"] for note in statement.facts["notes"]] == ["no_assignment"]


def test_a_manager_is_paid_on_the_credits_of_the_team_by_membership_on_the_day() -> None:
    team, other = TeamFactory.create(), TeamFactory.create()
    manager = person_with_role(Role.MANAGER, team)
    member = PersonFactory.create()
    member.memberships.create(team=team, during=(date(2026, 1, 1), AUG))
    member.memberships.create(team=other, during=(AUG, None))
    put_on(published_plan(manager_content()), manager, "1000")
    credit(member, "10000", JUL)
    credit(member, "5000", AUG)  # from this day on in the other team
    credit(manager, "700", JUL)  # the own deals are not the team's
    run = calculated_run()
    statement = run.statements.get(person=manager)
    assert statement.facts["team_credits"] == "10000.00"
    assert amounts(run, manager) == [Decimal("40.00")]
    assert statement.team == team


def test_the_leader_of_a_region_is_paid_on_all_teams_under_it_each_deal_once() -> None:
    region = TeamFactory.create(kind="region")
    team = TeamFactory.create(parent=region)
    leader = person_with_role(Role.DIRECTOR, region)
    team.leaderships.create(person=leader, during=(date(2026, 1, 1), None))
    credit(PersonFactory.create(team=team), "10000", JUL)
    put_on(published_plan(manager_content()), leader)
    assert amounts(calculated_run(), leader) == [Decimal("40.00")]


def test_a_foreign_deal_counts_at_the_rate_of_its_day_without_rounding(kam: Person) -> None:
    ExchangeRate.objects.create(base="EUR", quote="USD", on=date(2026, 7, 10), rate=Decimal("1.14055"), source="test")
    credit(kam, "1000.01", JUL, currency="EUR")
    line = StatementLine.objects.get(statement__run=calculated_run())
    assert line.base == Decimal("1140.5614055")
    assert line.amount == Decimal("102.65")


def test_a_missing_rate_stops_that_statement_and_names_the_day_but_not_the_run(kam: Person) -> None:
    other = PersonFactory.create()
    put_on(published_plan(), other)
    quota(other, "10000", "2026-Q3")
    credit(other, "100", JUL, currency="EUR")
    credit(kam, "5482", JUL)
    run = calculated_run()
    broken = run.statements.get(person=other)
    assert broken.error == {"code": "rate_missing", "values": {"base": "EUR", "quote": "USD", "on": "2026-07-12"}}
    assert (run.people, run.failed, run.total) == (2, 1, Decimal("493.38"))


def test_a_plan_without_a_version_in_force_stops_its_people() -> None:
    person = PersonFactory.create()
    plan = services.create_plan(code="later", name="Later", by=None)
    services.create_draft(plan=plan, starts=date(2026, 1, 1), by=None, content=kam_content())
    put_on(plan, person)
    run = calculated_run()
    assert run.statements.get().error == {"code": "no_version", "values": {"plan": "Later", "on": "2026-07-01"}}


def test_the_version_that_holds_on_the_first_day_of_the_period_counts(kam: Person) -> None:
    plan = kam.plan_assignments.get().plan
    later = services.create_draft(plan=plan, starts=date(2026, 7, 2), by=None, content=tiers_content(("0", None, "9")))
    services.publish(version_uid=later.uid, by=None)
    credit(kam, "100", SEP)
    assert amounts(calculated_run(), kam) == [Decimal("9.00")]
    quota(kam, "30000", "2026-Q4")
    credit(kam, "100", date(2026, 10, 2))
    assert amounts(calculated_run("2026-Q4"), kam) == [Decimal("162.00")]


def test_a_plan_that_prorates_counts_target_and_pay_by_days() -> None:
    person = PersonFactory.create()
    content = kam_content() | {"proration": "days", "cap": "1"}
    put_on(published_plan(content), person, "9200", starts=date(2026, 8, 16))  # 46 of 92 days
    quota(person, "30000", "2026-Q3")
    credit(person, "15000", AUG)
    run = calculated_run()
    statement = run.statements.get()
    assert statement.attainment == 1
    assert statement.total == 4600
    assert {"code": "prorated", "values": {"days": "46", "of": "92"}} in statement.facts["notes"]


def test_a_run_for_one_plan_leaves_the_others_out(kam: Person) -> None:
    other = PersonFactory.create()
    put_on(published_plan(code="other"), other)
    credit(kam, "100", JUL)
    run = calculated_run(plan_code="other")
    assert [statement.person for statement in run.statements.all()] == [other]


def test_an_absurd_amount_stops_the_statement_instead_of_the_run(kam: Person) -> None:
    other = PersonFactory.create()
    put_on(published_plan(tiers_content(("0", None, "999999999999"))), other)
    quota(other, "0.01", "2026-Q3")
    credit(other, "9999999", JUL)
    run = calculated_run()
    assert run.statements.get(person=other).error == {"code": "amount_too_large", "values": {}}
    assert run.statements.get(person=kam).error is None


# The same inputs, the same result


def test_calculating_twice_gives_the_same_digest_and_no_second_line(kam: Person) -> None:
    credit(kam, "5482", JUL)
    first = calculated_run()
    again = calculated_run()
    assert (again.pk, again.digest, again.lines) == (first.pk, first.digest, 1)
    assert StatementLine.objects.count() == 1


def test_the_provisional_and_the_final_run_of_the_same_inputs_have_the_same_digest(kam: Person) -> None:
    credit(kam, "5482", JUL)
    final, provisional = calculated_run(), calculated_run(kind=Run.Kind.PROVISIONAL)
    assert final.pk != provisional.pk
    assert final.digest == provisional.digest


def test_any_changed_input_changes_the_digest(kam: Person) -> None:
    deal = credit(kam, "5482", JUL)
    digests = {calculated_run().digest}
    deal.credited_on = AUG
    deal.save()
    digests.add(calculated_run().digest)
    kam.plan_assignments.update(target_pay=5500)
    digests.add(calculated_run().digest)
    credit(kam, "0.01", SEP)
    digests.add(calculated_run().digest)
    assert len(digests) == 4


def test_the_size_of_a_chunk_does_not_change_the_digest(kam: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = kam.plan_assignments.get().plan
    for number in range(4):
        person = PersonFactory.create()
        put_on(plan, person)
        quota(person, "1000", "2026-Q3")
        credit(person, f"{number + 1}00.55", JUL)
    whole = calculated_run()
    monkeypatch.setattr(freezing, "PEOPLE_A_CHUNK", 2)
    parts = calculated_run()
    assert RunChunk.objects.filter(run=parts).count() == 3
    assert (parts.digest, parts.total, parts.lines) == (whole.digest, whole.total, whole.lines)
    assert Statement.objects.count() == 5


def test_a_run_that_was_killed_goes_on_with_the_chunks_that_are_not_done(
    kam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "PEOPLE_A_CHUNK", 1)
    others = [PersonFactory.create() for _ in range(2)]
    for person in others:
        credit(person, "100", JUL)
    whole = calculated_run()

    run, _job = services.start_run(period="2026-Q3", kind=Run.Kind.FINAL, by=None, queue=False)
    assert calculation.freeze(run_id=run.pk) == [0, 1, 2]
    calculation.calculate_chunk(1, run_id=run.pk)
    assert calculation.freeze(run_id=run.pk) == [0, 2]
    resumed = services.calculate_run(run_id=run.pk)
    assert (resumed.digest, resumed.lines, Statement.objects.count()) == (whole.digest, whole.lines, 3)


def test_what_changes_while_a_run_is_calculated_is_calculated_anew(
    kam: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freezing, "PEOPLE_A_CHUNK", 1)
    other = PersonFactory.create()
    credit(other, "100", JUL)
    credit(kam, "5482", JUL)
    run, _job = services.start_run(period="2026-Q3", kind=Run.Kind.FINAL, by=None, queue=False)
    for number in calculation.freeze(run_id=run.pk):
        calculation.calculate_chunk(number, run_id=run.pk)
    credit(kam, "10000", AUG)
    assert calculation.freeze(run_id=run.pk) == [0]
    assert services.calculate_run(run_id=run.pk).lines == 2


def test_somebody_who_left_the_plan_is_gone_from_the_next_calculation(kam: Person) -> None:
    leaver = PersonFactory.create()
    put_on(kam.plan_assignments.get().plan, leaver)
    assert calculated_run().people == 2
    leaver.plan_assignments.all().delete()
    assert calculated_run().people == 1
    assert Statement.objects.count() == 1
