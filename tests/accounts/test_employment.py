"""Moving, promoting, appointing and letting go: dated, without overlaps, and taken back where it was a mistake."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from accounts.access import Role
from accounts.errors import AlreadyPlanned, EmailTaken, HasLeft, LeavesBeforeStart, NothingToWithdraw, NumberTaken
from accounts.models import Leadership, Membership, Person, User
from accounts.selectors import career, standing
from accounts.services import (
    appoint_leader,
    change_level,
    end_employment,
    end_leadership,
    hire_person,
    move_person,
    withdraw_level,
    withdraw_move,
)
from core.errors import NotFound
from tests.accounts.factories import Company, MembershipFactory, PersonFactory, company, person_with_role

pytestmark = pytest.mark.django_db

SPRING, SUMMER, AUTUMN = date(2026, 3, 1), date(2026, 6, 1), date(2026, 9, 1)


@pytest.fixture
def tree() -> Company:
    return company()


@pytest.fixture
def hr() -> User:
    return person_with_role(Role.HR).user


@pytest.fixture
def somebody(tree: Company) -> Person:
    return PersonFactory.create(name="Lajuana Vencill", team=tree.teams["west-1"], level=2)


def teams_of(person: Person) -> list[tuple[str, date | None, date | None]]:
    rows = person.memberships.order_by("during").select_related("team")
    return [(row.team.code, row.during.lower, row.during.upper) for row in rows]


def test_a_move_ends_the_team_before_on_that_day(somebody: Person, tree: Company, hr: User) -> None:
    move_person(person_uid=somebody.uid, team=tree.teams["east-1"], since=SUMMER, by=hr)

    assert teams_of(somebody) == [("west-1", date(2020, 1, 1), SUMMER), ("east-1", SUMMER, None)]


def test_a_move_before_a_planned_one_is_refused_with_the_range_in_the_way(
    somebody: Person, tree: Company, hr: User
) -> None:
    move_person(person_uid=somebody.uid, team=tree.teams["east-1"], since=SUMMER, by=hr)

    with pytest.raises(AlreadyPlanned, match=r"East 1 from 1.Jun.2026") as refused:
        move_person(person_uid=somebody.uid, team=tree.teams["west-2"], since=SPRING, by=hr)

    assert refused.value.status == 409
    assert len(teams_of(somebody)) == 2


def test_the_database_refuses_two_teams_at_once(somebody: Person, tree: Company) -> None:
    with pytest.raises(IntegrityError, match="person_is_in_one_team_at_a_time"), transaction.atomic():
        MembershipFactory.create(person=somebody, team=tree.teams["east-1"], during=(SPRING, SUMMER))


def test_withdrawing_a_move_restores_what_was_before(somebody: Person, tree: Company, hr: User) -> None:
    before = teams_of(somebody)
    move_person(person_uid=somebody.uid, team=tree.teams["east-1"], since=SUMMER, by=hr)

    withdraw_move(person_uid=somebody.uid, since=SUMMER, by=hr)

    assert teams_of(somebody) == before


def test_only_the_latest_move_can_be_withdrawn(somebody: Person, tree: Company, hr: User) -> None:
    move_person(person_uid=somebody.uid, team=tree.teams["east-1"], since=SPRING, by=hr)
    move_person(person_uid=somebody.uid, team=tree.teams["east-2"], since=SUMMER, by=hr)

    with pytest.raises(NothingToWithdraw):
        withdraw_move(person_uid=somebody.uid, since=SPRING, by=hr)


def test_the_first_team_cannot_be_withdrawn(somebody: Person, hr: User) -> None:
    with pytest.raises(NothingToWithdraw):
        withdraw_move(person_uid=somebody.uid, since=date(2020, 1, 1), by=hr)


def test_a_level_holds_from_a_day_on_and_can_be_taken_back(somebody: Person, hr: User) -> None:
    change_level(person_uid=somebody.uid, level=3, since=SPRING, by=hr)
    assert standing(person=somebody, on=SPRING).level == 3
    assert standing(person=somebody, on=date(2026, 2, 28)).level == 2

    withdraw_level(person_uid=somebody.uid, since=SPRING, by=hr)
    assert standing(person=somebody, on=SPRING).level == 2


def test_a_new_leader_gets_the_access_and_the_one_before_loses_it(tree: Company, hr: User) -> None:
    team = tree.teams["west-1"]
    old = person_with_role(Role.MANAGER, team)
    new = PersonFactory.create(team=team)

    appoint_leader(team_code=team.code, person_uid=new.uid, since=SPRING, by=hr)

    assert [(row.person, row.during.upper) for row in team.leaderships.order_by("during")] == [
        (old, SPRING),
        (new, None),
    ]
    assert not old.user.role_grants.in_force(SPRING).filter(role=Role.MANAGER).exists()
    assert new.user.role_grants.in_force(SPRING).filter(role=Role.MANAGER, team=team).exists()


def test_ending_the_leading_leaves_the_team_without_a_leader(tree: Company, hr: User) -> None:
    team = tree.teams["west-1"]
    leader = person_with_role(Role.MANAGER, team)

    end_leadership(team_code=team.code, last_day=SPRING, by=hr)

    assert Leadership.objects.get(team=team).during.upper == date(2026, 3, 2)
    assert not leader.user.role_grants.in_force(date(2026, 3, 2)).exists()


def test_the_manager_of_a_leader_is_the_next_one_above(tree: Company) -> None:
    above = person_with_role(Role.MANAGER, tree.regions["west"])
    leader = person_with_role(Role.MANAGER, tree.teams["west-1"])
    member = PersonFactory.create(team=tree.teams["west-1"])

    assert standing(person=member, on=SPRING).manager == leader
    assert standing(person=leader, on=SPRING).manager == above


def test_who_leaves_keeps_history_and_loses_every_role(somebody: Person, tree: Company, hr: User) -> None:
    leader = person_with_role(Role.MANAGER, tree.teams["east-2"])

    end_employment(person_uid=leader.uid, last_day=date(2026, 5, 31), by=hr)
    end_employment(person_uid=somebody.uid, last_day=date(2026, 5, 31), by=hr)

    assert teams_of(somebody) == [("west-1", date(2020, 1, 1), SUMMER)]
    assert not leader.user.role_grants.in_force(SUMMER).exists()
    assert leader.user.role_grants.in_force(date(2026, 5, 31)).exists()
    assert Leadership.objects.get(person=leader).during.upper == SUMMER


def test_who_has_left_cannot_be_moved(somebody: Person, tree: Company, hr: User) -> None:
    end_employment(person_uid=somebody.uid, last_day=SPRING, by=hr)

    with pytest.raises(HasLeft, match=r"left on 1.Mar.2026"):
        move_person(person_uid=somebody.uid, team=tree.teams["east-1"], since=SUMMER, by=hr)


def test_nobody_leaves_before_something_planned_begins(somebody: Person, tree: Company, hr: User) -> None:
    move_person(person_uid=somebody.uid, team=tree.teams["east-1"], since=AUTUMN, by=hr)

    with pytest.raises(LeavesBeforeStart, match=r"East 1 from 1.Sep.2026"):
        end_employment(person_uid=somebody.uid, last_day=SUMMER, by=hr)

    somebody.refresh_from_db()
    assert somebody.left_on is None


def test_a_new_colleague_is_a_kam_of_the_team_and_sees_only_oneself(tree: Company, hr: User) -> None:
    person = hire_person(
        name="陈薇",
        email="Chen.Wei@Company.example",
        number="E777",
        title="KAM",
        team=tree.teams["east-1"],
        level=1,
        since=SPRING,
        by=hr,
    )

    assert person.user.email == "chen.wei@company.example"
    assert not person.user.has_usable_password()
    assert list(Person.objects.visible_to(User.objects.get(pk=person.user_id))) == [person]
    assert [step.kind for step in career(person=person)] == ["member", "level"]


@pytest.mark.parametrize(
    ("number", "email", "refusal"),
    [("E1", "new@company.example", NumberTaken), ("E2", "taken@company.example", EmailTaken)],
)
def test_a_number_and_an_address_belong_to_one(
    tree: Company, hr: User, number: str, email: str, refusal: type[Exception]
) -> None:
    PersonFactory.create(number="E1", user__email="taken@company.example")

    with pytest.raises(refusal):
        hire_person(
            name="N", email=email, number=number, title="", team=tree.teams["east-1"], level=None, since=SPRING, by=hr
        )


def test_what_one_may_not_see_cannot_be_changed_either(somebody: Person, tree: Company) -> None:
    stranger = person_with_role(Role.MANAGER, tree.teams["east-1"]).user

    with pytest.raises(NotFound):
        move_person(person_uid=somebody.uid, team=tree.teams["east-1"], since=SUMMER, by=stranger)
    assert Membership.objects.filter(person=somebody).count() == 1
