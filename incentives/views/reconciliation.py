"""One's own sheet beside the portal: only the differences, each with its cause and the way to ask about it."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.doors import UserRequest, requires
from accounts.models import Person
from core import calendar, formats
from core.errors import NotFound
from core.ui import Crumb
from incentives.forms.own_sheet import COLUMNS, Cells, ColumnsForm, OwnSheetForm, guessed, own_rows
from incentives.models import Statement
from incentives.selectors.reconciliation import Cause, Difference, Reconciliation, reconciliation

CAUSES: dict[Cause, str | Promise] = {
    Cause.UNKNOWN: gettext_lazy("Not credited: no deal of yours has this number, nor this customer and amount."),
    Cause.OPEN: gettext_lazy("Not credited: the deal is still open."),
    Cause.LOST: gettext_lazy("Not credited: the deal was lost."),
    Cause.OTHER_OWNER: gettext_lazy("Not credited to you: the deal belongs to somebody else."),
    Cause.NOT_CREDITED: gettext_lazy("Not credited: the deal is won, but nobody credited it to you."),
    Cause.OTHER_PERIOD: gettext_lazy("Counts in another quarter, by the day on which it was won."),
    Cause.OTHER_DATE: gettext_lazy("Another day of the same quarter."),
    Cause.OTHER_CURRENCY: gettext_lazy("Another amount: the deal is in a currency of its own."),
    Cause.OTHER_AMOUNT: gettext_lazy("Another amount, by the deal or by your share of it."),
    Cause.OTHER_PAY: gettext_lazy("Paid at another rate."),
    Cause.TWICE: gettext_lazy("Stands in your sheet twice."),
    Cause.MISSING: gettext_lazy("Only in the portal: your sheet lacks it."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A difference in words, with the way to ask about it."""

    row: int | None
    label: str
    href: str | None
    mine: str
    portal: str
    why: str
    ask_url: str | None


@requires("incentives.view_own_pay")
def reconcile(request: UserRequest) -> HttpResponse:
    """Choose a file, see the differences by the columns that were guessed, correct these where they are wrong."""
    person = request.user.person_or_none
    if person is None:
        raise NotFound
    if request.method != "POST":
        return _page(request, {"form": OwnSheetForm()})
    if "cells" in request.POST:
        columns = ColumnsForm(request.POST)
        if not columns.is_valid():
            return _page(request, {"form": OwnSheetForm(), "columns": columns}, status=422)
        given = columns.cleaned_data
        return _result(request, person, given["period"], given["cells"], columns.columns)
    form = OwnSheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, {"form": form}, status=422)
    cells = form.cleaned_data["sheet"]
    return _result(request, person, form.cleaned_data["period"], cells, guessed(cells[0]))


def _page(request: UserRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context["crumbs"] = [
        Crumb(_("Incentives"), reverse("incentives:home")),
        Crumb(_("Compare with my own sheet")),
    ]
    return render(request, "incentives/reconcile.html", context, status=status)


def _result(request: UserRequest, person: Person, period: str, cells: Cells, columns: dict[str, int]) -> HttpResponse:
    rows = own_rows(cells, columns)
    found = reconciliation(viewer=request.user, person=person, period=calendar.period(period), rows=rows)
    chosen = {name: str(place) for name, place in columns.items()}
    form = ColumnsForm(initial={"period": period, "cells": json.dumps(cells)} | chosen, headings=cells[0])
    context = {
        "form": OwnSheetForm(initial={"period": period}),
        "columns": form,
        "period": period,
        "found": found,
        "differences": [_shown(each, found) for each in found.differences],
        "unread": [label for name, label in COLUMNS.items() if name not in columns],
    }
    return _page(request, context)


def _shown(difference: Difference, found: Reconciliation) -> Shown:
    return Shown(
        row=difference.row,
        label=difference.label,
        href=reverse("crm:deal-detail", args=[difference.deal.uid]) if difference.deal else None,
        mine=_text(difference.mine),
        portal=_text(difference.portal),
        why=str(CAUSES[difference.cause]),
        ask_url=_ask_url(difference, found.statement),
    )


def _text(value: Decimal | date | str | None) -> str:
    if value is None:
        return formats.DASH
    if isinstance(value, Decimal):
        return formats.number(value, 2)
    return formats.day(value) if isinstance(value, date) else value


def _ask_url(difference: Difference, statement: Statement | None) -> str | None:
    """The question about the line, or about the deal that is missing; nothing is kept before it is sent."""
    if statement is None or difference.cause in {Cause.MISSING, Cause.TWICE}:
        return None
    if difference.position is not None:
        return reverse("incentives:line-question", args=[statement.uid, difference.position])
    query = urlencode({"deal": difference.deal.external_id if difference.deal else difference.label})
    return f"{reverse('incentives:dispute-missing', args=[statement.uid])}?{query}"
