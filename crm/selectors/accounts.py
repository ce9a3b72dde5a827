"""Key accounts as a viewer may see them. Their figures count the deals that the viewer may see."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, DateField, DecimalField, F, Max, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce, TruncMonth

from accounts.models import Person, User
from core.calendar import period_on
from core.errors import UnknownFilter
from core.keyset import keyset_page
from core.periods import Period, add_months
from core.spelling import named_like
from crm.models import KeyAccount, KeyAccountOwner, KeyAccountQuerySet, Opportunity, OpportunityQuerySet
from crm.selectors.deals import LONG_AGO, DealTotals, totals_of, with_names
from crm.selectors.values import require_values, with_value

SORTS: dict[str, tuple[str, ...]] = {
    "name": ("name", "pk"),
    "-name": ("-name", "-pk"),
    "owner": ("owner_name", "name", "pk"),
    "-owner": ("-owner_name", "name", "pk"),
    "sector": ("sector", "name", "pk"),
    "-sector": ("-sector", "name", "pk"),
    "country": ("country", "name", "pk"),
    "-country": ("-country", "name", "pk"),
    "won": ("won_value", "name", "pk"),
    "-won": ("-won_value", "name", "pk"),
    "open": ("open_value", "name", "pk"),
    "-open": ("-open_value", "name", "pk"),
    "last": ("last_won_sort", "name", "pk"),
    "-last": ("-last_won_sort", "name", "pk"),
}
DEFAULT_SORT = "-won"
QUARTERS_SHOWN = 8
MONEY = DecimalField(max_digits=38, decimal_places=10)
NOTHING = Value(Decimal(0), output_field=MONEY)
Stage = Opportunity.Stage


@dataclass(frozen=True, slots=True)
class AccountFilter:
    text: str = ""
    sector: str = ""
    country: str = ""
    owner: Person | None = None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in the list: won in the period, open now, won last on. In the company's currency."""

    account: KeyAccount
    owner_name: str
    won_value: Decimal
    open_value: Decimal
    open_deals: int
    last_won_on: date | None


@dataclass(frozen=True, slots=True)
class AccountRows:
    """A page of the list; `after` names where the next one begins, None at the end."""

    rows: Sequence[AccountRow]
    after: str | None


def all_account_rows(*, viewer: User, chosen: AccountFilter, period: Period, on: date) -> Iterator[AccountRow]:
    """Every row of the list by name, streamed. Two queries. Raises RateMissing."""
    accounts = chosen_accounts(viewer=viewer, chosen=chosen, on=on)
    require_values(_counted(viewer, accounts, period), on=on)
    rows = _with_figures(accounts, viewer, period, on).order_by("name", "pk").iterator(chunk_size=2000)
    return (_row(account) for account in rows)


@dataclass(frozen=True, slots=True)
class AccountTotals:
    """How many accounts a list has, and their deals: those closed in the period, and the open ones."""

    accounts: int
    deals: DealTotals


def account_rows(
    *,
    viewer: User,
    chosen: AccountFilter,
    period: Period,
    on: date,
    sort: str = DEFAULT_SORT,
    after: str = "",
    size: int = 50,
) -> AccountRows:
    """Accounts the viewer may see, with the owner of a day. Two queries. Raises UnknownFilter, UnknownPlace,
    RateMissing.
    """
    if sort not in SORTS:
        raise UnknownFilter(name="sort", given=sort[:40], allowed=", ".join(SORTS))
    accounts = chosen_accounts(viewer=viewer, chosen=chosen, on=on)
    require_values(_counted(viewer, accounts, period), on=on)
    page = keyset_page(_with_figures(accounts, viewer, period, on), order=SORTS[sort], after=after, size=size)
    return AccountRows([_row(account) for account in page.rows], page.after)


def chosen_accounts(*, viewer: User, chosen: AccountFilter, on: date) -> KeyAccountQuerySet:
    """The accounts that the viewer may see and that fit, without an order."""
    accounts = KeyAccount.objects.visible_to(viewer)
    if chosen.text:
        accounts = accounts.filter(
            named_like(chosen.text) | named_like(chosen.text, "parent__name", "parent__spelling")
        )
    if chosen.owner is not None:
        owned = KeyAccountOwner.objects.filter(person=chosen.owner, during__contains=on)
        accounts = accounts.filter(pk__in=owned.values("key_account"))
    exact = {"sector": chosen.sector, "country": chosen.country}
    return accounts.filter(**{name: value for name, value in exact.items() if value})


