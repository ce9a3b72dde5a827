"""Pace: what share of a period's result should be there by a day, from the company's own course. One query."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from accounts.models import Person, Team
from core import formats
from core.periods import Period
from crm.models import SalesDay
from goals.rules import pace as rules


@dataclass(frozen=True, slots=True)
class Pace:
    """What should be reached by now (0 to 1), and by which measure. It is the company's, the same for every subject."""

    share: Decimal
    basis: Literal["season", "working_days", "over"]
    season: str = ""

    @property
    def words(self) -> str:
        share = formats.percent(self.share)
        match self.basis:
            case "over":
                return _("The period is over.")
            case "season":
                return _("%(share)s should be booked by now, by the course of %(season)s.") % {
                    "share": share,
                    "season": formats.period_label(self.season),
                }
        return _("%(share)s of the period's working days (Monday to Friday) are over.") % {"share": share}

    def on_pace(self, attainment: Decimal | None) -> Decimal | None:
        """Attainment that the period will end with if it goes on so; None where nothing can be said yet."""
        return rules.on_pace(attainment, self.share)

    def status(self, attainment: Decimal | None) -> Literal["ahead", "close", "behind", ""]:
        """Ahead from 100 % of the pace, close from 90 %."""
        ending = self.on_pace(attainment)
        if ending is None:
            return ""
        return "ahead" if ending >= 1 else "close" if ending >= rules.CLOSE_FROM else "behind"


def pace(*, period: Period, on: date) -> Pace:
    """At the end of `on`. One query over the company's daily facts; working days where there is no past to go by."""
    found = rules.pace_share(period, on, _booked_in(period.year_before, period.previous))
    return Pace(found.share, found.basis.value, found.season.code if found.season else "")


def at_same_point(*, subject: Person | Team, period: Period, compare: Period, on: date) -> dict[str, Decimal]:
    """What `compare` had brought by the same share of its working days as `period` has behind it, by KPI code. One
    query.

    Only sums over bookings are known day by day: booked revenue and deals won.
    """
    about = Q(person=subject) if isinstance(subject, Person) else Q(team=subject)
    until = rules.same_point(period, on, compare)
    days = SalesDay.objects.filter(about, day__gte=compare.start, day__lte=until)
    sums = days.aggregate(booked=Sum("booked", default=Decimal(0)), won=Sum("won", default=0))
    return {"booked_revenue": sums["booked"], "deals_won": Decimal(sums["won"])}


def _booked_in(*periods: Period) -> dict[date, Decimal]:
    days = Q()
    for period in periods:
        days |= Q(day__gte=period.start, day__lt=period.end)
    return dict(SalesDay.objects.filter(days, team__kind=Team.Kind.COMPANY).values_list("day", "booked"))
