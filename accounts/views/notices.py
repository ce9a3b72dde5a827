"""Notices to the one who is logged in."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import selectors, services
from accounts.doors import UserRequest, requires, wants_fragment
from core.keyset import next_page_url
from core.outbox import rendered
from core.ui import Crumb, Tab


@requires("accounts.use_portal")
@require_safe
def notifications(request: UserRequest) -> HttpResponse:
    unread_only = request.GET.get("view") == "unread"
    found = selectors.notice_rows(viewer=request.user, unread_only=unread_only, after=request.GET.get("after", ""))
    rows_only = wants_fragment(request) and "after" in request.GET
    return render(
        request,
        "accounts/_notice_rows.html" if rows_only else "accounts/notifications.html",
        {
            "rows": found.rows,
            "next_url": next_page_url(request, found.after),
            "views": [
                Tab(_("All"), "?", active=not unread_only),
                Tab(_("Unread"), "?view=unread", active=unread_only),
            ],
            "unread_only": unread_only,
            "crumbs": [Crumb(_("Notifications"))],
        },
    )


@requires("accounts.use_portal")
@require_POST
def notification_open(request: UserRequest, uid: UUID) -> HttpResponse:
    """The notice has been read; on to what it is about."""
    notice = services.mark_read(notice_uid=uid, by=request.user)
    return redirect(rendered(notice).path)


@requires("accounts.use_portal")
@require_POST
def notification_read(request: UserRequest, uid: UUID) -> HttpResponse:
    services.mark_read(notice_uid=uid, by=request.user)
    return redirect("notifications")


@requires("accounts.use_portal")
@require_POST
def notifications_read_all(request: UserRequest) -> HttpResponse:
    count = services.mark_all_read(by=request.user)
    messages.success(
        request, ngettext("%(count)s notice is read.", "%(count)s notices are read.", count) % {"count": count}
    )
    return redirect("notifications")
