"""What dashboards read: fact rows of one person or team, whose number does not grow with the deals behind them.

Amounts are in the company's currency. Nothing here looks at access: the caller gets the subject through `visible_to`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Literal

from django.db.models import Max, Q, Subquery, Sum
from django.db.models.functions import TruncMonth

from accounts.models import Person, Team
from core.periods import Period, add_months
from crm.models import Opportunity, PipelineSnapshot, SalesCycle, SalesDay, SalesMix

Subject = Person | Team
SubjectKey = tuple[Literal["person", "team"], int]
ZERO = Decimal(0)


def subject_key(subject: Subject) -> SubjectKey:
    """What tells a subject from all others, in dictionaries of rows."""
    return ("person" if isinstance(subject, Person) else "team", subject.pk)


def _about(subject: Subject) -> Q:
    return Q(person=subject) if isinstance(subject, Person) else Q(team=subject)


def _rate(won: int, lost: int) -> Decimal | None:
    return Decimal(won) / (won + lost) if won + lost else None


# Bookings over time


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One day; `total` is booked from the period's first day up to and with it."""

    day: date
    booked: Decimal
    won: int
    lost: int
    total: Decimal


def booked_trend(*, subject: Subject, period: Period, until: date | None = None) -> list[TrendPoint]:
    """Every day of the period up to and with `until` (None: all), those without a deal too. One query."""
    end = period.end if until is None else min(period.end, until + timedelta(days=1))
    return _trend(_day_facts(subject, Q(day__gte=period.start, day__lt=end)), period.start, end)


def booked_trends(*, subject: Subject, periods: Sequence[Period]) -> list[list[TrendPoint]]:
    """As `booked_trend` for several periods at once, in their order. One query."""
    days = reduce(or_, (Q(day__gte=period.start, day__lt=period.end) for period in periods))
    known = _day_facts(subject, days)
    return [_trend(known, period.start, period.end) for period in periods]


DayFacts = dict[date, tuple[Decimal, int, int]]


def _day_facts(subject: Subject, days: Q) -> DayFacts:
    facts = SalesDay.objects.filter(_about(subject), days)
    return {day: (booked, won, lost) for day, booked, won, lost in facts.values_list("day", "booked", "won", "lost")}


def _trend(known: DayFacts, start: date, end: date) -> list[TrendPoint]:
    points: list[TrendPoint] = []
    total = ZERO
    for day in (start + timedelta(days=n) for n in range((end - start).days)):
        booked, won, lost = known.get(day, (ZERO, 0, 0))
        total += booked
        points.append(TrendPoint(day, booked, won, lost, total))
    return points


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """One month by its first day."""

    month: date
    won: int
    lost: int
    booked: Decimal


def booked_by_month(*, subject: Subject, first: date, last: date) -> list[MonthPoint]:
    """The months from that of `first` to that of `last`, those without a deal too. One query."""
    start, end = first.replace(day=1), add_months(last.replace(day=1), 1)
    facts = (
        SalesDay.objects.filter(_about(subject), day__gte=start, day__lt=end)
        .annotate(month=TruncMonth("day"))
        .values("month")
        .annotate(all_won=Sum("won"), all_lost=Sum("lost"), all_booked=Sum("booked"))
        .values_list("month", "all_won", "all_lost", "all_booked")
    )
    known = {month: MonthPoint(month, won, lost, booked) for month, won, lost, booked in facts}
    months = [start]
    while (following := add_months(months[-1], 1)) < end:
        months.append(following)
    return [known.get(month, MonthPoint(month, 0, 0, ZERO)) for month in months]


# Parts


@dataclass(frozen=True, slots=True)
class MixRow:
    """Closed deals of one product, or of one sector ('' where the deal has no account or the account no sector)."""

    key: str
    won: int
    lost: int
    booked: Decimal

    @property
    def win_rate(self) -> Decimal | None:
        return _rate(self.won, self.lost)


def sales_mix(*, subject: Subject, period: Period, dimension: SalesMix.Dimension) -> list[MixRow]:
    """What was closed in the period by product or sector, highest booked first. One query."""
    facts = (
        SalesMix.objects.filter(_about(subject), month__gte=period.start, month__lt=period.end, dimension=dimension)
        .values("key")
        .annotate(all_won=Sum("won"), all_lost=Sum("lost"), all_booked=Sum("booked"))
        .order_by("-all_booked", "key")
        .values_list("key", "all_won", "all_lost", "all_booked")
    )
    return [MixRow(*row) for row in facts]


@dataclass(frozen=True, slots=True)
class ClosedSummary:
    """What was closed; the mean and median days from engaging to winning are None where no won deal has both dates."""

    won: int
    lost: int
    booked: Decimal
    cycle_days: Decimal | None
    median_cycle_days: int | None

    @property
    def win_rate(self) -> Decimal | None:
        return _rate(self.won, self.lost)


