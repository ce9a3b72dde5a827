"""Pages and lists cost the same number of queries however much there is."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person
from tests.accounts.factories import client_for
from tests.goals.factories import lost
from tests.training.factories import ActionItemFactory, CoachingNoteFactory, a_team
from training import selectors, services
from training.models import CoachingNote

pytestmark = pytest.mark.django_db


def filled(size: int) -> tuple[Person, CoachingNote]:
    """A manager whose `size` KAMs have two notes, two promises and an attached deal each; and one of the notes."""
    manager, kams = a_team(kams=size)
    today = timezone.localdate()
    note = None
    for kam in kams:
        for weeks in (5, 2):
            note = CoachingNoteFactory.create(author=manager, person=kam, held_on=today - timedelta(weeks=weeks))
            ActionItemFactory.create(note=note, owner=kam, due_on=today - timedelta(days=1))
            ActionItemFactory.create(note=note, owner=manager, due_on=date(2026, 12, 1))
            services.attach_deal(note_uid=note.uid, deal_uid=lost(kam, str(today)).uid, by=manager.user)
    assert note is not None
    return manager, note


def queries_of(person: Person, path: str) -> int:
    client = client_for(person)
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    "path",
    [
        "/coaching/",
        "/coaching/settings/",
        "/api/v1/coaching-notes/",
        "/api/v1/action-items/",
    ],
)
def test_lists_cost_the_same_with_ten_times_as_much(path: str) -> None:
    small, _ = filled(2)
    large, _ = filled(20)

    assert queries_of(large, path) == queries_of(small, path) <= 22


@pytest.mark.parametrize("name", ["note", "person-coaching"])
def test_a_note_and_a_persons_tab_cost_the_same_with_ten_times_as_much(name: str) -> None:
    few, few_note = filled(1)
    many, many_note = filled(1)
    for weeks in range(6, 26):
        more = CoachingNoteFactory.create(
            author=many, person=many_note.person, held_on=timezone.localdate() - timedelta(weeks=weeks)
        )
        ActionItemFactory.create_batch(2, note=more)

    def path(note: CoachingNote) -> str:
        return reverse(f"training:{name}", args=[note.uid if name == "note" else note.person.uid])

    assert queries_of(many, path(many_note)) == queries_of(few, path(few_note)) <= 36


def test_selectors_for_dashboards_cost_one_query_for_many_people() -> None:
    manager, _ = filled(20)
    people = [talk.person.pk for talk in selectors.next_talks(manager=manager, on=timezone.localdate())]

    with CaptureQueriesContext(connection) as queries:
        assert len(selectors.last_coached(person_ids=people)) == 20
        assert len(selectors.overdue_counts(person_ids=people, on=timezone.localdate())) == 20

    assert len(queries) == 2
