"""Figures of accounts and deals opened: definition, formula with its numbers, what they are made of, rule, history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db.models import Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from core import formats
from core.errors import NotFound
from core.explain import PARTS_SHOWN, Explanation, Part
from core.models import ImportBatch
from core.periods import Period
from core.ui import Fact
from crm.models import Opportunity
from crm.selectors.accounts import AccountFilter, account_rows, account_totals
from crm.selectors.deals import (
    STAGE_NAMES,
    STAGES,
    DealFilter,
    DealTotals,
    chosen_url,
    deal_totals,
    deals,
    of_subject,
    stuck_deals,
    weightiest,
)
from crm.selectors.facts import Pipeline, Subject, pipeline
from crm.selectors.values import value_of, with_value

Stage = Opportunity.Stage
Text = str | Promise
HISTORY = 5
AT_THE_DAY = gettext_lazy(
    "In the company's currency: a closed deal at the rate of its closing day, an open one at today's; the last rate "
    "published within seven days counts."
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over deals: of which stage (a key of STAGES), of the period or of all time, a sum or a rate."""

    title: Text
    definition: Text
    stage: str
    rule: Text
    in_period: bool = False
    is_rate: bool = False


BOOKINGS = gettext_lazy("Sum of won deals by close date")
FIGURES: dict[str, Figure] = {
    "won-in-period": Figure(
        gettext_lazy("Won in the period"),
        gettext_lazy("What the deals that were won in the period brought in, by the day on which they closed."),
        "won",
        BOOKINGS,
        in_period=True,
    ),
    "won": Figure(
        gettext_lazy("Won in all"),
        gettext_lazy("What all won deals have brought in since the first one."),
        "won",
        BOOKINGS,
    ),
    "win-rate": Figure(
        gettext_lazy("Win rate"),
        gettext_lazy("Of the deals that were decided, the share that was won, by number. Open deals do not count."),
        "closed",
        gettext_lazy("Deals won over deals won or lost"),
        is_rate=True,
    ),
    "open": Figure(
        gettext_lazy("Open pipeline"),
        gettext_lazy("What the open deals would bring in. Until it is won, a deal counts with its expected amount."),
        "open",
        gettext_lazy("Sum of open deals at their expected amount"),
    ),
}
WIN_RATE_OF_PERIOD = replace(FIGURES["win-rate"], in_period=True)
ACCOUNT_LIST_FIGURES = {
    "won-in-period": FIGURES["won-in-period"],
    "win-rate": WIN_RATE_OF_PERIOD,
    "open": FIGURES["open"],
}


def _money(amount: Decimal) -> str:
    return formats.money_full(amount, settings.COMPANY_CURRENCY)


def value_beside(amount: Decimal, currency: str, value: Decimal) -> str:
    """An amount in its own currency with the company's beside it, where they differ."""
    own = formats.money_full(amount, currency)
    return own if currency == settings.COMPANY_CURRENCY else f"{own} = {_money(value)}"


# Figures over deals


def explain_account_figure(*, viewer: User, figure: str, chosen: DealFilter, period: Period, on: date) -> Explanation:
    """A figure of FIGURES over the deals of one account, or of it and its subsidiaries. Five queries. Raises NotFound
    for another figure, RateMissing.
    """
    asked = FIGURES.get(figure)
    if asked is None or chosen.account is None:
        raise NotFound
    narrowed = replace(chosen, stage=asked.stage, period=period if asked.in_period else None)
    name = chosen.account.name
    whose = _("%(account)s with its subsidiaries") % {"account": name} if chosen.family else name
    return _explained(viewer, asked, narrowed, whose, on)


def explain_deal_total(*, viewer: User, chosen: DealFilter, on: date) -> Explanation:
    """What a list of deals adds up to. Four queries. Raises RateMissing."""
    total = Figure(
        _("Total of the list"),
        _("What the deals of the list add up to: won ones with their booking, open ones with what is expected."),
        chosen.stage,
        _("Sum of the deals' amounts"),
    )
    whose = str(STAGE_NAMES[chosen.stage])
    return _explained(viewer, total, chosen, whose, on)


