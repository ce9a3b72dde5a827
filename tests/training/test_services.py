from collections.abc import Iterator
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import InternalError, connection, transaction

from accounts.access import Role
from accounts.models import Leadership, Person
from core.errors import NotFound
from core.models import OutboxMessage
from tests.accounts.factories import person_with_role
from tests.goals.factories import computed, lost, won
from tests.training.factories import ActionItemFactory, CoachingNoteFactory, a_team
from training import selectors, services
from training.errors import (
    ActionWithoutText,
    NoSuchOwner,
    NotAttachable,
    NoteChanged,
    NoteIsClosed,
    NoteIsEmpty,
    NoteIsOpen,
    NotOneself,
    NotYourPromise,
    OnlyTheAuthorWrites,
)
from training.models import ActionItem, CoachingNote, PrivateNote
from training.services import NoteDraft

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def draft(text: str = "Goal: more", private: str = "", topic: str = "Plan") -> NoteDraft:
    return NoteDraft(topic, text, private, date(2026, 11, 23))


def save(
    note: CoachingNote, by: Person, text: str, version: int, page: UUID, follows: UUID | None = None
) -> CoachingNote:
    return services.save_note(
        note_uid=note.uid, draft=draft(text), version=version, page=page, by=by.user, follows=follows
    )


# Opening


def test_opening_twice_makes_one_note() -> None:
    manager, [kam] = a_team()

    first = services.open_draft(person_uid=kam.uid, by=manager.user)

    assert services.open_draft(person_uid=kam.uid, by=manager.user) == first
    assert (first.author, first.person, first.held_on) == (manager, kam, date(2026, 11, 23))


