"""KPI sources over the pipeline: bookings from credits, wins, losses and cycle from opportunities by owner and close
date.
"""

from datetime import date
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Person, Team, User
from core import formats
from core.explain import PARTS_SHOWN, Part
from core.periods import Period
from core.rates import converted_sql, require_rates
from crm.models import Opportunity
from crm.selectors import deal_list_url, deals_of
from goals.sources import Drill, FactsQuery, Source, Term, register

Stage = Opportunity.Stage

# Credits of [starts, ends) in the company's currency at the rate of the day.
BOOKED = f"""
    SELECT credit.person_id, credit.credited_on AS day,
           sum({converted_sql("credit.amount", "credit.currency", "credit.credited_on")}) AS numerator
    FROM crm_credit credit WHERE credit.credited_on >= %(starts)s AND credit.credited_on < %(ends)s GROUP BY 1, 2
"""  # noqa: S608
CREDITED = """
    SELECT DISTINCT currency, credited_on FROM crm_credit
    WHERE credited_on >= %(starts)s AND credited_on < %(ends)s AND currency <> %(currency)s
"""

CLOSED = """
    SELECT deal.owner_id AS person_id, deal.closed_on AS day, {numerator} AS numerator, {denominator} AS denominator
    FROM crm_opportunity deal
    WHERE deal.closed_on >= %(starts)s AND deal.closed_on < %(ends)s AND deal.stage = ANY(%(stages)s) GROUP BY 1, 2
"""


def booked_revenue(starts: date, ends: date) -> FactsQuery:
    """Raises RateMissing."""
    params = {"starts": starts, "ends": ends, "currency": settings.COMPANY_CURRENCY}
    require_rates(CREDITED, params)
    return FactsQuery(f"SELECT person_id, day, numerator, NULL::numeric AS denominator FROM ({BOOKED}) booked", params)  # noqa: S608


def average_deal(starts: date, ends: date) -> FactsQuery:
    """Bookings credited to a person over the deals that the person won. Raises RateMissing."""
    booked, won = booked_revenue(starts, ends), deals_won(starts, ends)
    sql = f"""
        SELECT person_id, day, sum(booked) AS numerator, sum(won) AS denominator FROM (
            SELECT person_id, day, numerator AS booked, 0 AS won FROM ({booked.sql}) booked
            UNION ALL SELECT person_id, day, 0, numerator FROM ({won.sql}) won) both_of_them GROUP BY 1, 2
    """  # noqa: S608
    return FactsQuery(sql, {**won.params, **booked.params})


def closed(starts: date, ends: date, *, numerator: str, denominator: str, stages: tuple[Stage, ...]) -> FactsQuery:
    params = {"starts": starts, "ends": ends, "stages": [stage.value for stage in stages]}
    return FactsQuery(CLOSED.format(numerator=numerator, denominator=denominator), params)


deals_won = partial(closed, numerator="count(*)::numeric", denominator="NULL::numeric", stages=(Stage.WON,))
win_rate = partial(
    closed,
    numerator="count(*) FILTER (WHERE deal.stage = 'won')::numeric",
    denominator="count(*)::numeric",
    stages=(Stage.WON, Stage.LOST),
)
cycle_days = partial(
    closed,
    numerator="coalesce(sum(deal.closed_on - deal.engaged_on), 0)::numeric",
    denominator="count(deal.engaged_on)::numeric",
    stages=(Stage.WON,),
)


def deals(user: User, subject: Person | Team, period: Period, *, stage: Stage | None) -> Drill:
    """The deals closed in the period (None: won and lost), highest amount first, as the user may see them."""
    found, total = deals_of(viewer=user, subject=subject, period=period, stage=stage, most=PARTS_SHOWN)
    everything = deal_list_url(subject=subject, period=period, stage=stage)
    export = f"{reverse('crm:deal-export', args=['xlsx'])}?{everything.partition('?')[2]}"
    return Drill([_part(deal) for deal in found], total, everything, export)


def _part(deal: Opportunity) -> Part:
    account = deal.key_account.name if deal.key_account else _("No account")
    value = formats.money_full(deal.amount, deal.currency) if deal.stage == Stage.WON else deal.get_stage_display()
    return Part(f"{account} · {deal.product.name}", value, _detail(deal), reverse("crm:deal-detail", args=[deal.uid]))


def _detail(deal: Opportunity) -> str:
    closed_on = deal.closed_on or date.min
    values = {"stage": deal.get_stage_display(), "day": formats.day_short(closed_on), "owner": deal.owner.name}
    if deal.engaged_on is None:
        return _("%(stage)s %(day)s · %(owner)s") % values
    values["days"] = formats.days((closed_on - deal.engaged_on).days)
    return _("%(stage)s %(day)s after %(days)s · %(owner)s") % values


WON = partial(deals, stage=Stage.WON)
WON_DEALS = Term(gettext_lazy("deals won"), "count")
BOOKINGS = Term(gettext_lazy("booked"), "money")


def register_all() -> None:
    register(
        Source(
            "crm.booked_revenue",
            gettext_lazy("Credits of won deals, at their booking date"),
            BOOKINGS,
            None,
            booked_revenue,
            WON,
        )
    )
    register(
        Source("crm.deals_won", gettext_lazy("Won deals, by owner and close date"), WON_DEALS, None, deals_won, WON)
    )
    register(
        Source(
            "crm.win_rate",
            gettext_lazy("Won and lost deals, by owner and close date"),
            WON_DEALS,
            Term(gettext_lazy("deals won or lost"), "count"),
            win_rate,
            partial(deals, stage=None),
        )
    )
    register(
        Source(
            "crm.average_deal",
            gettext_lazy("Credits of won deals, and won deals by owner and close date"),
            BOOKINGS,
            WON_DEALS,
            average_deal,
            WON,
        )
    )
    register(
        Source(
            "crm.cycle_days",
            gettext_lazy("Won deals with the day on which engaging began"),
            Term(gettext_lazy("days from engaging to winning"), "days"),
            Term(gettext_lazy("deals won with both dates"), "count"),
            cycle_days,
            WON,
        )
    )
