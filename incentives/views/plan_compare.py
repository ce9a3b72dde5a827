"""Two versions of a plan side by side, what differs marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.doors import UserRequest, requires, wants_fragment
from core import formats
from core.ui import Crumb
from incentives.models import PlanVersion
from incentives.views.plan_words import ComponentWords, compared
from incentives.views.plans import crumbs, plan_or_404


@dataclass(frozen=True, slots=True)
class SideBySide:
    """Both versions, the older first; `count` fields and rows differ."""

    before: PlanVersion
    after: PlanVersion
    components: Sequence[ComponentWords]

    @property
    def count(self) -> int:
        return sum(component.changes for component in self.components)

    @property
    def starts(self) -> tuple[str, str]:
        return formats.day(self.before.starts), formats.day(self.after.starts)


@require_GET
@requires("incentives.view_plans")
def plan_compare(request: UserRequest, code: str) -> HttpResponse:
    """The two versions chosen, else the newest and the one before it."""
    plan = plan_or_404(code)
    versions = list(plan.versions.order_by("-number"))
    after = _chosen(versions, request.GET.get("after"), 0)
    before = _chosen(versions, request.GET.get("before"), 1)
    found = None
    if before is not None and after is not None:
        found = SideBySide(before, after, compared(before.content, after.content, after.currency))
    context = {
        "plan": plan,
        "versions": versions,
        "found": found,
        "only_changes": request.GET.get("show") == "changes",
        "crumbs": crumbs(
            Crumb(plan.name, reverse("incentives:plan-detail", args=[code])), Crumb(_("Compare versions"))
        ),
    }
    template = "incentives/_plan_compare.html" if wants_fragment(request) else "incentives/plan_compare.html"
    return render(request, template, context)


def _chosen(versions: Sequence[PlanVersion], number: str | None, place: int) -> PlanVersion | None:
    """The version of a number, else the one at a place from the newest on."""
    found = next((version for version in versions if str(version.number) == number), None)
    return found or next(iter(versions[place : place + 1]), None)