def _with_figures(accounts: KeyAccountQuerySet, viewer: User, period: Period, on: date) -> KeyAccountQuerySet:
    seen = with_value(Opportunity.objects.visible_to(viewer).filter(key_account=OuterRef("pk")).order_by(), on=on)
    won = seen.filter(stage=Stage.WON)
    in_period = won.filter(closed_on__gte=period.start, closed_on__lt=period.end)
    owner = KeyAccountOwner.objects.filter(key_account=OuterRef("pk"), during__contains=on)
    return accounts.annotate(
        owner_name=Coalesce(Subquery(owner.values("person__name")[:1]), Value("")),
        won_value=Coalesce(_one(in_period, Sum("value")), NOTHING),
        open_value=Coalesce(_one(seen.filter(closed_on=None), Sum("value")), NOTHING),
        open_deals=Coalesce(_one(seen.filter(closed_on=None), Count("pk")), Value(0)),
        last_won_sort=Coalesce(_one(won, Max("closed_on")), Value(LONG_AGO), output_field=DateField()),
    )


def _counted(viewer: User, accounts: Any, period: Period) -> OpportunityQuerySet:
    """The visible deals with the accounts that a list of them counts: closed in the period, and open."""
    closed = Q(closed_on__gte=period.start, closed_on__lt=period.end)
    seen = Opportunity.objects.visible_to(viewer).filter(key_account__in=accounts.values("pk"))
    return seen.filter(closed | Q(closed_on=None))


def _one(rows: Any, figure: Any) -> Subquery:
    """A figure over the rows of one account as a column."""
    return Subquery(rows.values("key_account").annotate(figure=figure).values("figure"))


def _row(account: Any) -> AccountRow:
    last = account.last_won_sort
    return AccountRow(
        account,
        account.owner_name,
        account.won_value,
        account.open_value,
        account.open_deals,
        None if last == LONG_AGO else last,
    )


def account_totals(*, viewer: User, chosen: AccountFilter, period: Period, on: date) -> AccountTotals:
    """What the list of accounts adds up to. Three queries. Raises RateMissing."""
    accounts = chosen_accounts(viewer=viewer, chosen=chosen, on=on)
    return AccountTotals(accounts.count(), totals_of(_counted(viewer, accounts, period), on=on))


def sectors(*, viewer: User) -> list[str]:
    """The sectors of the accounts that the viewer may see. One query."""
    return _seen_values(viewer, "sector")


def countries(*, viewer: User) -> list[str]:
    """The countries of the accounts that the viewer may see. One query."""
    return _seen_values(viewer, "country")


def _seen_values(viewer: User, name: str) -> list[str]:
    accounts = KeyAccount.objects.visible_to(viewer).exclude(**{name: ""})
    return list(accounts.order_by(name).values_list(name, flat=True).distinct())


def accounts_owned_by(*, viewer: User, person: Person, period: Period, on: date) -> list[AccountRow]:
    """The accounts that a person owns on a day, most open value first. Two queries. Raises RateMissing."""
    mine = chosen_accounts(viewer=viewer, chosen=AccountFilter(owner=person), on=on)
    require_values(_counted(viewer, mine, period), on=on)
    rows = [_row(account) for account in _with_figures(mine, viewer, period, on)]
    return sorted(rows, key=lambda row: (-row.open_value, -row.won_value, row.account.name))


# One account


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """What the visible deals with an account, or with it and all under it, add up to in the company's currency."""

    won: int = 0
    lost: int = 0
    won_value: Decimal = Decimal(0)
    won_in_period: Decimal = Decimal(0)
    open_deals: int = 0
    open_value: Decimal = Decimal(0)
    last_won_on: date | None = None

    @property
    def win_rate(self) -> Decimal | None:
        closed = self.won + self.lost
        return Decimal(self.won) / closed if closed else None


@dataclass(frozen=True, slots=True)
class Relative:
    """A subsidiary and its own figures; without a link where the viewer may not open it."""

    account: KeyAccount
    figures: AccountFigures
    may_open: bool


@dataclass(frozen=True, slots=True)
class QuarterValue:
    period: Period
    won_value: Decimal


@dataclass(frozen=True, slots=True)
class AccountDetail:
    """One account: its own figures, those with all subsidiaries, who owned it, its latest deals."""

    account: KeyAccount
    parent_may_open: bool
    own: AccountFigures
    rolled_up: AccountFigures
    subsidiaries: Sequence[Relative]
    owners: Sequence[KeyAccountOwner]
    quarters: Sequence[QuarterValue]
    deals: Sequence[Opportunity]


