"""The directory of people, the tab of employment, and what HR changes there."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import forms, selectors, services
from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.form_pages import FormPage, Saved, form_page
from accounts.models import Person
from accounts.person_page import person_context, team_crumbs
from core import formats
from core.calendar import today
from core.errors import NotFound
from core.keyset import next_page_url
from core.ui import Crumb, Fact


@requires("accounts.view_people")
@require_safe
def people(request: UserRequest) -> HttpResponse:
    """Everybody the viewer may see, filtered and sorted; the next rows alone where the list goes on."""
    form = forms.PeopleFilterForm(request.GET, viewer=request.user, titles=selectors.titles_seen(viewer=request.user))
    if not form.is_valid():
        raise NotFound
    given = form.cleaned_data
    found = selectors.person_rows(
        viewer=request.user,
        chosen=selectors.PersonFilter(
            given["q"].strip(), given["team"], given["level"], given["title"], given["state"] or "here"
        ),
        on=today(),
        sort=request.GET.get("sort") or "name",
        after=request.GET.get("after", ""),
    )
    rows_only = wants_fragment(request) and "after" in request.GET
    return render(
        request,
        "accounts/_people_rows.html" if rows_only else "accounts/people.html",
        {
            "form": form,
            "rows": found.rows,
            "next_url": next_page_url(request, found.after),
            "crumbs": [Crumb(_("People"))],
            "may_open_teams": request.user.may("accounts.view_team"),
            "may_edit": request.user.may("accounts.edit_people"),
        },
    )


@requires("accounts.view_people")
@require_safe
def person_choices(request: UserRequest) -> HttpResponse:
    """Options for a field in which a person is typed; the field's own name says which parameter holds the text."""
    text = next((str(value) for value in request.GET.values() if value), "")[:80]
    people = selectors.people_named(viewer=request.user, text=text, on=today()) if text else []
    return render(request, "accounts/_person_choices.html", {"people": people})


@requires("accounts.view_people")
@require_safe
def employment(request: UserRequest, uid: UUID) -> HttpResponse:
    """Where somebody works, on which level, since when, and what was before."""
    person = get_visible(Person, request.user, uid)
    context = person_context(request, person, "employment")
    years = selectors.years_here(person, today())
    facts = [
        Fact(_("Employee number"), person.number),
        Fact(_("E-mail"), person.email, f"mailto:{person.email}"),
    ]
    if person.hired_on and years is not None:
        facts.append(Fact(_("Hired on"), formats.day(person.hired_on)))
        facts.append(Fact(_("Whole years here"), formats.number(years)))
    if person.left_on:
        facts.append(Fact(_("Last day"), formats.day(person.left_on)))
    steps = selectors.career(person=person)
    may_edit = request.user.may("accounts.edit_people") and person.left_on is None
    return render(
        request,
        "accounts/employment.html",
        context | {"facts": facts, "steps": steps, "may_edit": may_edit, "today": today()},
    )


@requires("accounts.edit_people")
def person_new(request: UserRequest) -> HttpResponse:
    form = forms.PersonForm(request.POST or None, viewer=request.user)

    def save(given: Mapping[str, Any]) -> Saved:
        person = services.hire_person(by=request.user, **given)
        return Saved(_employment_url(person.uid), _("%(name)s is in the directory now.") % {"name": person.name})

    page = FormPage(
        title=_("New person"),
        submit=_("Add person"),
        back=reverse("people"),
        intro=_("They get a login without a password, and set one through “Forgot the password?” on the login page."),
        rows=(("number", "title"), ("team", "level")),
        crumbs=(Crumb(_("People"), reverse("people")), Crumb(_("New person"))),
    )
    return form_page(request, page, form, save)


@requires("accounts.edit_people")
def person_move(request: UserRequest, uid: UUID) -> HttpResponse:
    person = get_visible(Person, request.user, uid)
    form = forms.MoveForm(request.POST or None, viewer=request.user)

    def save(given: Mapping[str, Any]) -> Saved:
        services.move_person(person_uid=uid, team=given["team"], since=given["since"], by=request.user)
        words = {"name": person.name, "team": given["team"].name, "day": formats.day(given["since"])}
        return Saved(
            _employment_url(uid),
            _("%(name)s is in %(team)s from %(day)s on.") % words,
            reverse("person-withdraw-move", args=[uid, given["since"]]),
        )

    page = _person_form(
        request,
        person,
        _("Move to another team"),
        _("Move"),
        _("The present team ends the day before. Results stay with the team in which they were made."),
    )
    return form_page(request, page, form, save)


@requires("accounts.edit_people")
def person_level(request: UserRequest, uid: UUID) -> HttpResponse:
    person = get_visible(Person, request.user, uid)
    form = forms.LevelForm(request.POST or None, viewer=request.user)

    def save(given: Mapping[str, Any]) -> Saved:
        services.change_level(person_uid=uid, by=request.user, **given)
        words = {"name": person.name, "level": given["level"], "day": formats.day(given["since"])}
        return Saved(
            _employment_url(uid),
            _("%(name)s is on level %(level)s from %(day)s on.") % words,
            reverse("person-withdraw-level", args=[uid, given["since"]]),
        )

    return form_page(request, _person_form(request, person, _("Set level"), _("Set level")), form, save)


@requires("accounts.edit_people")
def person_leave(request: UserRequest, uid: UUID) -> HttpResponse:
    person = get_visible(Person, request.user, uid)
    form = forms.LastDayForm(request.POST or None, viewer=request.user)

    def save(given: Mapping[str, Any]) -> Saved:
        services.end_employment(person_uid=uid, last_day=given["last_day"], by=request.user)
        words = {"name": person.name, "day": formats.day(given["last_day"])}
        return Saved(_employment_url(uid), _("%(name)s works here until %(day)s.") % words)

    page = _person_form(
        request,
        person,
        _("End employment"),
        _("End employment"),
        _("Team, level, leading and roles end with that day. Results, statements and history stay."),
    )
    return form_page(request, page, form, save)


@requires("accounts.edit_people")
@require_POST
def person_withdraw_move(request: UserRequest, uid: UUID, since: date) -> HttpResponse:
    services.withdraw_move(person_uid=uid, since=since, by=request.user)
    messages.success(request, _("The move is withdrawn."))
    return redirect(_employment_url(uid))


@requires("accounts.edit_people")
@require_POST
def person_withdraw_level(request: UserRequest, uid: UUID, since: date) -> HttpResponse:
    services.withdraw_level(person_uid=uid, since=since, by=request.user)
    messages.success(request, _("The change of level is withdrawn."))
    return redirect(_employment_url(uid))


def _employment_url(uid: UUID) -> str:
    return reverse("person-employment", args=[uid])


def _person_form(request: UserRequest, person: Person, title: str, submit: str, intro: str = "") -> FormPage:
    member = person.memberships.filter(during__contains=today()).select_related("team").first()
    crumbs = team_crumbs(request.user, member.team if member else None)
    here = Crumb(person.name, f"/people/{person.uid}/")
    return FormPage(
        title=title, submit=submit, back=_employment_url(person.uid), intro=intro, crumbs=(*crumbs, here, Crumb(title))
    )
