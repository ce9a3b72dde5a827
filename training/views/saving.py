"""Saving what an editor sends: by itself as typed, with the Save button, or along with another button of the form."""

from uuid import UUID

from django.views.decorators.debug import sensitive_post_parameters

from accounts.doors import UserRequest
from accounts.models import User
from training import services
from training.forms import NoteForm
from training.models import CoachingNote

# What people write stays out of error reports.
keeps_quiet = sensitive_post_parameters("topic", "shared_text", "private_text", "line", "text")


def save(form: NoteForm, note_uid: UUID, user: User) -> CoachingNote:
    return services.save_note(
        note_uid=note_uid,
        draft=form.draft,
        version=form.cleaned_data["version"],
        page=form.cleaned_data["page"],
        follows=form.cleaned_data["follows"],
        by=user,
    )


def save_what_came_along(request: UserRequest, note_uid: UUID) -> None:
    """Without script every button of the editor sends the whole form, so that nothing typed is lost."""
    form = NoteForm(request.POST)
    if "version" in request.POST and form.is_valid():
        save(form, note_uid, request.user)
