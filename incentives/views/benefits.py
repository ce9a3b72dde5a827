"""Benefits: everybody's own, the catalogue, and what HR keeps, proposes and grants."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.form_pages import FormPage, Saved, form_page
from accounts.models import User
from core import calendar
from core.keyset import keyset_page, next_page_url
from core.ui import Crumb
from incentives import award_words as words
from incentives.forms.awards import BenefitForm, ChosenForm, GrantForm
from incentives.models_awards import Benefit, BenefitGrant
from incentives.selectors import benefits as selectors
from incentives.services import benefits as services


def crumbs(*more: Crumb) -> list[Crumb]:
    """Incentives > Benefits > …"""
    first = Crumb(_("Incentives"), reverse("incentives:home"))
    return [first, Crumb(_("Benefits"), reverse("incentives:benefit-list")), *more]


@dataclass(frozen=True, slots=True)
class GrantCard:
    """A benefit that somebody has: what, until when, in which state, and what can be done."""

    grant: BenefitGrant
    value: str
    last: date | None
    state: str
    tone: str
    ends_soon: bool
    may_use: bool
    may_unuse: bool
    may_end: bool


def grant_card(grant: BenefitGrant, viewer: User) -> GrantCard:
    today, last = calendar.today(), words.last_day(grant)
    holds = grant.status == BenefitGrant.Status.GRANTED and today in _Days(grant)
    manages = viewer.may("incentives.manage_benefits")
    own = grant.person.user_id == viewer.pk or manages
    state, tone = _state(grant, holds, today)
    return GrantCard(
        grant=grant,
        value=words.benefit_value(grant.benefit),
        last=last,
        state=state,
        tone=tone,
        ends_soon=holds and last is not None and last - today < selectors.SOON and grant.used_on is None,
        may_use=own and holds and grant.benefit.is_used_once and grant.used_on is None,
        may_unuse=own and grant.used_on == today,
        may_end=manages and grant.status == BenefitGrant.Status.GRANTED,
    )


class _Days:
    """The days of a grant, for `in`."""

    def __init__(self, grant: BenefitGrant) -> None:
        self.during = grant.during

    def __contains__(self, day: date) -> bool:
        lower, upper = self.during.lower, self.during.upper
        return (lower is None or lower <= day) and (upper is None or day < upper)


def _state(grant: BenefitGrant, holds: bool, today: date) -> tuple[str, str]:
    if grant.status != BenefitGrant.Status.GRANTED:
        return str(grant.get_status_display()).lower(), "muted"
    if grant.used_on:
        return _("used"), "muted"
    if holds:
        return (_("unused"), "accent") if grant.benefit.is_used_once else (_("in force"), "good")
    begins = grant.during.lower
    return (_("begins later"), "muted") if begins and begins > today else (_("expired"), "muted")


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A benefit of the catalogue in words. `holders` is for those who manage it."""

    benefit: Any
    value: str
    entitled: str
    lasting: str


def _row(benefit: Any) -> CatalogueRow:
    value, entitled = words.benefit_value(benefit), words.entitled_text(benefit)
    return CatalogueRow(benefit, value, entitled, words.lasting_text(benefit))


@require_GET
@requires("incentives.view_benefits")
def benefit_list(request: UserRequest) -> HttpResponse:
    """The own benefits and the catalogue; for HR also what is proposed and what ends soon."""
    today, user = calendar.today(), request.user
    me, manages = user.person_or_none, user.may("incentives.manage_benefits")
    own = [grant_card(grant, user) for grant in selectors.grants_of(viewer=user, person=me)] if me else []
    context: dict[str, Any] = {
        "own": own,
        "catalogue": [_row(benefit) for benefit in selectors.catalogue(viewer=user, on=today)],
        "may_manage": manages,
        "crumbs": crumbs(),
    }
    if manages:
        soon = selectors.expiring(selectors.grants(viewer=user), today)[:50]
        context |= {
            "proposals": [(grant, words.cause_text(grant.facts)) for grant in selectors.proposals(viewer=user)[:200]],
            "expiring": [grant_card(grant, user) for grant in soon],
        }
    return render(request, "incentives/benefit_list.html", context)


@require_GET
@requires("incentives.manage_benefits")
def benefit_detail(request: UserRequest, uid: UUID) -> HttpResponse:
    """Who has it and who had it, latest first; HTMX gets the next rows."""
    benefit = get_visible(Benefit, request.user, uid)
    rows = selectors.grants(viewer=request.user).filter(benefit=benefit)
    page = keyset_page(rows, order=("-pk",), after=request.GET.get("after", ""))
    context: dict[str, Any] = {
        "cards": [grant_card(grant, request.user) for grant in page.rows],
        "next_url": next_page_url(request, page.after),
    }
    if wants_fragment(request) and request.GET.get("after"):
        return render(request, "incentives/_grant_rows.html", context)
    context |= {"row": _row(benefit), "crumbs": crumbs(Crumb(benefit.name))}
    return render(request, "incentives/benefit_detail.html", context)