def _explained(viewer: User, figure: Figure, chosen: DealFilter, whose: str, on: date) -> Explanation:
    totals = deal_totals(viewer=viewer, chosen=chosen, on=on)
    return Explanation(
        title=_titled(_title(figure, chosen.period), whose),
        value=_value(figure, totals),
        definition=str(figure.definition),
        formula=_formula(figure, totals),
        facts=_facts(figure, totals),
        as_of=timezone.now(),
        source=deals_source(),
        parts=[deal_part(deal) for deal in weightiest(viewer=viewer, chosen=chosen, on=on)],
        parts_total=totals.deals,
        all_href=chosen_url(reverse("crm:deal-list"), chosen),
        export_href=chosen_url(reverse("crm:deal-export", args=["xlsx"]), chosen),
        rule=str(figure.rule),
        history=_history(viewer, chosen, on) if figure.in_period and chosen.period else (),
    )


def _titled(figure: str, whose: str) -> str:
    return _("%(figure)s, %(whose)s") % {"figure": figure, "whose": whose}


def _title(figure: Figure, period: Period | None) -> str:
    if figure.in_period and period is not None:
        words = {"figure": str(figure.title), "period": formats.period_label(period)}
        return _("Win rate in %(period)s") % words if figure.is_rate else _("Won in %(period)s") % words
    return str(figure.title)


def _value(figure: Figure, totals: DealTotals) -> str:
    if not figure.is_rate:
        return _money(totals.value)
    return formats.DASH if totals.win_rate is None else formats.percent(totals.win_rate, 2)


def _formula(figure: Figure, totals: DealTotals) -> Sequence[str]:
    """'9 won / (9 won + 5 lost) = 64.29 %', or a line a currency and the sum of them."""
    if figure.is_rate:
        won, lost = totals.of(Stage.WON).deals, totals.of(Stage.LOST).deals
        words = {"won": formats.number(won), "lost": formats.number(lost), "value": _value(figure, totals)}
        return [_("%(won)s won / (%(won)s won + %(lost)s lost) = %(value)s") % words]
    if not totals.deals:
        return [_("No deal = %(value)s") % {"value": _money(totals.value)}]
    by_currency = _by_currency(totals)
    if list(by_currency) == [settings.COMPANY_CURRENCY]:
        if totals.deals == 1:
            return [_sum_line(totals.deals, totals.value)]
        words = {
            "deals": formats.number(totals.deals),
            "average": _money(totals.value / totals.deals),
            "value": _money(totals.value),
        }
        return [_("%(deals)s deals × %(average)s on average = %(value)s") % words]
    lines = [_currency_line(currency, *sums) for currency, sums in by_currency.items()]
    sums = [_money(value) for _deals, _amount, value in by_currency.values()]
    return [*lines, f"{' + '.join(sums)} = {_money(totals.value)}"]


def _sum_line(deals_: int, value: Decimal) -> str:
    words = {"deals": formats.number(deals_), "value": _money(value)}
    return ngettext("%(deals)s deal = %(value)s", "%(deals)s deals = %(value)s", deals_) % words


def _by_currency(totals: DealTotals) -> dict[str, tuple[int, Decimal, Decimal]]:
    """Currency -> deals, their amounts, and these in the company's currency."""
    found: dict[str, tuple[int, Decimal, Decimal]] = {}
    for part in totals.parts:
        known = found.get(part.currency, (0, Decimal(0), Decimal(0)))
        found[part.currency] = (known[0] + part.deals, known[1] + part.amount, known[2] + part.value)
    return found


def _currency_line(currency: str, deals_: int, amount: Decimal, value: Decimal) -> str:
    words = {"deals": formats.number(deals_), "amount": formats.money_full(amount, currency), "value": _money(value)}
    if currency == settings.COMPANY_CURRENCY:
        return ngettext("%(deals)s deal: %(amount)s", "%(deals)s deals: %(amount)s", deals_) % words
    return (
        ngettext(
            "%(deals)s deal: %(amount)s = %(value)s at the rate of its day",
            "%(deals)s deals: %(amount)s = %(value)s at the rates of their days",
            deals_,
        )
        % words
    )


