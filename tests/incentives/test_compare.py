"""Two runs side by side: who is paid otherwise, by how much, and because of what."""

import csv
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Role
from accounts.models import Person
from core.errors import UnknownFilter
from crm.models import Credit
from goals.models import Target
from incentives import selectors
from incentives.models import Run
from incentives.selectors.run_causes import weighed
from incentives.selectors.runs import Cause, Difference
from tests.accounts.factories import PersonFactory, client_for, person_with_role
from tests.incentives.factories import calculated_run, credit, published_plan, put_on, quota
from tests.incentives.page_queries import queries_of

pytestmark = pytest.mark.django_db
Q2, MAY = "2026-Q2", date(2026, 5, 4)


@pytest.fixture
def people() -> dict[str, Person]:
    plan, found = published_plan(), {}
    for name in ("Ann", "Bo", "Cy", "Di"):
        person = found[name] = PersonFactory.create(name=name)
        put_on(plan, person)
        quota(person, "30000", Q2)
        credit(person, "1000", MAY)
    return found


@pytest.fixture
def runs(people: dict[str, Person]) -> tuple[Run, Run]:
    """A provisional run, and the final one after three things have changed."""
    before = calculated_run(Q2, kind=Run.Kind.PROVISIONAL)
    Credit.objects.filter(person=people["Ann"]).update(amount=3000)
    Target.objects.filter(person=people["Bo"]).update(value=60000)
    people["Cy"].plan_assignments.update(target_pay=10800)
    late = PersonFactory.create(name="Ed")
    put_on(published_plan(), late)
    quota(late, "30000", Q2)
    credit(late, "10", MAY)
    return before, calculated_run(Q2)


def hr() -> Client:
    return client_for(person_with_role(Role.HR))


def test_each_difference_has_its_cause_and_both_values(runs: tuple[Run, Run]) -> None:
    viewer = person_with_role(Role.HR).user
    found = {
        each.person.name: each
        for each in selectors.compare_runs(viewer=viewer, run_uid=runs[0].uid, other_uid=runs[1].uid)
    }
    assert {name: each.change for name, each in found.items()} == {
        "Ann": Decimal(180),
        "Bo": Decimal(-45),
        "Cy": Decimal(90),
        "Ed": Decimal("0.90"),
    }
    causes = {name: [(one.cause, one.before, one.after) for one in each.causes] for name, each in found.items()}
    assert causes["Ann"] == [(Cause.CREDIT, Decimal(1000), Decimal(3000))]
    assert causes["Bo"] == [(Cause.QUOTA, Decimal(30000), Decimal(60000))]
    assert causes["Cy"] == [(Cause.TARGET_PAY, Decimal(5400), Decimal(10800))]
    assert causes["Ed"][0][0] == Cause.CAME
    assert sum(each.change for each in found.values()) == runs[1].total - runs[0].total


def weighed_by_name(before: Run, after: Run) -> dict[str, Difference]:
    viewer = person_with_role(Role.HR).user
    found = selectors.compare_runs(viewer=viewer, run_uid=before.uid, other_uid=after.uid)
    return {each.person.name: each for each in weighed(found, before=before, after=after)}


def test_the_causes_of_a_difference_add_up_to_it(people: dict[str, Person]) -> None:
    before = calculated_run(Q2, kind=Run.Kind.PROVISIONAL)
    Credit.objects.filter(person=people["Ann"]).update(amount=3000)
    Target.objects.filter(person=people["Ann"]).update(value=60000)
    people["Ann"].plan_assignments.update(target_pay=10800)
    after = calculated_run(Q2)
    ann = weighed_by_name(before, after)["Ann"]
    # 9 % of 3,000 less 9 % of 1,000; at twice the target half the rate; at twice the pay twice the rate.
    assert [(one.cause, one.pay) for one in ann.causes] == [
        (Cause.CREDIT, Decimal(180)),
        (Cause.QUOTA, Decimal(-135)),
        (Cause.TARGET_PAY, Decimal(135)),
    ]
    assert sum(one.pay or 0 for one in ann.causes) == ann.change