def account_detail(
    *, viewer: User, account: KeyAccount, period: Period, on: date, deals_shown: int = 20
) -> AccountDetail:
    """Eight queries, however many deals and subsidiaries; the account comes through `get_visible`. Raises
    RateMissing.
    """
    below = list(KeyAccount.objects.filter(parent=account).order_by("name"))
    seen = Opportunity.objects.visible_to(viewer).filter(key_account__in=[account.pk, *(row.pk for row in below)])
    require_values(seen, on=on)
    figures = _figures(with_value(seen, on=on), period)
    relatives = [*below, *([account.parent] if account.parent else [])]
    may_open = set(
        KeyAccount.objects.visible_to(viewer).filter(pk__in=[row.pk for row in relatives]).values_list("pk", flat=True)
    )
    mine = Opportunity.objects.visible_to(viewer).filter(key_account=account)
    latest = Coalesce("closed_on", "engaged_on", Value(LONG_AGO), output_field=DateField())
    return AccountDetail(
        account=account,
        parent_may_open=account.parent_id in may_open,
        own=figures.get(account.pk, AccountFigures()),
        rolled_up=_together(figures.values()),
        subsidiaries=[Relative(row, figures.get(row.pk, AccountFigures()), row.pk in may_open) for row in below],
        owners=list(account.owners.select_related("person").order_by("-during")),
        quarters=_won_by_quarter(with_value(mine, on=on), on),
        deals=list(
            with_value(with_names(mine), on=on)
            .annotate(latest=latest)
            .order_by(F("closed_on").desc(nulls_first=True), "-latest", "-pk")[:deals_shown]
        ),
    )


def _figures(seen: OpportunityQuerySet, period: Period) -> dict[int, AccountFigures]:
    """Account -> figures of its deals, which have a value; those without a deal are left out. One query."""
    won = Q(stage=Stage.WON)
    in_period = won & Q(closed_on__gte=period.start, closed_on__lt=period.end)
    rows = (
        seen.order_by()
        .values("key_account")
        .annotate(
            n_won=Count("pk", filter=won),
            n_lost=Count("pk", filter=Q(stage=Stage.LOST)),
            won_value=Coalesce(Sum("value", filter=won), NOTHING),
            won_in_period=Coalesce(Sum("value", filter=in_period), NOTHING),
            n_open=Count("pk", filter=Q(closed_on=None)),
            open_value=Coalesce(Sum("value", filter=Q(closed_on=None)), NOTHING),
            last_won_on=Max("closed_on", filter=won),
        )
        .values_list(
            "key_account", "n_won", "n_lost", "won_value", "won_in_period", "n_open", "open_value", "last_won_on"
        )
    )
    return {key: AccountFigures(*figures) for key, *figures in rows}


def _together(parts: Iterable[AccountFigures]) -> AccountFigures:
    found = list(parts)
    return AccountFigures(
        won=sum(part.won for part in found),
        lost=sum(part.lost for part in found),
        won_value=sum((part.won_value for part in found), Decimal(0)),
        won_in_period=sum((part.won_in_period for part in found), Decimal(0)),
        open_deals=sum(part.open_deals for part in found),
        open_value=sum((part.open_value for part in found), Decimal(0)),
        last_won_on=max((part.last_won_on for part in found if part.last_won_on), default=None),
    )


def _won_by_quarter(seen: OpportunityQuerySet, on: date) -> list[QuarterValue]:
    """What deals, which have a value, won in each of the last eight quarters up to that of a day, or in fewer where the
    first was won later. One query.
    """
    current = period_on(on)
    first = current.shift(1 - QUARTERS_SHOWN)
    months = dict(
        seen.filter(stage=Stage.WON, closed_on__gte=first.start, closed_on__lt=current.end)
        .annotate(month=TruncMonth("closed_on"))
        .order_by()
        .values("month")
        .annotate(won_value=Sum("value"))
        .values_list("month", "won_value")
    )
    if not months:
        return []
    start = period_on(min(months))
    quarters = [quarter for n in range(QUARTERS_SHOWN) if (quarter := first.shift(n)).start >= start.start]
    return [QuarterValue(quarter, _within(months, quarter)) for quarter in quarters]


def _within(months: dict[date, Decimal], quarter: Period) -> Decimal:
    return sum((months.get(add_months(quarter.start, n), Decimal(0)) for n in range(3)), Decimal(0))