def _facts(figure: Figure, totals: DealTotals) -> list[Fact]:
    """How many deals, by stage where there are several."""
    stages = [stage for stage in Stage if totals.of(stage).deals]
    facts = [Fact(_("Deals"), formats.number(totals.deals))]
    if len(stages) > 1:
        facts += [Fact(str(stage.label), formats.number(totals.of(stage).deals)) for stage in stages]
    if not figure.is_rate and len(_by_currency(totals)) > 1:
        facts.append(Fact(_("Conversion"), str(AT_THE_DAY)))
    return facts


def _history(viewer: User, chosen: DealFilter, on: date) -> list[tuple[str, Decimal]]:
    """What was won in the last periods of the same kind, oldest first. One query."""
    if chosen.period is None:
        return []
    periods = [chosen.period.shift(-steps) for steps in reversed(range(HISTORY))]
    found = with_value(deals(viewer=viewer, chosen=replace(chosen, period=None), on=on), on=on)
    sums = found.order_by().aggregate(
        **{
            f"p{n}": Sum("value", filter=Q(closed_on__gte=period.start, closed_on__lt=period.end), default=Decimal(0))
            for n, period in enumerate(periods)
        }
    )
    return [(period.code, sums[f"p{n}"]) for n, period in enumerate(periods)]


def deals_source() -> str:
    """Where the deals came from, and when last. One query."""
    last = ImportBatch.objects.filter(kind="crm", dry_run=False).exclude(finished_at=None).order_by("-pk").first()
    if last is None or last.finished_at is None:
        return _("The deals that are open to you")
    return _("The deals that are open to you, as the CRM had them on %(moment)s") % {
        "moment": formats.moment(last.finished_at)
    }


def deal_part(deal: Opportunity) -> Part:
    """A deal with a `value` as a part of a figure: in its own currency, the company's beside it."""
    account = deal.key_account.name if deal.key_account else _("No account")
    value = deal.get_stage_display()
    if deal.stage != Stage.LOST:
        value = value_beside(deal.amount, deal.currency, value_of(deal))
    day = deal.closed_on or deal.engaged_on
    words = {"stage": deal.get_stage_display(), "owner": deal.owner.name, "day": formats.day_short(day) if day else ""}
    detail = _("%(stage)s %(day)s · %(owner)s") % words if day else f"{words['stage']} · {words['owner']}"
    return Part(f"{account} · {deal.product.name}", value, detail, reverse("crm:deal-detail", args=[deal.uid]))


# The list of accounts


def explain_account_total(
    *, viewer: User, figure: str, chosen: AccountFilter, period: Period, on: date, list_query: str
) -> Explanation:
    """What the accounts of a list add up to, account by account. Six queries. Raises NotFound for another figure,
    RateMissing.

    list_query  the list's filters as in its address
    """
    asked = ACCOUNT_LIST_FIGURES.get(figure)
    if asked is None:
        raise NotFound
    found = account_totals(viewer=viewer, chosen=chosen, period=period, on=on)
    totals = found.deals.of(*STAGES[asked.stage])
    sort = "-open" if asked.stage == "open" else "-won"
    rows = account_rows(viewer=viewer, chosen=chosen, period=period, on=on, sort=sort, size=PARTS_SHOWN).rows
    shown = [(row, row.open_value if asked.stage == "open" else row.won_value) for row in rows]
    return Explanation(
        title=_titled(_title(asked, period), _("the accounts of the list")),
        value=_value(asked, totals),
        definition=str(asked.definition),
        formula=_formula(asked, totals),
        facts=[Fact(_("Accounts"), formats.number(found.accounts)), *_facts(asked, totals)],
        as_of=timezone.now(),
        source=deals_source(),
        parts=[
            Part(row.account.name, _money(value), row.owner_name, reverse("crm:account-detail", args=[row.account.uid]))
            for row, value in shown
        ],
        parts_total=found.accounts,
        all_href=f"{reverse('crm:account-list')}?{list_query}",
        export_href=f"{reverse('crm:account-export', args=['xlsx'])}?{list_query}",
        rule=str(asked.rule),
    )


# The pipeline of a subject


