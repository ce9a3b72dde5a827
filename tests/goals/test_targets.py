"""Setting, clearing, deriving and importing targets, and what follows for results."""

import io
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import Workbook

from accounts.access import Role
from accounts.models import Person, Team, User
from core import calendar
from core.errors import NotFound
from core.models import ImportBatch
from goals import selectors, services
from goals.errors import (
    ColumnsMissing,
    FileNotReadable,
    ImportIsOver,
    NoHistory,
    NotAdding,
    NotAQuarter,
    TargetOutOfOrder,
)
from goals.models import Target
from goals.rules.targets import How
from goals.selectors.grid import target_history
from tests.accounts.factories import Company, PersonFactory, company, person_with_role
from tests.goals.factories import computed, kpi, result, target, won

pytestmark = pytest.mark.django_db
Q2 = "2026-Q2"


@pytest.fixture
def tree() -> Company:
    return company()


@pytest.fixture
def hr() -> User:
    return person_with_role(Role.HR, name="Hana Rao").user


@pytest.fixture
def kam(tree: Company) -> Person:
    return PersonFactory.create(team=tree.teams["west-1"], name="Ann Adams", number="E1")


def set_target(
    subject: Person | Team, value: int | str, by: User, period: str = Q2, code: str = "booked_revenue", **more: Any
) -> Target:
    return services.set_target(
        kpi=code, subject=subject, period=calendar.period(period), value=Decimal(value), by=by, **more
    )


def test_attainments_of_the_chain_follow_at_once(tree: Company, hr: User, kam: Person) -> None:
    won(kam, "2026-05-04", 600)
    computed(Q2)

    set_target(kam, 3000, hr)

    assert result(kam, Q2).attainment == Decimal("0.2")
    assert result(kam, "2026-05").target == 1000
    assert result(kam, "2026-05").attainment == Decimal("0.6")
    for above in (tree.teams["west-1"], tree.regions["west"], tree.root):
        assert result(above, Q2).target == 3000
    assert result(tree.teams["east-1"], Q2).target is None


def test_the_rate_of_the_company_holds_for_everybody(tree: Company, hr: User, kam: Person) -> None:
    won(kam, "2026-05-04", 600)
    computed(Q2)
    set_target(tree.root, "0.5", hr, code="win_rate")
    for subject in (kam, tree.teams["west-1"], tree.root):
        assert result(subject, Q2, "win_rate").target == Decimal("0.5")
        assert result(subject, "2026-05", "win_rate").attainment == 2


def test_a_cleared_target_gives_way_to_the_derived_one(tree: Company, hr: User, kam: Person) -> None:
    computed(Q2)
    set_target(kam, 100, hr)
    set_target(tree.root, 999, hr)
    services.clear_target(kpi="booked_revenue", subject=tree.root, period=calendar.period(Q2), by=hr)
    assert result(tree.root, Q2).target == 100
    services.clear_target(kpi="booked_revenue", subject=tree.root, period=calendar.period(Q2), by=hr)


def test_threshold_target_and_stretch_follow_each_other(hr: User, kam: Person) -> None:
    with pytest.raises(TargetOutOfOrder, match="must follow each other"):
        set_target(kam, 100, hr, threshold=Decimal(120))
    set_target(kam, 100, hr, threshold=Decimal(80), stretch=Decimal(130))
    with pytest.raises(TargetOutOfOrder):
        set_target(kam, 50, hr, code="cycle_days", threshold=Decimal(40))
    set_target(kam, 50, hr, code="cycle_days", threshold=Decimal(60), stretch=Decimal(40))


def test_nobody_sets_targets_out_of_scope(tree: Company, kam: Person) -> None:
    regional = person_with_role(Role.DIRECTOR, tree.regions["east"]).user
    with pytest.raises(NotFound):
        set_target(kam, 100, regional)
    with pytest.raises(NotFound):
        set_target(tree.root, 100, regional)
    with pytest.raises(NotFound):
        services.clear_target(kpi="booked_revenue", subject=kam, period=calendar.period(Q2), by=regional)


def test_the_history_tells_who_set_what_and_why(hr: User, kam: Person) -> None:
    set_target(kam, 100, hr, reason="agreed in May")
    set_target(kam, 120, hr, reason="two accounts more")
    services.clear_target(kpi="booked_revenue", subject=kam, period=calendar.period(Q2), by=hr)
    found = target_history(kpi=kpi(), who=selectors.who_is(kam), period=calendar.period(Q2))
    assert [(change.label, change.value, change.reason, change.by) for change in found] == [
        ("deleted", Decimal(120), "two accounts more", "Hana Rao"),
        ("changed", Decimal(120), "two accounts more", "Hana Rao"),
        ("created", Decimal(100), "agreed in May", "Hana Rao"),
    ]


