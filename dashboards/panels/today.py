"""The panels of the start pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.access import Role
from core import formats
from core.charts import Chart, Curve, Scatter, ScatterPoint, Values
from goals import cards
from goals.models import Kpi
from goals.selectors import Figure, Pace
from incentives.selectors import BonusSoFar, PayPoint


@dataclass(frozen=True, slots=True)
class Bullet:
    """One KPI of a KAM: how far, what is still missing."""

    name: str
    value: str
    attainment: Decimal | None
    status: str
    missing: str
    figure: Figure


def bullets(figures: dict[str, Figure], pace: Pace) -> list[Bullet]:
    found = []
    for figure in figures.values():
        is_sum = figure.kpi.aggregation == "sum"
        missing = ""
        if figure.missing:
            missing = _("%(amount)s to go") % {"amount": _difference(figure, figure.missing)}
        elif figure.target is not None:
            missing = _("reached")
        elif figure.kpi.direction != Kpi.Direction.LOWER:
            missing = _("no target")
        status = pace.status(figure.attainment) if is_sum else ""
        found.append(
            Bullet(figure.kpi.name, cards.text(figure.kpi, figure.actual), figure.attainment, status, missing, figure)
        )
    return found


def _difference(figure: Figure, missing: Decimal) -> str:
    return formats.points(missing) if figure.kpi.unit == Kpi.Unit.PERCENT else cards.text(figure.kpi, missing)


def pay_chart(points: Sequence[PayPoint], currency: str) -> Chart:
    """Whether pay follows results: one point a person of the newest run."""
    above = sum(1 for point in points if point.pay > point.target_pay)
    title = ngettext("%(count)s person earns more than target pay", "%(count)s people earn more than target pay", above)
    cloud = Scatter(
        points=[
            ScatterPoint(
                point.person.name, point.attainment, point.pay, 1, reverse("dashboards:person", args=[point.person.uid])
            )
            for point in points
        ],
        x_label=_("attainment"),
        y_label=_("pay"),
        x_values=Values("percent"),
    )
    return Chart(
        id="pay-spread",
        title=title % {"count": formats.number(above)},
        body=cloud,
        values=Values("money", currency),
        height=280,
    )


def bonus_curve(bonus: BonusSoFar) -> Chart:
    """Pay against attainment with today's place on it."""
    words = _("%(share)s pays %(amount)s") % {
        "share": formats.percent(bonus.attainment or Decimal(0)),
        "amount": formats.money(bonus.amount, bonus.currency),
    }
    body = Curve(
        points=bonus.curve,
        x_label=_("attainment"),
        y_label=_("pay"),
        target_y=bonus.target_pay,
        target_label=_("target pay"),
        mark=(bonus.attainment or Decimal(0), bonus.amount, words),
    )
    return Chart(
        id="bonus-curve", title=bonus_title(bonus), body=body, values=Values("money", bonus.currency), height=240
    )


def bonus_title(bonus: BonusSoFar) -> str:
    if bonus.next_bound is None:
        return _("The highest tier is reached")
    return _("%(amount)s more in bookings reaches the next tier at %(share)s") % {
        "amount": formats.money(bonus.next_bound.missing, bonus.currency),
        "share": formats.percent(bonus.next_bound.attainment),
    }


@dataclass(frozen=True, slots=True)
class Try:
    """Something for a newcomer of the demo to try."""

    text: str | Lazy
    path: str


TRIES: dict[Role, Sequence[Try]] = {
    Role.DIRECTOR: (
        Try(gettext_lazy("Open the region that is behind, down to a KAM"), "/dashboard/"),
        Try(gettext_lazy("Click a figure and see the deals it is made of"), "/dashboard/"),
        Try(gettext_lazy("Approve the bonus run that waits"), "/incentives/runs/"),
    ),
    Role.MANAGER: (
        Try(gettext_lazy("Open a KAM and press n to write a coaching note"), "/people/"),
        Try(gettext_lazy("Read what only the author can read"), "/coaching/"),
        Try(gettext_lazy("See whose target is out of reach"), "/goals/"),
    ),
    Role.KAM: (
        Try(gettext_lazy("Tick open deals and watch the bonus change"), "/"),
        Try(gettext_lazy("Open the last statement and click an amount"), "/incentives/"),
        Try(gettext_lazy("Tick off a promise"), "/coaching/"),
    ),
    Role.HR: (
        Try(gettext_lazy("Change a tier and watch the curve"), "/incentives/plans/"),
        Try(gettext_lazy("Start a bonus run"), "/incentives/runs/"),
        Try(gettext_lazy("Change when reminders go out"), "/settings/schedules/"),
    ),
    Role.ADMINISTRATOR: (
        Try(gettext_lazy("Grant a role for one team"), "/settings/roles/"),
        Try(gettext_lazy("See who changed what"), "/settings/audit/"),
        Try(gettext_lazy("Make an API token"), "/settings/tokens/"),
    ),
}


def tries(role: Role | None) -> Sequence[Try]:
    """Only in the demo."""
    return TRIES.get(role, ()) if settings.KAM_DEMO and role else ()
