"""What is known of a person before a talk: results, deals that moved, promises kept. Both of them see the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import Person, User
from core.periods import Period
from core.ui import Delta
from crm import selectors as crm
from crm.models import Opportunity, SalesMix
from goals import cards
from goals import selectors as goals
from goals.selectors import Figure, Pace
from training.models import ActionItem, CoachingNote

ATTAINMENT, WIN_RATE = "booked_revenue", "win_rate"
FEWEST_DECIDED = 5
FELL_BY = Decimal("0.10")
LEAST_SCALE = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class Moved:
    """Deals that moved since a day: newly engaged, won, lost; and how many of the open ones stand still."""

    engaged: int
    won: int
    lost: int
    stuck: int
    open: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the promises of the last note: kept in time or late, of how many; and how many are overdue."""

    kept: int
    total: int
    kept_late: int
    overdue: int


@dataclass(frozen=True, slots=True)
class ProductRate:
    """Win rate of a product now and before, as ratios, with how many deals were decided; None: none were.

    `scale` is the rate of the longest bar, the same for all products.
    """

    product: str
    now: Decimal | None
    before: Decimal | None
    decided: int
    decided_before: int
    scale: Decimal

    @property
    def fell(self) -> bool:
        """Whether the fall is worth a talk: ten points or more on enough deals in both quarters."""
        if self.now is None or self.before is None:
            return False
        enough = min(self.decided, self.decided_before) >= FEWEST_DECIDED
        return enough and self.before - self.now >= FELL_BY

    @property
    def width_now(self) -> str:
        """Of a bar that is 100 wide at the `scale`."""
        return _width(self.now, self.scale)

    @property
    def width_before(self) -> str:
        return _width(self.before, self.scale)


@dataclass(frozen=True, slots=True)
class Brief:
    """`since` is the day of the talk before (None: this is the first; deals then count from the period's start)."""

    since: date | None
    period: Period
    compare: Period | None
    attainment: Figure | None
    win_rate: Figure | None
    win_rate_delta: Delta | None
    pace: Pace
    moved: Moved
    kept: Kept | None
    products: Sequence[ProductRate]
    deals_url: str


def brief(
    *, viewer: User, person: Person, period: Period, compare: Period | None, on: date, before: CoachingNote | None
) -> Brief | None:
    """What the viewer may know of the person; None where the person's work is not open to the viewer (any more).

    `before` is the talk before: what moved and what was kept counts from it. Nine queries.
    """
    if not Person.objects.visible_to(viewer).filter(pk=person.pk).exists():
        return None
    figures = goals.figures(viewer=viewer, subject=person, period=period, compare=compare, kpis=[ATTAINMENT, WIN_RATE])
    since = before.held_on if before else None
    win_rate = figures.get(WIN_RATE)
    return Brief(
        since=since,
        period=period,
        compare=compare,
        attainment=figures.get(ATTAINMENT),
        win_rate=win_rate,
        win_rate_delta=cards.delta(win_rate, compare) if win_rate and compare else None,
        pace=goals.pace(period=period, on=on),
        moved=_moved(person, since or period.start, on),
        kept=_kept(before, on) if before else None,
        products=product_rates(person=person, period=period, compare=period.previous),
        deals_url=reverse("crm:person-deals", args=[person.uid]),
    )


def product_rates(*, person: Person, period: Period, compare: Period) -> list[ProductRate]:
    """Win rates by product in two periods, most decided deals first. Two queries."""
    product = SalesMix.Dimension.PRODUCT
    now = {row.key: row for row in crm.sales_mix(subject=person, period=period, dimension=product)}
    before = {row.key: row for row in crm.sales_mix(subject=person, period=compare, dimension=product)}
    known = [row.win_rate for row in (*now.values(), *before.values()) if row.win_rate is not None]
    scale = max([*known, LEAST_SCALE])
    rates = [
        ProductRate(
            product=key,
            now=now[key].win_rate if key in now else None,
            before=before[key].win_rate if key in before else None,
            decided=_decided(now.get(key)),
            decided_before=_decided(before.get(key)),
            scale=scale,
        )
        for key in {*now, *before}
    ]
    return sorted(rates, key=lambda rate: (-rate.decided, -rate.decided_before, rate.product))


def _width(rate: Decimal | None, scale: Decimal) -> str:
    return f"{(rate or 0) / scale * 100:.1f}"


def _decided(row: "crm.MixRow | None") -> int:
    return row.won + row.lost if row else 0


def _moved(person: Person, since: date, on: date) -> Moved:
    counts = Opportunity.objects.filter(owner=person).aggregate(
        engaged=Count("pk", filter=Q(engaged_on__gte=since, engaged_on__lte=on)),
        won=Count("pk", filter=Q(stage=Opportunity.Stage.WON, closed_on__gte=since, closed_on__lte=on)),
        lost=Count("pk", filter=Q(stage=Opportunity.Stage.LOST, closed_on__gte=since, closed_on__lte=on)),
    )
    pipeline = crm.pipeline(subject=person, on=on)
    return Moved(**counts, stuck=pipeline.stuck_deals, open=pipeline.deals)


def _kept(note: CoachingNote, on: date) -> Kept:
    items = list(ActionItem.objects.filter(note=note))
    done = [item for item in items if item.done_at is not None]
    late = [item for item in done if item.due_on and item.done_at and timezone.localdate(item.done_at) > item.due_on]
    overdue = [item for item in items if item.done_at is None and item.due_on and item.due_on < on]
    return Kept(kept=len(done), total=len(items), kept_late=len(late), overdue=len(overdue))
