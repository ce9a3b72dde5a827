"""Long work that somebody started: how far it is, and the button that stops it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.jobs import progress_of
from core import jobs
from core.models import Job
from core.ui import Crumb


@requires("accounts.use_portal")
@never_cache
@require_safe
def job(request: UserRequest, uid: UUID) -> HttpResponse:
    return _shown(request, get_visible(Job, request.user, uid))


@requires("accounts.use_portal")
@require_POST
def job_cancel(request: UserRequest, uid: UUID) -> HttpResponse:
    """Asks the work to stop at its next step; until then it goes on."""
    found = get_visible(Job, request.user, uid)
    jobs.cancel(job=found)
    if not wants_fragment(request):
        return redirect("job", uid=uid)
    found.refresh_from_db()
    return _shown(request, found)


def _shown(request: UserRequest, found: Job) -> HttpResponse:
    template = "accounts/_job.html" if wants_fragment(request) else "accounts/job.html"
    return render(request, template, {"progress": progress_of(found), "crumbs": [Crumb(_("Work in progress"))]})