def closed_summary(*, subject: Subject, period: Period) -> ClosedSummary:
    """Two queries."""
    found = SalesDay.objects.filter(_about(subject), day__gte=period.start, day__lt=period.end).aggregate(
        won=Sum("won", default=0),
        lost=Sum("lost", default=0),
        booked=Sum("booked", default=ZERO),
        days=Sum("won_cycle_days", default=0),
        timed=Sum("won_with_cycle", default=0),
    )
    mean = Decimal(found["days"]) / found["timed"] if found["timed"] else None
    return ClosedSummary(found["won"], found["lost"], found["booked"], mean, _median_cycle(subject, period))


def _median_cycle(subject: Subject, period: Period) -> int | None:
    """The lower median, from counts by number of days. One query."""
    counts = list(
        SalesCycle.objects.filter(_about(subject), month__gte=period.start, month__lt=period.end)
        .values("days")
        .annotate(deals=Sum("won"))
        .order_by("days")
        .values_list("days", "deals")
    )
    half = sum(deals for _days, deals in counts) / 2
    seen = 0
    for days, deals in counts:
        seen += deals
        if seen >= half:
            return int(days)
    return None


# Open deals


@dataclass(frozen=True, slots=True)
class PipelineStage:
    """Open deals of one stage; stuck are those engaged for longer than nine of ten won deals took."""

    stage: Opportunity.Stage
    deals: int
    amount: Decimal
    median_age_days: int | None
    stuck_deals: int
    stuck_amount: Decimal


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A subject's open deals at the end of `day` (None: nothing is known of that time), by stage."""

    day: date | None
    stages: tuple[PipelineStage, ...] = ()

    @property
    def deals(self) -> int:
        return sum(stage.deals for stage in self.stages)

    @property
    def amount(self) -> Decimal:
        return sum((stage.amount for stage in self.stages), ZERO)

    @property
    def stuck_deals(self) -> int:
        return sum(stage.stuck_deals for stage in self.stages)

    @property
    def stuck_amount(self) -> Decimal:
        return sum((stage.stuck_amount for stage in self.stages), ZERO)

    def stage(self, stage: Opportunity.Stage) -> PipelineStage:
        """The stage's row; of zeros where it has no deal."""
        empty = PipelineStage(stage, 0, ZERO, None, 0, ZERO)
        return next((row for row in self.stages if row.stage == stage), empty)


def pipeline(*, subject: Subject, on: date) -> Pipeline:
    """The newest state known on a day: today's, or the end of the month before it. One query."""
    return pipelines(subjects=[subject], on=on)[subject_key(subject)]


def pipelines(*, subjects: Sequence[Subject], on: date) -> dict[SubjectKey, Pipeline]:
    """As `pipeline` for many subjects at once; each has an entry. One query (two where no subject has an open deal)."""
    people = [subject.pk for subject in subjects if isinstance(subject, Person)]
    teams = [subject.pk for subject in subjects if isinstance(subject, Team)]
    # The day is that of all subjects: one without open deals then has no row, not the row of an older day.
    newest = PipelineSnapshot.objects.filter(day__lte=on).order_by("-day").values("day")[:1]
    rows = list(
        PipelineSnapshot.objects.filter(Q(person__in=people) | Q(team__in=teams), day=Subquery(newest)).order_by(
            "-stage"
        )
    )
    day = rows[0].day if rows else PipelineSnapshot.objects.filter(day__lte=on).aggregate(newest=Max("day"))["newest"]
    return {subject_key(subject): Pipeline(day, _stages(rows, subject_key(subject))) for subject in subjects}


def _stages(rows: Iterable[PipelineSnapshot], key: SubjectKey) -> tuple[PipelineStage, ...]:
    mine = [row for row in rows if key == (("team", row.team_id) if row.team_id else ("person", row.person_id))]
    return tuple(
        PipelineStage(
            Opportunity.Stage(row.stage), row.deals, row.amount, row.median_age_days, row.stuck_deals, row.stuck_amount
        )
        for row in mine
    )


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """A step of the funnel: how many deals, and the median days: of open ones their age, of won ones their cycle."""

    stage: Opportunity.Stage
    deals: int
    median_days: int | None


def funnel(*, subject: Subject, period: Period) -> list[FunnelRow]:
    """Prospecting and Engaging at the period's last known day, Won and Lost in the period. Three queries."""
    open_deals = pipeline(subject=subject, on=period.end - timedelta(days=1))
    closed = closed_summary(subject=subject, period=period)
    steps = [open_deals.stage(stage) for stage in Opportunity.OPEN]
    return [
        *(FunnelRow(step.stage, step.deals, step.median_age_days) for step in steps),
        FunnelRow(Opportunity.Stage.WON, closed.won, closed.median_cycle_days),
        FunnelRow(Opportunity.Stage.LOST, closed.lost, None),
    ]
