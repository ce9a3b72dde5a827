"""What a note is about: attach a deal or a result, take it off."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from core.errors import NotFound
from training import selectors, services
from training.models import CoachingNote
from training.views.saving import save_what_came_along
from training.views.showing import attached


@requires("training.log_note")
def note_attach(request: UserRequest, note_uid: UUID) -> HttpResponse:
    """What can be attached, filtered by `q`; a POST attaches `what` (`deal:<uid>` or `result:<uid>`)."""
    found = get_visible(CoachingNote, request.user, note_uid)
    if request.method == "POST":
        _attach(request, found)
        if not wants_fragment(request):
            return redirect("training:note", note_uid)
        answer = render(request, "training/_attachments.html", attached(found, request.user))
        answer["HX-Trigger"] = "close-dialog"
        return answer
    text = request.GET.get("q", "").strip()
    offers = selectors.attachable(viewer=request.user, person=found.person, text=text)
    context = {"note": found, "offers": offers, "q": text}
    if request.htmx and request.htmx.target == "attachable":
        return render(request, "training/_attachable.html", context)
    page = "training/_attach_dialog.html" if wants_fragment(request) else "training/attach.html"
    return render(request, page, context)


@require_POST
@requires("training.log_note")
def note_detach(request: UserRequest, note_uid: UUID, link_uid: UUID) -> HttpResponse:
    services.detach(note_uid=note_uid, link_uid=link_uid, by=request.user)
    if not wants_fragment(request):
        save_what_came_along(request, note_uid)
        return redirect("training:note", note_uid)
    found = get_visible(CoachingNote, request.user, note_uid)
    return render(request, "training/_attachments.html", attached(found, request.user))


def _attach(request: UserRequest, note: CoachingNote) -> None:
    kind, _colon, uid = request.POST.get("what", "").partition(":")
    try:
        found = UUID(uid)
    except ValueError:
        raise NotFound from None
    if kind == "deal":
        services.attach_deal(note_uid=note.uid, deal_uid=found, by=request.user)
    if kind == "result":
        services.attach_result(note_uid=note.uid, result_uid=found, by=request.user)
