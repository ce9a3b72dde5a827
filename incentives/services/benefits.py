"""Benefits: the catalogue, grants by hand, automatic ones proposed and confirmed, used and ended."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.access import Role
from accounts.doors import get_visible
from accounts.models import Person, User
from core import calendar, formats, outbox
from core.audit import acting
from core.errors import NotFound
from core.outbox import Message
from incentives.errors_awards import (
    BenefitIsNoLongerGiven,
    BenefitIsNotUsedUp,
    GrantEndsBeforeItStarts,
    GrantIsNotInForce,
    GrantIsNotProposed,
    GrantIsUsed,
    HasTheBenefitAlready,
)
from incentives.models_awards import Benefit, BenefitGrant
from incentives.selectors.benefits import Entitlement, entitlements, expiring
from incentives.services.awards import users_with

GRANTED_NOTICE = "incentives.benefit_granted"
EXPIRING_NOTICE = "incentives.benefit_expiring"
PROPOSED_NOTICE = "incentives.benefits_proposed"


@dataclass(frozen=True, slots=True)
class BenefitTerms:
    """A benefit as typed. What its unit and its entitlement do not ask for is left out."""

    name_en: str
    name_zh: str
    description_en: str
    description_zh: str
    kind: str
    unit: str = Benefit.Unit.NONE
    value: Decimal | None = None
    currency: str = ""
    entitled: str = Benefit.Entitled.BY_HAND
    least_level: int | None = None
    least_attainment: Decimal | None = None
    months: int | None = None
    is_used_once: bool = False
    is_active: bool = True


# The catalogue


def create_benefit(*, terms: BenefitTerms, by: User | None, is_demo: bool = False) -> Benefit:
    with transaction.atomic(), acting(by, "benefit.created"):
        benefit = Benefit(is_demo=is_demo)
        _write(benefit, terms)
        benefit.save(force_insert=True)
    return benefit


@transaction.atomic
def edit_benefit(*, benefit_uid: UUID, terms: BenefitTerms, by: User) -> Benefit:
    """Change the catalogue; grants that were given keep their days. Raises NotFound."""
    benefit = get_visible(Benefit, by, benefit_uid, lock=True)
    with acting(by, "benefit.changed"):
        benefit.save(update_fields=_write(benefit, terms))
    return benefit


def _write(benefit: Benefit, terms: BenefitTerms) -> list[str]:
    for field in fields(terms):
        setattr(benefit, field.name, getattr(terms, field.name))
    if terms.unit == Benefit.Unit.NONE:
        benefit.value = None
    if terms.unit != Benefit.Unit.MONEY:
        benefit.currency = ""
    if terms.entitled != Benefit.Entitled.LEVEL:
        benefit.least_level = None
    if terms.entitled != Benefit.Entitled.TIER:
        benefit.least_attainment = None
    return [field.name for field in fields(terms)]


# Granted by hand


@transaction.atomic
def grant_benefit(*, benefit_uid: UUID, person_uid: UUID, starts: date, ends: date | None, by: User) -> BenefitGrant:
    """Give a benefit to a person from a day on, until before `ends` (None: for as long as the benefit says).

    Raises NotFound, BenefitIsNoLongerGiven, GrantEndsBeforeItStarts, HasTheBenefitAlready.
    """
    benefit = get_visible(Benefit, by, benefit_uid)
    if not benefit.is_active:
        raise BenefitIsNoLongerGiven(benefit=benefit.name)
    # The person's row is locked, so that of two grants at the same moment the second sees the first.
    person = Person.objects.visible_to(by).select_for_update(of=("self",)).filter(uid=person_uid).first()
    if person is None:
        raise NotFound
    ends = ends or lasts_until(benefit, starts)
    if ends is not None and ends <= starts:
        raise GrantEndsBeforeItStarts(starts=formats.day(starts))
    _refuse_overlap(benefit, person, starts, ends)
    with acting(by, "benefit.granted"):
        grant = BenefitGrant.objects.create(
            benefit=benefit,
            person=person,
            during=(starts, ends),
            status=BenefitGrant.Status.GRANTED,
            granted_by=by,
            granted_at=timezone.now(),
        )
    grant.refresh_from_db(fields=["during"])  # what was given as a pair of days comes back as a range
    outbox.put(_granted(grant))
    return grant


def lasts_until(benefit: Benefit, starts: date) -> date | None:
    """First day on which a grant from `starts` on no longer holds; None where it has no end."""
    return _months_later(starts, benefit.months) if benefit.months else None


def _months_later(day: date, months: int) -> date:
    """The same day of a later month, its last one where there is none: 31 January and a month is 28 February."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _refuse_overlap(benefit: Benefit, person: Person, starts: date, ends: date | None) -> None:
    held = BenefitGrant.objects.filter(benefit=benefit, person=person, status=BenefitGrant.Status.GRANTED)
    if held.filter(during__overlap=(starts, ends)).exists():
        raise HasTheBenefitAlready(person=person.name, benefit=benefit.name)


