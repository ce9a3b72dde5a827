"""The drawers of the figures of accounts, deals and the pipeline."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.models import Person
from core.calendar import today
from core.errors import NotFound
from core.explain import Explanation
from core.period_choice import chosen_period
from core.ui import Crumb
from crm.models import KeyAccount, Opportunity
from crm.selectors import DealFilter, explanations
from crm.selectors.deal_explanation import explain_deal
from crm.views.accounts import chosen_accounts, list_query
from crm.views.deals import chosen_deals, own_subject


def _answer(request: UserRequest, explanation: Explanation, back: Crumb) -> HttpResponse:
    """In the drawer; opened as a page of its own, with the way back."""
    context = {"explanation": explanation, "crumbs": [back, Crumb(explanation.title)]}
    name = "ui/explanation.html" if wants_fragment(request) else "ui/explanation_page.html"
    return render(request, name, context)


@requires("crm.view_accounts")
@require_safe
def accounts_explain(request: UserRequest, figure: str) -> HttpResponse:
    """A total above the list of accounts, as it is filtered."""
    explanation = explanations.explain_account_total(
        viewer=request.user,
        figure=figure,
        chosen=chosen_accounts(request),
        period=chosen_period(request).period,
        on=today(),
        list_query=list_query(request),
    )
    return _answer(request, explanation, Crumb(_("Accounts"), reverse("crm:account-list")))


@requires("crm.view_accounts")
@require_safe
def account_explain(request: UserRequest, uid: UUID, figure: str) -> HttpResponse:
    """A figure of one account; with `family` of it and its subsidiaries."""
    account = get_visible(KeyAccount, request.user, uid)
    explanation = explanations.explain_account_figure(
        viewer=request.user,
        figure=figure,
        chosen=DealFilter(account=account, family=bool(request.GET.get("family"))),
        period=chosen_period(request).period,
        on=today(),
    )
    return _answer(request, explanation, Crumb(account.name, reverse("crm:account-detail", args=[uid])))


@requires("crm.view_deals")
@require_safe
def deals_explain(request: UserRequest) -> HttpResponse:
    """The total of the list of deals, as it is filtered."""
    explanation = explanations.explain_deal_total(viewer=request.user, chosen=chosen_deals(request), on=today())
    return _answer(request, explanation, Crumb(_("Pipeline"), reverse("crm:deal-list")))


@requires("crm.view_deals")
@require_safe
def pipeline_explain(request: UserRequest, figure: str) -> HttpResponse:
    """A figure of the pipeline: of the person named by `owner`, else of what stands above the list of deals."""
    owner = request.GET.get("owner")
    subject = get_visible(Person, request.user, _uid(owner)) if owner else own_subject(request.user)
    if subject is None:
        raise NotFound
    explanation = explanations.explain_pipeline(viewer=request.user, figure=figure, subject=subject, on=today())
    return _answer(request, explanation, Crumb(_("Pipeline"), reverse("crm:deal-list")))


def _uid(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise NotFound from None


@requires("crm.view_deals")
@require_safe
def deal_explain(request: UserRequest, uid: UUID) -> HttpResponse:
    """The amount of one deal."""
    deal = get_visible(Opportunity, request.user, uid)
    explanation = explain_deal(deal=deal, on=today())
    return _answer(request, explanation, Crumb(deal.external_id, reverse("crm:deal-detail", args=[uid])))
