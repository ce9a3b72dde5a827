"""The audience line and the door are one rule: whoever is named reads, whoever reads is named."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.access import Role
from accounts.models import Leadership, Membership, Person, Team, User
from tests.accounts.factories import (
    EVER,
    LeadershipFactory,
    PersonFactory,
    RoleGrantFactory,
    company,
    person_with_role,
)
from tests.training.factories import ActionItemFactory, CoachingNoteFactory
from training import selectors
from training.models import ActionItem, CoachingNote

pytestmark = pytest.mark.django_db


def everybody() -> list[Person]:
    """A company with people of every role: leaders on each level, a colleague, a former leader, a superuser."""
    found = company()
    west = found.teams["west-1"]
    people = [
        person_with_role(Role.DIRECTOR, found.root, name="Director"),
        person_with_role(Role.MANAGER, found.regions["west"], name="Head of West"),
        person_with_role(Role.MANAGER, west, name="Manager"),
        person_with_role(Role.MANAGER, found.teams["east-1"], name="Other manager"),
        person_with_role(Role.KAM, west, name="KAM"),
        person_with_role(Role.KAM, west, name="Colleague"),
        *(person_with_role(role, name=role.label) for role in (Role.HR, Role.ANALYST, Role.ADMINISTRATOR)),
        person_with_role(Role.COUNSELLOR, name="Counsellor"),
    ]
    former = PersonFactory.create(name="Former manager")
    LeadershipFactory.create(person=former, team=found.teams["west-2"], during=(date(2020, 1, 1), date(2021, 1, 1)))
    superuser = PersonFactory.create(name="Superuser")
    User.objects.filter(pk=superuser.user_id).update(is_superuser=True, is_staff=True)
    for role in Role:
        RoleGrantFactory.create(user=superuser.user, role=role)
    return [*people, former, superuser]


def named(name: str) -> Person:
    return Person.objects.get(name=name)


def test_for_every_user_being_named_as_a_reader_and_reading_are_the_same() -> None:
    people = everybody()
    west_2 = Membership.objects.create(person=PersonFactory.create(), team=team("west-2"), during=EVER)
    notes = [
        CoachingNoteFactory.create(author=named("Manager"), person=named("KAM")),
        CoachingNoteFactory.create(author=named("Director"), person=named("KAM")),
        CoachingNoteFactory.create(author=named("Former manager"), person=west_2.person),
        CoachingNoteFactory.create(author=named("Head of West"), person=named("Manager")),
    ]

    for note in notes:
        readers = set(selectors.readers_of(note))
        for person in people:
            user = User.objects.get(pk=person.user_id)
            reads = CoachingNote.objects.visible_to(user).filter(pk=note.pk).exists()
            assert reads == (person in readers), f"{person} and {note.author} on {note.person}"


def test_a_note_is_read_by_its_author_the_person_coached_and_who_leads_them_today_in_that_order() -> None:
    everybody()
    note = CoachingNoteFactory.create(author=named("Director"), person=named("KAM"))

    assert [person.name for person in selectors.readers_of(note)] == ["Director", "KAM", "Manager"]


@pytest.mark.parametrize("role", ["HR", "Analyst", "Administrator", "Counsellor", "Superuser", "Colleague", "Director"])
def test_a_role_opens_no_note(role: str) -> None:
    everybody()
    CoachingNoteFactory.create(author=named("Manager"), person=named("KAM"))

    assert not CoachingNote.objects.visible_to(named(role).user).exists()


def test_who_takes_the_team_over_reads_on_and_who_gave_it_up_keeps_only_what_they_wrote() -> None:
    everybody()
    kam, manager = named("KAM"), named("Manager")
    by_manager = CoachingNoteFactory.create(author=manager, person=kam)
    by_director = CoachingNoteFactory.create(author=named("Director"), person=kam)
    successor = PersonFactory.create(name="Successor")
    Leadership.objects.filter(person=manager).update(during=(date(2020, 1, 1), date(2021, 1, 1)))
    LeadershipFactory.create(person=successor, team=team("west-1"), during=(date(2021, 1, 1), None))

    assert set(CoachingNote.objects.visible_to(successor.user)) == {by_manager, by_director}
    assert set(CoachingNote.objects.visible_to(User.objects.get(pk=manager.user_id))) == {by_manager}


def test_a_promise_is_seen_by_the_readers_of_its_note_and_always_by_its_owner() -> None:
    everybody()
    note = CoachingNoteFactory.create(author=named("Director"), person=named("KAM"))
    item = ActionItemFactory.create(note=note, owner=named("Manager"))
    Leadership.objects.filter(person=named("Manager")).delete()

    seeing = [person.name for person in Person.objects.all() if item in ActionItem.objects.visible_to(person.user)]

    assert sorted(seeing) == ["Director", "KAM", "Manager"]


def test_the_readers_cost_one_query() -> None:
    everybody()
    note = CoachingNoteFactory.create(author=named("Manager"), person=named("KAM"))

    with CaptureQueriesContext(connection) as queries:
        selectors.readers_of(note)

    assert len(queries) == 1


def test_the_audience_line_says_you_first() -> None:
    everybody()
    note = CoachingNoteFactory.create(author=named("Manager"), person=named("KAM"))
    readers = selectors.readers_of(note)

    assert selectors.shared_audience(readers, named("Manager").user).readers == ("you", "KAM")
    assert selectors.shared_audience(readers, named("KAM").user).readers == ("you", "Manager")


def team(code: str) -> Team:
    return Team.objects.get(code=code)
