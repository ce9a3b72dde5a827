"""The pipeline as a list with its export, one deal, and a person's deals."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
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
from accounts.models import Person, Team, User
from accounts.person_page import person_context
from core import formats
from core.calendar import today
from core.errors import NotFound
from core.exports import Row, table_response
from core.keyset import next_page_url
from core.rates import RateMissing
from core.ui import Crumb, Fact, Kpi, Tab, TimelineItem
from crm import forms, selectors
from crm.models import Opportunity
from crm.selectors.deal_explanation import company_value
from crm.selectors.deals import STAGE_NAMES, STAGES, DealDetail, DealFilter, DealTotals, chosen_url, with_names
from crm.selectors.deals import deals as deals_that_fit
from crm.selectors.explanations import PIPELINE_FIGURES
from crm.selectors.values import require_values, value_of, with_value, written

Stage = Opportunity.Stage


@requires("crm.view_deals")
@require_safe
def deal_list(request: UserRequest) -> HttpResponse:
    """Deals by stage, filtered and sorted; the next rows alone where the list goes on."""
    chosen = chosen_deals(request)
    context = _list_context(request, chosen)
    if wants_fragment(request) and "after" in request.GET:
        return render(request, "crm/_deal_rows.html", context)
    subject = own_subject(request.user)
    context |= {
        "kpis": _pipeline_kpis(subject) if subject else [],
        "crumbs": [Crumb(_("Pipeline"))],
        "narrowed": [name for name in (chosen.owner and chosen.owner.name, _account_words(chosen)) if name],
    }
    return render(request, "crm/deals.html", context)


def _account_words(chosen: DealFilter) -> str:
    if chosen.account is None:
        return ""
    name = chosen.account.name
    return _("%(account)s with its subsidiaries") % {"account": name} if chosen.family else name


def chosen_deals(request: UserRequest) -> DealFilter:
    """The filters of the list. Raises NotFound where one names what is not there."""
    form = forms.DealFilterForm(request.GET, viewer=request.user, on=today())
    if not form.is_valid():
        raise NotFound
    return form.chosen()


def _list_context(request: UserRequest, chosen: DealFilter) -> dict[str, Any]:
    on = today()
    page = selectors.deal_rows(
        viewer=request.user, chosen=chosen, on=on, sort=request.GET.get("sort", ""), after=request.GET.get("after", "")
    )
    context: dict[str, Any] = {
        "rows": page.rows,
        "next_url": next_page_url(request, page.after),
        "today": on,
        "stage": chosen.stage,
        "company_currency": settings.COMPANY_CURRENCY,
    }
    if "after" not in request.GET:
        totals = selectors.deal_totals(viewer=request.user, chosen=chosen, on=on)
        context |= {
            "form": forms.DealFilterForm(request.GET, viewer=request.user, on=on),
            "total": _total_words(totals),
            "total_explain_url": chosen_url(reverse("crm:deals-explain"), chosen),
            "stages": _stage_tabs(request, chosen.stage),
            "exports": {kind: _export_url(request, kind) for kind in ("xlsx", "csv")},
        }
    return context


def _total_words(totals: DealTotals) -> str:
    amount = formats.money(totals.value, settings.COMPANY_CURRENCY)
    words = {"deals": formats.number(totals.deals), "amount": amount}
    return ngettext("%(deals)s deal, %(amount)s", "%(deals)s deals, %(amount)s", totals.deals) % words


def _stage_tabs(request: UserRequest, stage: str) -> list[Tab]:
    kept = {key: value for key, value in request.GET.items() if value and key not in {"stage", "after", "sort"}}
    return [
        Tab(str(STAGE_NAMES[key]), f"{request.path}?{urlencode(kept | {'stage': key})}", active=key == stage)
        for key in STAGES
    ]


def _export_url(request: UserRequest, kind: str) -> str:
    query = {key: value for key, value in request.GET.items() if value and key != "after"}
    return f"{reverse('crm:deal-export', args=[kind])}?{urlencode(query)}"


def own_subject(user: User) -> Person | Team | None:
    """Whose pipeline stands above the list: the highest team whose figures the user may see, else the user's own."""
    team = Team.objects.visible_to(user).order_by("path").first() if user.may("accounts.view_team") else None
    return team or user.person_or_none


def _pipeline_kpis(subject: Person | Team) -> list[Kpi]:
    """One query."""
    found = selectors.pipeline(subject=subject, on=today())
    engaging, prospecting = found.stage(Stage.ENGAGING), found.stage(Stage.PROSPECTING)
    age = engaging.median_age_days
    currency = settings.COMPANY_CURRENCY
    owner = f"?owner={subject.uid}" if isinstance(subject, Person) else ""
    explain = {key: f"{reverse('crm:pipeline-explain', args=[key])}{owner}" for key in PIPELINE_FIGURES}
    deals = {"deals": formats.number(found.deals)}
    stuck = {"deals": formats.number(found.stuck_deals)}
    return [
        Kpi(
            _("Open pipeline"),
            formats.money(found.amount, currency),
            explain["open"],
            sub=ngettext("%(deals)s open deal", "%(deals)s open deals", found.deals) % deals,
            full=formats.money_full(found.amount, currency),
        ),
        Kpi(
            _("Engaging"),
            formats.number(engaging.deals),
            explain["engaging"],
            sub=_("median age %(days)s") % {"days": formats.days(age)} if age is not None else "",
        ),
        Kpi(_("Prospecting"), formats.number(prospecting.deals), explain["prospecting"], sub=_("not dated yet")),
        Kpi(
            _("Stuck"),
            formats.money(found.stuck_amount, currency),
            explain["stuck"],
            sub=ngettext(
                "%(deals)s deal older than nine of ten won ones",
                "%(deals)s deals older than nine of ten won ones",
                found.stuck_deals,
            )
            % stuck,
            full=formats.money_full(found.stuck_amount, currency),
        ),
    ]