def test_a_quota_is_the_target_that_holds_with_its_basis(tree: Company, hr: User, kam: Person) -> None:
    set_target(kam, 900, hr, threshold=Decimal(500), reason="agreed")
    found = selectors.target_of(kpi="booked_revenue", person=kam, period=calendar.period("2026-04"))
    assert found is not None
    assert (found.value, found.how, found.basis) == (Decimal(300), How.THIRD, "A third of the target of Q2\u00a02026.")
    own = selectors.target_of(kpi="booked_revenue", person=kam, period=calendar.period(Q2))
    assert own is not None
    assert (own.value, own.threshold, own.basis) == (Decimal(900), Decimal(500), "agreed")
    assert selectors.targets_of_people(kpi="booked_revenue", period=calendar.period(Q2)) == {kam.pk: 900}
    assert selectors.target_of(kpi="booked_revenue", person=kam, period=calendar.period("2025-Q2")) is None


# From history


def test_targets_are_derived_from_the_quarter_before_and_say_so(tree: Company, hr: User, kam: Person) -> None:
    new = PersonFactory.create(team=tree.teams["west-1"], name="New Comer")
    won(kam, "2026-01-15", 20_000)
    won(kam, "2026-03-02", 10_000)
    computed("2026-Q1", Q2)

    found = services.derive_targets(kpi="booked_revenue", period=calendar.period(Q2), growth=Decimal("0.05"), by=hr)

    assert (found.count, found.kept, found.from_team) == (2, 0, 1)
    row = Target.objects.get(person=kam)
    assert row.value == 47_300  # 30,000 in the two months with bookings: 15,000 x 3 x 1.05 = 47,250
    assert row.basis == (
        "15,000 a month in Q1\u00a02026 (30,000 in 2 months with bookings), times 3, +5.0\u00a0%, rounded to 100."
    )
    assert Target.objects.get(person=new).value == 47_300
    assert (
        Target.objects.get(person=new).basis
        == "No own history in Q1\u00a02026: the mean of 1 derived targets in West 1."
    )
    assert result(tree.root, Q2).target == 94_600


def test_the_quarter_in_which_the_data_begin_is_measured_by_the_one_after_and_says_so(
    tree: Company, hr: User, kam: Person
) -> None:
    new = PersonFactory.create(team=tree.teams["west-1"], name="New Comer")
    won(kam, "2026-03-02", 10_000)
    won(kam, "2026-04-15", 20_000)
    won(kam, "2026-05-15", 20_000)
    computed("2026-Q1", Q2)
    first, after = calendar.period("2026-Q1"), calendar.period(Q2)

    services.derive_targets(kpi="booked_revenue", period=first, growth=Decimal(0), by=hr, base=after)

    row = Target.objects.get(person=kam)
    assert row.value == 20_000  # 40,000 in two months: 20,000 for the one month on record
    begins = "The data begin in Q1\u00a02026, so the quarter after it is the measure, for its months on record. "
    assert row.basis == (
        begins
        + "20,000 a month in Q2\u00a02026 (40,000 in 2 months with bookings), times 1, no growth, rounded to 100."
    )
    assert Target.objects.get(person=new).basis.startswith(begins + "No own history in Q2")


def test_a_quarter_without_a_month_on_record_is_not_derived_from_the_one_after(hr: User, kam: Person) -> None:
    won(kam, "2026-04-15", 20_000)
    computed("2026-Q1", Q2)
    with pytest.raises(NoHistory):
        services.derive_targets(
            kpi="booked_revenue",
            period=calendar.period("2026-Q1"),
            growth=Decimal(0),
            by=hr,
            base=calendar.period(Q2),
        )


def test_what_people_set_is_kept_unless_replaced(tree: Company, hr: User, kam: Person) -> None:
    won(kam, "2026-01-15", 20_000)
    computed("2026-Q1", Q2)
    set_target(kam, 5, hr)
    derive: dict[str, Any] = {"kpi": "booked_revenue", "period": calendar.period(Q2), "growth": Decimal(0), "by": hr}
    assert services.derive_targets(**derive).kept == 1
    assert Target.objects.get(person=kam).value == 5
    assert services.derive_targets(**derive, replace=True).count == 1
    assert Target.objects.get(person=kam).value == 60_000


def test_a_director_derives_only_for_the_own_people(tree: Company, kam: Person) -> None:
    other = PersonFactory.create(team=tree.teams["east-1"])
    for person in (kam, other):
        won(person, "2026-01-15", 20_000)
    computed("2026-Q1", Q2)
    director = person_with_role(Role.DIRECTOR, tree.regions["east"]).user
    services.derive_targets(kpi="booked_revenue", period=calendar.period(Q2), growth=Decimal(0), by=director)
    assert [row.person for row in Target.objects.all()] == [other]


def test_derivation_refuses_ratios_other_periods_and_no_history(hr: User, kam: Person) -> None:
    with pytest.raises(NotAdding):
        services.derive_targets(kpi="win_rate", period=calendar.period(Q2), growth=Decimal(0), by=hr)
    with pytest.raises(NotAQuarter):
        services.derive_targets(kpi="booked_revenue", period=calendar.period("2026"), growth=Decimal(0), by=hr)
    with pytest.raises(NoHistory, match="Q1"):
        services.derive_targets(kpi="booked_revenue", period=calendar.period(Q2), growth=Decimal(0), by=hr)


