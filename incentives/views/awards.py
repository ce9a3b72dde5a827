"""Awards and the wall of recognition: prepared by HR, decided by colleagues or by results, seen by everybody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.form_pages import FormPage, Saved, form_page
from accounts.models import Person, Team, User
from accounts.person_page import person_context
from core import calendar, formats
from core.errors import UnknownFilter
from core.keyset import keyset_page, next_page_url
from core.ui import Crumb, Fact, Tab
from incentives import award_words as words
from incentives.forms.awards import AwardForm, ChosenForm, NominationForm, UidForm
from incentives.models_awards import Award, Winner
from incentives.selectors import awards as selectors
from incentives.selectors.benefits import grants_of
from incentives.services import awards as services
from incentives.views.benefits import GrantCard, grant_card


def crumbs(*more: Crumb) -> list[Crumb]:
    """Incentives > Awards > …"""
    first = Crumb(_("Incentives"), reverse("incentives:home"))
    return [first, Crumb(_("Awards"), reverse("incentives:award-list")), *more]


def go_to_award(award: Award) -> HttpResponse:
    return redirect("incentives:award-detail", award.uid)


# Lists


@dataclass(frozen=True, slots=True)
class AwardCard:
    """An award in a list: what it is about, and what can be done with it today."""

    award: Award
    url: str
    rule: str
    when: str
    team: str
    nominees: int
    winners: Sequence[Winner]


def _card(award: Any) -> AwardCard:
    return AwardCard(
        award,
        reverse("incentives:award-detail", args=[award.uid]),
        words.deciding_rule(award),
        words.open_range(award),
        words.team_name(award),
        award.nominees,
        award.shown_winners,
    )


@require_GET
@requires("incentives.view_awards")
def award_list(request: UserRequest) -> HttpResponse:
    """What is under way; below it what was awarded. HTMX gets more of the latter."""
    over = selectors.award_rows(viewer=request.user, over=True)
    page = keyset_page(over, order=("-ends", "-pk"), after=request.GET.get("after", ""), size=20)
    context: dict[str, Any] = {
        "over": [_card(award) for award in page.rows],
        "next_url": next_page_url(request, page.after),
    }
    if wants_fragment(request) and request.GET.get("after"):
        return render(request, "incentives/_award_rows.html", context)
    under_way = selectors.award_rows(viewer=request.user, over=False).order_by("ends", "pk")[:100]
    context |= {
        "under_way": [_card(award) for award in under_way],
        "may_manage": request.user.may("incentives.manage_awards"),
        "crumbs": crumbs(),
    }
    return render(request, "incentives/award_list.html", context)


# One award


@require_GET
@requires("incentives.view_awards")
def award_detail(request: UserRequest, uid: UUID) -> HttpResponse:
    award = selectors.one_award(viewer=request.user, uid=uid)
    detail = selectors.award_detail(viewer=request.user, award=award)
    context = {
        "award": award,
        "facts": _facts(award),
        "rule": words.deciding_rule(award),
        "detail": detail,
        "winners": winner_rows(request.user, award, detail.winners),
        "left_out": winner_rows(request.user, award, detail.left_out),
        "crumbs": crumbs(Crumb(award.name)),
        **_possible(request.user, award, detail),
    }
    if request.user.may("incentives.issue_certificates") and award.status == Award.Status.CONFIRMED:
        context |= {
            "certificates": selectors.certificates(viewer=request.user, award=award),
            "to_issue": selectors.without_certificate(award),
            "may_issue": True,
        }
    return render(request, "incentives/award_detail.html", context)


def _facts(award: Award) -> list[Fact]:
    facts = [
        Fact(_("Period"), formats.period_label(award.period)),
        Fact(_("For"), words.team_name(award)),
    ]
    if award.kind != Award.Kind.RULE or award.rule != Award.Rule.THRESHOLD:
        facts.append(Fact(_("Number of winners"), formats.number(award.places)))
    if award.is_by_people:
        facts.append(Fact(_("Open days"), words.open_range(award)))
        facts.append(Fact(_("May nominate"), words.takes_part(award.nominators)))
    if award.kind == Award.Kind.VOTE:
        facts.append(Fact(_("May vote"), words.takes_part(award.voters)))
    if award.confirmed_by and award.confirmed_at:
        facts.append(Fact(_("Confirmed by"), f"{award.confirmed_by}, {formats.day(award.confirmed_at)}"))
    return facts


def _possible(user: User, award: Award, detail: selectors.AwardDetail) -> dict[str, bool]:
    """What this person may do with the award as it stands."""
    today = calendar.today()
    takes_part = award.is_open_on(today) and user.person_or_none is not None
    manages, status = user.may("incentives.manage_awards"), Award.Status
    return {
        "may_nominate": takes_part and award.is_by_people and not user.roles.isdisjoint(award.nominators),
        "may_vote": takes_part and award.kind == Award.Kind.VOTE and not user.roles.isdisjoint(award.voters),
        "may_edit": manages and award.status == status.DRAFT,
        "may_close": manages and award.status == status.OPEN and today >= award.closable_from,
        "may_confirm": user.may("incentives.confirm_award") and award.status == status.CLOSED,
        "has_ties": any(winner.is_tied for winner in detail.winners),
    }


@dataclass(frozen=True, slots=True)
class WinnerRow:
    """A winner with the score, which opens where the viewer may see the result behind it."""

    winner: Winner
    place: str
    score: str
    explain_url: str | None


def winner_rows(viewer: User, award: Award, winners: Sequence[Winner]) -> list[WinnerRow]:
    """A KPI's value is shown only to whom may see the result; how many named somebody is for everybody. One query."""
    seen = selectors.visible_results(viewer=viewer, winners=winners)
    rows = []
    for winner in winners:
        hidden = winner.result is not None and winner.result not in seen
        url = reverse("goals:result-explain", args=[winner.result]) if winner.result in seen else None
        score = "" if hidden else words.score_text(award, winner.score)
        rows.append(WinnerRow(winner, words.place_text(winner), score, url))
    return rows


