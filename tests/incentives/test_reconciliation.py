"""A KAM's own sheet beside the portal: only differences, each with its cause, and nothing is kept."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import Workbook

from accounts.access import Role
from accounts.models import Person
from core.calendar import period as period_of
from crm.models import Credit, Opportunity
from incentives.forms.own_sheet import OwnRow, day_of, guessed, number_of
from incentives.selectors.reconciliation import Cause, Reconciliation, reconciliation
from tests.accounts.factories import PersonFactory, TeamFactory, client_for, person_with_role
from tests.incentives.factories import calculated_run, credit, open_deal, published_plan, put_on, quota

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_october")]
Q3, JUL, AUG = "2026-Q3", date(2026, 7, 12), date(2026, 8, 18)


@pytest.fixture
def in_october() -> Iterator[None]:
    with time_machine.travel("2026-10-20 09:00", tick=False):
        yield


@pytest.fixture
def kam() -> Person:
    person = person_with_role(Role.KAM, TeamFactory.create())
    put_on(published_plan(), person, "5400")
    quota(person, "30000", Q3)
    return person


def row(deal: str = "", amount: str | None = None, on: date | None = None, **more: Any) -> OwnRow:
    pay = more.get("pay")
    return OwnRow(
        number=more.get("number", 2),
        deal=deal,
        customer=more.get("customer", ""),
        amount=None if amount is None else Decimal(amount),
        on=on,
        pay=None if pay is None else Decimal(pay),
    )


def compared(kam: Person, *rows: OwnRow) -> Reconciliation:
    return reconciliation(viewer=kam.user, person=kam, period=period_of(Q3), rows=rows)


def causes(kam: Person, *rows: OwnRow) -> Sequence[Cause]:
    return [each.cause for each in compared(kam, *rows).differences]


def reference(given: Credit) -> str:
    return given.opportunity.external_id


def test_a_sheet_that_agrees_has_no_difference(kam: Person) -> None:
    first = credit(kam, "12064", JUL)
    credit(kam, "4936", AUG)
    calculated_run(Q3, kind="provisional")

    found = compared(
        kam,
        row(reference(first).lower(), "12064", JUL, pay="1085.76"),
        row("", "4936", AUG, customer=" isdom ", pay="804.24"),  # found by customer and amount
    )

    assert (found.differences, found.equal) == ([], 2)


def test_each_difference_has_its_cause(kam: Person) -> None:
    one = credit(kam, "12064", JUL)
    later = credit(kam, "100", date(2026, 10, 2))
    calculated_run(Q3, kind="provisional")

    assert causes(kam, row(reference(one), "12000", AUG, pay="9")) == [
        Cause.OTHER_DATE,
        Cause.OTHER_AMOUNT,
        Cause.OTHER_PAY,
    ]
    assert causes(kam, row(reference(one)), row(reference(later), "100", AUG)) == [Cause.OTHER_PERIOD]
    assert causes(kam, row(reference(one)), row(reference(one))) == [Cause.TWICE]
    assert causes(kam) == [Cause.MISSING]


def test_a_foreign_deal_differs_by_its_currency(kam: Person) -> None:
    calculated_run(Q3, kind="provisional")
    euro = credit(kam, "900", AUG, currency="EUR")
    assert causes(kam, row(reference(euro), "1000", AUG)) == [Cause.OTHER_CURRENCY]


def test_what_is_not_credited_says_why(kam: Person) -> None:
    colleague = PersonFactory.create()
    won = credit(kam, "700", JUL)
    Credit.objects.filter(pk=won.pk).delete()
    deal = open_deal(kam, "500")

    assert causes(kam, row(deal.external_id, "500")) == [Cause.OPEN]
    Opportunity.objects.filter(pk=deal.pk).update(stage=Opportunity.Stage.LOST, closed_on=AUG)
    assert causes(kam, row(deal.external_id, "500")) == [Cause.LOST]
    assert causes(kam, row(reference(won), "700")) == [Cause.NOT_CREDITED]
    # The deal of somebody whose work one may not see is as unknown as one that is not there.
    assert causes(kam, row(open_deal(colleague, "5").external_id)) == causes(kam, row("no-such")) == [Cause.UNKNOWN]


def test_the_number_of_queries_does_not_grow_with_the_rows(kam: Person) -> None:
    deals = [credit(kam, str(100 + number), JUL) for number in range(30)]
    calculated_run(Q3, kind="provisional")
    counts = []
    for some in (deals[:1], deals[:1], deals):
        with CaptureQueriesContext(connection) as seen:
            compared(kam, *(row(reference(each), str(each.amount), JUL) for each in some))
        counts.append(len(seen))
    assert counts[1] == counts[2] <= 8


# The file


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,234.50", "1234.50"), ("$ 1 234", "1234"), ("1.234,50", "1234.50"), ("¥-3", "-3"), ("n/a", None)],
)
def test_numbers_are_read_as_people_write_them(text: str, number: str | None) -> None:
    assert number_of(text) == (None if number is None else Decimal(number))


def test_days_are_read_year_first_and_nothing_is_guessed() -> None:
    assert day_of("2026-07-12") == day_of("2026/7/12") == day_of("2026年7月12日") == JUL
    assert day_of("07/12/2026") is day_of("2026-13-01") is None


def test_columns_are_guessed_in_both_languages() -> None:
    assert guessed(["Opportunity", "Account", "Deal value", "Closed on", "Commission"]) == {
        "deal": 0,
        "customer": 1,
        "amount": 2,
        "on": 3,
        "pay": 4,
    }
    assert guessed(["商机编号", "客户名称", "合同金额", "签约日期", "提成"]) == guessed(
        ["Deal", "Customer", "Amount", "Date", "Pay"]
    )


def xlsx(*rows: Sequence[Any]) -> SimpleUploadedFile:
    book = Workbook()
    for each in rows:
        book.active.append(list(each))  # type: ignore[union-attr]
    content = BytesIO()
    book.save(content)
    return SimpleUploadedFile("mine.xlsx", content.getvalue())


def test_a_spreadsheet_is_compared_corrected_by_its_columns_and_not_kept(kam: Person) -> None:
    one = credit(kam, "12064", JUL)
    calculated_run(Q3, kind="provisional")
    counts = {model: model._default_manager.count() for model in apps.get_app_config("incentives").get_models()}
    client = client_for(kam)
    sheet = xlsx(["Deal", "When", "Amount"], [reference(one), JUL, 12000])

    shown = client.post("/incentives/reconcile/", {"period": Q3, "sheet": sheet}).content.decode()
    assert "Another amount, by the deal or by your share of it." in shown
    assert "12,064.00" in shown

    cells = json.dumps([["Deal", "When", "Amount"], [reference(one), "2026-08-01", "12064"]])
    again = client.post("/incentives/reconcile/", {"period": Q3, "cells": cells, "deal": "0", "on": "1", "amount": "2"})
    assert "Another day of the same quarter." in again.content.decode()
    assert {model: model._default_manager.count() for model in counts} == counts


def test_a_difference_leads_to_the_question_about_its_line(kam: Person) -> None:
    one = credit(kam, "12064", JUL)
    statement = calculated_run(Q3, kind="provisional").statements.get()
    sheet = SimpleUploadedFile("mine.csv", f"Deal;Pay\n{reference(one)};5\nX-1;7\n".encode())

    shown = client_for(kam).post("/incentives/reconcile/", {"period": Q3, "sheet": sheet}).content.decode()

    assert f"/incentives/statements/{statement.uid}/lines/1/question/" in shown
    assert f"/incentives/statements/{statement.uid}/missing/?deal=X-1" in shown


@pytest.mark.parametrize("name", ["mine.xlsx", "mine.csv"])
def test_what_is_no_sheet_is_told_at_the_field(kam: Person, name: str) -> None:
    answer = client_for(kam).post(
        "/incentives/reconcile/", {"period": Q3, "sheet": SimpleUploadedFile(name, b"\xff\x00")}
    )
    assert answer.status_code == 422
    assert "no XLSX or CSV file" in answer.content.decode()


def test_rows_that_were_tampered_with_are_refused(kam: Person) -> None:
    answer = client_for(kam).post("/incentives/reconcile/", {"period": Q3, "cells": '{"a": 1}'})
    assert answer.status_code == 422


def test_there_is_no_such_page_for_those_who_are_not_paid() -> None:
    assert client_for(person_with_role(Role.HR)).get("/incentives/reconcile/").status_code == 404
