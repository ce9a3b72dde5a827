"""The audit trail: what the database kept, as people read it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from django_celery_beat.models import PeriodicTask
from pytest_django import DjangoAssertNumQueries

from accounts.access import Role
from accounts.models import Membership, Person, User
from accounts.selectors import AuditFilter, audit_rows, column_name, schedule_row, table_name, tracked_models
from accounts.selectors.audit import OWN_COLUMNS, AuditRow
from accounts.services import change_level, change_schedule, move_person, turn_schedule
from core.calendar import today
from core.errors import UnknownFilter
from core.keyset import UnknownPlace
from core.models import ExchangeRate
from tests.accounts.factories import Company, PersonFactory, client_for, company, person_with_role

pytestmark = pytest.mark.django_db

SPRING = date(2026, 3, 1)


@pytest.fixture
def tree() -> Company:
    return company()


@pytest.fixture
def admin() -> Person:
    return person_with_role(Role.ADMINISTRATOR, name="Ana Adeyemi")


@pytest.fixture
def moved(tree: Company, admin: Person) -> Person:
    person = PersonFactory.create(name="Lajuana Vencill", team=tree.teams["west-1"])
    move_person(person_uid=person.uid, team=tree.teams["east-1"], since=SPRING, by=admin.user)
    return person


def memberships(**chosen: object) -> list[AuditRow]:
    return list(audit_rows(chosen=AuditFilter(model="accounts.Membership", **chosen)).rows)  # type: ignore[arg-type]


def test_a_move_is_told_with_who_when_before_and_after(moved: Person) -> None:
    made, cut, first = memberships()

    assert (made.who, made.what, made.named, made.action) == (
        "Ana Adeyemi",
        "created",
        "Lajuana Vencill",
        "person.placed_in_team",
    )
    assert {change.field: (change.before, change.after) for change in made.changes} == {
        "during": ("", "from 1\xa0Mar\xa02026"),
        "person": ("", "Lajuana Vencill"),
        "team": ("", "East 1"),
    }
    assert (cut.what, [change.field for change in cut.changes]) == ("changed", ["during"])
    assert cut.changes[0].before == "from 1\xa0Jan\xa02020"
    assert first.who == ""


def test_bulk_updates_and_raw_sql_are_kept_too(moved: Person) -> None:
    Membership.objects.filter(person=moved).delete()

    assert [row.what for row in memberships()[:2]] == ["deleted", "deleted"]


def test_it_is_narrowed_by_who_and_when(moved: Person, admin: Person) -> None:
    assert len(memberships(by=admin.user)) == 2
    assert memberships(by=PersonFactory.create().user) == []
    assert len(memberships(first=today(), last=today())) == 3
    assert memberships(last=today() - timedelta(days=1)) == []


def test_pages_go_by_key_across_all_tables_and_meet_each_change_once(moved: Person, admin: Person) -> None:
    change_level(person_uid=moved.uid, level=2, since=SPRING, by=admin.user)
    everything = audit_rows(chosen=AuditFilter(), size=500).rows
    after = ""
    seen: list[AuditRow] = []
    while True:
        page = audit_rows(chosen=AuditFilter(), after=after, size=4)
        seen += page.rows
        if page.after is None:
            break
        after = page.after

    assert seen == list(everything)
    assert [row.at for row in seen] == sorted((row.at for row in seen), reverse=True)


def test_an_unknown_kind_or_place_is_an_error() -> None:
    with pytest.raises(UnknownFilter):
        audit_rows(chosen=AuditFilter(model="auth.Group"))
    with pytest.raises(UnknownPlace):
        audit_rows(chosen=AuditFilter(), after="nonsense")


def test_passwords_and_token_digests_are_not_in_it(admin: Person) -> None:
    admin.user.set_password("something-else-now")
    admin.user.save(update_fields=["password"])

    shown = [change.field for row in audit_rows(chosen=AuditFilter(), size=500).rows for change in row.changes]
    assert "password" not in shown
    assert "digest" not in shown
    assert "accounts.User" in tracked_models()


def test_the_page_shows_it_and_costs_the_same_however_long_it_is(
    moved: Person, admin: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_for(admin)
    PersonFactory.create_batch(30, level=1)

    with django_assert_max_num_queries(20):
        page = client.get("/settings/audit/?model=accounts.Membership").content.decode()

    assert "Lajuana Vencill" in page
    assert "East 1" in page


def test_a_change_on_a_page_carries_the_user_of_the_request(tree: Company) -> None:
    hr = person_with_role(Role.HR, name="Hanna")
    person = PersonFactory.create(team=tree.teams["west-1"])
    client: Client = client_for(hr)

    client.post(f"/people/{person.uid}/level/", {"level": "3", "since": "2026-03-01"})

    row = audit_rows(chosen=AuditFilter(model="accounts.LevelRecord")).rows[0]
    assert (row.who, row.action) == ("Hanna", "person.level_set")


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_only_administrators_read_it(role: Role) -> None:
    assert client_for(person_with_role(role)).get("/settings/audit/").status_code == 404


def test_the_language_of_the_reader_is_used(moved: Person, admin: Person) -> None:
    User.objects.filter(pk=admin.user_id).update(language="zh-hans")

    page = client_for(admin).get("/settings/audit/?model=accounts.Membership").content.decode()

    assert "2026\xa0年\xa03\xa0月\xa01\xa0日" in page


def latest(model: str) -> AuditRow:
    return audit_rows(chosen=AuditFilter(model=model)).rows[0]


def test_a_changed_schedule_is_told_with_who_and_with_its_times_in_words(admin: Person) -> None:
    client = client_for(admin)
    change_schedule(name="goals.compute_all", hour=4, minute=30, weekdays=[1, 4], by=admin.user)

    row = latest("accounts.Schedule")
    assert (row.who, row.what, row.action) == ("Ana Adeyemi", "changed", "schedule.changed")
    assert row.named == str(schedule_row("goals.compute_all").label)
    assert [(change.before, change.after) for change in row.changes] == [
        ("every day at 02:00", "Monday, Thursday at 04:30")
    ]
    page = client.get("/settings/audit/").content.decode()
    assert "Monday, Thursday at 04:30" in page
    assert "schedule.changed" in page


def test_a_schedule_turned_off_on_its_page_is_told_with_who(admin: Person) -> None:
    turn_schedule(name="goals.compute_all", on=False, by=admin.user)

    row = latest("accounts.Schedule")
    assert (row.who, row.action) == ("Ana Adeyemi", "schedule.turned")
    assert [(change.before, change.after) for change in row.changes] == [("yes", "no")]


def test_that_a_schedule_has_run_is_no_change(admin: Person) -> None:
    before = len(audit_rows(chosen=AuditFilter(model="accounts.Schedule"), size=500).rows)

    PeriodicTask.objects.filter(name="goals.compute_all").update(last_run_at=timezone.now(), total_run_count=7)

    assert len(audit_rows(chosen=AuditFilter(model="accounts.Schedule"), size=500).rows) == before


def test_an_exchange_rate_is_told_with_who_added_it(admin: Person) -> None:
    form = {"base": "EUR", "quote": "USD", "rate": "1.0842", "on": "2026-03-02", "source": "ECB"}
    assert client_for(admin).post("/settings/exchange-rates/", form).status_code == 302

    row = latest("core.ExchangeRate")
    assert (row.who, row.what, row.action, row.named) == ("Ana Adeyemi", "created", "rate.added", "EUR/USD 2026-03-02")

    ExchangeRate.objects.all().delete()
    assert (latest("core.ExchangeRate").what, latest("core.ExchangeRate").named) == ("deleted", "EUR/USD 2026-03-02")


@pytest.mark.parametrize("event", tracked_models().values(), ids=tracked_models())
def test_a_table_and_its_columns_have_chinese_names(event: Any) -> None:
    columns = [field.attname for field in event._meta.fields if not field.name.startswith("pgh_")]
    with translation.override("zh-hans"):
        names = [table_name(event), *(column_name(event, name) for name in columns if name not in OWN_COLUMNS)]
    assert [name for name in names if name.isascii() and name != "KPI"] == []
