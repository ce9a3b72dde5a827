"""Plans, their versions and who is on them."""

from datetime import date
from decimal import Decimal

import pytest

from accounts.access import Role
from accounts.models import User
from core.calendar import period as period_of
from incentives import errors, services
from incentives.models import Plan, PlanAssignment, PlanVersion
from incentives.rules.document import digest
from tests.accounts.factories import LeadershipFactory, PersonFactory, TeamFactory, person_with_role
from tests.incentives.factories import (
    SINCE,
    approved_run,
    kam_content,
    published_plan,
    put_on,
    quota,
    tiers_content,
)

pytestmark = pytest.mark.django_db

NEXT_YEAR = date(2027, 1, 1)


@pytest.fixture
def hr() -> User:
    return person_with_role(Role.HR).user


def test_a_new_version_copies_the_newest_one_and_ends_it_when_it_is_published(hr: User) -> None:
    plan = published_plan()
    first = plan.versions.get()
    draft = services.create_draft(plan=plan, starts=NEXT_YEAR, by=hr)
    assert (draft.number, draft.content, draft.based_on) == (2, first.content, first)
    published = services.publish(version_uid=draft.uid, by=hr)
    first.refresh_from_db()
    assert first.ends == NEXT_YEAR
    assert (published.status, published.digest) == (PlanVersion.Status.PUBLISHED, digest(published.content))


def test_a_plan_has_one_draft_at_a_time(hr: User) -> None:
    plan = published_plan()
    services.create_draft(plan=plan, starts=NEXT_YEAR, by=hr)
    with pytest.raises(errors.DraftExists, match="Version 2"):
        services.create_draft(plan=plan, starts=NEXT_YEAR, by=hr)


def test_a_draft_is_kept_with_its_problems_but_not_published_with_them(hr: User) -> None:
    draft = services.create_draft(plan=published_plan(), starts=NEXT_YEAR, by=hr)
    content = kam_content() | {"cap": "0.5"}
    services.save_draft(version_uid=draft.uid, content=content, seen=draft.saved_at, by=hr)
    with pytest.raises(errors.PlanHasProblems) as refusal:
        services.publish(version_uid=draft.uid, by=hr)
    assert [problem.path for problem in refusal.value.problems] == ["cap"]


def test_what_somebody_else_saved_meanwhile_is_not_overwritten_blindly(hr: User) -> None:
    draft = services.create_draft(plan=published_plan(), starts=NEXT_YEAR, by=hr)
    colleague = person_with_role(Role.HR, name="Ada Wong").user
    seen = draft.saved_at
    services.save_draft(version_uid=draft.uid, content=kam_content(), seen=seen, by=colleague)
    with pytest.raises(errors.DraftChangedMeanwhile, match="Ada Wong changed this draft"):
        services.save_draft(version_uid=draft.uid, content=tiers_content(("0", None, "1")), seen=seen, by=hr)
    services.save_draft(version_uid=draft.uid, content=tiers_content(("0", None, "1")), seen=None, by=hr)


def test_a_published_version_is_not_saved_published_or_deleted_again(hr: User) -> None:
    version = published_plan().versions.get()
    with pytest.raises(errors.VersionIsPublished):
        services.save_draft(version_uid=version.uid, content={}, seen=None, by=hr)
    with pytest.raises(errors.VersionIsPublished):
        services.publish(version_uid=version.uid, by=hr)
    with pytest.raises(errors.VersionIsPublished):
        services.delete_draft(version_uid=version.uid, by=hr)


def test_a_new_version_never_reaches_into_a_paid_period(hr: User) -> None:
    plan = published_plan()
    person = PersonFactory.create()
    put_on(plan, person)
    quota(person, "30000", "2026-Q3")
    approved_run("2026-Q3")
    draft = services.create_draft(plan=plan, starts=date(2026, 9, 30), by=hr)
    with pytest.raises(errors.PeriodIsPaidByThePlan, match="has paid up to"):
        services.publish(version_uid=draft.uid, by=hr)
    services.save_draft(version_uid=draft.uid, content=draft.content, seen=None, by=hr, starts=date(2026, 10, 1))
    services.publish(version_uid=draft.uid, by=hr)


def test_a_version_starts_later_than_the_one_in_force(hr: User) -> None:
    draft = services.create_draft(plan=published_plan(), starts=SINCE, by=hr)
    with pytest.raises(errors.StartsBeforeTheVersionInForce):
        services.publish(version_uid=draft.uid, by=hr)


def test_a_retired_version_pays_nobody_from_its_end_on(hr: User) -> None:
    version = published_plan().versions.get()
    with pytest.raises(errors.EndsBeforeItStarts):
        services.retire(version_uid=version.uid, ends=SINCE, by=hr)
    assert services.retire(version_uid=version.uid, ends=NEXT_YEAR, by=hr).status == PlanVersion.Status.RETIRED
    with pytest.raises(errors.VersionIsNotPublished):
        services.retire(version_uid=version.uid, ends=NEXT_YEAR, by=hr)


def test_a_person_is_on_one_plan_at_a_time(hr: User) -> None:
    plan, other, person = published_plan(), published_plan(), PersonFactory.create()
    first = put_on(plan, person)
    with pytest.raises(errors.OverlappingAssignment, match=f"{person.name} is on {plan.name}"):
        put_on(other, person)
    services.end_assignment(assignment_uid=first.uid, ends=NEXT_YEAR, by=hr)
    second = put_on(other, person, starts=NEXT_YEAR)
    second.refresh_from_db()
    assert second.during.lower == NEXT_YEAR


@pytest.mark.parametrize("amount", ["0", "-1"])
def test_target_pay_is_above_zero(amount: str) -> None:
    with pytest.raises(errors.TargetPayIsNotPositive):
        put_on(published_plan(), PersonFactory.create(), amount)


def test_an_assignment_ends_after_it_starts(hr: User) -> None:
    assignment = put_on(published_plan(), PersonFactory.create())
    with pytest.raises(errors.EndsBeforeItStarts):
        services.end_assignment(assignment_uid=assignment.uid, ends=SINCE, by=hr)


def test_a_code_names_one_plan(hr: User) -> None:
    services.create_plan(code="kam", name="KAM plan", by=hr)
    with pytest.raises(errors.PlanCodeIsTaken):
        services.create_plan(code="kam", name="Another", by=hr)


# The demo's plans


def test_the_demo_puts_everybody_on_a_plan_with_pay_derived_from_the_targets() -> None:
    team = TeamFactory.create()
    manager = LeadershipFactory.create(team=team).person
    strong, weak, new = (PersonFactory.create(team=team) for _ in range(3))
    for person, amounts in ((strong, ("90000", "110000")), (weak, ("20400", "20400"))):
        for period, amount in zip(("2026-Q2", "2026-Q3"), amounts, strict=True):
            quota(person, amount, period)
    periods = [period_of("2026-Q2"), period_of("2026-Q3")]

    plans = services.ensure_demo_plan(starts=date(2026, 1, 1), year=2026, periods=periods)
    pays = dict(PlanAssignment.objects.values_list("person", "target_pay"))
    assert pays == {strong.pk: 5000, weak.pk: 1000, new.pk: 3000, manager.pk: Decimal(500)}
    assert plans.kam.versions.filter(status=PlanVersion.Status.DRAFT).exists()

    services.ensure_demo_plan(starts=date(2026, 1, 1), year=2026, periods=periods)
    assert (Plan.objects.count(), PlanAssignment.objects.count(), PlanVersion.objects.count()) == (2, 4, 3)