def _granted(grant: BenefitGrant) -> Message:
    return Message(GRANTED_NOTICE, f"{GRANTED_NOTICE}:{grant.uid}", grant.person.user_id, _payload(grant))


def _payload(grant: BenefitGrant) -> dict[str, str]:
    ends = grant_ends(grant)
    return {
        "en": grant.benefit.name_en,
        "zh": grant.benefit.name_zh,
        "ends": ends.isoformat() if ends else "",
    }


def grant_ends(grant: BenefitGrant) -> date | None:
    """First day on which it no longer holds, of a grant as it was read."""
    ends: date | None = grant.during.upper
    return ends


# Proposed by rule


@transaction.atomic
def propose_grants(*, by: User | None) -> int:
    """Propose each active benefit to whom its rule entitles; how many proposals are new. Twice makes no double.

    by  None: the nightly look
    """
    found = entitlements(calendar.today())
    with acting(by, "benefit.proposed"):
        made = sum(_propose(entitlement) for entitlement in found)
    if made:
        day = calendar.today().isoformat()
        readers = users_with({Role.HR}) - ({by.pk} if by else set())
        outbox.put_all(
            Message(PROPOSED_NOTICE, f"{PROPOSED_NOTICE}:{day}:{reader}", reader, {"count": made})
            for reader in sorted(readers)
        )
    return made


def _propose(entitlement: Entitlement) -> bool:
    benefit, today = entitlement.benefit, calendar.today()
    _grant, created = BenefitGrant.objects.get_or_create(
        benefit=benefit,
        person_id=entitlement.person_id,
        cause=entitlement.cause,
        defaults={
            "during": (today, lasts_until(benefit, today)),
            "status": BenefitGrant.Status.PROPOSED,
            "facts": dict(entitlement.facts),
        },
    )
    return created


@transaction.atomic
def confirm_grants(*, grant_uids: Iterable[UUID], by: User) -> int:
    """Give what was proposed, from today on; how many were given. Who has the benefit meanwhile is left out.

    Raises GrantIsNotProposed where none of them is open any more.
    """
    given = 0
    for grant in _proposed(grant_uids, by):
        starts = calendar.today()
        ends = lasts_until(grant.benefit, starts)
        try:
            _refuse_overlap(grant.benefit, grant.person, starts, ends)
        except HasTheBenefitAlready:
            _decide(grant, BenefitGrant.Status.DECLINED, None, "benefit.declined", by)
            continue
        grant.during = (starts, ends)
        _decide(grant, BenefitGrant.Status.GRANTED, by, "benefit.granted", by)
        outbox.put(_granted(grant))
        given += 1
    return given


@transaction.atomic
def decline_grants(*, grant_uids: Iterable[UUID], by: User) -> int:
    """Put proposals aside; the same occasion is not proposed again. Raises GrantIsNotProposed."""
    found = _proposed(grant_uids, by)
    for grant in found:
        _decide(grant, BenefitGrant.Status.DECLINED, None, "benefit.declined", by)
    return len(found)


