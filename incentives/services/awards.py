"""Awards from the draft to the wall: opened, nominated and voted for, closed by the published rule, confirmed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.access import Role
from accounts.doors import get_visible
from accounts.models import Person, RoleGrant, Team, User
from core import calendar, formats, outbox
from core.audit import acting
from core.errors import NotFound
from core.outbox import Message
from goals.models import Kpi
from incentives.errors_awards import (
    AwardCannotBeClosedYet,
    AwardIsDecidedByRule,
    AwardIsNotADraft,
    AwardIsNotClosed,
    AwardIsNotForThisPerson,
    AwardIsNotOpen,
    AwardIsOver,
    NeedsAPerson,
    NominatedAlready,
    NotAmongTheNominators,
    NotAmongTheVoters,
    NotNominated,
    NoVoteIsTaken,
    OneselfCannotBeNamed,
    OnlyTiedAreLeftOut,
    ReasonForTheTieMissing,
)
from incentives.models_awards import Award, Congratulation, Nomination, Vote, Winner
from incentives.rules.ranking import Placed
from incentives.selectors.awards import eligible, picked, teams_of, to_close

OPEN_NOTICE = "incentives.award_open"
CLOSED_NOTICE = "incentives.award_closed"
CLOSABLE_NOTICE = "incentives.award_closable"
WON_NOTICE = "incentives.award_won"


@dataclass(frozen=True, slots=True)
class AwardTerms:
    """What an award is about, as typed. Of an award by rule the roles are not asked, of others the measure is not."""

    name_en: str
    name_zh: str
    description_en: str
    description_zh: str
    kind: str
    period: str
    starts: date
    ends: date
    team: Team | None = None
    nominators: Sequence[str] = ()
    voters: Sequence[str] = ()
    places: int = 1
    kpi: Kpi | None = None
    rule: str = ""
    measure: str = ""
    threshold: Decimal | None = None
    least_base: Decimal | None = None


# Prepared


def create_award(*, terms: AwardTerms, by: User | None, is_demo: bool = False) -> Award:
    """A draft, which only those who manage awards see. Raises UnknownPeriod."""
    with transaction.atomic(), acting(by, "award.created"):
        award = Award(created_by=by, is_demo=is_demo)
        _write(award, terms)
        award.save(force_insert=True)
    return award


@transaction.atomic
def edit_award(*, award_uid: UUID, terms: AwardTerms, by: User) -> Award:
    """Change a draft. Raises NotFound, AwardIsNotADraft: a published rule does not change."""
    award = _draft(award_uid, by)
    with acting(by, "award.changed"):
        award.save(update_fields=_write(award, terms))
    return award


def _write(award: Award, terms: AwardTerms) -> list[str]:
    """Put the terms into the row; the names of the fields that were set."""
    by_rule = terms.kind == Award.Kind.RULE
    roles = [] if by_rule else list(terms.nominators) or [role.value for role in Role]
    values: dict[str, object] = {
        "name_en": terms.name_en,
        "name_zh": terms.name_zh,
        "description_en": terms.description_en,
        "description_zh": terms.description_zh,
        "kind": terms.kind,
        "period": terms.period,
        "period_ends": calendar.period(terms.period).end,
        "starts": terms.starts,
        "ends": terms.ends,
        "team": terms.team,
        "nominators": roles,
        "voters": (list(terms.voters) or roles) if terms.kind == Award.Kind.VOTE else [],
        "places": terms.places,
        "kpi": terms.kpi if by_rule else None,
        "rule": terms.rule if by_rule else "",
        "measure": terms.measure if by_rule else "",
        "threshold": terms.threshold if by_rule and terms.rule == Award.Rule.THRESHOLD else None,
        "least_base": terms.least_base if by_rule else None,
    }
    for name, value in values.items():
        setattr(award, name, value)
    return list(values)


@transaction.atomic
def delete_award(*, award_uid: UUID, by: User) -> None:
    """Throw a draft away. Raises NotFound, AwardIsNotADraft."""
    award = _draft(award_uid, by)
    with acting(by, "award.deleted"):
        award.delete()


def _draft(award_uid: UUID, by: User) -> Award:
    award = get_visible(Award, by, award_uid, lock=True)
    if award.status != Award.Status.DRAFT:
        raise AwardIsNotADraft(award=award.name)
    return award


@transaction.atomic
def open_award(*, award_uid: UUID, by: User) -> Award:
    """Publish a draft with its rule, and tell those who may nominate or vote. Raises NotFound, AwardIsNotADraft."""
    award = _draft(award_uid, by)
    award.status, award.opened_at = Award.Status.OPEN, timezone.now()
    with acting(by, "award.opened"):
        award.save(update_fields=["status", "opened_at"])
    if award.is_by_people:
        _tell(OPEN_NOTICE, award, users_with({*award.nominators, *award.voters}) - {by.pk})
    return award


def users_with(roles: Iterable[str]) -> set[int]:
    """Ids of the users who have one of the roles today."""
    grants = RoleGrant.objects.in_force(calendar.today()).filter(role__in=list(roles), user__is_active=True)
    return set(grants.values_list("user", flat=True))


def _tell(kind: str, award: Award, readers: Iterable[int]) -> None:
    payload = {"award": str(award.uid), "en": award.name_en, "zh": award.name_zh, "ends": award.ends.isoformat()}
    outbox.put_all(Message(kind, f"{kind}:{award.uid}:{reader}", reader, payload) for reader in sorted(readers))


# Nominated and voted for


@transaction.atomic
def nominate(*, award_uid: UUID, nominee_uid: UUID, reason: str, by: User) -> Nomination:
    """Name a colleague for an open award, with the reason, once.

    Raises NotFound, NeedsAPerson, AwardIsDecidedByRule, AwardIsNotOpen, NotAmongTheNominators, OneselfCannotBeNamed,
    AwardIsNotForThisPerson, NominatedAlready.
    """
    award, me = _open_for_people(award_uid, by)
    if by.roles.isdisjoint(award.nominators):
        raise NotAmongTheNominators(award=award.name, roles=role_names(award.nominators))
    nominee = Person.objects.filter(uid=nominee_uid).first()
    if nominee is None:
        raise NotFound
    if nominee.pk == me.pk:
        raise OneselfCannotBeNamed
    if not eligible(award, calendar.today()).filter(pk=nominee.pk).exists():
        team = award.team.name if award.team else Team.objects.get(kind=Team.Kind.COMPANY).name
        raise AwardIsNotForThisPerson(person=nominee.name, team=team, award=award.name)
    if award.nominations.filter(nominee=nominee, nominated_by=me).exists():
        raise NominatedAlready(person=nominee.name)
    with acting(by, "award.nominated"):
        return Nomination.objects.create(award=award, nominee=nominee, nominated_by=me, reason=reason)


@transaction.atomic
def vote(*, award_uid: UUID, nominee_uid: UUID, by: User) -> Vote:
    """Give the one vote, or move it to somebody else while the award is open.

    Raises NotFound, NeedsAPerson, AwardIsDecidedByRule, NoVoteIsTaken, AwardIsNotOpen, NotAmongTheVoters,
    OneselfCannotBeNamed, NotNominated.
    """
    award, me = _open_for_people(award_uid, by)
    if award.kind != Award.Kind.VOTE:
        raise NoVoteIsTaken(award=award.name)
    if by.roles.isdisjoint(award.voters):
        raise NotAmongTheVoters(award=award.name, roles=role_names(award.voters))
    nominee = Person.objects.filter(uid=nominee_uid).first()
    if nominee is None:
        raise NotFound
    if nominee.pk == me.pk:
        raise OneselfCannotBeNamed
    if not award.nominations.filter(nominee=nominee).exists():
        raise NotNominated(person=nominee.name)
    with acting(by, "award.voted"):
        given, _created = Vote.objects.update_or_create(
            award=award, voter=me, defaults={"nominee": nominee, "voted_at": timezone.now()}
        )
    return given


def _open_for_people(award_uid: UUID, by: User) -> tuple[Award, Person]:
    """The award, locked, so that nobody is named while it is being closed; and who acts."""
    award = get_visible(Award, by, award_uid, lock=True)
    me = acting_person(by)
    if not award.is_by_people:
        raise AwardIsDecidedByRule(award=award.name)
    if not award.is_open_on(calendar.today()):
        last = award.ends - timedelta(days=1)
        raise AwardIsNotOpen(award=award.name, first=formats.day(award.starts), last=formats.day(last))
    return award, me


def acting_person(by: User) -> Person:
    """Who takes part. Raises NeedsAPerson for a login without one."""
    if by.person_or_none is None:
        raise NeedsAPerson
    return by.person_or_none


def role_names(roles: Iterable[str]) -> str:
    return formats.listed(str(Role(role).label) for role in roles)


# Closed and confirmed


@transaction.atomic
def close_award(*, award_uid: UUID, by: User) -> Award:
    """Let the published rule pick the winners, and ask for confirmation.

    Locks the award: of two at the same moment one closes it. Raises NotFound, AwardIsOver, AwardCannotBeClosedYet.
    """
    award = get_visible(Award, by, award_uid, lock=True)
    if award.status in {Award.Status.CLOSED, Award.Status.CONFIRMED}:
        raise AwardIsOver(award=award.name)
    from_day = award.closable_from
    if award.status != Award.Status.OPEN or calendar.today() < from_day:
        raise AwardCannotBeClosedYet(award=award.name, day=formats.day(from_day))
    award.status, award.closed_by, award.closed_at = Award.Status.CLOSED, by, timezone.now()
    with acting(by, "award.closed"):
        award.save(update_fields=["status", "closed_by", "closed_at"])
        _write_winners(award, picked(award, viewer=by))
    _tell(CLOSED_NOTICE, award, users_with({Role.HR, Role.DIRECTOR}) - {by.pk})
    return award


def _write_winners(award: Award, found: Sequence[tuple[Placed, UUID | None]]) -> None:
    last_day = min(calendar.today(), award.period_ends - timedelta(days=1))
    teams = teams_of([placed.key for placed, _result in found], last_day)
    Winner.objects.bulk_create(
        Winner(
            award=award,
            person_id=placed.key,
            team_id=teams.get(placed.key),
            place=placed.place,
            score=placed.score,
            is_tied=placed.is_tied,
            result=result,
        )
        for placed, result in found
    )


@transaction.atomic
def confirm_award(*, award_uid: UUID, left_out: Iterable[UUID] = (), reason: str = "", by: User) -> Award:
    """Put the winners on the wall and tell them. Who shares the last place may be left out, for a reason.

    Raises NotFound, AwardIsNotClosed, OnlyTiedAreLeftOut, ReasonForTheTieMissing.
    """
    award = get_visible(Award, by, award_uid, lock=True)
    if award.status != Award.Status.CLOSED:
        raise AwardIsNotClosed(award=award.name, status=award.get_status_display())
    winners = list(award.winners.select_related("person").order_by("pk"))
    out = set(left_out)
    for winner in winners:
        if winner.uid in out and not winner.is_tied:
            raise OnlyTiedAreLeftOut(person=winner.person.name)
    if out and not reason.strip():
        raise ReasonForTheTieMissing
    award.status, award.confirmed_by, award.confirmed_at = Award.Status.CONFIRMED, by, timezone.now()
    with acting(by, "award.confirmed"):
        award.save(update_fields=["status", "confirmed_by", "confirmed_at"])
        for winner in winners:
            winner.left_out = reason.strip() if winner.uid in out else ""
            winner.awarded_on = calendar.today()
        Winner.objects.bulk_update(winners, ["left_out", "awarded_on"])
    _tell(WON_NOTICE, award, (winner.person.user_id for winner in winners if not winner.left_out))
    return award


@transaction.atomic
def remind_to_close() -> int:
    """Tell HR once which open awards can be closed; how many there are. Every night."""
    waiting = list(to_close(calendar.today()))
    readers = users_with({Role.HR}) if waiting else set()
    for award in waiting:
        _tell(CLOSABLE_NOTICE, award, readers)
    return len(waiting)


# Congratulated


@transaction.atomic
def congratulate(*, winner_uid: UUID, by: User) -> Mapping[str, int]:
    """One click, once a person; a second one changes nothing. Raises NotFound, NeedsAPerson."""
    winner = Winner.objects.confirmed().filter(uid=winner_uid).first()
    if winner is None:
        raise NotFound
    Congratulation.objects.get_or_create(winner=winner, person=acting_person(by))
    return {"congratulated": winner.congratulations.count()}