@requires("incentives.manage_awards")
def award_new(request: UserRequest) -> HttpResponse:
    form = AwardForm(request.POST or None, viewer=request.user)

    def save(_given: Mapping[str, Any]) -> Saved:
        award = services.create_award(terms=form.terms(), by=request.user)
        return Saved(reverse("incentives:award-detail", args=[award.uid]), _("The draft is saved."))

    return form_page(request, _form_page(_("New award"), reverse("incentives:award-list")), form, save)


@requires("incentives.manage_awards")
def award_edit(request: UserRequest, uid: UUID) -> HttpResponse:
    award = get_visible(Award, request.user, uid)
    form = AwardForm(request.POST or None, viewer=request.user, award=award)
    url = reverse("incentives:award-detail", args=[uid])

    def save(_given: Mapping[str, Any]) -> Saved:
        services.edit_award(award_uid=uid, terms=form.terms(), by=request.user)
        return Saved(url, _("The draft is saved."))

    return form_page(request, _form_page(award.name, url, Crumb(award.name, url)), form, save)


def _form_page(title: str, back: str, *more: Crumb) -> FormPage:
    return FormPage(
        title=title,
        submit=_("Save draft"),
        back=back,
        intro=_("A draft is seen by HR only. Opened, its rule is published and no longer changes."),
        rows=AwardForm.ROWS,
        crumbs=tuple(crumbs(*more, Crumb(_("Draft")))),
    )


@require_POST
@requires("incentives.manage_awards")
def award_delete(request: UserRequest, uid: UUID) -> HttpResponse:
    services.delete_award(award_uid=uid, by=request.user)
    messages.success(request, _("The draft is deleted."))
    return redirect("incentives:award-list")


@require_POST
@requires("incentives.manage_awards")
def award_open(request: UserRequest, uid: UUID) -> HttpResponse:
    award = services.open_award(award_uid=uid, by=request.user)
    messages.success(request, _("The award is open. Its rule is published."))
    return go_to_award(award)


@requires("incentives.take_part_in_awards")
def award_nominate(request: UserRequest, uid: UUID) -> HttpResponse:
    award = get_visible(Award, request.user, uid)
    people = selectors.eligible(award, calendar.today()).exclude(user=request.user).order_by("name", "pk")
    form = NominationForm(request.POST or None, people=list(people))
    url = reverse("incentives:award-detail", args=[uid])

    def save(given: Mapping[str, Any]) -> Saved:
        nomination = services.nominate(
            award_uid=uid, nominee_uid=UUID(given["nominee"]), reason=given["reason"], by=request.user
        )
        return Saved(url, _("%(name)s is nominated.") % {"name": nomination.nominee.name})

    page = FormPage(
        title=_("Nominate for %(award)s") % {"award": award.name},
        submit=_("Nominate"),
        back=url,
        intro=award.description,
        crumbs=tuple(crumbs(Crumb(award.name, url), Crumb(_("Nominate")))),
    )
    return form_page(request, page, form, save)


@require_POST
@requires("incentives.take_part_in_awards")
def award_vote(request: UserRequest, uid: UUID) -> HttpResponse:
    award = get_visible(Award, request.user, uid)
    form = UidForm(request.POST)
    if form.is_valid():
        given = services.vote(award_uid=uid, nominee_uid=form.cleaned_data["uid"], by=request.user)
        text = _("The vote is for %(name)s. It can be moved while the award is open.")
        messages.success(request, text % {"name": given.nominee.name})
    return go_to_award(award)


@require_POST
@requires("incentives.manage_awards")
def award_close(request: UserRequest, uid: UUID) -> HttpResponse:
    award = services.close_award(award_uid=uid, by=request.user)
    messages.success(request, _("The award is closed. Check whom the rule picked, then confirm."))
    return go_to_award(award)


