"""Deals as a viewer may see them: the list with its filters, what a figure is made of, one deal with its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, DateField, Exists, F, OuterRef, Q, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Person, Team, User
from core.calendar import today
from core.errors import UnknownFilter
from core.explain import PARTS_SHOWN
from core.keyset import KeysetPage, keyset_page
from core.periods import Period
from core.spelling import named_like
from crm.models import Credit, KeyAccount, Opportunity, OpportunityQuerySet, PipelineSnapshot
from crm.selectors.facts import Subject
from crm.selectors.values import require_values, with_value

LONG_AGO = date(1900, 1, 1)
Stage = Opportunity.Stage
# What `stage=` in an address may be.
STAGES: dict[str, tuple[Stage, ...]] = {
    "open": Opportunity.OPEN,
    **{stage.value: (stage,) for stage in Stage},
    "closed": Opportunity.CLOSED,
    "all": (*Opportunity.OPEN, *Opportunity.CLOSED),
}
STAGE_NAMES: dict[str, str | Promise] = {
    "open": _("Open deals"),
    **{stage.value: stage.label for stage in Stage},
    "closed": _("Closed"),
    "all": _("All"),
}
SORTS: dict[str, tuple[str, ...]] = {
    "amount": ("value", "pk"),
    "-amount": ("-value", "-pk"),
    "closed": ("closed_sort", "pk"),
    "-closed": ("-closed_sort", "-pk"),
    "engaged": ("engaged_sort", "pk"),
    "-engaged": ("-engaged_sort", "-pk"),
    "account": ("account_sort", "pk"),
    "-account": ("-account_sort", "-pk"),
    "product": ("product_sort", "pk"),
    "-product": ("-product_sort", "-pk"),
    "owner": ("owner_sort", "pk"),
    "-owner": ("-owner_sort", "-pk"),
    "deal": ("external_id", "pk"),
    "-deal": ("-external_id", "-pk"),
}


@dataclass(frozen=True, slots=True)
class DealFilter:
    """What the list is narrowed to. `stage` is a key of STAGES.

    period  a deal belongs to the one in which it closed; an open one to that in which it was engaged
    team    with all under it: its members on the day the deal closed; of an open deal today
    product a product's name; text: part of the id, the account, the product or the owner
    family  with the account's subsidiaries
    """

    stage: str = "open"
    period: Period | None = None
    team: Team | None = None
    owner: Person | None = None
    account: KeyAccount | None = None
    family: bool = False
    product: str = ""
    text: str = ""


def deals(*, viewer: User, chosen: DealFilter, on: date) -> OpportunityQuerySet:
    """The deals that the viewer may see and that fit, without an order."""
    if chosen.stage not in STAGES:
        raise UnknownFilter(name="stage", given=chosen.stage[:40], allowed=", ".join(STAGES))
    found = Opportunity.objects.visible_to(viewer).filter(stage__in=STAGES[chosen.stage])
    if chosen.period is not None:
        start, end = chosen.period.start, chosen.period.end
        closed, engaged = Q(closed_on__gte=start, closed_on__lt=end), Q(engaged_on__gte=start, engaged_on__lt=end)
        found = found.filter(closed | Q(engaged, closed_on=None))
    if chosen.team is not None:
        found = found.filter(_in_team(chosen.team, on))
    if chosen.account is not None:
        found = found.filter(_with_account(chosen.account, family=chosen.family))
    keys: dict[str, Any] = {"owner": chosen.owner, "product__name": chosen.product}
    found = found.filter(**{name: value for name, value in keys.items() if value})
    return found.filter(_fits(chosen.text)) if chosen.text else found


def _with_account(account: KeyAccount, *, family: bool) -> Q:
    return Q(key_account=account) | Q(key_account__parent=account) if family else Q(key_account=account)


def _in_team(team: Team, on: date) -> Exists:
    day = Coalesce(OuterRef("closed_on"), Value(on), output_field=DateField())
    members = Membership.objects.filter(person=OuterRef("owner"), team__path__startswith=team.path)
    return Exists(members.filter(during__contains=day))


def _fits(text: str) -> Q:
    return (
        Q(external_id__icontains=text)
        | named_like(text, "key_account__name", "key_account__spelling")
        | Q(product__name__icontains=text)
        | named_like(text, "owner__name", "owner__spelling")
    )


def deal_rows(
    *, viewer: User, chosen: DealFilter, on: date, sort: str = "", after: str = "", size: int = 50
) -> KeysetPage[Opportunity]:
    """A page of the list. Two queries. Raises UnknownFilter, UnknownPlace, RateMissing."""
    order = sort or default_sort(chosen.stage)
    if order not in SORTS:
        raise UnknownFilter(name="sort", given=order[:40], allowed=", ".join(SORTS))
    found = deals(viewer=viewer, chosen=chosen, on=on)
    require_values(found, on=on)
    rows = with_value(with_names(found), on=on).annotate(
        closed_sort=Coalesce(F("closed_on"), Value(LONG_AGO)),
        engaged_sort=Coalesce(F("engaged_on"), Value(LONG_AGO)),
        account_sort=Coalesce(F("key_account__name"), Value("")),
        product_sort=F("product__name"),
        owner_sort=F("owner__name"),
    )
    return keyset_page(rows, order=SORTS[order], after=after, size=size)


def default_sort(stage: str) -> str:
    """The biggest open deals first, the latest closed ones first."""
    return "-amount" if stage in {"open", *Opportunity.OPEN} else "-closed"


def with_names(rows: OpportunityQuerySet) -> OpportunityQuerySet:
    """With owner, product and account in the same query."""
    return rows.select_related("owner", "product", "key_account")


@dataclass(frozen=True, slots=True)
class CurrencyTotal:
    """Deals of one stage and currency: how many, their amounts, and what these are in the company's currency."""

    stage: Stage
    currency: str
    deals: int
    amount: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class DealTotals:
    """What deals add up to, in the company's currency; `parts` by stage and currency, most deals first."""

    parts: tuple[CurrencyTotal, ...] = ()

    @property
    def deals(self) -> int:
        return sum(part.deals for part in self.parts)

    @property
    def value(self) -> Decimal:
        return sum((part.value for part in self.parts), Decimal(0))

    @property
    def win_rate(self) -> Decimal | None:
        closed = self.of(*Opportunity.CLOSED).deals
        return Decimal(self.of(Stage.WON).deals) / closed if closed else None

    def of(self, *stages: Stage) -> "DealTotals":
        """Only the deals of some stages."""
        return DealTotals(tuple(part for part in self.parts if part.stage in stages))


