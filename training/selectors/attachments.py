"""What a note is attached to: deals and KPI results, with their state then and their state now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Person, User
from core import formats
from core.calendar import current_period
from crm.models import Opportunity
from goals import cards
from goals.models import Kpi, KpiResult
from training.models import CoachingNote, NoteLink

MOST_OFFERED = 8
ICONS = {"deal": "briefcase", "result": "target"}


@dataclass(frozen=True, slots=True)
class Attachment:
    """A thing a note is about. `then` and `now` are whole phrases; `changed` where they differ.

    `url` is a deal's page; a result's answers its explanation for the drawer.
    """

    uid: UUID
    kind: str
    label: str
    then: str
    now: str
    url: str

    @property
    def changed(self) -> bool:
        return self.then != self.now

    @property
    def icon(self) -> str:
        return ICONS[self.kind]


@dataclass(frozen=True, slots=True)
class Attachable:
    """Something that could be attached: `value` is what the form sends, such as `deal:<uid>`."""

    value: str
    label: str
    state: str

    @property
    def icon(self) -> str:
        return ICONS[self.value.partition(":")[0]]


def deal_state(deal: Opportunity) -> dict[str, Any]:
    """A deal's state as kept with a note: plain values, money as a string."""
    return {
        "stage": deal.stage,
        "amount": str(deal.amount),
        "currency": deal.currency,
        "closed_on": deal.closed_on.isoformat() if deal.closed_on else None,
    }


def result_state(result: KpiResult) -> dict[str, Any]:
    """A KPI result's state as kept with a note: plain values, numbers as strings."""
    return {
        "actual": None if result.actual is None else str(result.actual),
        "attainment": None if result.attainment is None else str(result.attainment),
    }


def attachments(note: CoachingNote) -> list[Attachment]:
    """What the note is about, in the order it was attached. One query."""
    links = note.links.select_related("opportunity__product", "opportunity__key_account", "result__kpi")
    return [_attachment(link) for link in links]


def attachable(*, viewer: User, person: Person, text: str = "") -> list[Attachable]:
    """This quarter's results and the newest deals of the person, as far as the viewer sees them. Two queries."""
    return [*_results_of(viewer, person, text), *_deals_of(viewer, person, text)]


def _attachment(link: NoteLink) -> Attachment:
    if link.opportunity is not None:
        deal = link.opportunity
        return Attachment(
            uid=link.uid,
            kind="deal",
            label=deal_label(deal),
            then=_deal_words(link.state_then),
            now=_deal_words(deal_state(deal)),
            url=reverse("crm:deal-detail", args=[deal.uid]),
        )
    result = cast("KpiResult", link.result)  # the database: a link leads to one thing
    return Attachment(
        uid=link.uid,
        kind="result",
        label=result_label(result),
        then=_result_words(result.kpi, link.state_then),
        now=_result_words(result.kpi, result_state(result)),
        url=reverse("goals:result-explain", args=[result.uid]),
    )


def deal_label(deal: Opportunity) -> str:
    """'Konex · GTX Basic'; a deal without an account says so."""
    account = deal.key_account.name if deal.key_account else _("no account")
    return f"{account} · {deal.product.name}"


def result_label(result: KpiResult) -> str:
    return f"{result.kpi.name} · {formats.period_label(result.period)}"


def _deal_words(state: dict[str, Any]) -> str:
    """'won 9 Nov, $1,040', 'engaging, $1,040 expected' in the active language."""
    stage = Opportunity.Stage(state["stage"])
    amount = formats.money(Decimal(state["amount"]), state["currency"])
    if stage in Opportunity.OPEN:
        return _("%(stage)s, %(amount)s expected") % {"stage": stage.label.lower(), "amount": amount}
    day = formats.day_short(_iso(state["closed_on"]))
    if stage == Opportunity.Stage.LOST:
        return _("lost %(day)s") % {"day": day}
    return _("won %(day)s, %(amount)s") % {"day": day, "amount": amount}


def _result_words(kpi: Kpi, state: dict[str, Any]) -> str:
    """'$27 K, 47 % of target', '38 %' in the active language."""
    actual = cards.text(kpi, _decimal(state["actual"]))
    attainment = _decimal(state["attainment"])
    if attainment is None:
        return actual
    return _("%(actual)s, %(attainment)s of target") % {"actual": actual, "attainment": formats.percent(attainment)}


def _results_of(viewer: User, person: Person, text: str) -> list[Attachable]:
    rows = (
        KpiResult.objects.visible_to(viewer)
        .filter(person=person, period=current_period().code)
        .select_related("kpi")
        .order_by("kpi__position")
    )
    offered = [
        Attachable(f"result:{row.uid}", result_label(row), _result_words(row.kpi, result_state(row))) for row in rows
    ]
    return [row for row in offered if text.casefold() in row.label.casefold()]


def _deals_of(viewer: User, person: Person, text: str) -> Sequence[Attachable]:
    rows = Opportunity.objects.visible_to(viewer).filter(owner=person).select_related("product", "key_account")
    for word in text.split():
        rows = rows.filter(_names(word))
    newest = rows.order_by(_moved().desc(nulls_last=True), "-pk")[:MOST_OFFERED]
    return [Attachable(f"deal:{deal.uid}", deal_label(deal), _deal_words(deal_state(deal))) for deal in newest]


def _names(word: str) -> Q:
    return Q(key_account__name__icontains=word) | Q(product__name__icontains=word)


def _moved() -> Coalesce:
    """The day of a deal's last move: closed, else engaged."""
    return Coalesce("closed_on", "engaged_on")


def _iso(text: str) -> date:
    return date.fromisoformat(text)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
