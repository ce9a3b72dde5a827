"""The demo's notes tell what really happened, and never more than was known on their day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

import pytest
import time_machine
from django.db.models import F

from crm.models import Opportunity
from tests.goals.factories import lost, won
from tests.training.factories import a_team
from training.demo import outcome_on, write_demo_notes
from training.demo_texts import LANGUAGES, Situation
from training.models import ActionItem, CoachingNote, NoteAddendum, NoteLink

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 23, 18, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def people_with_deals() -> None:
    for _team in range(3):
        _manager, kams = a_team(kams=2)
        for kam in kams:
            for day in range(1, 28):
                won(kam, f"2026-09-{day:02d}", 1000 + day)
                if day % 3:
                    lost(kam, f"2026-10-{day:02d}")
                else:
                    won(kam, f"2026-10-{day:02d}", 500)


def test_what_closed_after_a_day_was_open_on_it() -> None:
    _manager, [kam] = a_team()
    for day in range(1, 11):
        won(kam, f"2026-08-{day:02d}", 100)
        lost(kam, f"2026-10-{day:02d}")
    deals = list(Opportunity.objects.filter(owner=kam).select_related("product", "key_account"))

    early, late = outcome_on(deals, date(2026, 10, 4)), outcome_on(deals, date(2026, 10, 31))

    assert (early.won, early.lost, early.before) == (0, 4, Decimal(1))
    assert early.situation != Situation.FELL
    assert (late.won, late.lost) == (0, 10)
    assert late.situation == Situation.FELL
    assert late.lost_deal is not None


@pytest.mark.usefixtures("people_with_deals")
def test_each_person_has_notes_in_the_language_of_the_author_with_actions_and_attachments() -> None:
    written = write_demo_notes(Random(2017), TODAY)

    assert written == CoachingNote.objects.count() == 36
    assert not CoachingNote.objects.filter(held_on__gt=TODAY).exists()
    assert not CoachingNote.objects.filter(author=F("person")).exists()
    assert NoteLink.objects.exists()
    by_author: dict[int, set[bool]] = {}
    for note in CoachingNote.objects.all():
        by_author.setdefault(note.author_id, set()).add("目标：" in note.shared_text)
    assert sorted(map(tuple, by_author.values())) == [(False,), (False,), (True,)]


@pytest.mark.usefixtures("people_with_deals")
def test_promises_are_kept_after_they_were_made_and_never_in_the_future() -> None:
    write_demo_notes(Random(2017), TODAY)

    items = ActionItem.objects.select_related("note")
    assert {item.done_at is None for item in items} == {True, False}
    for item in items:
        assert item.due_on is not None
        assert item.due_on > item.note.held_on
        if item.done_at:
            assert item.note.held_on <= item.done_at.date() < TODAY
    assert not NoteAddendum.objects.filter(written_at__date__gt=TODAY).exists()


@pytest.mark.usefixtures("people_with_deals")
def test_the_same_seed_writes_the_same_notes() -> None:
    write_demo_notes(Random(1), TODAY)
    first = list(CoachingNote.objects.order_by("pk").values_list("held_on", "topic", "shared_text"))
    write_demo_notes(Random(1), TODAY)

    assert list(CoachingNote.objects.order_by("pk").values_list("held_on", "topic", "shared_text"))[36:] == first


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("situation", Situation)
def test_both_languages_tell_every_situation(language: str, situation: Situation) -> None:
    story = LANGUAGES[language].stories[situation]

    assert story.topic
    assert len(story.actions) >= 3
    assert any(line.by_author for line in story.actions)
