"""What pages and the API read about awards: lists, one award with its standing, the wall, certificates."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Leadership, Membership, Person, Team, User
from core import calendar
from core.errors import NotFound
from goals.models import Kpi, KpiResult
from goals.selectors import ResultFilter, results
from incentives.models_awards import Award, Certificate, Congratulation, Nomination, Vote, Winner
from incentives.rules.ranking import Placed, all_who_reach, best_ranks

TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def awards(*, viewer: User) -> "QuerySet[Award]":
    """Those the viewer may see, with the confirmed winners as `shown_winners`. Two queries."""
    won = Winner.objects.confirmed().select_related("person", "team")
    rows = Award.objects.visible_to(viewer).select_related("team", "kpi")
    return rows.prefetch_related(Prefetch("winners", queryset=won, to_attr="shown_winners"))


def award_rows(*, viewer: User, over: bool) -> "QuerySet[Award]":
    """Awards that are under way, or (over) confirmed ones, latest first, with how many are nominated."""
    rows = awards(viewer=viewer).annotate(nominees=Count("nominations__nominee", distinct=True))
    confirmed = Q(status=Award.Status.CONFIRMED)
    return rows.filter(confirmed) if over else rows.exclude(confirmed)


def eligible(award: Award, on: date) -> "QuerySet[Person]":
    """Who can win it: who works in or leads a team on a day, in the award's where it names one."""
    return Person.objects.filter(works(on, award.team.path if award.team else "/"), user__is_active=True)


def works(on: date, path: str = "/") -> Q:
    """Of people: who is a member or the leader of a team under a path on a day."""
    member, leader = (
        model.objects.filter(person=OuterRef("pk"), during__contains=on, team__path__startswith=path)
        for model in (Membership, Leadership)
    )
    return Q(Exists(member)) | Q(Exists(leader))


def teams_of(people: Sequence[int], on: date) -> dict[int, int]:
    """Team by person (row ids) on a day. One query."""
    rows = Membership.objects.filter(person__in=people, during__contains=on)
    return dict(rows.values_list("person", "team"))


# Who wins


def picked(award: Award, *, viewer: User) -> list[tuple[Placed, UUID | None]]:
    """Whom the published rule picks as things stand, best first, each with the KPI result that decides.

    viewer  whose sight of results is used: somebody who manages awards and sees all people
    """
    if award.kind == Award.Kind.RULE:
        return _by_results(award, viewer)
    scores = _votes(award) if award.kind == Award.Kind.VOTE else _nominators(award)
    return [(placed, None) for placed in best_ranks(scores, award.places)]


def _votes(award: Award) -> dict[int, Decimal]:
    rows = Vote.objects.filter(award=award).values_list("nominee").annotate(votes=Count("pk")).order_by()
    return {person: Decimal(votes) for person, votes in rows}


def _nominators(award: Award) -> dict[int, Decimal]:
    rows = Nomination.objects.filter(award=award).values_list("nominee").annotate(people=Count("pk")).order_by()
    return {person: Decimal(people) for person, people in rows}


def _by_results(award: Award, viewer: User) -> list[tuple[Placed, UUID | None]]:
    kpi = award.kpi
    if kpi is None:  # the database refuses it
        return []
    rows = deciding_results(award, viewer=viewer)
    scores = {row.person_id: _score(award, row) for row in rows if row.person_id}
    known = {person: score for person, score in scores.items() if score is not None}
    lower = kpi.direction == Kpi.Direction.LOWER and award.measure == Award.Measure.ACTUAL
    if award.rule == Award.Rule.THRESHOLD and award.threshold is not None:
        placed = all_who_reach(known, award.threshold, lower_is_better=lower)
    else:
        placed = best_ranks(known, award.places, lower_is_better=lower)
    uids = {row.person_id: row.uid for row in rows}
    return [(one, uids.get(one.key)) for one in placed]


def deciding_results(award: Award, *, viewer: User) -> "QuerySet[KpiResult]":
    """The results that an award by rule compares: its KPI and period, people only, its team, enough behind them."""
    where = ResultFilter(
        period=award.period,
        kpi=award.kpi.code if award.kpi else "-",
        kind="person",
        team_path=award.team.path if award.team else "",
    )
    rows = results(viewer=viewer, where=where)
    if award.least_base is not None:
        rows = rows.annotate(base=Coalesce("denominator", "numerator")).filter(base__gte=award.least_base)
    return rows


def _score(award: Award, row: KpiResult) -> Decimal | None:
    return row.attainment if award.measure == Award.Measure.ATTAINMENT else row.actual


# One award


@dataclass(frozen=True, slots=True)
class Nominee:
    """Somebody who is nominated, with the reasons, first one first. `mine`: the viewer's vote is for this person."""

    person: Person
    team: str
    nominations: Sequence[Nomination]
    mine: bool
    nominated_by_me: bool


@dataclass(frozen=True, slots=True)
class AwardDetail:
    """An award as its page shows it. `votes` counts all that are given; for whom is told when it is closed."""

    award: Award
    nominees: Sequence[Nominee]
    winners: Sequence[Winner]
    left_out: Sequence[Winner]
    votes: int
    has_voted: bool


def one_award(*, viewer: User, uid: UUID) -> Award:
    """An award with what its page names. Raises NotFound."""
    found = Award.objects.visible_to(viewer).select_related("team", "kpi", "confirmed_by").filter(uid=uid).first()
    if found is None:
        raise NotFound
    return found


