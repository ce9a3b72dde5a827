"""Scorecards: of a team or a person, and the results tab of a person's page."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import UserRequest, get_visible, requires
from accounts.models import Person, Team
from accounts.person_page import person_context
from core import calendar
from core.period_choice import PeriodChoice
from core.ui import Crumb
from goals import charts, scorecards, selectors
from goals.views.subjects import chosen_subject, period_choice


@requires("goals.view_results")
@require_safe
def scorecard(request: UserRequest) -> HttpResponse:
    """Each KPI with trend, target and attainment; under a team's, what is below it."""
    choice, subject = period_choice(request), chosen_subject(request)
    context = _scorecard(request, subject, choice) | {
        "crumbs": [Crumb(_("Goals"), reverse("goals:scorecard")), *_crumbs(request, subject)],
        "period_bar": choice.bar,
        "subject": subject,
        "is_team": isinstance(subject, Team),
        "may_edit_targets": request.user.may("goals.edit_targets"),
    }
    if isinstance(subject, Team):
        below = selectors.child_figures(
            viewer=request.user, team=subject, period=choice.period, compare=choice.compare, level="children"
        )
        context |= {"below": scorecards.below(below, context["kpi_list"], choice.period, context["pace"])}
    return render(request, "goals/scorecard.html", context)


@requires("goals.view_results")
@require_safe
def person_results(request: UserRequest, uid: UUID) -> HttpResponse:
    """A person's tab: cards, each KPI over the last periods, charts against target."""
    person = get_visible(Person, request.user, uid)
    choice = period_choice(request)
    context = person_context(request, person, "results") | _scorecard(request, person, choice)
    return render(request, "goals/person_results.html", context | {"period_bar": choice.bar})


def _scorecard(request: UserRequest, subject: Person | Team, choice: PeriodChoice) -> dict[str, Any]:
    figures = selectors.figures(viewer=request.user, subject=subject, period=choice.period, compare=choice.compare)
    pace = selectors.pace(period=choice.period, on=calendar.today())
    return {
        "choice": choice,
        "kpi_list": [figure.kpi for figure in figures.values()],
        "cards": scorecards.strip(figures, choice.compare, pace, _same_point(subject, choice)),
        "against": scorecards.against_target(figures, pace),
        "charts": charts.against_target(figures),
        "pace": pace,
        "period": choice.period,
    }


def _same_point(subject: Person | Team, choice: PeriodChoice) -> dict[str, Decimal]:
    if choice.compare is None:
        return {}
    return selectors.at_same_point(subject=subject, period=choice.period, compare=choice.compare, on=calendar.today())


def _crumbs(request: UserRequest, subject: Person | Team) -> list[Crumb]:
    """Down to the subject, each step leading to its scorecard."""
    if isinstance(subject, Person):
        return [Crumb(subject.name)]
    chain = Team.objects.visible_to(request.user).filter(pk__in=subject.ancestor_ids).order_by("path")
    period = request.GET.get("period", "")
    return [Crumb(team.name, f"{reverse('goals:scorecard')}?team={team.code}&period={period}") for team in chain]
