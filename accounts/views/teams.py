"""The tree of teams, one team, and what HR changes about it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import forms, selectors, services
from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.form_pages import FormPage, Saved, form_page
from accounts.models import Team
from accounts.person_page import team_crumbs
from core import formats
from core.calendar import today
from core.keyset import next_page_url
from core.ui import Crumb, Tab


@requires("accounts.view_team")
@require_safe
def teams(request: UserRequest) -> HttpResponse:
    return render(
        request,
        "accounts/teams.html",
        {
            "nodes": selectors.team_tree(viewer=request.user, on=today()),
            "crumbs": [Crumb(_("Teams"))],
            "may_edit": request.user.may("accounts.edit_people"),
        },
    )


@requires("accounts.view_team")
@require_safe
def team(request: UserRequest, code: str) -> HttpResponse:
    """Who is in the team now, or was before; who leads it; the teams under it; the way to its figures."""
    found, on = get_visible(Team, request.user, code=code), today()
    past = request.GET.get("view") == "past"
    members = selectors.member_rows(
        viewer=request.user, team=found, on=on, past=past, after=request.GET.get("after", "")
    )
    leaders = selectors.leader_rows(team=found)
    context = {
        "team": found,
        "members": members.rows,
        "next_url": next_page_url(request, members.after),
        "past": past,
        "leader": next((row for row in leaders if row.is_now(on)), None),
        "leaders": leaders,
        "below": selectors.team_tree(viewer=request.user, on=on, under=found),
        "crumbs": team_crumbs(request.user, found),
        "views": [Tab(_("Now"), "?", active=not past), Tab(_("Earlier"), "?view=past", active=past)],
        "may_edit": request.user.may("accounts.edit_people"),
        "today": on,
    }
    rows_only = wants_fragment(request) and "after" in request.GET
    return render(request, "accounts/_member_rows.html" if rows_only else "accounts/team.html", context)


@requires("accounts.edit_people")
def team_new(request: UserRequest) -> HttpResponse:
    form = forms.TeamForm(request.POST or None, viewer=request.user, initial={"parent": request.GET.get("parent")})

    def save(given: Mapping[str, Any]) -> Saved:
        made = services.make_team(
            code=given["code"],
            name=given["name"],
            kind=Team.Kind(given["kind"]),
            parent_code=given["parent"].code,
            by=request.user,
        )
        return Saved(reverse("team", args=[made.code]), _("%(team)s is there now.") % {"team": made.name})

    page = FormPage(
        title=_("New team"),
        submit=_("Add team"),
        back=reverse("teams"),
        rows=(("kind", "parent"),),
        crumbs=(Crumb(_("Teams"), reverse("teams")), Crumb(_("New team"))),
    )
    return form_page(request, page, form, save)


@requires("accounts.edit_people")
def team_rename(request: UserRequest, code: str) -> HttpResponse:
    found = get_visible(Team, request.user, code=code)
    initial = {"name": found.name, "cost_centre": found.cost_centre}
    form = forms.TeamNameForm(request.POST or None, viewer=request.user, initial=initial)

    def save(given: Mapping[str, Any]) -> Saved:
        renamed = services.rename_team(code=code, name=given["name"], cost_centre=given["cost_centre"], by=request.user)
        return Saved(reverse("team", args=[code]), _("The team is called %(team)s now.") % {"team": renamed.name})

    return form_page(request, _team_form(request, found, _("Rename team"), _("Rename")), form, save)


@requires("accounts.edit_people")
def team_lead(request: UserRequest, code: str) -> HttpResponse:
    found = get_visible(Team, request.user, code=code)
    form = forms.LeaderForm(request.POST or None, viewer=request.user)

    def save(given: Mapping[str, Any]) -> Saved:
        leader = given["person"]
        services.appoint_leader(team_code=code, person_uid=leader.uid, since=given["since"], by=request.user)
        words = {"name": leader.name, "team": found.name, "day": formats.day(given["since"])}
        return Saved(reverse("team", args=[code]), _("%(name)s leads %(team)s from %(day)s on.") % words)

    page = _team_form(
        request,
        found,
        _("Set leader"),
        _("Set leader"),
        _("Whoever leads a team sees its people and figures. The present leader's access ends the day before."),
    )
    return form_page(request, page, form, save)


@requires("accounts.edit_people")
def team_end_lead(request: UserRequest, code: str) -> HttpResponse:
    found = get_visible(Team, request.user, code=code)
    form = forms.LastDayForm(request.POST or None, viewer=request.user)

    def save(given: Mapping[str, Any]) -> Saved:
        services.end_leadership(team_code=code, last_day=given["last_day"], by=request.user)
        words = {"team": found.name, "day": formats.day(given["last_day"])}
        return Saved(reverse("team", args=[code]), _("%(team)s has no leader after %(day)s.") % words)

    return form_page(request, _team_form(request, found, _("End leading"), _("End leading")), form, save)


def _team_form(request: UserRequest, found: Team, title: str, submit: str, intro: str = "") -> FormPage:
    crumbs = (*team_crumbs(request.user, found), Crumb(title))
    return FormPage(title=title, submit=submit, back=reverse("team", args=[found.code]), intro=intro, crumbs=crumbs)