@requires("crm.view_deals")
@require_safe
def deal_export(request: UserRequest, kind: str) -> HttpResponseBase:
    """The list as it is filtered, as a spreadsheet or CSV."""
    found, on = deals_that_fit(viewer=request.user, chosen=chosen_deals(request), on=today()), today()
    require_values(found, on=on)
    rows = with_value(with_names(found), on=on).order_by("pk")
    headings = [
        _("Deal"),
        _("Account"),
        _("Product"),
        _("Owner"),
        _("Stage"),
        _("Engaged"),
        _("Closed"),
        _("Amount"),
        _("Currency"),
        _("Amount in %(currency)s") % {"currency": settings.COMPANY_CURRENCY},
    ]
    return table_response(kind, name="deals", headings=headings, rows=_export_rows(rows.iterator(chunk_size=2000)))


def _export_rows(rows: Iterable[Opportunity]) -> Iterator[Row]:
    for deal in rows:
        yield [
            deal.external_id,
            deal.key_account.name if deal.key_account else None,
            deal.product.name,
            deal.owner.name,
            deal.get_stage_display(),
            deal.engaged_on,
            deal.closed_on,
            deal.amount,
            deal.currency,
            written(value_of(deal)),
        ]


@requires("crm.view_deals")
@require_safe
def deal_detail(request: UserRequest, uid: UUID) -> HttpResponse:
    on = today()
    deal = get_visible(Opportunity, request.user, uid)
    detail = selectors.deal_detail(deal=deal, on=on)
    return render(
        request,
        "crm/deal.html",
        {
            "deal": deal,
            "detail": detail,
            "facts": _facts(request.user, detail),
            "kpis": _deal_kpis(deal, on),
            "timeline": _timeline(detail),
            "days_open": (on - deal.engaged_on).days if deal.engaged_on and not deal.closed_on else None,
            "crumbs": [Crumb(_("Pipeline"), reverse("crm:deal-list")), Crumb(deal.external_id)],
        },
    )


def _deal_kpis(deal: Opportunity, on: date) -> list[Kpi]:
    """The amount in its own currency; the company's beside it where it is another."""
    explain = reverse("crm:deal-explain", args=[deal.uid])
    titles = {Stage.WON: _("Booked"), Stage.LOST: _("Lost")}
    title = titles.get(Stage(deal.stage), _("Expected"))
    kpis = [Kpi(title, formats.money_full(deal.amount, deal.currency), explain)]
    company = settings.COMPANY_CURRENCY
    if deal.currency != company:
        in_company = _("In %(currency)s") % {"currency": company}
        day = formats.day(deal.closed_on or on)
        try:
            value = formats.money_full(company_value(deal, on=on).amount, company)
            kpis.append(Kpi(in_company, value, explain, sub=_("at the rate of %(day)s") % {"day": day}))
        except RateMissing as missing:
            kpis.append(Kpi(in_company, formats.DASH, sub=str(missing)))
    return kpis


def _facts(viewer: User, detail: DealDetail) -> list[Fact]:
    deal = detail.deal
    account = deal.key_account
    facts = [
        Fact(
            _("Account"),
            account.name if account else _("No account"),
            reverse("crm:account-detail", args=[account.uid]) if account and viewer.may("crm.view_accounts") else None,
        ),
        Fact(_("Product"), deal.product.name),
        Fact(_("List price"), formats.money_full(deal.product.list_price, deal.product.currency)),
        Fact(_("Owner"), deal.owner.name, f"/people/{deal.owner.uid}/"),
    ]
    if detail.team:
        facts.append(Fact(_("Team"), detail.team.name))
    return facts


def _timeline(detail: DealDetail) -> list[TimelineItem]:
    """What happened, latest first; a deal in prospecting has no dates yet."""
    deal = detail.deal
    items = []
    if deal.closed_on:
        days = (deal.closed_on - deal.engaged_on).days if deal.engaged_on else None
        after = _("after %(days)s") % {"days": formats.days(days)} if days is not None else ""
        won = deal.stage == Stage.WON
        items.append(
            TimelineItem(formats.day(deal.closed_on), deal.get_stage_display(), after, tone="good" if won else "muted")
        )
    if deal.engaged_on:
        items.append(TimelineItem(formats.day(deal.engaged_on), _("Engaging"), tone="accent"))
    return items


@requires("crm.view_deals")
@require_safe
def person_deals(request: UserRequest, uid: UUID) -> HttpResponse:
    """The tab of a person's deals: the same list, of one owner."""
    person = get_visible(Person, request.user, uid)
    given = chosen_deals(request)
    chosen = replace(given, team=None, owner=person)
    context = _list_context(request, chosen)
    if wants_fragment(request) and "after" in request.GET:
        return render(request, "crm/_deal_rows.html", context)
    form = context["form"]
    form.fields.pop("team", None)
    context["exports"] = {
        kind: f"{url}&{urlencode({'owner': str(person.uid)})}" for kind, url in context["exports"].items()
    }
    kpis = {"kpis": _pipeline_kpis(person)}
    return render(request, "crm/person_deals.html", person_context(request, person, "deals") | context | kpis)