def test_who_is_in_one_run_only_has_no_money_by_cause(runs: tuple[Run, Run]) -> None:
    found = weighed_by_name(*runs)
    assert [one.pay for one in found["Ed"].causes] == [None]
    assert [one.pay for one in found["Bo"].causes] == [Decimal(-45)]


def test_credits_that_moved_after_the_later_run_leave_the_causes_without_money(runs: tuple[Run, Run]) -> None:
    Credit.objects.update(amount=1)
    assert [one.pay for one in weighed_by_name(*runs)["Ann"].causes] == [None]


def test_telling_the_money_costs_the_same_number_of_queries_for_one_and_for_many(runs: tuple[Run, Run]) -> None:
    viewer = person_with_role(Role.HR).user
    found = selectors.compare_runs(viewer=viewer, run_uid=runs[0].uid, other_uid=runs[1].uid)
    for some in (found[:1], found):
        with CaptureQueriesContext(connection) as queries:
            weighed(some, before=runs[0], after=runs[1])
        assert len(queries) == 4


def test_the_list_is_sorted_and_filtered(runs: tuple[Run, Run]) -> None:
    viewer = person_with_role(Role.HR).user

    def names(**how: str) -> list[str]:
        found = selectors.compare_runs(viewer=viewer, run_uid=runs[0].uid, other_uid=runs[1].uid, **how)
        return [each.person.name for each in found]

    assert names() == ["Ann", "Cy", "Bo", "Ed"]
    assert names(sort="change") == ["Bo", "Ed", "Cy", "Ann"]
    assert names(sort="name", cause="quota") == ["Bo"]
    with pytest.raises(UnknownFilter):
        names(sort="mood")
    with pytest.raises(UnknownFilter):
        names(cause="weather")


def test_the_page_compares_with_the_nearest_run_by_itself(runs: tuple[Run, Run]) -> None:
    page = hr().get(f"/incentives/runs/{runs[1].uid}/compare/").content.decode().replace("\xa0", " ")
    assert "against Provisional run Q2 2026" in page
    assert "Credits: $1,000.00 → $3,000.00" in page
    assert "Only in this run" in page
    assert "Di" not in page[page.index('id="compare-table"') :].split("</table>")[0].replace("Difference", "")


def test_the_export_has_all_differences_of_the_view(runs: tuple[Run, Run]) -> None:
    path = f"/incentives/runs/{runs[1].uid}/compare/export.csv?with={runs[0].uid}&cause=credit"
    text = b"".join(hr().get(path).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, *rows = csv.reader(text.splitlines())
    assert head[2:5] == [runs[0].code, runs[1].code, "Difference"]
    assert [(row[1], row[2], row[3], row[4]) for row in rows] == [("Ann", "90.00", "270.00", "180.00")]


def test_a_run_without_another_says_so(people: dict[str, Person]) -> None:
    run = calculated_run(Q2)
    assert "There is no other run yet" in hr().get(f"/incentives/runs/{run.uid}/compare/").content.decode()
    assert hr().get(f"/incentives/runs/{run.uid}/compare/export.csv").status_code == 404


def test_a_manager_compares_nothing_that_is_not_open(runs: tuple[Run, Run]) -> None:
    manager = client_for(person_with_role(Role.MANAGER))
    assert manager.get(f"/incentives/runs/{runs[1].uid}/compare/").status_code == 404


def test_the_page_takes_the_same_queries_however_many_people(runs: tuple[Run, Run]) -> None:
    browser, path = hr(), f"/incentives/runs/{runs[1].uid}/compare/?with={runs[0].uid}"
    few = queries_of(browser, path)
    for _number in range(20):
        person = PersonFactory.create()
        put_on(published_plan(), person)
        credit(person, "1000", MAY)
    calculated_run(Q2)
    assert queries_of(browser, path) == few <= 15
