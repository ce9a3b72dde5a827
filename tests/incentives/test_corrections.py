"""What changes after an approval is found, paid once as a difference in a later run, and never edits the past."""

import threading
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.access import Role
from accounts.models import Person, User
from core.calendar import period as period_of
from core.errors import Conflict
from core.models import ExchangeRate
from crm.models import Credit
from goals.models import Target
from incentives import errors, selectors, services
from incentives.models import Correction, Run, Statement
from tests.accounts.factories import PersonFactory, TeamFactory, person_with_role
from tests.incentives.factories import approved_run, calculated_run, credit, published_plan, put_on, quota

pytestmark = pytest.mark.django_db

Q2, Q3 = "2026-Q2", "2026-Q3"
MAY, JUL = date(2026, 5, 4), date(2026, 7, 12)


@pytest.fixture
def kam() -> Person:
    person = person_with_role(Role.KAM, TeamFactory.create())
    put_on(published_plan(), person)
    for period in (Q2, Q3):
        quota(person, "30000", period)
    credit(person, "15000", MAY)
    return person


@pytest.fixture
def hr() -> User:
    return person_with_role(Role.HR).user


def amounts(*whole: int) -> list[Decimal]:
    return [Decimal(amount) for amount in whole]


def found(run: Run) -> list[Correction]:
    services.find_corrections(run_id=run.pk)
    return list(Correction.objects.waiting().filter(of=run).order_by("person"))


def taken(rows: Sequence[Correction], by: User, run: Run | None = None) -> Run:
    uids = [row.uid for row in rows]
    into, job = services.take_corrections(correction_uids=uids, by=by, run_uid=run.uid if run else None)
    return services.calculate_run(run_id=into.pk, job_id=job.pk)


def approved(run: Run, hr: User) -> Run:
    services.submit_run(run_uid=run.uid, by=hr)
    return services.approve_run(run_uid=run.uid, by=person_with_role(Role.DIRECTOR).user)


def paid(person: Person) -> Decimal:
    rows = Statement.objects.filter(person=person, run__status__in=Run.FIXED)
    return sum((row.total for row in rows), Decimal(0))


# Found


def test_nothing_is_found_where_nothing_changed(kam: Person) -> None:
    assert found(approved_run(Q2)) == []


def test_a_deal_that_grew_after_the_approval_is_found_with_the_difference_and_the_reason(kam: Person) -> None:
    run = approved_run(Q2)
    Credit.objects.update(amount=18000)
    (correction,) = found(run)
    # 15,000 at 9 %; from 50 % of the target on at 27 %.
    assert [correction.paid, correction.due, correction.amount] == amounts(1350, 2160, 810)
    assert correction.corrects == run.statements.get()
    (reason,) = correction.reasons
    assert reason["code"] == "credit_changed"
    assert (reason["values"]["was"], reason["values"]["now"], reason["values"]["deal"]) == (
        "15000",
        "18000",
        "Isdom · GTX Pro",
    )


def test_a_change_that_was_taken_back_is_forgotten(kam: Person) -> None:
    run = approved_run(Q2)
    Credit.objects.update(amount=18000)
    assert len(found(run)) == 1
    Credit.objects.update(amount=15000)
    assert found(run) == []


def test_looking_twice_finds_the_same_row(kam: Person) -> None:
    run = approved_run(Q2)
    Credit.objects.update(amount=18000)
    assert found(run) == found(run)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda _kam: Credit.objects.all().delete(), "credit_gone"),
        (lambda kam: credit(kam, "100", MAY), "credit_new"),
        (lambda _kam: Credit.objects.update(credited_on=date(2026, 5, 5)), None),
        (lambda _kam: Target.objects.filter(period=Q2).update(value=20000), "quota"),
        (lambda kam: kam.plan_assignments.update(target_pay=6000), "target_pay"),
        (lambda kam: kam.plan_assignments.all().delete(), "version"),
    ],
)
def test_each_input_that_changes_pay_is_found_by_name(kam: Person, change: object, code: str | None) -> None:
    run = approved_run(Q2)
    change(kam)  # type: ignore[operator]
    assert [reason["code"] for row in found(run) for reason in row.reasons][:1] == ([code] if code else [])


def test_a_changed_exchange_rate_is_found(kam: Person) -> None:
    rate = ExchangeRate.objects.create(base="EUR", quote="USD", on=MAY, rate=Decimal("1.1"), source="test")
    credit(kam, "1000", MAY, currency="EUR")
    run = approved_run(Q2)
    ExchangeRate.objects.filter(pk=rate.pk).update(rate=Decimal("1.2"))
    (correction,) = found(run)
    assert correction.amount == 27
    assert correction.reasons[0]["values"] | {"deal_uid": ""} == {
        "credit": Credit.objects.get(currency="EUR").pk,
        "was": "1100",
        "now": "1200",
        "on": "2026-05-04",
        "deal": "Isdom · GTX Pro",
        "deal_uid": "",
    }


