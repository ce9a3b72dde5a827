"""The start page: one question for each role, answered in ten seconds."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import Role
from accounts.doors import UserRequest, requires
from accounts.models import Person, Team
from accounts.navigation import places_for
from core import calendar
from core.errors import NotFound
from core.period_choice import PeriodChoice, chosen_period
from core.ui import Crumb
from dashboards.panels import administrator
from dashboards.panels import team as team_panels
from dashboards.panels import today as panels
from dashboards.selectors import attention
from dashboards.selectors.administrator import administrator_today
from dashboards.selectors.overview import children, overview
from dashboards.selectors.today import hr_today, kam_today, led_team, manager_today
from incentives import selectors as pay

# Somebody with several roles starts with the widest.
ORDER = (Role.DIRECTOR, Role.MANAGER, Role.HR, Role.KAM, Role.ADMINISTRATOR, Role.ANALYST, Role.COUNSELLOR)
LEADERS = 5


def main_role(request: UserRequest) -> Role | None:
    return next((role for role in ORDER if role in request.user.roles), None)


@requires("dashboards.view_today")
def today(request: UserRequest) -> HttpResponse:
    role, person = main_role(request), request.user.person_or_none
    choice = chosen_period(request)
    context: dict[str, object] = {
        "crumbs": [Crumb(_("Today"))],
        "tries": panels.tries(role),
        "currency": settings.COMPANY_CURRENCY,
        "period": choice.period,
        "days_left": team_panels.days_left(choice.period, calendar.today()),
        "today": calendar.today(),
    }
    if role == Role.DIRECTOR:
        return render(request, "dashboards/today_director.html", context | _director(request, choice))
    if role == Role.MANAGER and person:
        return render(request, "dashboards/today_manager.html", context | _manager(request, person, choice))
    if role == Role.HR:
        return render(request, "dashboards/today_hr.html", context | _hr(request, choice))
    if role == Role.KAM and person:
        return render(request, "dashboards/today_kam.html", context | _kam(request, person, choice))
    if role == Role.ADMINISTRATOR:
        return render(request, "dashboards/today_administrator.html", context | _administrator(choice))
    places = [place for place in places_for(request, request.user) if not place.active]
    return render(request, "dashboards/today_other.html", context | {"places": places})


def _director(request: UserRequest, choice: PeriodChoice) -> dict[str, object]:
    now, user = calendar.today(), request.user
    team = Team.objects.visible_to(user).order_by("path").first()
    if team is None:
        raise NotFound
    found = overview(viewer=user, team=team, period=choice.period, compare=choice.compare, today=now)
    below = children(viewer=user, team=team, period=choice.period, compare=choice.compare, level="children", today=now)
    findings = attention.findings(
        viewer=user,
        team=team,
        period=choice.period,
        compare=choice.compare,
        today=now,
        rows=[row.figures for row in below],
        pace=found.pace,
    )
    return {
        "team": team,
        "period_bar": choice.bar,
        "kpis": team_panels.kpis(found, choice.compare),
        "course": team_panels.course_chart(found.course, choice.period, choice.compare),
        "attention": team_panels.attention(findings, choice.period),
        "runs": pay.runs_waiting_for(user=user),
        "board": attention.leader_board(team=team, period=choice.period, most=LEADERS),
        "pace": found.pace,
    }


def _manager(request: UserRequest, person: Person, choice: PeriodChoice) -> dict[str, object]:
    now = calendar.today()
    found = manager_today(
        viewer=request.user, person=person, team=led_team(person, now), period=choice.period, today=now
    )
    return {
        "found": found,
        "period_bar": choice.bar,
        "cards": team_panels.table_rows(team_panels.ordered(found.people, "attainment"), found.pace, choice.period),
        "strip": team_panels.figure_cards(found.figures, choice.compare, found.pace, found.same_point),
        "pace": found.pace,
    }


def _kam(request: UserRequest, person: Person, choice: PeriodChoice) -> dict[str, object]:
    found = kam_today(viewer=request.user, person=person, period=choice.period, today=calendar.today())
    return {
        "found": found,
        "bullets": panels.bullets(found.figures, found.pace),
        "curve": panels.bonus_curve(found.bonus) if found.bonus and found.bonus.curve else None,
        "pace": found.pace,
    }


def _hr(request: UserRequest, choice: PeriodChoice) -> dict[str, object]:
    found = hr_today(viewer=request.user, period=choice.period, today=calendar.today())
    return {
        "found": found,
        "period_bar": choice.bar,
        "cost_url": f"{reverse('dashboards:explain-bonus')}?period={choice.period.code}",
        "spread": panels.pay_chart(found.pay, found.runs[0].currency) if found.pay else None,
    }


def _administrator(choice: PeriodChoice) -> dict[str, object]:
    found = administrator_today(period=choice.period, today=calendar.today(), now=timezone.now())
    return {
        "found": found,
        "attention": administrator.attention(found),
        "health": administrator.health(found),
        "jobs": administrator.job_rows(found),
        "mails": administrator.mail_rows(found),
    }


@requires("incentives.view_own_pay")
def what_if(request: UserRequest) -> HttpResponse:
    """What the chosen open deals would pay, by the engine that writes the statements. A fragment for the start page."""
    person = request.user.person_or_none
    if person is None:
        raise NotFound
    choice = chosen_period(request)
    uids = [uid for uid in request.GET.getlist("deal") if uid][:50]
    result = pay.what_if(viewer=request.user, person=person, period=choice.period, opportunity_uids=uids)
    return render(request, "dashboards/_what_if.html", {"result": result, "chosen": len(uids)})