# Import

GOOD = """kpi,subject,period,target,threshold,stretch,reason
booked_revenue,E1,2026-Q2,"90,000",50000,,agreed
win_rate,west-1,2026-Q2,60 %,,,
deals_won,E1,2026-Q2,12,,,
"""


def preview(content: str | bytes, by: User, name: str = "targets.csv") -> ImportBatch:
    return services.preview_targets(name=name, content=content.encode() if isinstance(content, str) else content, by=by)


def test_a_preview_writes_nothing_and_the_import_writes_it_once(tree: Company, hr: User, kam: Person) -> None:
    computed(Q2)
    batch = preview(GOOD, hr)
    assert (len(batch.report["rows"]), batch.report["rejected"]) == (3, 0)
    assert not Target.objects.exists()

    assert services.apply_targets(batch_uid=batch.uid, by=hr) == 3
    row = Target.objects.get(person=kam, kpi=kpi())
    assert (row.value, row.threshold, row.basis) == (
        Decimal(90_000),
        Decimal(50_000),
        "From the file targets.csv, line 2. agreed",
    )
    assert Target.objects.get(team=tree.teams["west-1"]).value == Decimal("0.6")
    assert result(kam, Q2).target == 90_000
    with pytest.raises(ImportIsOver):
        services.apply_targets(batch_uid=batch.uid, by=hr)


def test_importing_the_same_file_again_changes_nothing(hr: User, kam: Person) -> None:
    services.apply_targets(batch_uid=preview(GOOD.replace("win_rate,west-1,2026-Q2,60 %,,,\n", ""), hr).uid, by=hr)
    before = list(Target.objects.values())
    services.apply_targets(batch_uid=preview(GOOD.replace("win_rate,west-1,2026-Q2,60 %,,,\n", ""), hr).uid, by=hr)
    assert list(Target.objects.values()) == before


def test_a_workbook_is_read_too(hr: User, kam: Person) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Period", "KPI", "Subject", "Target"])
    sheet.append([Q2, "booked_revenue", kam.user.email, 70_000])
    content = io.BytesIO()
    book.save(content)
    batch = preview(content.getvalue(), hr, "targets.xlsx")
    assert services.apply_targets(batch_uid=batch.uid, by=hr) == 1
    assert Target.objects.get().value == 70_000


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("nonsense,E1,2026-Q2,5", "unknown_kpi"),
        ("booked_revenue,E9,2026-Q2,5", "unknown_subject"),
        ("booked_revenue,E1,2026-Q7,5", "unknown_period"),
        ("booked_revenue,E1,2026-H1,5", "no_results_for_period"),
        ("booked_revenue,E1,2026-Q2,many", "not_a_number"),
        ("booked_revenue,E1,2026-Q2,", "not_a_number"),
        ("booked_revenue,E1,2026-Q2,NaN", "not_a_number"),
        ("booked_revenue,E1,2026-Q2,-5", "target_not_positive"),
        ("win_rate,E1,2026-Q2,60", "percent_unclear"),
        ("booked_revenue,E1,2026-Q2,5,9", "target_out_of_order"),
        ("booked_revenue,E1,2026-Q1,5", "repeated"),
    ],
)
def test_a_broken_row_is_kept_with_line_and_reason_and_the_others_go_in(
    hr: User, kam: Person, row: str, code: str
) -> None:
    batch = preview(f"kpi,subject,period,target,threshold\nbooked_revenue,E1,2026-Q1,7\n{row}\n", hr)
    rejected = batch.rejections.get()
    assert (rejected.line, rejected.code) == (3, code)
    assert rejected.row == row.split(",")
    assert services.apply_targets(batch_uid=batch.uid, by=hr) == 1


def test_a_director_imports_only_for_the_own_people(tree: Company, hr: User, kam: Person) -> None:
    director = person_with_role(Role.DIRECTOR, tree.regions["east"]).user
    batch = preview(GOOD, director)
    assert {row.code for row in batch.rejections.all()} == {"unknown_subject"}
    with pytest.raises(NotFound):
        services.apply_targets(batch_uid=preview(GOOD, hr).uid, by=director)


def test_a_file_that_is_no_table_is_refused(hr: User) -> None:
    with pytest.raises(FileNotReadable):
        preview(b"\xff\xfe\x00nonsense", hr)
    with pytest.raises(FileNotReadable):
        preview(b"no workbook", hr, "targets.xlsx")
    with pytest.raises(ColumnsMissing, match="period, target"):
        preview("kpi,subject\n", hr)
    with pytest.raises(ColumnsMissing):
        preview("", hr)
    assert not ImportBatch.objects.exists()


def test_targets_by_hand_of_a_test_helper_are_valid(kam: Person) -> None:
    assert target(kam, Q2, 5).origin == Target.Origin.ENTERED
