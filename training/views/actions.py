"""Promises of a note: agree on one in a line, take it out, tick it off."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from core.calendar import today
from core.errors import Invalid
from training import selectors, services
from training.models import ActionItem, CoachingNote
from training.views.saving import keeps_quiet, save_what_came_along
from training.views.showing import agreed

# Where a promise stands says what its row shows beside the text; the tick button tells it back.
PLACES_OF_A_PROMISE = ("with_note", "may_remove", "carried_over")


@keeps_quiet
@require_POST
@requires("training.log_note")
def action_add(request: UserRequest, note_uid: UUID) -> HttpResponse:
    """Adds what is typed in one line; answers the list of what was agreed, an error right at the line."""
    if not wants_fragment(request):
        save_what_came_along(request, note_uid)
        return add_typed_action(request, note_uid, request.POST.get("line", ""))
    error = _try_to_add(request, note_uid)
    found = get_visible(CoachingNote, request.user, note_uid)
    context = agreed(request, found) | {"line": request.POST.get("line", "") if error else "", "line_error": error}
    return render(request, "training/_agreed.html", context, status=422 if error else 200)


@keeps_quiet
@require_POST
@requires("training.log_note")
def action_remove(request: UserRequest, action_uid: UUID) -> HttpResponse:
    item = get_visible(ActionItem, request.user, action_uid)
    services.remove_action(action_uid=action_uid, by=request.user)
    if not wants_fragment(request):
        save_what_came_along(request, item.note.uid)
        return redirect("training:note", item.note.uid)
    return render(request, "training/_agreed.html", agreed(request, item.note))


@keeps_quiet
@require_POST
@requires("training.read_notes")
def action_done(request: UserRequest, action_uid: UUID) -> HttpResponse:
    return _tick(request, action_uid, done=True)


@keeps_quiet
@require_POST
@requires("training.read_notes")
def action_undo(request: UserRequest, action_uid: UUID) -> HttpResponse:
    return _tick(request, action_uid, done=False)


def _tick(request: UserRequest, action_uid: UUID, *, done: bool) -> HttpResponse:
    item = services.set_done(action_uid=action_uid, done=done, by=request.user)
    if not wants_fragment(request):
        save_what_came_along(request, item.note.uid)
        return redirect(_back(request, reverse("training:note", args=[item.note.uid])))
    shown = selectors.promise(item, viewer=request.user, on=today())
    context = {"promise": shown} | {place: place in request.GET for place in PLACES_OF_A_PROMISE}
    return render(request, "training/_promise.html", context)


def _try_to_add(request: UserRequest, note_uid: UUID) -> str:
    """Adds the action of the request; what is wrong with its line, empty where it was added."""
    try:
        services.add_action(note_uid=note_uid, line=request.POST.get("line", ""), by=request.user)
    except Invalid as error:
        return str(error)
    return ""


def add_typed_action(request: UserRequest, note_uid: UUID, line: str) -> HttpResponse:
    services.add_action(note_uid=note_uid, line=line, by=request.user)
    return redirect(f"{reverse('training:note', args=[note_uid])}#agreed")


def _back(request: HttpRequest, otherwise: str) -> str:
    """Where a form without script came from, if that is a page of ours."""
    given = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        given, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return given if given and is_ours else otherwise
