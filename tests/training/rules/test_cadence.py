from datetime import date

import pytest

from training.rules.cadence import CadenceState, cadence, week_code, weeks_late

LONG_AGO = date(2020, 1, 1)
TALK = date(2026, 11, 10)


@pytest.mark.parametrize(
    ("on", "days_late", "state"),
    [
        (date(2026, 11, 20), 0, CadenceState.PLANNED),
        (date(2026, 11, 21), 0, CadenceState.DUE),
        (date(2026, 11, 24), 0, CadenceState.DUE),
        (date(2026, 11, 25), 1, CadenceState.OVERDUE),
        (date(2026, 12, 24), 30, CadenceState.OVERDUE),
    ],
)
def test_fourteen_days_after_the_last_talk_the_next_is_due(on: date, days_late: int, state: CadenceState) -> None:
    found = cadence(last=TALK, since=LONG_AGO, days=14, on=on)

    assert found.due_on == date(2026, 11, 24)
    assert (found.days_late, found.state) == (days_late, state)


def test_somebody_new_is_due_that_many_days_after_joining() -> None:
    assert cadence(last=None, since=TALK, days=14, on=TALK).due_on == date(2026, 11, 24)


def test_a_talk_in_an_earlier_team_does_not_make_a_newcomer_overdue_at_once() -> None:
    assert cadence(last=date(2026, 1, 5), since=TALK, days=14, on=TALK).days_late == 0


def test_the_week_of_a_reminder_is_the_iso_week_over_the_new_year() -> None:
    assert week_code(date(2026, 12, 31)) == week_code(date(2027, 1, 3)) == "2026-W53"
    assert week_code(date(2027, 1, 4)) == "2027-W01"


def test_a_late_promise_is_counted_by_full_weeks_from_its_first_late_day() -> None:
    due = date(2026, 11, 20)

    assert [weeks_late(due, date(2026, 11, day)) for day in (21, 27, 28)] == [0, 0, 1]
