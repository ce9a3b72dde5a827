"""Coaching notes of the demo company, written from what really happened to its deals.

Each note knows only what was known on its day: win rates of the quarter until then against the quarter before, the
deals lost and won lately, those that stood still. What was promised was kept, kept late or is still open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from accounts.models import Person
from core import formats
from core.audit import acting
from core.calendar import period_on
from core.ids import new_uid
from crm.models import Opportunity
from goals.models import KpiResult
from training.demo_texts import LANGUAGES, Situation, Texts
from training.models import ActionItem, CoachingNote, NoteAddendum, NoteLink, PrivateNote
from training.selectors.attachments import deal_label
from training.selectors.cadence import talks

NOTES_EACH = 6
DAYS_BETWEEN = 14
FELL, ROSE = Decimal("-0.05"), Decimal("0.05")
FEWEST_DECIDED = 8
STANDS_STILL_AFTER = 90
WIN_RATE = "win_rate"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a person's deals stood on a day. Rates are ratios over the decided deals of the quarter so far."""

    on: date
    won: int
    lost: int
    before: Decimal | None
    booked: Decimal
    booked_before: Decimal
    product: str
    product_lost: int
    product_decided: int
    lost_deal: Opportunity | None
    won_deal: Opportunity | None
    stuck: Sequence[Opportunity]

    @property
    def rate(self) -> Decimal | None:
        return Decimal(self.won) / (self.won + self.lost) if self.won + self.lost else None

    @property
    def situation(self) -> Situation:
        """What there is to talk about, the weightiest first."""
        enough = self.rate is not None and self.before is not None and self.won + self.lost >= FEWEST_DECIDED
        change = (self.rate or Decimal()) - (self.before or Decimal())
        if enough and change <= FELL and self.lost_deal:
            return Situation.FELL
        if enough and change >= ROSE and self.won_deal:
            return Situation.ROSE
        return Situation.STUCK if self.stuck else Situation.STEADY

    def deal(self, situation: Situation) -> Opportunity | None:
        """The deal that the talk is about."""
        about = {Situation.FELL: self.lost_deal, Situation.ROSE: self.won_deal}
        return about.get(situation) or (self.stuck[0] if self.stuck and situation == Situation.STUCK else None)


@dataclass(frozen=True, slots=True)
class Scene:
    """Two people who talk, in the language of the one who writes; and the chance that the demo's seed gives."""

    rng: Random
    today: date
    person: Person
    author: Person
    texts: Texts