def test_todays_unfinished_note_is_opened_again_and_an_older_one_is_left_as_it_is(
    clock: time_machine.Traveller,
) -> None:
    manager, [kam] = a_team()
    note = services.open_draft(person_uid=kam.uid, by=manager.user)
    save(note, manager, "Goal: more", 1, uuid4())

    assert services.open_draft(person_uid=kam.uid, by=manager.user) == note
    clock.move_to(datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    assert services.open_draft(person_uid=kam.uid, by=manager.user) != note


def test_an_empty_page_of_last_week_is_used_again_with_todays_day(clock: time_machine.Traveller) -> None:
    manager, [kam] = a_team()
    empty = services.open_draft(person_uid=kam.uid, by=manager.user)
    clock.move_to(datetime(2026, 11, 30, 9, 0, tzinfo=UTC))

    again = services.open_draft(person_uid=kam.uid, by=manager.user)

    assert again == empty
    assert again.held_on == date(2026, 11, 30)


def test_nobody_logs_a_note_about_people_out_of_sight_or_about_oneself() -> None:
    manager, [kam] = a_team()
    _other, [stranger] = a_team()

    with pytest.raises(NotFound):
        services.open_draft(person_uid=stranger.uid, by=manager.user)
    with pytest.raises(NotOneself):
        services.open_draft(person_uid=kam.uid, by=kam.user)


# Saving


def test_a_save_keeps_both_parts_and_makes_the_version_grow() -> None:
    note = CoachingNoteFactory.create()

    services.save_note(
        note_uid=note.uid, draft=draft("Goal: more", "tired"), version=2, page=uuid4(), by=note.author.user
    )

    note.refresh_from_db()
    assert (note.topic, note.shared_text, note.version) == ("Plan", "Goal: more", 3)
    assert PrivateNote.objects.of_author(note.author.user).get().text == "tired"


def test_saving_the_same_again_changes_nothing() -> None:
    note, page = CoachingNoteFactory.create(), uuid4()
    save(note, note.author, "Goal: more", 2, page)

    assert save(note, note.author, "Goal: more", 3, page).version == 3


def test_a_second_page_that_has_not_read_the_newest_version_is_told_and_nothing_is_overwritten() -> None:
    note, first, second = CoachingNoteFactory.create(), uuid4(), uuid4()
    save(note, note.author, "from the first page", 2, first)

    with pytest.raises(NoteChanged, match="09:00"):
        save(note, note.author, "from the second page", 2, second)

    note.refresh_from_db()
    assert note.shared_text == "from the first page"


def test_a_page_whose_answer_was_lost_goes_on_from_its_own_save() -> None:
    """The server saved and died before it answered: the page still names the old version."""
    note, page = CoachingNoteFactory.create(), uuid4()
    save(note, note.author, "Goal: m", 2, page)

    assert save(note, note.author, "Goal: more", 2, page).shared_text == "Goal: more"


def test_a_page_that_took_over_the_unsaved_text_of_a_closed_one_goes_on_from_its_save() -> None:
    note, closed, fresh = CoachingNoteFactory.create(), uuid4(), uuid4()
    save(note, note.author, "Goal: m", 2, closed)

    assert save(note, note.author, "Goal: more", 2, fresh, follows=closed).shared_text == "Goal: more"


def test_a_page_that_follows_nothing_does_not_pass_as_a_note_that_no_page_has_saved() -> None:
    note = CoachingNoteFactory.create(version=5)

    with pytest.raises(NoteChanged):
        save(note, note.author, "old text", 2, uuid4())


def test_only_the_author_writes_the_person_coached_reads() -> None:
    note = CoachingNoteFactory.create()

    with pytest.raises(OnlyTheAuthorWrites, match=note.author.name):
        save(note, note.person, "mine now", 2, uuid4())


# Closing


def test_a_closed_note_is_a_record_that_even_the_database_does_not_let_change() -> None:
    note = CoachingNoteFactory.create()
    services.close_note(note_uid=note.uid, by=note.author.user)

    with pytest.raises(NoteIsClosed, match=r"23.Nov.2026"):
        save(note, note.author, "rewritten", 2, uuid4())
    for statement in ("UPDATE training_coachingnote SET shared_text = 'x'", "DELETE FROM training_coachingnote"):
        with pytest.raises(InternalError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_closing_tells_the_person_coached_once() -> None:
    note = CoachingNoteFactory.create()
    ActionItemFactory.create_batch(2, note=note)
    services.close_note(note_uid=note.uid, by=note.author.user)

    [message] = OutboxMessage.objects.all()
    assert message.user == note.person.user
    assert message.payload["mine"] == 2
    with pytest.raises(NoteIsClosed):
        services.close_note(note_uid=note.uid, by=note.author.user)


def test_an_empty_page_cannot_be_closed() -> None:
    manager, [kam] = a_team()
    note = services.open_draft(person_uid=kam.uid, by=manager.user)

    with pytest.raises(NoteIsEmpty):
        services.close_note(note_uid=note.uid, by=manager.user)


def test_later_text_is_an_addendum_of_either_of_the_two_and_tells_the_other() -> None:
    note = CoachingNoteFactory.create()
    with pytest.raises(NoteIsOpen):
        services.add_addendum(note_uid=note.uid, text="late", by=note.author.user)
    services.close_note(note_uid=note.uid, by=note.author.user)

    services.add_addendum(note_uid=note.uid, text=" I see it otherwise. ", by=note.person.user)

    [addendum] = note.addenda.all()
    assert (addendum.text, addendum.author) == ("I see it otherwise.", note.person)
    assert OutboxMessage.objects.filter(user=note.author.user, kind="training.addendum_written").count() == 1


def test_an_addendum_never_changes() -> None:
    note = CoachingNoteFactory.create()
    services.close_note(note_uid=note.uid, by=note.author.user)
    services.add_addendum(note_uid=note.uid, text="late", by=note.author.user)

    with pytest.raises(InternalError), transaction.atomic():
        note.addenda.update(text="other")


def test_a_leader_who_only_reads_adds_nothing_to_the_record_of_two_others() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(person=kam)
    services.close_note(note_uid=note.uid, by=note.author.user)

    with pytest.raises(OnlyTheAuthorWrites):
        services.add_addendum(note_uid=note.uid, text="and I say", by=manager.user)


# Promises


def test_an_action_typed_in_a_line_has_owner_and_day() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(author=manager, person=kam)

    item = services.add_action(note_uid=note.uid, line="send the offer @me fri", by=manager.user)
    other = services.add_action(note_uid=note.uid, line="试用五单 下周二", by=manager.user)

    assert (item.text, item.owner, item.due_on) == ("send the offer", manager, date(2026, 11, 27))
    assert (other.text, other.owner, other.due_on) == ("试用五单", kam, date(2026, 12, 1))


def test_only_readers_of_the_note_can_owe_something_in_it() -> None:
    note = CoachingNoteFactory.create()
    stranger = person_with_role(Role.KAM, name="Kary Hendrixson")

    with pytest.raises(NoSuchOwner, match="Kary"):
        services.add_action(note_uid=note.uid, line="join two calls @Kary", by=note.author.user)

    assert not ActionItem.objects.filter(owner=stranger).exists()


def test_a_line_that_only_names_a_day_is_no_action() -> None:
    note = CoachingNoteFactory.create()

    with pytest.raises(ActionWithoutText):
        services.add_action(note_uid=note.uid, line="@me fri", by=note.author.user)


def test_owner_and_author_tick_off_and_undo_others_do_not() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(person=kam)
    item = ActionItemFactory.create(note=note, owner=kam)

    for person in (kam, note.author):
        assert services.set_done(action_uid=item.uid, done=True, by=person.user).done_at == MONDAY
        assert services.set_done(action_uid=item.uid, done=False, by=person.user).done_at is None
    with pytest.raises(NotYourPromise):
        services.set_done(action_uid=item.uid, done=True, by=manager.user)


def test_ticking_twice_keeps_the_first_moment_also_after_the_note_was_closed(clock: time_machine.Traveller) -> None:
    item = ActionItemFactory.create()
    services.close_note(note_uid=item.note.uid, by=item.note.author.user)
    services.set_done(action_uid=item.uid, done=True, by=item.owner.user)
    clock.shift(3600)

    assert services.set_done(action_uid=item.uid, done=True, by=item.owner.user).done_at == MONDAY


def test_what_is_open_is_carried_into_the_next_note_until_it_is_done() -> None:
    manager, [kam] = a_team()
    first = CoachingNoteFactory.create(author=manager, person=kam, held_on=date(2026, 10, 13))
    item = ActionItemFactory.create(note=first, owner=kam, due_on=date(2026, 10, 27))
    second = CoachingNoteFactory.create(author=manager, person=kam)

    [carried] = selectors.carried_into(note=second, viewer=manager.user, on=date(2026, 11, 23))
    assert (carried.uid, carried.overdue) == (item.uid, True)

    services.set_done(action_uid=item.uid, done=True, by=kam.user)
    assert selectors.carried_into(note=second, viewer=manager.user, on=date(2026, 11, 23)) == []


def test_an_action_is_taken_out_of_an_open_note_by_its_author_only() -> None:
    item = ActionItemFactory.create()
    with pytest.raises(OnlyTheAuthorWrites):
        services.remove_action(action_uid=item.uid, by=item.owner.user)

    services.remove_action(action_uid=item.uid, by=item.note.author.user)

    assert not ActionItem.objects.exists()


# Attachments


def test_an_attached_deal_keeps_its_state_then_beside_its_state_now() -> None:
    manager, [kam] = a_team()
    note = CoachingNoteFactory.create(author=manager, person=kam)
    deal = lost(kam, "2026-11-09")
    services.attach_deal(note_uid=note.uid, deal_uid=deal.uid, by=manager.user)
    services.attach_deal(note_uid=note.uid, deal_uid=deal.uid, by=manager.user)

    [before] = selectors.attachments(note)
    deal.stage, deal.amount = "won", 1040
    deal.save()
    [after] = selectors.attachments(note)

    assert not before.changed
    assert after.then == "lost 9\xa0Nov"
    assert after.now == "won 9\xa0Nov, $1,040"


def test_an_attached_result_keeps_its_value_then() -> None:
    manager, [kam] = a_team()
    won(kam, "2026-11-03", 1000)
    computed("2026-Q4")
    note = CoachingNoteFactory.create(author=manager, person=kam)
    [offer] = selectors.attachable(viewer=manager.user, person=kam, text="booked")

    services.attach_result(note_uid=note.uid, result_uid=UUID(offer.value.removeprefix("result:")), by=manager.user)
    won(kam, "2026-11-10", 500)
    computed("2026-Q4")

    [attached] = selectors.attachments(note)
    assert (attached.then, attached.now) == ("$1,000", "$1,500")


def test_a_deal_of_somebody_else_is_not_attached_though_the_author_sees_it() -> None:
    manager, [kam, colleague] = a_team(kams=2)
    note = CoachingNoteFactory.create(author=manager, person=kam)

    with pytest.raises(NotAttachable, match=kam.name):
        services.attach_deal(note_uid=note.uid, deal_uid=lost(colleague, "2026-11-09").uid, by=manager.user)


# Cadence


def test_a_manager_sets_the_own_days_and_not_another_managers() -> None:
    manager, _kams = a_team()
    other, _others = a_team()
    today = date(2026, 11, 23)

    services.set_cadence(manager_uid=manager.uid, days=7, by=manager.user, on=today)

    assert selectors.cadence_days().of(manager.pk) == 7
    for uid in (other.uid, None):
        with pytest.raises(NotFound):
            services.set_cadence(manager_uid=uid, days=7, by=manager.user, on=today)


def test_hr_sets_the_days_for_all_and_for_each_and_takes_an_exception_back() -> None:
    manager, _kams = a_team()
    hr = person_with_role(Role.HR)
    today = date(2026, 11, 23)

    services.set_cadence(manager_uid=None, days=21, by=hr.user, on=today)
    services.set_cadence(manager_uid=manager.uid, days=7, by=hr.user, on=today)
    assert (selectors.cadence_days().default, selectors.cadence_days().of(manager.pk)) == (21, 7)

    services.set_cadence(manager_uid=manager.uid, days=None, by=hr.user, on=today)
    assert selectors.cadence_days().of(manager.pk) == 21


def test_who_is_due_follows_the_leader_of_the_team() -> None:
    manager, [kam, fresh] = a_team(kams=2)
    CoachingNoteFactory.create(author=manager, person=kam, held_on=date(2026, 10, 13))
    services.open_draft(person_uid=fresh.uid, by=manager.user)

    talks = selectors.next_talks(manager=manager, on=date(2026, 11, 23))

    assert [(talk.person, talk.cadence.days_late) for talk in talks] == [(fresh, 2504), (kam, 27)]
    assert selectors.last_coached(person_ids=[kam.pk, fresh.pk]) == {kam.pk: date(2026, 10, 13)}
    Leadership.objects.all().delete()
    assert selectors.next_talks(manager=manager, on=date(2026, 11, 23)) == []


def test_the_median_of_days_since_a_talk_counts_newcomers_from_their_first_day() -> None:
    manager, [one, two, three] = a_team(kams=3)
    team = Leadership.objects.get(person=manager).team
    CoachingNoteFactory.create(person=one, held_on=date(2026, 11, 20))
    CoachingNoteFactory.create(person=two, held_on=date(2026, 11, 13))

    found = selectors.days_since_coached(teams=[team, team.parent], on=date(2026, 11, 23))  # type: ignore[list-item]

    assert found[team.pk] == found[team.parent_id] == 10  # type: ignore[index]
    assert three.memberships.exists()
