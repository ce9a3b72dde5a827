"""A person's overview: figures, course of the period, open deals, promises."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.doors import UserRequest, get_visible, requires
from accounts.models import Person
from accounts.person_page import person_context
from core import calendar
from core.period_choice import chosen_period
from crm import selectors as crm
from crm.models import SalesMix
from dashboards.panels import team as panels
from dashboards.selectors.activity import ids_without_deals
from dashboards.selectors.overview import course
from goals import selectors as goals

OPEN_DEALS = 8


@requires("dashboards.view_person")
def overview(request: UserRequest, uid: UUID) -> HttpResponse:
    person = get_visible(Person, request.user, uid)
    choice, today = chosen_period(request), calendar.today()
    period = choice.period
    figures = goals.figures(viewer=request.user, subject=person, period=period, compare=choice.compare)
    frame = person_context(request, person, "overview") | {"period_bar": choice.bar}
    if all(figure.target is None for figure in figures.values()) and ids_without_deals({person.pk}, period, today):
        return render(request, "dashboards/person_without_deals.html", frame)
    pace = goals.pace(period=period, on=today)
    deals, total = crm.open_deals_of(viewer=request.user, subject=person, most=OPEN_DEALS)
    found = course(
        subject=person, period=period, compare=choice.compare, today=today, figure=figures.get("booked_revenue")
    )
    context = {
        "kpis": panels.figure_cards(figures, choice.compare, pace, found.same_point),
        "course": panels.course_chart(found, period, choice.compare),
        "funnel": panels.funnel_chart(crm.funnel(subject=person, period=period), figures.get("win_rate")),
        "products": panels.product_chart(
            crm.sales_mix(subject=person, period=period, dimension=SalesMix.Dimension.PRODUCT)
        ),
        "deals": deals,
        "deals_total": total,
        "deals_url": reverse("crm:person-deals", args=[person.uid]),
    }
    return render(request, "dashboards/person.html", frame | context)