@require_POST
@requires("incentives.confirm_award")
def award_confirm(request: UserRequest, uid: UUID) -> HttpResponse:
    """What is ticked among the tied is kept; who is not is left out for the reason given."""
    award = get_visible(Award, request.user, uid)
    form = ChosenForm(request.POST)
    form.is_valid()
    kept = set(form.chosen())
    tied = award.winners.filter(is_tied=True).values_list("uid", flat=True)
    services.confirm_award(
        award_uid=uid,
        left_out=[winner for winner in tied if winner not in kept],
        reason=form.cleaned_data.get("reason", ""),
        by=request.user,
    )
    messages.success(request, _("The winners are confirmed and stand on the wall of recognition."))
    return go_to_award(award)


# The wall


@dataclass(frozen=True, slots=True)
class WallCard:
    """Who, for what, when, by whom; and whether it is the viewer's own."""

    winner: Any
    by_whom: str
    place: str
    mine: bool


@require_GET
@requires("incentives.view_awards")
def wall_of_recognition(request: UserRequest) -> HttpResponse:
    """Everybody's. HTMX gets the next cards."""
    periods, teams = selectors.wall_periods(), list(selectors.wall_teams())
    period, team = _chosen_period(request, periods), _chosen_team(request, teams)
    rows, order = selectors.latest_first(selectors.wall(viewer=request.user, period=period, team=team))
    page = keyset_page(rows, order=order, after=request.GET.get("after", ""), size=24)
    context: dict[str, Any] = {
        "cards": [_wall_card(winner, request.user) for winner in page.rows],
        "next_url": next_page_url(request, page.after),
        "may_congratulate": request.user.person_or_none is not None,
    }
    if wants_fragment(request) and request.GET.get("after"):
        return render(request, "incentives/_wall_cards.html", context)
    context |= {
        "periods": _filter_tabs(request, "period", [(code, formats.period_label(code)) for code in periods], period),
        "teams": _filter_tabs(request, "team", [(one.code, one.name) for one in teams], team.code if team else ""),
        "team": team,
        "period": period,
        "crumbs": crumbs(Crumb(_("Wall of recognition"))),
    }
    return render(request, "incentives/wall.html", context)


def _chosen_period(request: UserRequest, known: Sequence[str]) -> str:
    given = request.GET.get("period", "")
    return given if not given or given in known else calendar.period(given).code


def _chosen_team(request: UserRequest, known: Sequence[Team]) -> Team | None:
    given = request.GET.get("team", "")
    found = next((team for team in known if team.code == given), None)
    if given and found is None:
        raise UnknownFilter(name="team", given=given[:60], allowed=", ".join(team.code for team in known))
    return found


def _filter_tabs(request: UserRequest, name: str, choices: Sequence[tuple[str, str]], chosen: str) -> list[Tab]:
    kept = {key: value for key, value in request.GET.dict().items() if key not in {name, "after"} and value}
    everything = Tab(_("All"), _query(kept), active=not chosen)
    return [everything, *(Tab(label, _query(kept | {name: code}), active=code == chosen) for code, label in choices)]


def _query(values: Mapping[str, str]) -> str:
    return f"?{urlencode(values)}"


def _wall_card(winner: Any, viewer: User) -> WallCard:
    mine = winner.person.user_id == viewer.pk
    return WallCard(winner, words.by_whom(winner.award), words.place_text(winner), mine)


@require_POST
@requires("incentives.take_part_in_awards")
def wall_congratulate(request: UserRequest, uid: UUID) -> HttpResponse:
    """One click, once. HTMX gets the card's foot, others the wall."""
    services.congratulate(winner_uid=uid, by=request.user)
    if not wants_fragment(request):
        return redirect("incentives:wall")
    winner = selectors.wall(viewer=request.user).get(uid=uid)
    context = {"card": _wall_card(winner, request.user), "may_congratulate": True}
    return render(request, "incentives/_wall_congratulate.html", context)


# A person's page


@require_GET
@requires("incentives.view_awards")
def own_recognition(request: UserRequest) -> HttpResponse:
    """The tab of one's own page; the wall for a login that belongs to nobody."""
    me = request.user.person_or_none
    return redirect("incentives:person-recognition", me.uid) if me else redirect("incentives:wall")


@require_GET
@requires("incentives.view_awards")
def person_recognition(request: UserRequest, uid: UUID) -> HttpResponse:
    """Awards, certificates and benefits of a person, as far as the viewer may see them."""
    person = get_visible(Person, request.user, uid)
    certificates = {row.winner_id: row for row in selectors.certificates(viewer=request.user, person=person)[::-1]}
    wins = [
        (winner, words.by_whom(winner.award), certificates.get(winner.pk))
        for winner in selectors.wins_of(person=person)
    ]
    held: list[GrantCard] = [grant_card(grant, request.user) for grant in grants_of(viewer=request.user, person=person)]
    context = person_context(request, person, "recognition") | {"wins": wins, "held": held}
    return render(request, "incentives/person_recognition.html", context)