@transaction.atomic
def write_demo_notes(rng: Random, today: date) -> int:
    """Write the notes of the last months about everybody who has a leader. Returns how many were written.

    The last third of the managers write Chinese. One person in five has waited too long; a few newest notes are open.
    """
    everybody = talks(on=today)
    leaders = Person.objects.in_bulk([talk.leader_id for talk in everybody])
    by_number = sorted(leaders.values(), key=lambda person: person.number)
    chinese = {person.pk for person in by_number[-(len(by_number) // 3) :]}
    written = 0
    with acting(None, "demo.notes"):
        for talk in sorted(everybody, key=lambda talk: talk.person.number):
            texts = LANGUAGES["zh-hans" if talk.leader_id in chinese else "en"]
            with translation.override(texts.language):
                written += _notes_about(Scene(rng, today, talk.person, leaders[talk.leader_id], texts))
    return written


def _notes_about(scene: Scene) -> int:
    rows = Opportunity.objects.filter(owner=scene.person).select_related("product", "key_account")
    deals = list(rows.order_by("pk"))
    told: set[Situation] = set()
    days = _days(scene.rng, scene.today)
    for place, day in enumerate(days):
        outcome = outcome_on(deals, day)
        situation = outcome.situation
        if situation in told and place % 2:  # the same matter is not the topic of each talk
            situation = Situation.STUCK if outcome.stuck else Situation.STEADY
        told.add(situation)
        is_newest = place == len(days) - 1
        _write(scene, outcome, situation, is_open=is_newest and scene.rng.random() < 0.1)
    return len(days)


def _days(rng: Random, today: date) -> list[date]:
    """Working days of the talks, oldest first; for one in five the last one is too long ago."""
    late = rng.random() < 0.2
    newest = today - timedelta(days=rng.randint(17, 45) if late else rng.randint(0, DAYS_BETWEEN - 1))
    days = []
    for step in range(NOTES_EACH):
        day = newest - timedelta(days=step * DAYS_BETWEEN + rng.randint(0, 2) * (step > 0))
        days.append(day - timedelta(days=max(day.weekday() - 4, 0)))
    return sorted(set(days))


def outcome_on(deals: Sequence[Opportunity], on: date) -> Outcome:
    """How the deals stood at the end of a day; what closed later was open then."""
    quarter = period_on(on)
    known = [deal for deal in deals if deal.engaged_on and deal.engaged_on <= on]
    closed = [deal for deal in known if deal.closed_on and deal.closed_on <= on]
    now = [deal for deal in closed if deal.closed_on and deal.closed_on >= quarter.start]
    before = [deal for deal in closed if deal.closed_on and deal.closed_on in quarter.previous]
    won, lost = _in_stage(now, Opportunity.Stage.WON), _in_stage(now, Opportunity.Stage.LOST)
    product = _weakest_product(now)
    of_product = [deal for deal in now if deal.product.name == product]
    still_open = [deal for deal in known if deal not in closed]
    return Outcome(
        on=on,
        won=len(won),
        lost=len(lost),
        before=_rate(before),
        booked=sum((deal.amount for deal in won), Decimal()),
        booked_before=sum((deal.amount for deal in _in_stage(before, Opportunity.Stage.WON)), Decimal()),
        product=product,
        product_lost=len(_in_stage(of_product, Opportunity.Stage.LOST)),
        product_decided=len(of_product),
        lost_deal=_dearest([deal for deal in lost if deal.product.name == product] or lost),
        won_deal=_dearest(won),
        stuck=sorted(
            (deal for deal in still_open if (on - _engaged(deal)).days > STANDS_STILL_AFTER),
            key=lambda deal: (deal.key_account is None, _engaged(deal)),
        ),
    )


def _in_stage(deals: Sequence[Opportunity], stage: Opportunity.Stage) -> list[Opportunity]:
    return [deal for deal in deals if deal.stage == stage]


def _rate(deals: Sequence[Opportunity]) -> Decimal | None:
    return Decimal(len(_in_stage(deals, Opportunity.Stage.WON))) / len(deals) if deals else None


def _weakest_product(deals: Sequence[Opportunity]) -> str:
    """The product that most deals were lost with; empty where none was decided."""
    lost = [deal.product.name for deal in _in_stage(deals, Opportunity.Stage.LOST)]
    names = lost or [deal.product.name for deal in deals]
    return max(sorted(set(names)), key=names.count, default="")


def _dearest(deals: Sequence[Opportunity]) -> Opportunity | None:
    return max(deals, key=lambda deal: (deal.key_account is not None, deal.product.list_price, deal.pk), default=None)


def _engaged(deal: Opportunity) -> date:
    return deal.engaged_on or date.max


# Writing


def _write(scene: Scene, outcome: Outcome, situation: Situation, *, is_open: bool) -> None:
    rng, texts = scene.rng, scene.texts
    story, places = texts.stories[situation], _places(outcome, situation)
    written_at = _at(outcome.on, rng.randint(9, 16), rng.randint(0, 59))
    note = CoachingNote.objects.create(
        author=scene.author,
        person=scene.person,
        held_on=outcome.on,
        topic=story.topic % places,
        shared_text=story.text % places,
        created_at=written_at,
        changed_at=written_at + timedelta(minutes=35),
        closed_at=None if is_open else written_at + timedelta(minutes=40),
        version=rng.randint(4, 12),
        edited_in=new_uid(),
    )
    if rng.random() < 0.3:
        PrivateNote.objects.update_or_create(note=note, defaults={"text": rng.choice(texts.private)})
    for line in rng.sample(story.actions, k=min(len(story.actions), rng.randint(1, 3))):
        owner = scene.author if line.by_author else scene.person
        _promise(scene, note, owner, line.text % places)
    _attach(note, outcome, situation)
    deal = outcome.deal(situation)
    if not is_open and deal and deal.closed_on and outcome.on < deal.closed_on <= scene.today:
        _add(note, deal, texts)


def _places(outcome: Outcome, situation: Situation) -> dict[str, object]:
    """What the sentences name, in the language that is active."""
    quarter = period_on(outcome.on)
    deal = outcome.deal(situation)
    days = (outcome.on - deal.engaged_on).days if deal and deal.engaged_on else 0
    return {
        "now": formats.percent(outcome.rate or 0),
        "before": formats.percent(outcome.before or 0),
        "won": outcome.won,
        "decided": outcome.won + outcome.lost,
        "booked": formats.money(outcome.booked, settings.COMPANY_CURRENCY),
        "booked_before": formats.money(outcome.booked_before, settings.COMPANY_CURRENCY),
        "product": outcome.product,
        "product_lost": outcome.product_lost,
        "product_decided": outcome.product_decided,
        "deal": deal_label(deal) if deal else "",
        "deal_product": deal.product.name if deal else "",
        "deal_day": formats.day_short(deal.closed_on, outcome.on) if deal and deal.closed_on else "",
        "deal_days": days,
        "stuck": len(outcome.stuck),
        "quarter": formats.period_short(quarter),
    }


def _promise(scene: Scene, note: CoachingNote, owner: Person, text: str) -> None:
    rng = scene.rng
    due = _working_day(note.held_on + timedelta(days=rng.randint(3, 12)))
    done_on = None if note.is_open else _kept_on(scene, note.held_on, due)
    ActionItem.objects.create(
        note=note,
        owner=owner,
        text=text,
        due_on=due,
        created_at=note.created_at,
        done_at=_at(done_on, 16, rng.randint(0, 59)) if done_on else None,
    )


def _kept_on(scene: Scene, held_on: date, due: date) -> date | None:
    """In time, late, or not yet: the older a promise, the more surely it was kept."""
    rng, age = scene.rng, (scene.today - due).days
    likely = 0.15 if age <= 0 else 0.72 if age < 21 else 0.96
    if rng.random() >= likely:
        return None
    day = max(min(due, scene.today) + timedelta(days=rng.choice([-2, -1, -1, 0, 0, 3, 5])), held_on)
    return day if day < scene.today else None


def _attach(note: CoachingNote, outcome: Outcome, situation: Situation) -> None:
    """The deal that was talked about and, where it was about the win rate, that result: as they stood on the day."""
    deal = outcome.deal(situation)
    if deal is not None:
        NoteLink.objects.create(note=note, opportunity=deal, state_then=_deal_then(deal, outcome.on))
    if situation not in {Situation.FELL, Situation.ROSE}:
        return
    result = KpiResult.objects.filter(kpi__code=WIN_RATE, person=note.person, period=period_on(outcome.on).code).first()
    if result is not None:
        NoteLink.objects.create(note=note, result=result, state_then={"actual": str(outcome.rate), "attainment": None})


def _deal_then(deal: Opportunity, on: date) -> dict[str, object]:
    if deal.closed_on and deal.closed_on <= on:
        amount, stage, closed_on = deal.amount, deal.stage, deal.closed_on.isoformat()
    else:
        amount, stage, closed_on = deal.product.list_price, Opportunity.Stage.ENGAGING.value, None
    return {"stage": stage, "amount": str(amount), "currency": deal.currency, "closed_on": closed_on}


def _add(note: CoachingNote, deal: Opportunity, texts: Texts) -> None:
    """What became of a deal that was open then is added by the KAM on the day it closed."""
    line = texts.won_later if deal.stage == Opportunity.Stage.WON else texts.lost_later
    NoteAddendum.objects.create(
        note=note,
        author=note.person,
        text=line % {"deal": deal_label(deal), "amount": formats.money(deal.amount, deal.currency)},
        written_at=_at(deal.closed_on or note.held_on, 17, 5),
    )


def _at(day: date, hour: int, minute: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def _working_day(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)
