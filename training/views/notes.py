"""One note: open, read, save, close, add to it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import UserRequest, get_visible, requires
from core.errors import DomainError
from training import services
from training.errors import NoteChanged
from training.forms import AddendumForm, NoteForm
from training.models import CoachingNote
from training.views.actions import add_typed_action
from training.views.saving import keeps_quiet, save, save_what_came_along
from training.views.showing import saved_words, show, texts


@require_safe
@requires("training.log_note")
def note_new(request: UserRequest, person_uid: UUID) -> HttpResponse:
    """Opens the note to write into: today's unfinished one, or an empty page. `?deal=` and `?result=` are attached."""
    note = services.open_draft(person_uid=person_uid, by=request.user)
    for deal in _uids(request, "deal"):
        services.attach_deal(note_uid=note.uid, deal_uid=deal, by=request.user)
    for result in _uids(request, "result"):
        services.attach_result(note_uid=note.uid, result_uid=result, by=request.user)
    return redirect("training:note", note.uid)


@keeps_quiet
@requires("training.read_notes")
def note(request: UserRequest, note_uid: UUID) -> HttpResponse:
    """The note; a POST saves it without script, and shows both texts where another page has saved since."""
    if request.method != "POST":
        return show(request, get_visible(CoachingNote, request.user, note_uid))
    form = NoteForm(request.POST)
    if not form.is_valid():
        return show(request, get_visible(CoachingNote, request.user, note_uid), form, status=422)
    try:
        save(form, note_uid, request.user)
    except NoteChanged as error:
        found = get_visible(CoachingNote, request.user, note_uid)
        return show(request, found, _mine_over(form, found), error=error, status=409)
    if line := request.POST.get("line", "").strip():
        return add_typed_action(request, note_uid, line)
    return redirect("training:note", note_uid)


@keeps_quiet
@require_POST
@requires("training.log_note")
def note_autosave(request: UserRequest, note_uid: UUID) -> HttpResponse:
    """Saves as typed: JSON with the new version and the state in words; 409 with what another page has saved."""
    form = NoteForm(request.POST)
    if not form.is_valid():
        message = " ".join(str(message) for errors in form.errors.values() for message in errors)
        return JsonResponse({"code": "invalid", "message": message}, status=422)
    try:
        saved = save(form, note_uid, request.user)
    except NoteChanged as error:
        found = get_visible(CoachingNote, request.user, note_uid)
        theirs = {"theirs": texts(found, request.user), "state": saved_words(found)}
        return JsonResponse(_refusal(error) | theirs, status=409)
    except DomainError as error:
        return JsonResponse(_refusal(error), status=error.status)
    return JsonResponse({"version": saved.version, "state": saved_words(saved)})


@keeps_quiet
@require_POST
@requires("training.log_note")
def note_close(request: UserRequest, note_uid: UUID) -> HttpResponse:
    """Closes the note, after saving what the form holds."""
    save_what_came_along(request, note_uid)
    services.close_note(note_uid=note_uid, by=request.user)
    return redirect("training:note", note_uid)


@keeps_quiet
@require_POST
@requires("training.read_notes")
def note_addendum(request: UserRequest, note_uid: UUID) -> HttpResponse:
    form = AddendumForm(request.POST)
    if not form.is_valid():
        return show(request, get_visible(CoachingNote, request.user, note_uid), addendum=form, status=422)
    services.add_addendum(note_uid=note_uid, text=form.cleaned_data["text"], by=request.user)
    return redirect(f"{reverse('training:note', args=[note_uid])}#addenda")


def _mine_over(form: NoteForm, saved: CoachingNote) -> NoteForm:
    """My text again, now on top of what is saved: saving it once more replaces that knowingly."""
    return NoteForm(initial=form.cleaned_data | {"version": saved.version})


def _refusal(error: DomainError) -> dict[str, Any]:
    return {"code": error.code, "message": str(error)}


def _uids(request: UserRequest, name: str) -> list[UUID]:
    return [uid for uid in map(_uid, request.GET.getlist(name)) if uid]


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
