from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone, translation

from accounts.models import User
from core.mailing import send_batch
from core.models import OutboxMessage
from core.outbox import rendered
from tests.training.factories import ActionItemFactory, CoachingNoteFactory, a_team
from training import services
from training.models import CoachingNote
from training.tasks import remind_coaching

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def notices(kind: str) -> list[OutboxMessage]:
    return list(OutboxMessage.objects.filter(kind=f"training.{kind}").order_by("pk"))


def test_a_manager_gets_one_list_a_week_however_often_the_task_runs(clock: time_machine.Traveller) -> None:
    manager, [kam, other] = a_team(kams=2)
    CoachingNoteFactory.create(author=manager, person=kam, held_on=date(2026, 11, 8))
    CoachingNoteFactory.create(author=manager, person=other, held_on=date(2026, 11, 1))

    for _day in range(7):
        remind_coaching()
        remind_coaching()
        clock.shift(timedelta(days=1))

    [first] = notices("coaching_due")
    assert first.user == manager.user
    assert [(row["name"], row["days_late"]) for row in first.payload["people"]] == [(other.name, 8), (kam.name, 1)]
    remind_coaching()
    assert len(notices("coaching_due")) == 2


def test_nobody_is_reminded_while_everybody_is_coached_in_time() -> None:
    manager, [kam] = a_team()
    CoachingNoteFactory.create(author=manager, person=kam, held_on=date(2026, 11, 9))

    remind_coaching()

    assert notices("coaching_due") == []


def test_a_shorter_cadence_reminds_earlier() -> None:
    manager, [kam] = a_team()
    CoachingNoteFactory.create(author=manager, person=kam, held_on=date(2026, 11, 13))
    services.set_cadence(manager_uid=manager.uid, days=7, by=manager.user, on=date(2026, 11, 23))

    remind_coaching()

    assert len(notices("coaching_due")) == 1


def test_an_overdue_promise_is_told_to_its_owner_on_the_first_late_day_and_then_each_week(
    clock: time_machine.Traveller,
) -> None:
    item = ActionItemFactory.create(due_on=date(2026, 11, 23))
    remind_coaching()
    assert notices("action_overdue") == []

    counts = []
    for _day in range(15):
        clock.shift(timedelta(days=1))
        remind_coaching()
        counts.append(len(notices("action_overdue")))

    assert counts == [1] * 7 + [2] * 7 + [3]
    assert {message.user for message in notices("action_overdue")} == {item.owner.user}


def test_a_day_on_which_the_task_did_not_run_loses_no_reminder(clock: time_machine.Traveller) -> None:
    ActionItemFactory.create(due_on=date(2026, 11, 20))
    clock.shift(timedelta(days=2))

    remind_coaching()

    assert len(notices("action_overdue")) == 1


def test_kept_promises_and_people_who_left_are_not_reminded() -> None:
    ActionItemFactory.create(due_on=date(2026, 11, 1), done_at=timezone.now())
    gone = ActionItemFactory.create(due_on=date(2026, 11, 1))
    User.objects.filter(pk=gone.owner.user_id).update(is_active=False)

    remind_coaching()

    assert notices("action_overdue") == []


def test_reminders_are_mailed_once_in_the_readers_language() -> None:
    manager, [kam] = a_team()
    User.objects.filter(pk=manager.user_id).update(language="zh-hans")
    note = CoachingNoteFactory.create(author=manager, person=kam, held_on=date(2026, 10, 13))
    ActionItemFactory.create(note=note, owner=kam, text="Send the price sheet", due_on=date(2026, 10, 27))
    for _run in range(2):
        remind_coaching()
        send_batch()

    assert len(mail.outbox) == 2
    to_kam = next(message for message in mail.outbox if message.to == [kam.email])
    assert to_kam.subject == "Overdue: Send the price sheet"
    assert f"/coaching/{note.uid}/" in to_kam.body


def test_a_notice_reads_as_a_sentence_in_both_languages() -> None:
    manager, [kam] = a_team()
    CoachingNoteFactory.create(author=manager, person=kam, held_on=date(2026, 10, 13))
    remind_coaching()
    [message] = notices("coaching_due")

    english = rendered(message)
    with translation.override("zh-hans"):
        chinese = rendered(message)

    assert english.title == "1 person is due for a one-on-one"
    assert english.body == f"{kam.name}: last on 13\xa0Oct\xa02026, due 27 days ago"
    assert "2026\xa0年\xa010\xa0月\xa013\xa0日" in chinese.body


def test_pages_left_empty_for_a_day_are_thrown_away_and_nothing_else(clock: time_machine.Traveller) -> None:
    manager, [kam, other] = a_team(kams=2)
    services.open_draft(person_uid=kam.uid, by=manager.user)
    begun = CoachingNoteFactory.create(author=manager, person=other)
    promise_only = ActionItemFactory.create(note=CoachingNoteFactory.create(version=1, topic="", shared_text="")).note
    assert services.remove_empty_pages() == 0
    clock.shift(timedelta(days=1, minutes=1))

    services.remove_empty_pages()

    assert set(CoachingNote.objects.all()) == {begun, promise_only}
