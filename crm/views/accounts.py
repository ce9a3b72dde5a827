"""The list of key accounts, one account, and a person's accounts."""

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
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
from core.keyset import next_page_url
from core.period_choice import chosen_period
from core.periods import Period
from core.ui import Crumb, Fact, Kpi, TimelineItem
from crm import forms, selectors
from crm.models import KeyAccount, KeyAccountOwner
from crm.selectors.accounts import DEFAULT_SORT, AccountDetail, AccountFigures


@requires("crm.view_accounts")
@require_safe
def account_list(request: UserRequest) -> HttpResponse:
    """Accounts with what was won in the period and what is open; the next rows alone where the list goes on."""
    form = forms.AccountFilterForm(request.GET, viewer=request.user)
    if not form.is_valid():
        raise NotFound
    choice, chosen = chosen_period(request), form.chosen()
    found = selectors.account_rows(
        viewer=request.user,
        chosen=chosen,
        period=choice.period,
        on=today(),
        sort=request.GET.get("sort") or DEFAULT_SORT,
        after=request.GET.get("after", ""),
    )
    rows_only = wants_fragment(request) and "after" in request.GET
    return render(
        request,
        "crm/_account_rows.html" if rows_only else "crm/accounts.html",
        {
            "form": form,
            "rows": found.rows,
            "next_url": next_page_url(request, found.after),
            "owner": chosen.owner,
            "period": choice.period,
            "period_bar": choice.bar,
            "currency": settings.COMPANY_CURRENCY,
            "crumbs": [Crumb(_("Accounts"))],
        },
    )


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
            "kpis": _kpis(detail.own, choice.period),
            "facts": _facts(account, detail),
            "family_kpis": _kpis(detail.rolled_up, choice.period) if detail.subsidiaries else [],
            "owners": [_ownership(owner) for owner in detail.owners],
            "quarters": _quarters_chart(detail),
            "deals_url": f"{reverse('crm:deal-list')}?stage=all&account={account.uid}",
            "period": choice.period,
            "period_bar": choice.bar,
            "currency": settings.COMPANY_CURRENCY,
            "crumbs": [Crumb(_("Accounts"), reverse("crm:account-list")), Crumb(account.name)],
        },
    )


def _kpis(figures: AccountFigures, period: Period) -> list[Kpi]:
    closed = {"won": formats.number(figures.won), "lost": formats.number(figures.lost)}
    deals = {"deals": formats.number(figures.open_deals)}
    last = formats.day(figures.last_won_on) if figures.last_won_on else ""
    return [
        _money_kpi(_("Won in %(period)s") % {"period": formats.period_label(period)}, figures.won_in_period),
        _money_kpi(_("Won in all"), figures.won_value, _("last on %(day)s") % {"day": last} if last else ""),
        Kpi(
            label=_("Win rate"),
            value=formats.DASH if figures.win_rate is None else formats.percent(figures.win_rate),
            sub=_("%(won)s won, %(lost)s lost") % closed,
        ),
        _money_kpi(
            _("Open pipeline"),
            figures.open_value,
            ngettext("%(deals)s open deal", "%(deals)s open deals", figures.open_deals) % deals,
        ),
    ]


def _money_kpi(label: str, amount: object, sub: str = "") -> Kpi:
    currency = settings.COMPANY_CURRENCY
    value: formats.Number = amount  # type: ignore[assignment]  # a Decimal of a selector
    return Kpi(label, formats.money(value, currency), sub=sub, full=formats.money_full(value, currency))


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
