"""Benefits: the catalogue, grants by hand and by rule, used up, ended, expiring."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.access import Role
from accounts.models import LevelRecord, Person
from core import calendar
from core.errors import NotFound
from core.models import OutboxMessage
from incentives.errors_awards import (
    BenefitIsNoLongerGiven,
    BenefitIsNotUsedUp,
    GrantEndsBeforeItStarts,
    GrantIsNotInForce,
    GrantIsNotProposed,
    GrantIsUsed,
    HasTheBenefitAlready,
)
from incentives.models import Run, Statement
from incentives.models_awards import Benefit, BenefitGrant
from incentives.selectors.benefits import expiring, grants_of, proposals
from incentives.services import benefits as services
from tests.accounts.factories import Company, company, person_with_role
from tests.incentives.awards import a_benefit
from tests.incentives.factories import approved_run, calculated_run, credit, kam_content, published_plan, put_on, quota

pytestmark = pytest.mark.django_db
PERIOD = calendar.current_period().previous


@pytest.fixture
def firm() -> Company:
    return company()


@pytest.fixture
def hr() -> Person:
    return person_with_role(Role.HR, name="Wei Chen")


@pytest.fixture
def ana(firm: Company) -> Person:
    return person_with_role(Role.KAM, firm.teams["west-1"], name="Ana", level=4)


@pytest.fixture
def ben(firm: Company) -> Person:
    return person_with_role(Role.KAM, firm.teams["west-1"], name="Ben", level=2)


def grant(benefit: Benefit, person: Person, by: Person, *, starts: int = 0, ends: int | None = None) -> BenefitGrant:
    """From so many days after today on."""
    today = calendar.today()
    return services.grant_benefit(
        benefit_uid=benefit.uid,
        person_uid=person.uid,
        starts=today + timedelta(days=starts),
        ends=None if ends is None else today + timedelta(days=ends),
        by=by.user,
    )


def waiting(hr: Person) -> list[tuple[str, str]]:
    return [(row.person.name, row.cause) for row in proposals(viewer=hr.user)]


# By hand


def test_a_benefit_is_granted_for_as_long_as_it_says(hr: Person, ana: Person) -> None:
    given = grant(a_benefit(months=12), ana, hr)

    ends = services.grant_ends(given)
    assert ends
    assert (ends.year, ends.month) == (calendar.today().year + 1, calendar.today().month)
    assert OutboxMessage.objects.get(kind=services.GRANTED_NOTICE).user == ana.user


@pytest.mark.parametrize(("months", "ends"), [(1, "2024-02-29"), (13, "2025-02-28"), (2, "2024-03-31")])
def test_the_end_of_a_month_stays_the_end_of_a_month(months: int, ends: str) -> None:
    january = calendar.today().replace(year=2024, month=1, day=31)

    assert str(services.lasts_until(Benefit(months=months), january)) == ends


def test_nobody_has_the_same_benefit_twice_at_a_time(hr: Person, ana: Person, ben: Person) -> None:
    benefit = a_benefit()
    given = grant(benefit, ana, hr, ends=10)

    with pytest.raises(HasTheBenefitAlready, match="Ana"):
        grant(benefit, ana, hr, starts=9)
    grant(benefit, ana, hr, starts=10)
    grant(benefit, ben, hr)
    with pytest.raises(IntegrityError, match="once_at_a_time"), transaction.atomic():
        BenefitGrant.objects.create(
            benefit=benefit,
            person=ana,
            during=(calendar.today(), None),
            status=BenefitGrant.Status.GRANTED,
            granted_by=hr.user,
            granted_at=given.granted_at,
        )


def test_what_is_no_longer_given_or_ends_before_it_starts_is_refused(hr: Person, ana: Person) -> None:
    with pytest.raises(BenefitIsNoLongerGiven):
        grant(a_benefit(is_active=False), ana, hr)
    with pytest.raises(GrantEndsBeforeItStarts):
        grant(a_benefit(), ana, hr, ends=0)


# By rule


def test_everybody_is_proposed_once_and_confirmed_by_hr(hr: Person, ana: Person, ben: Person) -> None:
    benefit = a_benefit(entitled="everybody")

    assert (services.propose_grants(by=None), services.propose_grants(by=None)) == (2, 0)
    assert not grants_of(viewer=ana.user, person=ana).exists(), "a proposal is for HR alone"
    assert OutboxMessage.objects.get(kind=services.PROPOSED_NOTICE).user == hr.user

    chosen = proposals(viewer=hr.user).get(person=ana)
    assert services.confirm_grants(grant_uids=[chosen.uid], by=hr.user) == 1
    assert grants_of(viewer=ana.user, person=ana).get().benefit == benefit
    assert services.decline_grants(grant_uids=[row.uid for row in proposals(viewer=hr.user)], by=hr.user) == 1
    assert services.propose_grants(by=None) == 0, "what was put aside is not proposed again"
    with pytest.raises(GrantIsNotProposed):
        services.confirm_grants(grant_uids=[chosen.uid], by=hr.user)


def test_a_level_entitles_from_the_day_it_is_reached(hr: Person, ana: Person, ben: Person) -> None:
    a_benefit(entitled="level", least_level=4)
    services.propose_grants(by=None)
    assert waiting(hr) == [("Ana", "level:4")]

    LevelRecord.objects.filter(person=ben).update(level=5)
    services.propose_grants(by=None)

    assert waiting(hr) == [("Ana", "level:4"), ("Ben", "level:5")]


def test_an_approved_statement_entitles_who_reached_the_tier(hr: Person, ana: Person, ben: Person) -> None:
    plan = published_plan(kam_content())
    for person, booked in ((ana, "42000"), (ben, "38000")):
        put_on(plan, person)
        quota(person, "30000", PERIOD.code)
        credit(person, booked, PERIOD.start)
    run = approved_run(PERIOD.code)
    a_benefit(entitled="tier", least_attainment=Decimal("1.3"))

    services.propose_grants(by=None)

    assert waiting(hr) == [("Ana", PERIOD.code)]
    facts = proposals(viewer=hr.user).get().facts
    assert Decimal(facts["attainment"]) == Statement.objects.get(run=run, person=ana).attainment == Decimal("1.4")


def test_a_statement_that_is_not_approved_entitles_nobody(hr: Person, ana: Person) -> None:
    put_on(published_plan(kam_content()), ana)
    quota(ana, "30000", PERIOD.code)
    credit(ana, "60000", PERIOD.start)
    assert calculated_run(PERIOD.code, by=hr.user).status == Run.Status.CALCULATED
    a_benefit(entitled="tier", least_attainment=Decimal("1.3"))

    assert services.propose_grants(by=None) == 0


def test_who_was_given_it_by_hand_meanwhile_is_not_given_it_twice(hr: Person, ana: Person) -> None:
    benefit = a_benefit(entitled="everybody")
    services.propose_grants(by=None)
    proposal = proposals(viewer=hr.user).get(person=ana)
    grant(benefit, ana, hr)

    assert services.confirm_grants(grant_uids=[proposal.uid], by=hr.user) == 0
    proposal.refresh_from_db()
    assert proposal.status == BenefitGrant.Status.DECLINED


# Used and ended


def test_what_is_used_up_is_marked_once_by_its_holder_and_the_mark_is_taken_back(
    hr: Person, ana: Person, ben: Person
) -> None:
    given = grant(a_benefit(is_used_once=True), ana, hr)

    with pytest.raises(NotFound):
        services.use_grant(grant_uid=given.uid, by=ben.user)
    assert services.use_grant(grant_uid=given.uid, by=ana.user).used_on == calendar.today()
    with pytest.raises(GrantIsUsed):
        services.use_grant(grant_uid=given.uid, by=ana.user)
    assert services.unuse_grant(grant_uid=given.uid, by=ana.user).used_on is None


def test_a_lasting_benefit_or_one_that_has_not_begun_is_not_used(hr: Person, ana: Person) -> None:
    with pytest.raises(BenefitIsNotUsedUp):
        services.use_grant(grant_uid=grant(a_benefit(), ana, hr).uid, by=ana.user)
    later = grant(a_benefit(is_used_once=True), ana, hr, starts=3)
    with pytest.raises(GrantIsNotInForce):
        services.use_grant(grant_uid=later.uid, by=ana.user)


def test_an_ended_grant_holds_no_longer_and_may_be_given_again(hr: Person, ana: Person) -> None:
    benefit = a_benefit()
    given = grant(benefit, ana, hr, starts=-5)

    ended = services.end_grant(grant_uid=given.uid, by=hr.user)

    assert (ended.status, ended.during.upper) == (BenefitGrant.Status.ENDED, calendar.today())
    with pytest.raises(GrantIsNotInForce):
        services.end_grant(grant_uid=given.uid, by=hr.user)
    grant(benefit, ana, hr)


def test_holders_are_told_once_thirty_days_before_the_end(hr: Person, ana: Person, ben: Person) -> None:
    voucher = a_benefit(is_used_once=True)
    soon = grant(voucher, ana, hr, ends=30)
    used = grant(voucher, ben, hr, ends=30)
    services.use_grant(grant_uid=used.uid, by=ben.user)
    grant(a_benefit(), ana, hr, ends=31)
    grant(a_benefit(), ana, hr)

    assert list(expiring(BenefitGrant.objects.all(), calendar.today())) == [soon]
    assert (services.remind_expiring(), services.remind_expiring()) == (1, 1)
    assert OutboxMessage.objects.get(kind=services.EXPIRING_NOTICE).user == ana.user


# Who sees what


def test_a_manager_sees_the_team_s_benefits_a_kam_the_own(firm: Company, hr: Person, ana: Person, ben: Person) -> None:
    benefit = a_benefit()
    grant(benefit, ana, hr)
    manager = person_with_role(Role.MANAGER, firm.teams["west-1"])
    stranger = person_with_role(Role.MANAGER, firm.teams["east-1"])
    analyst = person_with_role(Role.ANALYST)

    seen = {
        person.name: BenefitGrant.objects.visible_to(person.user).count()
        for person in (hr, manager, stranger, ana, ben, analyst)
    }

    expected = (1, 1, 0, 1, 0, 0)
    assert seen == {
        person.name: count for person, count in zip((hr, manager, stranger, ana, ben, analyst), expected, strict=True)
    }