def award_detail(*, viewer: User, award: Award) -> AwardDetail:
    """Six queries, however many nominations."""
    me = viewer.person_or_none
    rows = list(award.nominations.select_related("nominee", "nominated_by").order_by("created_at", "pk"))
    vote = Vote.objects.filter(award=award, voter=me).values_list("nominee", flat=True).first() if me else None
    winners = list(
        Winner.objects.visible_to(viewer).filter(award=award).select_related("person", "team").order_by("place", "pk")
    )
    return AwardDetail(
        award=award,
        nominees=_nominees(rows, vote, me),
        winners=[winner for winner in winners if not winner.left_out],
        left_out=[winner for winner in winners if winner.left_out],
        votes=award.votes.count(),
        has_voted=vote is not None,
    )


def _nominees(rows: Sequence[Nomination], vote: int | None, me: Person | None) -> list[Nominee]:
    grouped: dict[int, list[Nomination]] = {}
    for row in rows:
        grouped.setdefault(row.nominee_id, []).append(row)
    teams = _team_names(list(grouped))
    return [
        Nominee(
            person=found[0].nominee,
            team=teams.get(person, ""),
            nominations=found,
            mine=person == vote,
            nominated_by_me=me is not None and any(row.nominated_by_id == me.pk for row in found),
        )
        for person, found in grouped.items()
    ]


def _team_names(people: Sequence[int]) -> dict[int, str]:
    rows = Membership.objects.filter(person__in=people, during__contains=calendar.today())
    return dict(rows.values_list("person", "team__name"))


def visible_results(*, viewer: User, winners: Sequence[Winner]) -> Mapping[UUID, KpiResult]:
    """The results that decided, by uid, as far as the viewer may see them. One query."""
    wanted = [winner.result for winner in winners if winner.result]
    rows = KpiResult.objects.visible_to(viewer).filter(uid__in=wanted).select_related("kpi")
    return {row.uid: row for row in rows}


# The wall


def wall(*, viewer: User, period: str = "", team: Team | None = None) -> "QuerySet[Winner]":
    """Confirmed winners with how often they were congratulated, and whether by the viewer. One query."""
    me = viewer.person_or_none
    mine = Congratulation.objects.filter(winner=OuterRef("pk"), person=me)
    rows = (
        Winner.objects.confirmed()
        .select_related("award", "award__confirmed_by", "person", "person__user", "team")
        .annotate(congratulated=Count("congratulations"), by_me=Exists(mine))
    )
    if period:
        rows = rows.filter(award__period=period)
    if team is not None:
        rows = rows.filter(team__path__startswith=team.path)
    return rows


def wall_periods() -> list[str]:
    """The periods that have winners, latest first. One query."""
    won = Winner.objects.confirmed().order_by().values("award")
    rows = Award.objects.filter(pk__in=won).order_by("-period_ends", "-period").values_list("period_ends", "period")
    return list(dict.fromkeys(period for _ends, period in rows))


def wall_teams() -> "QuerySet[Team]":
    """The teams in which somebody has won, in the order of their names."""
    return Team.objects.filter(pk__in=Winner.objects.confirmed().order_by().values("team")).order_by("name")


def wins_of(*, person: Person) -> "QuerySet[Winner]":
    """What a person has won, latest first: on the wall, so for everybody."""
    rows = Winner.objects.confirmed().filter(person=person).select_related("award", "award__confirmed_by", "team")
    return rows.annotate(congratulated=Count("congratulations")).order_by("-awarded_on", "-pk")


# Certificates


def certificates(*, viewer: User, award: Award | None = None, person: Person | None = None) -> "QuerySet[Certificate]":
    """Those the viewer may see, of an award or a person, latest first."""
    rows = Certificate.objects.visible_to(viewer).select_related("winner__person", "winner__award", "revoked_by")
    if award is not None:
        rows = rows.filter(winner__award=award)
    if person is not None:
        rows = rows.filter(winner__person=person)
    return rows


def without_certificate(award: Award) -> "QuerySet[Winner]":
    """Confirmed winners who have no valid certificate."""
    valid = Certificate.objects.valid().filter(winner=OuterRef("pk"))
    return (
        Winner.objects.confirmed().filter(~Exists(valid), award=award).select_related("person").order_by("place", "pk")
    )


def verified(token: str) -> Certificate | None:
    """The certificate of an address that anybody may have; None where there is none."""
    if not TOKEN.fullmatch(token):
        return None
    return Certificate.objects.filter(token=token).only(
        "person_name", "award_en", "award_zh", "period", "awarded_on", "revoked_at"
    ).first()  # fmt: skip


def to_close(on: date) -> "QuerySet[Award]":
    """Open awards that can be closed from that day on (`Award.closable_from`)."""
    has_ended = Q(period_ends__lte=on) | ~Q(kind=Award.Kind.RULE)
    return Award.objects.filter(has_ended, status=Award.Status.OPEN, ends__lte=on).order_by("pk")


def latest_first(rows: "QuerySet[Winner]") -> tuple["QuerySet[Winner]", tuple[str, ...]]:
    """The wall's order, for a keyset page: latest first, the winners of one award together, first place first."""
    return rows.annotate(on=F("awarded_on")), ("-on", "-award_id", "place", "pk")
