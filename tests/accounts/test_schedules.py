"""Schedules: first values from the settings, words for people, and changes that stay."""

from datetime import timedelta

import pytest
from celery.schedules import crontab
from django.conf import settings
from django.utils import timezone, translation
from django_celery_beat.models import CrontabSchedule, PeriodicTask
from pytest_django.fixtures import Settings

from accounts.access import Role
from accounts.errors import ScheduleIsFixed
from accounts.models import User
from accounts.selectors import schedule_row, schedule_rows
from accounts.selectors.schedules import in_words
from accounts.services import change_schedule, sync_schedules, turn_schedule
from core.errors import NotFound
from tests.accounts.factories import client_for, person_with_role

pytestmark = pytest.mark.django_db

NIGHTLY = "goals.compute_all"


@pytest.fixture
def hr() -> User:
    return person_with_role(Role.HR).user


def test_after_a_migration_each_schedule_of_the_settings_has_its_row() -> None:
    assert {row.name for row in schedule_rows()} == set(settings.KAM_SCHEDULES)


def test_what_hr_edits_stays_when_the_settings_are_read_again(hr: User) -> None:
    change_schedule(name=NIGHTLY, hour=4, minute=30, weekdays=[1, 4], by=hr)
    turn_schedule(name=NIGHTLY, on=False, by=hr)

    assert sync_schedules() == []

    row = schedule_row(NIGHTLY)
    assert (row.when, row.enabled) == ("Monday, Thursday at 04:30", False)


def test_a_schedule_new_in_the_settings_is_added_and_a_former_one_goes(settings: Settings) -> None:
    PeriodicTask.objects.create(name="old.task", task="old.task", crontab=CrontabSchedule.objects.create())
    settings.KAM_SCHEDULES = settings.KAM_SCHEDULES | {"new.task": crontab(minute="15", hour="*")}

    assert sync_schedules() == ["new.task"]

    assert not PeriodicTask.objects.filter(name="old.task").exists()
    assert schedule_row("new.task").when == "every hour at minute 15"


def test_a_schedule_change_does_not_touch_others_of_the_same_time(hr: User) -> None:
    other = schedule_row("training.remind_coaching").when
    row = schedule_row("training.remind_coaching")
    change_schedule(name=NIGHTLY, hour=row.hour or 0, minute=row.minute or 0, weekdays=[], by=hr)

    change_schedule(name=NIGHTLY, hour=5, minute=0, weekdays=[], by=hr)

    assert schedule_row("training.remind_coaching").when == other


def test_what_the_portal_needs_itself_cannot_be_stopped(hr: User) -> None:
    with pytest.raises(ScheduleIsFixed):
        turn_schedule(name="core.heartbeat", on=False, by=hr)


def test_only_schedules_of_the_portal_can_be_edited(hr: User) -> None:
    with pytest.raises(NotFound):
        turn_schedule(name="celery.backend_cleanup", on=False, by=hr)


@pytest.mark.parametrize(
    ("minute", "hour", "days", "english", "chinese"),
    [
        ("*", "*", "*", "every minute", "每分钟"),
        ("0", "2", "*", "every day at 02:00", "每天 02:00"),
        ("0", "7", "1-5", "Monday to Friday at 07:00", "周一至周五 07:00"),
        ("30", "7", "mon,thu", "Monday, Thursday at 07:30", "星期一、星期四 07:30"),
    ],
)
def test_times_are_told_in_words(minute: str, hour: str, days: str, english: str, chinese: str) -> None:
    times = CrontabSchedule(minute=minute, hour=hour, day_of_week=days)

    assert in_words(times) == english
    with translation.override("zh-hans"):
        assert in_words(times) == chinese


def test_hr_changes_a_time_on_the_page(hr: User) -> None:
    client = client_for(hr)

    answer = client.post(f"/settings/schedules/{NIGHTLY}/", {"hour": "3", "minute": "15", "weekdays": ["0"]})

    assert answer.status_code == 302
    assert schedule_row(NIGHTLY).when == "Sunday at 03:15"


def test_the_page_tells_when_work_ran_last(hr: User) -> None:
    PeriodicTask.objects.filter(name=NIGHTLY).update(last_run_at=timezone.now() - timedelta(hours=3))

    assert "3 hours ago" in client_for(hr).get("/settings/schedules/").content.decode().replace("\xa0", " ")