def _proposed(grant_uids: Iterable[UUID], by: User) -> Sequence[BenefitGrant]:
    visible = BenefitGrant.objects.visible_to(by).filter(uid__in=list(grant_uids)).values("pk")
    # With the people's rows, so that nobody is given the same benefit by hand at the same moment.
    rows = BenefitGrant.objects.select_for_update(of=("self", "person")).select_related("benefit", "person")
    found = list(rows.filter(pk__in=visible, status=BenefitGrant.Status.PROPOSED).order_by("pk"))
    if not found:
        raise GrantIsNotProposed
    return found


def _decide(grant: BenefitGrant, status: str, granted_by: User | None, action: str, by: User) -> None:
    grant.status, grant.granted_by = status, granted_by
    grant.granted_at = timezone.now() if granted_by else None
    with acting(by, action):
        grant.save(update_fields=["status", "during", "granted_by", "granted_at"])
    grant.refresh_from_db(fields=["during"])


# Used, ended


@transaction.atomic
def use_grant(*, grant_uid: UUID, by: User) -> BenefitGrant:
    """Mark a benefit that is used up as used today: the person's own, or any for HR.

    Raises NotFound, BenefitIsNotUsedUp, GrantIsUsed, GrantIsNotInForce.
    """
    grant = _held(grant_uid, by)
    if grant.person.user_id != by.pk and not by.may("incentives.manage_benefits"):
        raise NotFound
    if not grant.benefit.is_used_once:
        raise BenefitIsNotUsedUp(benefit=grant.benefit.name)
    if grant.used_on is not None:
        raise GrantIsUsed(benefit=grant.benefit.name, day=formats.day(grant.used_on))
    if not BenefitGrant.objects.in_force(calendar.today()).filter(pk=grant.pk).exists():
        raise GrantIsNotInForce(benefit=grant.benefit.name, person=grant.person.name)
    grant.used_on = calendar.today()
    with acting(by, "benefit.used"):
        grant.save(update_fields=["used_on"])
    return grant


@transaction.atomic
def unuse_grant(*, grant_uid: UUID, by: User) -> BenefitGrant:
    """Take the mark back, within its day. Raises NotFound."""
    grant = _held(grant_uid, by)
    own = grant.person.user_id == by.pk or by.may("incentives.manage_benefits")
    if not own or grant.used_on != calendar.today():
        raise NotFound
    grant.used_on = None
    with acting(by, "benefit.unused"):
        grant.save(update_fields=["used_on"])
    return grant


@transaction.atomic
def end_grant(*, grant_uid: UUID, by: User) -> BenefitGrant:
    """End a grant today, before its time. Raises NotFound, GrantIsNotInForce."""
    grant = _held(grant_uid, by)
    if grant.status != BenefitGrant.Status.GRANTED:
        raise GrantIsNotInForce(benefit=grant.benefit.name, person=grant.person.name)
    starts = grant.during.lower or calendar.today()
    grant.status = BenefitGrant.Status.ENDED
    grant.during = (starts, max(calendar.today(), starts + timedelta(days=1)))
    with acting(by, "benefit.ended"):
        grant.save(update_fields=["status", "during"])
    grant.refresh_from_db(fields=["during"])
    return grant


def _held(grant_uid: UUID, by: User) -> BenefitGrant:
    grant = get_visible(BenefitGrant, by, grant_uid, lock=True)
    return BenefitGrant.objects.select_related("benefit", "person").get(pk=grant.pk)


@transaction.atomic
def remind_expiring() -> int:
    """Tell people once that an unused or lasting benefit of theirs ends soon; how many end soon. Every night."""
    found = list(expiring(BenefitGrant.objects.all(), calendar.today()))
    outbox.put_all(
        Message(EXPIRING_NOTICE, f"{EXPIRING_NOTICE}:{grant.uid}", grant.person.user_id, _payload(grant))
        for grant in found
    )
    return len(found)