PIPELINE_FIGURES: dict[str, tuple[Text, Text]] = {
    "open": (FIGURES["open"].title, FIGURES["open"].definition),
    "engaging": (
        gettext_lazy("Deals in engaging"),
        gettext_lazy("Open deals with a customer who has answered; their age counts from the day of engaging."),
    ),
    "prospecting": (
        gettext_lazy("Deals in prospecting"),
        gettext_lazy("Open deals that are only looked for; nothing is dated before the customer answers."),
    ),
    "stuck": (
        gettext_lazy("Stuck deals"),
        gettext_lazy(
            "Open deals engaged for longer than nine of ten won deals took. The longer a deal takes, the less often "
            "it is won."
        ),
    ),
}


def explain_pipeline(*, viewer: User, figure: str, subject: Subject, on: date) -> Explanation:
    """A figure of PIPELINE_FIGURES of a person or team, from the facts of the day. Five queries at most. Raises
    NotFound for another figure.
    """
    if figure not in PIPELINE_FIGURES:
        raise NotFound
    title, definition = PIPELINE_FIGURES[figure]
    found = pipeline(subject=subject, on=on)
    stage = figure if figure in ("engaging", "prospecting") else "engaging" if figure == "stuck" else "open"
    chosen = of_subject(subject, stage=stage)
    value, formula = _pipeline_words(figure, found)
    return Explanation(
        title=_titled(str(title), subject.name),
        value=value,
        definition=str(definition),
        formula=formula,
        facts=_pipeline_facts(figure, found),
        as_of=timezone.now(),
        source=_("Open deals on %(day)s") % {"day": formats.day(found.day)} if found.day else "",
        parts=_pipeline_parts(viewer, figure, subject, chosen, on),
        parts_total=_pipeline_count(figure, found),
        all_href=chosen_url(reverse("crm:deal-list"), chosen) + ("&sort=engaged" if figure == "stuck" else ""),
        export_href=chosen_url(reverse("crm:deal-export", args=["xlsx"]), chosen),
        rule=_("A team counts the open deals of those who are its members on the day."),
    )


def _pipeline_count(figure: str, found: Pipeline) -> int:
    if figure == "stuck":
        return found.stuck_deals
    return found.deals if figure == "open" else found.stage(Stage(figure)).deals


def _pipeline_words(figure: str, found: Pipeline) -> tuple[str, Sequence[str]]:
    """The figure, and its formula."""
    if figure == "stuck":
        return _money(found.stuck_amount), [_sum_line(found.stuck_deals, found.stuck_amount)]
    if figure == "open":
        sums = [_money(stage.amount) for stage in found.stages]
        return _money(found.amount), [f"{' + '.join(sums)} = {_money(found.amount)}"] if sums else []
    row = found.stage(Stage(figure))
    return formats.number(row.deals), [_sum_line(row.deals, row.amount)]


def _pipeline_facts(figure: str, found: Pipeline) -> list[Fact]:
    if figure == "open":
        return [
            Fact(str(row.stage.label), f"{formats.number(row.deals)} · {_money(row.amount)}") for row in found.stages
        ]
    if figure == "stuck":
        return (
            [Fact(_("Share of the open pipeline"), formats.percent(found.stuck_amount / found.amount))]
            if (found.amount)
            else []
        )
    row = found.stage(Stage(figure))
    facts = [Fact(_("Amount"), _money(row.amount))]
    if row.median_age_days is not None:
        facts.append(Fact(_("Median age"), formats.days(row.median_age_days)))
    return facts


def _pipeline_parts(viewer: User, figure: str, subject: Subject, chosen: DealFilter, on: date) -> list[Part]:
    if figure != "stuck":
        return [deal_part(deal) for deal in weightiest(viewer=viewer, chosen=chosen, on=on)]
    return [
        Part(
            f"{row.account or _('No account')} · {row.product}",
            formats.money_full(row.amount, row.currency),
            _("open for %(days)s · %(owner)s") % {"days": formats.days(row.days), "owner": row.owner},
            reverse("crm:deal-detail", args=[row.uid]),
        )
        for row in stuck_deals(viewer=viewer, subject=subject, on=on, most=PARTS_SHOWN)
    ]
