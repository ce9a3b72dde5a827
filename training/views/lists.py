"""Who is next, what is open, the notes: for oneself, and on a person's page."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.models import Person
from accounts.person_page import person_context
from core.calendar import today
from core.keyset import keyset_page, next_page_url
from core.ui import Crumb
from training import selectors, services
from training.forms import CadenceForm

NOTES_SHOWN = 20
NEWEST_FIRST = ("-held_on", "-pk")


@require_safe
@requires("training.read_notes")
def coaching(request: UserRequest) -> HttpResponse:
    """Who is next (for who leads), open promises, notes. With `after` only the next rows of notes."""
    notes = _notes(request)
    if "after" in request.GET and wants_fragment(request):
        return render(request, "training/_note_rows.html", notes)
    on = today()
    person = request.user.person_or_none
    talks = selectors.next_talks(manager=person, on=on) if person and request.user.may("training.log_note") else []
    promises = selectors.open_actions(user=request.user, on=on)
    own_talk = selectors.talk_with(person=person, on=on) if person else None
    context = {
        **notes,
        "talks": talks,
        "own_talk": own_talk,
        "promises": promises,
        "subtitle": _subtitle(talks, promises),
        "may_log": request.user.may("training.log_note"),
        "may_set": request.user.may("training.set_cadence"),
        "managers": _managers(request, talks),
        "crumbs": [Crumb(_("Coaching"))],
    }
    return render(request, "training/coaching.html", context)


@require_safe
@requires("training.read_notes")
def person_coaching(request: UserRequest, person_uid: UUID) -> HttpResponse:
    """A person's tab: how the cadence is kept, open promises, the notes that the viewer reads."""
    person = get_visible(Person, request.user, person_uid)
    notes = _notes(request, person)
    if "after" in request.GET and wants_fragment(request):
        return render(request, "training/_note_rows.html", notes)
    context = {
        **person_context(request, person, "coaching"),
        **notes,
        "talk": selectors.talk_with(person=person, on=today()),
        "promises": selectors.promises_about(person=person, viewer=request.user, on=today()),
    }
    return render(request, "training/person_coaching.html", context)


@requires("training.set_cadence")
def settings(request: UserRequest) -> HttpResponse:
    """Days between one-on-ones: for all, and for each manager's people."""
    form = CadenceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.set_cadence(
            manager_uid=form.cleaned_data["manager"], days=form.cleaned_data["days"], by=request.user, on=today()
        )
        return redirect("training:settings")
    context = {
        "days": selectors.cadence_days(),
        "managers": selectors.cadence_of_managers(viewer=request.user, on=today()),
        "may_set_default": selectors.may_set_default(request.user),
        "form": form,
        "refused": request.POST.get("manager", ""),
        "crumbs": [Crumb(_("Coaching"), reverse("training:coaching")), Crumb(_("How often"))],
    }
    return render(request, "training/settings.html", context, status=422 if form.errors else 200)


def _notes(request: UserRequest, person: Person | None = None) -> dict[str, Any]:
    """A page of notes that the viewer reads, newest first."""
    rows = selectors.note_rows(request.user)
    if person is not None:
        rows = rows.filter(person=person)
    page = keyset_page(rows, order=NEWEST_FIRST, after=request.GET.get("after", ""), size=NOTES_SHOWN)
    return {"notes": page.rows, "next_url": next_page_url(request, page.after), "about": person}


def _managers(request: UserRequest, talks: list[selectors.Talk]) -> list[selectors.ManagerCadence]:
    """For who leads managers or looks after them (HR): how each keeps the cadence. Dates only, never a text."""
    if talks or not request.user.may("training.set_cadence"):
        return []
    return selectors.cadence_of_managers(viewer=request.user, on=today())


def _subtitle(talks: list[selectors.Talk], promises: list[selectors.Promise]) -> str:
    late = sum(talk.cadence.days_late > 0 for talk in talks)
    overdue = sum(promise.overdue for promise in promises)
    parts = []
    if talks:
        parts.append(
            ngettext("%(count)s one-on-one overdue", "%(count)s one-on-ones overdue", late) % {"count": late}
            if late
            else _("every one-on-one is in time")
        )
    if overdue:
        parts.append(ngettext("%(count)s action overdue", "%(count)s actions overdue", overdue) % {"count": overdue})
    return " · ".join(parts)
