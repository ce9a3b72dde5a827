"""The list of key accounts, one account, and a person's accounts."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.models import Person
from accounts.person_page import person_context
from core import formats
from core.calendar import today
from core.charts import BarItem, Bars, Chart, Values
from core.errors import NotFound
from core.exports import Row, table_response
from core.keyset import next_page_url
from core.period_choice import chosen_period
from core.periods import Period
from core.ui import Crumb, Fact, Kpi, TimelineItem
from crm import forms, selectors
from crm.models import KeyAccount, KeyAccountOwner, Opportunity
from crm.selectors.accounts import (
    DEFAULT_SORT,
    AccountDetail,
    AccountFigures,
    AccountFilter,
    AccountRow,
    AccountTotals,
)
from crm.selectors.explanations import ACCOUNT_LIST_FIGURES, FIGURES
from crm.selectors.values import written

Stage = Opportunity.Stage


@requires("crm.view_accounts")
@require_safe
def account_list(request: UserRequest) -> HttpResponse:
    """Accounts with what was won in the period and what is open; the next rows alone where the list goes on."""
    form = forms.AccountFilterForm(request.GET, viewer=request.user)
    choice, chosen = chosen_period(request), _valid(form)
    found = selectors.account_rows(
        viewer=request.user,
        chosen=chosen,
        period=choice.period,
        on=today(),
        sort=request.GET.get("sort") or DEFAULT_SORT,
        after=request.GET.get("after", ""),
    )
    context: dict[str, Any] = {
        "rows": found.rows,
        "next_url": next_page_url(request, found.after),
        "period": choice.period,
        "currency": settings.COMPANY_CURRENCY,
    }
    if wants_fragment(request) and "after" in request.GET:
        return render(request, "crm/_account_rows.html", context)
    totals = selectors.account_totals(viewer=request.user, chosen=chosen, period=choice.period, on=today())
    context |= {
        "form": form,
        "kpis": _list_kpis(totals, choice.period, list_query(request)),
        "owner": chosen.owner,
        "exports": {
            kind: f"{reverse('crm:account-export', args=[kind])}?{list_query(request)}" for kind in ("xlsx", "csv")
        },
        "period_bar": choice.bar,
        "crumbs": [Crumb(_("Accounts"))],
    }
    return render(request, "crm/accounts.html", context)


def chosen_accounts(request: UserRequest) -> AccountFilter:
    """The filters of the list. Raises NotFound where one names what is not there."""
    return _valid(forms.AccountFilterForm(request.GET, viewer=request.user))


def _valid(form: forms.AccountFilterForm) -> AccountFilter:
    if not form.is_valid():
        raise NotFound
    return form.chosen()


def list_query(request: UserRequest) -> str:
    """The list's filters and order as in its address, without the place in it."""
    return urlencode({key: value for key, value in request.GET.items() if value and key != "after"})


def _list_kpis(totals: AccountTotals, period: Period, query: str) -> list[Kpi]:
    """What the list adds up to; without an account nothing."""
    if not totals.accounts:
        return []
    url = {key: f"{reverse('crm:accounts-explain', args=[key])}?{query}" for key in ACCOUNT_LIST_FIGURES}
    won, lost = totals.deals.of(Stage.WON), totals.deals.of(Stage.LOST)
    open_deals = totals.deals.of(*Opportunity.OPEN)
    closed = {"won": formats.number(won.deals), "lost": formats.number(lost.deals)}
    accounts = {"accounts": formats.number(totals.accounts)}
    rate = totals.deals.win_rate
    return [
        _money_kpi(
            _("Won in %(period)s") % {"period": formats.period_label(period)},
            won.value,
            ngettext("%(accounts)s account", "%(accounts)s accounts", totals.accounts) % accounts,
            url["won-in-period"],
        ),
        Kpi(
            label=_("Win rate"),
            value=formats.DASH if rate is None else formats.percent(rate),
            sub=_("%(won)s won, %(lost)s lost") % closed,
            explain_url=url["win-rate"],
        ),
        _money_kpi(
            _("Open pipeline"),
            open_deals.value,
            ngettext("%(deals)s open deal", "%(deals)s open deals", open_deals.deals)
            % {"deals": formats.number(open_deals.deals)},
            url["open"],
        ),
    ]


@requires("crm.view_accounts")
@require_safe
def account_export(request: UserRequest, kind: str) -> HttpResponseBase:
    """The list as it is filtered, as a spreadsheet or CSV."""
    chosen, period, on = chosen_accounts(request), chosen_period(request).period, today()
    rows = selectors.all_account_rows(viewer=request.user, chosen=chosen, period=period, on=on)
    headings = [
        _("Account"),
        _("Owner"),
        _("Sector"),
        _("Country"),
        _("Won in %(period)s") % {"period": formats.period_label(period)},
        _("Open pipeline"),
        _("Number of open deals"),
        _("Last won"),
        _("Currency"),
    ]
    return table_response(kind, name=f"accounts-{period}", headings=headings, rows=_export_rows(rows))


def _export_rows(rows: Iterable[AccountRow]) -> Iterator[Row]:
    for row in rows:
        yield [
            row.account.name,
            row.owner_name,
            row.account.sector,
            row.account.country,
            written(row.won_value),
            written(row.open_value),
            row.open_deals,
            row.last_won_on,
            settings.COMPANY_CURRENCY,
        ]


