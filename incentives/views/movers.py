"""What would move one's pay most: three open deals, each by the engine that writes the statements."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.doors import UserRequest, requires, wants_fragment
from core.errors import NotFound
from core.period_choice import chosen_period
from core.ui import Crumb
from incentives import selectors


@require_GET
@requires("incentives.view_own_pay")
def own_movers(request: UserRequest) -> HttpResponse:
    """A fragment for the start page, or a page of its own."""
    person = request.user.person_or_none
    if person is None:
        raise NotFound
    choice = chosen_period(request)
    context = {
        "movers": selectors.movers(viewer=request.user, person=person, period=choice.period),
        "crumbs": [Crumb(_("Incentives"), reverse("incentives:home")), Crumb(_("What would move it"))],
    }
    template = "incentives/_movers.html" if wants_fragment(request) else "incentives/movers.html"
    return render(request, template, context)
