"""A version as a JSON file: out to other programs, and in again as a draft. `evaluate_plan` reads the same file."""

import json
from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts.doors import UserRequest, requires, wants_fragment
from core import calendar
from core.periods import PeriodKind
from core.ui import Crumb
from incentives import services
from incentives.errors import PlanFileCannotBeRead
from incentives.forms.plan_file import PlanFileForm
from incentives.messages import problem_text
from incentives.models import PlanVersion
from incentives.rules.checks import problems
from incentives.rules.reading import Problem
from incentives.views.plans import crumbs, plan_or_404, version_or_404


@require_GET
@requires("incentives.view_plans")
def plan_export(request: UserRequest, code: str, number: int) -> HttpResponse:  # noqa: ARG001
    """The document of a version, as `plan.schema.json` describes it."""
    version = version_or_404(code, number)
    text = json.dumps(version.content, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": f'attachment; filename="{code}-v{number}.json"'}
    return HttpResponse(f"{text}\n", content_type="application/json", headers=headers)


@requires("incentives.edit_plans")
def plan_import(request: UserRequest, code: str) -> HttpResponse:
    """A file becomes the plan's draft. What cannot be read is told with its path, and nothing is changed."""
    plan = plan_or_404(code)
    draft = plan.versions.filter(status=PlanVersion.Status.DRAFT).first()
    starts = draft.starts if draft else calendar.current_period(PeriodKind.QUARTER).next.start
    form = PlanFileForm(request.POST or None, request.FILES or None, initial={"starts": starts})
    wrong: Sequence[Problem] = ()
    if request.method == "POST" and form.is_valid():
        try:
            version = services.import_draft(
                plan=plan, content=form.cleaned_data["content"], starts=form.cleaned_data["starts"], by=request.user
            )
        except PlanFileCannotBeRead as refused:
            wrong = refused.problems
        else:
            messages.success(request, _imported_text(version))
            return redirect("incentives:plan-edit", code, version.number)
    context = {
        "plan": plan,
        "draft": draft,
        "form": form,
        "wrong": [(problem.path, problem_text(problem)) for problem in wrong],
        "crumbs": crumbs(
            Crumb(plan.name, reverse("incentives:plan-detail", args=[code])), Crumb(_("Import a version"))
        ),
    }
    template = "incentives/_plan_import.html" if wants_fragment(request) else "incentives/plan_import.html"
    return render(request, template, context, status=422 if form.is_bound else 200)


def _imported_text(version: PlanVersion) -> str:
    left = sum(problem.severity == "error" for problem in problems(version.content))
    if not left:
        return _("The file is imported as a draft, version %(number)s.") % {"number": version.number}
    return ngettext(
        "The file is imported as a draft, version %(number)s. %(count)s place is still to be corrected.",
        "The file is imported as a draft, version %(number)s. %(count)s places are still to be corrected.",
        left,
    ) % {"number": version.number, "count": left}