def test_somebody_who_was_forgotten_is_found(kam: Person) -> None:
    run = approved_run(Q2)
    late = PersonFactory.create()
    quota(late, "30000", Q2)
    put_on(kam.plan_assignments.get().plan, late)
    credit(late, "1000", MAY)
    (correction,) = found(run)
    assert (correction.person, correction.corrects, correction.amount) == (late, None, Decimal(90))


def test_what_cannot_be_computed_says_why_and_pays_nothing(kam: Person) -> None:
    run = approved_run(Q2)
    Credit.objects.update(currency="EUR")
    (correction,) = found(run)
    assert correction.amount == 0
    assert correction.problem is not None
    assert correction.problem["code"] == "rate_missing"


# Taken and settled


def test_a_correction_run_pays_exactly_the_difference_linked_to_what_it_corrects(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    run = taken(found(first), hr)
    statement = run.statements.get()
    (line,) = statement.lines.all()
    assert line.kind == "adjustment"
    assert (run.kind, run.period, run.code) == (Run.Kind.CORRECTION, Q2, "2026-Q2-correction-1")
    assert [line.before, line.base, line.amount] == amounts(1350, 2160, 810)
    assert [statement.total, statement.adjusted, run.total] == amounts(810, 810, 810)
    approved(run, hr)
    correction = Correction.objects.get()
    assert (correction.settled, correction.run, correction.position) == (True, run, line.position)
    assert correction.corrects == first.statements.get()
    assert paid(kam) == 2160


def test_the_past_is_not_edited(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    before = (first.digest, first.total, list(first.statements.values()))
    Credit.objects.update(amount=18000)
    approved(taken(found(first), hr), hr)
    first.refresh_from_db()
    assert (first.digest, first.total, list(first.statements.values())) == before


def test_a_second_look_after_the_payment_finds_nothing(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    approved(taken(found(first), hr), hr)
    assert found(first) == []
    with pytest.raises(errors.NothingToCorrect):
        services.take_corrections(correction_uids=[Correction.objects.get().uid], by=hr)


def test_calculating_the_correction_run_again_pays_nothing_more(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    run = taken(found(first), hr)
    services.recalculate_run(run_uid=run.uid, by=hr)
    again = services.calculate_run(run_id=run.pk)
    assert (again.digest, again.total, again.lines) == (run.digest, Decimal(810), 1)


def test_each_further_change_pays_its_own_difference(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    for amount, difference in ((18000, 810), (12000, -1080), (15000, 270)):
        Credit.objects.update(amount=amount)
        run = approved(taken(found(first), hr), hr)
        assert run.total == difference
    assert [run.number for run in Run.objects.filter(kind="correction").order_by("number")] == [1, 2, 3]
    assert paid(kam) == 1350


def test_the_next_final_run_takes_the_correction_as_a_line_of_its_own(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    credit(kam, "1000", JUL)
    open_run = calculated_run(Q3, by=hr)
    alone = open_run.digest
    run = taken(found(first), hr, open_run)
    statement = run.statements.get(person=kam)
    assert [(line.kind, line.amount) for line in statement.lines.order_by("position")] == [
        ("credit", Decimal(90)),
        ("adjustment", Decimal(810)),
    ]
    assert (run.pk, statement.total, statement.adjusted) == (open_run.pk, Decimal(900), Decimal(810))
    assert run.digest != alone
    approved(run, hr)
    assert found(run) == found(first) == []


def test_somebody_who_left_is_still_paid_the_difference_in_the_next_final_run(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    kam.plan_assignments.update(during=(date(2016, 1, 1), date(2026, 7, 1)))
    other = PersonFactory.create()
    put_on(kam.plan_assignments.get().plan, other)
    run = taken(found(first), hr, calculated_run(Q3, by=hr))
    assert run.statements.get(person=kam).total == 810


def test_an_approved_run_or_an_earlier_one_takes_no_corrections(kam: Person, hr: User) -> None:
    first = approved_run(Q3)
    credit(kam, "100", JUL)
    rows = found(first)
    with pytest.raises(errors.RunTakesNoCorrections):
        taken(rows, hr, first)
    with pytest.raises(errors.CorrectionGoesIntoALaterRun):
        taken(rows, hr, calculated_run(Q2, by=hr))


def test_a_correction_that_is_left_out_waits_again(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    run = taken(found(first), hr)
    services.release_correction(correction_uid=Correction.objects.get().uid, by=hr)
    assert services.calculate_run(run_id=run.pk).people == 0
    assert [row.amount for row in found(first)] == [810]
    with pytest.raises(errors.NothingToPay):
        services.submit_run(run_uid=run.uid, by=hr)


def test_a_difference_that_went_away_before_the_approval_is_not_paid(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    run = taken(found(first), hr)
    Credit.objects.update(amount=15000)
    services.recalculate_run(run_uid=run.uid, by=hr)
    run = services.calculate_run(run_id=run.pk)
    assert (run.total, run.lines) == (Decimal(0), 0)
    approved(run, hr)
    assert not Correction.objects.exists()


def test_a_correction_run_needs_a_second_person_too(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    run = taken(found(first), hr)
    services.submit_run(run_uid=run.uid, by=hr)
    with pytest.raises(errors.ApproverIsPreparer):
        services.approve_run(run_uid=run.uid, by=hr)


def test_who_was_paid_late_by_a_correction_is_not_paid_again_by_a_final_run(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    late = PersonFactory.create()
    quota(late, "30000", Q2)
    plan = published_plan(code="late")
    put_on(plan, late)
    credit(late, "1000", MAY)
    approved(taken(found(first), hr), hr)
    second = calculated_run(Q2, by=hr, plan_code="late")
    services.submit_run(run_uid=second.uid, by=hr)
    with pytest.raises(errors.PersonIsPaidAlready, match=late.name):
        services.approve_run(run_uid=second.uid, by=person_with_role(Role.DIRECTOR).user)


# In the figures


def test_the_cost_of_a_period_has_its_corrections_and_the_period_keeps_its_statement(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    calculated_run(Q2, kind=Run.Kind.PROVISIONAL)
    Credit.objects.update(amount=18000)
    approved(taken(found(first), hr), hr)
    period = period_of(Q2)
    cost = selectors.bonus_costs(subjects=[kam], period=period)["person", kam.pk]
    assert (cost.amount, cost.is_final, cost.people, cost.run_code) == (Decimal(2160), True, 1, first.code)
    so_far = selectors.bonus_so_far(person=kam, period=period)
    assert so_far is not None
    assert so_far.amount == 1350
    assert selectors.latest_statement(person=kam) == first.statements.get()


# The database stands behind it


def test_the_database_refuses_to_change_a_settled_correction(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    approved(taken(found(first), hr), hr)
    for change in ("amount = 1, due = paid + 1", "settled = false", "run_id = NULL"):
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE incentives_correction SET {change}")  # noqa: S608
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Correction.objects.all().delete()


def test_the_database_refuses_to_settle_a_difference_to_what_was_not_paid(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    taken(found(first), hr)
    with pytest.raises(IntegrityError, match="is paid for 2026-Q2"), transaction.atomic():
        Correction.objects.update(settled=True, paid=0, amount=2160)
    with pytest.raises(IntegrityError, match="line of its amount"), transaction.atomic():
        Correction.objects.update(settled=True, due=2161, amount=811)


def test_the_database_refuses_a_run_whose_corrections_are_not_settled(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    run = taken(found(first), hr)
    services.submit_run(run_uid=run.uid, by=hr)
    director = person_with_role(Role.DIRECTOR).user
    with pytest.raises(IntegrityError, match="not settled"), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(status="approved", approved_by=director, approved_at="2026-10-05T00:00Z")


@pytest.mark.usefixtures("committed_runs")
@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_a_correction_at_the_same_moment_one_gets_it(kam: Person, hr: User) -> None:
    first = approved_run(Q2)
    Credit.objects.update(amount=18000)
    rows = found(first)
    start, outcomes = threading.Barrier(2), []

    def take() -> None:
        start.wait()
        try:
            services.take_corrections(correction_uids=[row.uid for row in rows], by=hr)
            outcomes.append("taken")
        except Conflict as conflict:
            outcomes.append(conflict.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["nothing_to_correct", "taken"]
    assert Run.objects.filter(kind="correction").count() == 1


# For any deals


class Clawback(TestCase):
    """Whatever is reversed after it was paid, the person ends with what the remaining deals earn."""

    @settings(max_examples=15, deadline=None)
    @given(
        amounts=st.lists(st.decimals("0.01", "20000", places=2), min_size=1, max_size=6),
        lost=st.lists(st.sets(st.integers(0, 5)), min_size=1, max_size=3),
        target=st.sampled_from(["3000", "30000", "7777.77"]),
    )
    def test_clawback_after_payment_nets_to_zero(
        self, amounts: list[Decimal], lost: list[set[int]], target: str
    ) -> None:
        person, hr = PersonFactory.create(), person_with_role(Role.HR).user
        put_on(published_plan(), person)
        quota(person, target, Q2)
        deals = [credit(person, str(amount), MAY) for amount in amounts]
        first = approved_run(Q2)
        for places in [*lost, set(range(6))]:
            Credit.objects.filter(pk__in=[deals[at].pk for at in places if at < len(deals)]).delete()
            rows = found(first)
            if rows:
                approved(taken(rows, hr), hr)
            remaining = calculated_run(Q2, kind=Run.Kind.PROVISIONAL).statements.get(person=person).total
            assert paid(person) == remaining
        assert paid(person) == 0