@requires("crm.view_accounts")
@require_safe
def account_detail(request: UserRequest, uid: UUID) -> HttpResponse:
    account = get_visible(KeyAccount, request.user, uid)
    choice = chosen_period(request)
    detail = selectors.account_detail(viewer=request.user, account=account, period=choice.period, on=today())
    return render(
        request,
        "crm/account.html",
        {
            "account": account,
            "detail": detail,
            "subtitle": " · ".join(filter(None, (account.sector, account.country))),
            "kpis": _kpis(detail.own, choice.period, account),
            "facts": _facts(account, detail),
            "family_kpis": _kpis(detail.rolled_up, choice.period, account, family=True) if detail.subsidiaries else [],
            "owners": [_ownership(owner) for owner in detail.owners],
            "quarters": _quarters_chart(detail),
            "deals_url": f"{reverse('crm:deal-list')}?stage=all&account={account.uid}",
            "period": choice.period,
            "period_bar": choice.bar,
            "currency": settings.COMPANY_CURRENCY,
            "company_currency": settings.COMPANY_CURRENCY,
            "crumbs": [Crumb(_("Accounts"), reverse("crm:account-list")), Crumb(account.name)],
        },
    )


def _kpis(figures: AccountFigures, period: Period, account: KeyAccount, *, family: bool = False) -> list[Kpi]:
    query = urlencode({"period": period.code} | ({"family": "on"} if family else {}))
    url = {key: f"{reverse('crm:account-explain', args=[account.uid, key])}?{query}" for key in FIGURES}
    closed = {"won": formats.number(figures.won), "lost": formats.number(figures.lost)}
    deals = {"deals": formats.number(figures.open_deals)}
    last = formats.day(figures.last_won_on) if figures.last_won_on else ""
    return [
        _money_kpi(
            _("Won in %(period)s") % {"period": formats.period_label(period)},
            figures.won_in_period,
            "",
            url["won-in-period"],
        ),
        _money_kpi(
            _("Won in all"), figures.won_value, _("last on %(day)s") % {"day": last} if last else "", url["won"]
        ),
        Kpi(
            label=_("Win rate"),
            value=formats.DASH if figures.win_rate is None else formats.percent(figures.win_rate),
            sub=_("%(won)s won, %(lost)s lost") % closed,
            explain_url=url["win-rate"],
        ),
        _money_kpi(
            _("Open pipeline"),
            figures.open_value,
            ngettext("%(deals)s open deal", "%(deals)s open deals", figures.open_deals) % deals,
            url["open"],
        ),
    ]


def _money_kpi(label: str, amount: Decimal, sub: str, explain_url: str) -> Kpi:
    currency = settings.COMPANY_CURRENCY
    return Kpi(label, formats.money(amount, currency), explain_url, sub=sub, full=formats.money_full(amount, currency))


def _facts(account: KeyAccount, detail: AccountDetail) -> list[Fact]:
    """What is known of the company itself; unknown is left out."""
    facts = [Fact(_("Sector"), account.sector), Fact(_("Country"), account.country)]
    if account.founded:
        facts.append(Fact(_("Founded"), str(account.founded)))
    if account.employees is not None:
        facts.append(Fact(_("Employees"), formats.number(account.employees)))
    if account.annual_revenue is not None:
        facts.append(Fact(_("Revenue a year"), formats.money(account.annual_revenue, settings.COMPANY_CURRENCY)))
    if account.parent:
        href = reverse("crm:account-detail", args=[account.parent.uid]) if detail.parent_may_open else None
        facts.append(Fact(_("Belongs to"), account.parent.name, href))
    return [fact for fact in facts if fact.value]


def _ownership(owner: KeyAccountOwner) -> TimelineItem:
    """Who owned the account, since when; the present one stands out."""
    start, end = owner.during.lower, owner.during.upper
    if start is None or end is None:
        since = formats.day(start) if start else formats.DASH
        return TimelineItem(_("since %(day)s") % {"day": since}, owner.person.name, tone="accent")
    return TimelineItem(formats.day_range(start, end), owner.person.name)


def _quarters_chart(detail: AccountDetail) -> Chart:
    best = max(detail.quarters, key=lambda quarter: quarter.won_value, default=None)
    title = _("Won by quarter")
    if best is not None and len(detail.quarters) > 1:
        title = _("The best quarter was %(period)s") % {"period": formats.period_label(best.period)}
    items = [
        BarItem(
            formats.period_label(quarter.period),
            quarter.won_value,
            tone="accent" if quarter is best else "muted",
        )
        for quarter in detail.quarters
    ]
    return Chart(
        id="won-by-quarter",
        title=title,
        body=Bars(items, name=_("Won")),
        values=Values("money", settings.COMPANY_CURRENCY),
        empty=_("No deal with this account has been won yet."),
        height=240,
    )


@requires("crm.view_accounts")
@require_safe
def person_accounts(request: UserRequest, uid: UUID) -> HttpResponse:
    """The tab of the accounts that a person owns today."""
    person = get_visible(Person, request.user, uid)
    choice = chosen_period(request)
    rows = selectors.accounts_owned_by(viewer=request.user, person=person, period=choice.period, on=today())
    context = {
        "rows": rows,
        "next_url": None,
        "period": choice.period,
        "period_bar": choice.bar,
        "currency": settings.COMPANY_CURRENCY,
    }
    return render(request, "crm/person_accounts.html", person_context(request, person, "accounts") | context)