@requires("incentives.manage_benefits")
def benefit_new(request: UserRequest) -> HttpResponse:
    form = BenefitForm(request.POST or None)

    def save(_given: Mapping[str, Any]) -> Saved:
        benefit = services.create_benefit(terms=form.terms(), by=request.user)
        return Saved(reverse("incentives:benefit-detail", args=[benefit.uid]), _("The benefit is in the catalogue."))

    page = FormPage(
        title=_("New benefit"),
        submit=_("Save benefit"),
        back=reverse("incentives:benefit-list"),
        rows=BenefitForm.ROWS,
        crumbs=tuple(crumbs(Crumb(_("New benefit")))),
    )
    return form_page(request, page, form, save)


@requires("incentives.manage_benefits")
def benefit_edit(request: UserRequest, uid: UUID) -> HttpResponse:
    benefit = get_visible(Benefit, request.user, uid)
    form = BenefitForm(request.POST or None, benefit=benefit)
    url = reverse("incentives:benefit-detail", args=[uid])

    def save(_given: Mapping[str, Any]) -> Saved:
        services.edit_benefit(benefit_uid=uid, terms=form.terms(), by=request.user)
        return Saved(url, _("The benefit is saved. What was granted keeps its days."))

    page = FormPage(
        title=benefit.name,
        submit=_("Save benefit"),
        back=url,
        rows=BenefitForm.ROWS,
        crumbs=tuple(crumbs(Crumb(benefit.name, url), Crumb(_("Edit")))),
    )
    return form_page(request, page, form, save)


@requires("incentives.manage_benefits")
def benefit_grant(request: UserRequest, uid: UUID) -> HttpResponse:
    benefit = get_visible(Benefit, request.user, uid)
    form = GrantForm(request.POST or None, viewer=request.user)
    url = reverse("incentives:benefit-detail", args=[uid])

    def save(given: Mapping[str, Any]) -> Saved:
        last = given["last"]
        grant = services.grant_benefit(
            benefit_uid=uid,
            person_uid=given["person"].uid,
            starts=given["starts"],
            ends=last + timedelta(days=1) if last else None,
            by=request.user,
        )
        return Saved(url, _("%(name)s has the benefit.") % {"name": grant.person.name})

    page = FormPage(
        title=_("Grant %(benefit)s") % {"benefit": benefit.name},
        submit=_("Grant benefit"),
        back=url,
        intro=f"{words.benefit_value(benefit)} {words.lasting_text(benefit)}".strip(),
        rows=GrantForm.ROWS,
        crumbs=tuple(crumbs(Crumb(benefit.name, url), Crumb(_("Grant benefit")))),
    )
    return form_page(request, page, form, save)


@require_POST
@requires("incentives.manage_benefits")
def benefit_propose(request: UserRequest) -> HttpResponse:
    """Look now who is entitled; every night it is looked at, too."""
    made = services.propose_grants(by=request.user)
    text = ngettext("%(count)s new proposal.", "%(count)s new proposals.", made)
    messages.success(request, text % {"count": made} if made else _("Nobody is newly entitled."))
    return redirect("incentives:benefit-list")


@require_POST
@requires("incentives.manage_benefits")
def benefit_decide(request: UserRequest) -> HttpResponse:
    """Grant the ticked proposals, or put them aside."""
    form = ChosenForm(request.POST)
    if request.POST.get("decision") == "decline":
        count = services.decline_grants(grant_uids=form.chosen(), by=request.user)
        text = ngettext("%(count)s proposal is put aside.", "%(count)s proposals are put aside.", count)
    else:
        count = services.confirm_grants(grant_uids=form.chosen(), by=request.user)
        text = ngettext("%(count)s benefit is granted.", "%(count)s benefits are granted.", count)
    messages.success(request, text % {"count": count})
    return redirect("incentives:benefit-list")


@require_POST
@requires("incentives.view_benefits")
def grant_use(request: UserRequest, uid: UUID) -> HttpResponse:
    grant = services.use_grant(grant_uid=uid, by=request.user)
    undo = reverse("incentives:grant-unuse", args=[uid])
    text = _("%(benefit)s is marked as used.") % {"benefit": grant.benefit.name}
    messages.success(request, text, extra_tags=f"undo:{undo}")
    return redirect("incentives:benefit-list")


@require_POST
@requires("incentives.view_benefits")
def grant_unuse(request: UserRequest, uid: UUID) -> HttpResponse:
    grant = services.unuse_grant(grant_uid=uid, by=request.user)
    messages.success(request, _("%(benefit)s is unused again.") % {"benefit": grant.benefit.name})
    return redirect("incentives:benefit-list")


@require_POST
@requires("incentives.manage_benefits")
def grant_end(request: UserRequest, uid: UUID) -> HttpResponse:
    grant = services.end_grant(grant_uid=uid, by=request.user)
    messages.success(request, _("The benefit of %(name)s is ended.") % {"name": grant.person.name})
    return redirect("incentives:benefit-detail", grant.benefit.uid)