def deal_totals(*, viewer: User, chosen: DealFilter, on: date) -> DealTotals:
    """What the list adds up to. Two queries. Raises RateMissing."""
    return totals_of(deals(viewer=viewer, chosen=chosen, on=on), on=on)


def totals_of(found: OpportunityQuerySet, *, on: date) -> DealTotals:
    """What deals add up to on a day. Two queries. Raises RateMissing."""
    require_values(found, on=on)
    totals = (
        with_value(found, on=on)
        .order_by()
        .values("stage", "currency")
        .annotate(deals=Count("pk"), own=Sum("amount"), total=Sum("value"))
        .order_by("-deals", "stage", "currency")
        .values_list("stage", "currency", "deals", "own", "total")
    )
    return DealTotals(tuple(CurrencyTotal(Stage(stage), *row) for stage, *row in totals))


# What figures are made of


def of_subject(subject: Subject, **more: Any) -> DealFilter:
    """All deals of a person; of a team those of its members."""
    if isinstance(subject, Person):
        return DealFilter(owner=subject, **more)
    return DealFilter(team=subject, **more)


def weightiest(*, viewer: User, chosen: DealFilter, on: date, most: int = PARTS_SHOWN) -> list[Opportunity]:
    """The first deals that fit by `value`, which each of them has. One query; `require_values` is the caller's."""
    found = with_value(with_names(deals(viewer=viewer, chosen=chosen, on=on)), on=on)
    return list(found.order_by(F("value").desc(), "pk")[:most])


