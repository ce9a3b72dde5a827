"""Reads about teams: the tree, and who belongs where."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, OuterRef, Q, Subquery

from accounts.models import Leadership, LevelRecord, Membership, Person, Team, User
from accounts.ranges import first_day
from core.keyset import keyset_page


@dataclass(frozen=True, slots=True)
class TeamNode:
    """A team in the tree. `depth` is 0 at the top the viewer sees; `people`: members with those of all under it."""

    code: str
    name: str
    kind: str
    kind_label: str
    depth: int
    leader: str
    leader_uid: UUID | None
    people: int
    teams: int


def team_tree(*, viewer: User, on: date, under: Team | None = None) -> list[TeamNode]:
    """The teams the viewer may see, by name, each before those under it; `under` leaves only what is below that one.

    Three queries, however many teams.
    """
    visible = Team.objects.visible_to(viewer)
    teams = list(visible.below(under).exclude(pk=under.pk) if under else visible)
    ids = {team.pk for team in teams}
    children: dict[int | None, list[Team]] = defaultdict(list)
    for team in sorted(teams, key=lambda team: team.name):
        children[team.parent_id if team.parent_id in ids else None].append(team)
    members, leaders = _members_on(ids, on), leaders_on(ids, on)

    def walk(parent: int | None, depth: int) -> Iterator[TeamNode]:
        for team in children[parent]:
            below = list(walk(team.pk, depth + 1))
            direct = [node for node in below if node.depth == depth + 1]
            leader = leaders.get(team.pk)
            yield TeamNode(
                code=team.code,
                name=team.name,
                kind=team.kind,
                kind_label=team.get_kind_display(),
                depth=depth,
                leader=leader.name if leader else "",
                leader_uid=leader.uid if leader else None,
                people=members.get(team.pk, 0) + sum(node.people for node in direct),
                teams=len(direct),
            )
            yield from below

    return list(walk(None, 0))


def _members_on(team_ids: set[int], on: date) -> dict[int, int]:
    members = Membership.objects.filter(team__in=team_ids, during__contains=on)
    return dict(members.values_list("team").annotate(Count("pk")))


def leaders_on(team_ids: set[int], on: date) -> dict[int, Person]:
    """Who leads each team on a day; teams without a leader are missing. One query."""
    leading = Leadership.objects.filter(team__in=team_ids, during__contains=on).select_related("person")
    return {row.team_id: row.person for row in leading}


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member of a team from `start` up to, and without, `end` (None: open)."""

    uid: UUID
    name: str
    title: str
    team: str
    level: int | None
    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class MemberRows:
    rows: Sequence[MemberRow]
    after: str | None


def member_rows(*, viewer: User, team: Team, on: date, past: bool = False, after: str = "") -> MemberRows:
    """Who is, or with `past` was, in the team or in one under it, by name, 50 a page. Two queries.

    Only people the viewer may see; who has moved on to another manager's team is not listed here any more.
    """
    during = Q(during__endswith__lte=on) if past else Q(during__contains=on)
    level = LevelRecord.objects.filter(person=OuterRef("person"), during__contains=on).values("level")[:1]
    rows = (
        Membership.objects.filter(during, team__path__startswith=team.path)
        .filter(person__in=Person.objects.visible_to(viewer).values("pk"))
        .select_related("person", "team")
        .annotate(level=Subquery(level))
    )
    page = keyset_page(rows, order=("person__name", "pk"), after=after)
    return MemberRows([_member(row) for row in page.rows], page.after)


def _member(row: Membership) -> MemberRow:
    return MemberRow(
        uid=row.person.uid,
        name=row.person.name,
        title=row.person.title,
        team=row.team.name,
        level=getattr(row, "level", None),
        start=first_day(row.during),
        end=row.during.upper,
    )


@dataclass(frozen=True, slots=True)
class LeaderRow:
    uid: UUID
    name: str
    start: date
    end: date | None

    def is_now(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on < self.end)


def leader_rows(*, team: Team) -> list[LeaderRow]:
    """Who has led, leads and will lead the team, latest first. One query."""
    rows = Leadership.objects.filter(team=team).select_related("person").order_by("-during")
    return [LeaderRow(row.person.uid, row.person.name, first_day(row.during), row.during.upper) for row in rows]