def deals_of(
    *, viewer: User, subject: Subject, period: Period, stage: str | None = None, most: int = PARTS_SHOWN
) -> tuple[list[Opportunity], int]:
    """The subject's deals closed in a period (of one stage), highest amount first, and their number. Two queries."""
    chosen = of_subject(subject, stage=stage or "closed", period=period)
    found = deals(viewer=viewer, chosen=chosen, on=period.end)
    return weightiest(viewer=viewer, chosen=chosen, on=period.end, most=most), found.count()


def open_deals_of(
    *, viewer: User, subject: Subject, on: date | None = None, most: int = PARTS_SHOWN
) -> tuple[list[Opportunity], int]:
    """The subject's open deals (a team's: of its members on a day, by default today), and their number. Two queries."""
    day, chosen = on or today(), of_subject(subject, stage="open")
    found = deals(viewer=viewer, chosen=chosen, on=day)
    return weightiest(viewer=viewer, chosen=chosen, on=day, most=most), found.count()


def deal_list_url(*, subject: Subject, period: Period, stage: str | None = None) -> str:
    """The list of all that `deals_of` gives."""
    return chosen_url(reverse("crm:deal-list"), of_subject(subject, stage=stage or "closed", period=period))


def chosen_url(path: str, chosen: DealFilter) -> str:
    """A list of deals, its export or the explanation of its total, narrowed to what was chosen."""
    keys: dict[str, Any] = {
        "stage": chosen.stage,
        "period": chosen.period and chosen.period.code,
        "team": chosen.team and chosen.team.code,
        "owner": chosen.owner and chosen.owner.uid,
        "account": chosen.account and chosen.account.uid,
        "family": "on" if chosen.family else "",
        "product": chosen.product,
        "q": chosen.text,
    }
    return f"{path}?{urlencode({name: value for name, value in keys.items() if value})}"


@dataclass(frozen=True, slots=True)
class StuckDeal:
    """An open deal engaged for longer than nine of ten won deals took."""

    uid: UUID
    external_id: str
    account: str
    product: str
    owner: str
    amount: Decimal
    currency: str
    engaged_on: date
    days: int


def stuck_deals(*, viewer: User, subject: Subject, on: date, most: int = 5) -> list[StuckDeal]:
    """The subject's stuck deals, highest amount first. Two queries."""
    after = stuck_after_days(on=on)
    if after is None:
        return []
    found = deals(viewer=viewer, chosen=of_subject(subject, stage="open"), on=on)
    old = with_value(with_names(found.filter(engaged_on__lt=on - timedelta(days=after))), on=on)
    return [_stuck(deal, on) for deal in old.order_by(F("value").desc(), "pk")[:most]]


def stuck_after_days(*, on: date) -> int | None:
    """How many days nine of ten won deals took, as known on a day. One query."""
    known = PipelineSnapshot.objects.filter(day__lte=on).order_by("-day").values_list("stuck_after_days", flat=True)
    return known.first()


def _stuck(deal: Opportunity, on: date) -> StuckDeal:
    engaged = deal.engaged_on or on
    account = deal.key_account.name if deal.key_account else ""
    return StuckDeal(
        deal.uid,
        deal.external_id,
        account,
        deal.product.name,
        deal.owner.name,
        deal.amount,
        deal.currency,
        engaged,
        (on - engaged).days,
    )


# One deal


@dataclass(frozen=True, slots=True)
class DealDetail:
    """A deal with the credits for it; `team` is where its owner was when it closed, or is today."""

    deal: Opportunity
    team: Team | None
    credits: Sequence[Credit]
    stuck_after_days: int | None


def deal_detail(*, deal: Opportunity, on: date) -> DealDetail:
    """Three queries; the deal comes through `get_visible`."""
    day = deal.closed_on or on
    member = Membership.objects.filter(person=deal.owner_id, during__contains=day).select_related("team").first()
    credits_ = list(deal.credits.select_related("person").order_by("-share", "pk"))
    return DealDetail(deal, member.team if member else None, credits_, stuck_after_days(on=on))
