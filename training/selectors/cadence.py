"""Who was coached when, who is due, and what is late: dates only, never what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.models import Leadership, Membership, Person, Team, User
from core.calendar import today
from training.models import ActionItem, CoachingCadence, CoachingNote
from training.rules.cadence import DEFAULT_DAYS, Cadence, cadence

People = Sequence[int] | QuerySet[Person]


def held(on: date) -> QuerySet[CoachingNote]:
    """The one-on-ones that took place by a day: pages opened and left empty are none."""
    return CoachingNote.objects.begun().filter(held_on__lte=on)


def last_coached(*, person_ids: People) -> dict[int, date]:
    """The day of the last one-on-one by person; who had none is absent. One query, however many people."""
    rows = held(today()).filter(person__in=person_ids).order_by().values_list("person").annotate(last=Max("held_on"))
    return dict(rows)


def last_coached_subquery(outer: OuterRef, on: date | None = None) -> QuerySet[CoachingNote]:
    """One column, the day of a person's last one-on-one, for a `Subquery`; `outer` refers to the person's key."""
    rows = held(on or today()).filter(person=outer).order_by("-held_on")
    return rows.values("held_on")[:1]  # type: ignore[return-value]  # values() of one column is a queryset all the same


def days_since_coached(*, teams: Sequence[Team], on: date) -> dict[int, int | None]:
    """Median days since the last one-on-one over all people under each team, by team id; None: nobody is there.

    Somebody never coached counts from the day of joining, so that silence does not flatter the figure. One query.
    """
    members = _members(on).values_list("team__path", "joined", "last")
    days = [(path, (on - max(last or joined, joined)).days) for path, joined, last in members]
    under = {team.pk: [count for path, count in days if path.startswith(team.path)] for team in teams}
    return {team: round(median(counts)) if counts else None for team, counts in under.items()}


def overdue_counts(*, person_ids: People, on: date) -> dict[int, int]:
    """Open promises past their day, by owner; who has none is absent. One query."""
    rows = ActionItem.objects.overdue(on).filter(owner__in=person_ids).order_by()
    return dict(rows.values_list("owner").annotate(count=Count("pk")))


@dataclass(frozen=True, slots=True)
class Talk:
    """Somebody to be coached: when last, when next, and what is still open of what was agreed."""

    person: Person
    team: str
    leader_id: int
    cadence: Cadence
    days: int
    open_actions: int

    @property
    def detail(self) -> str:
        """What the person is, beside the name."""
        return self.person.title or self.team

    @property
    def late_words(self) -> str:
        """'3 days overdue' in the active language."""
        late = self.cadence.days_late
        return ngettext("%(days)s day overdue", "%(days)s days overdue", late) % {"days": late}

    @property
    def every_words(self) -> str:
        """'every 2 weeks', 'every 10 days' in the active language."""
        if self.days % 7 == 0:
            weeks = self.days // 7
            return ngettext("every week", "every %(weeks)s weeks", weeks) % {"weeks": weeks}
        return ngettext("every day", "every %(days)s days", self.days) % {"days": self.days}

    @property
    def new_note_url(self) -> str:
        return reverse("training:note-new", args=[self.person.uid])

    @property
    def tab_url(self) -> str:
        return reverse("training:person-coaching", args=[self.person.uid])


def next_talks(*, manager: Person, on: date) -> list[Talk]:
    """The people of the teams that the manager leads, most overdue first. Two queries."""
    return talks(on=on, leaders=[manager.pk])


def talks(*, on: date, leaders: Sequence[int] | None = None, person: Person | None = None) -> list[Talk]:
    """Everybody who has a leader (of `leaders`, None: any) and is to be coached, most overdue first. Two queries."""
    rows = _members(on).filter(leader__isnull=False).exclude(person=F("leader"))
    if leaders is not None:
        rows = rows.filter(leader__in=leaders)
    if person is not None:
        rows = rows.filter(person=person)
    cadences = cadence_days()
    found = [
        Talk(
            person=row.person,
            team=row.team.name,
            leader_id=row.leader,
            cadence=cadence(last=row.last, since=row.joined, days=cadences.of(row.leader), on=on),
            days=cadences.of(row.leader),
            open_actions=row.open_actions,
        )
        for row in rows.select_related("person__user", "team")
    ]
    return sorted(found, key=lambda talk: (talk.cadence.due_on, talk.person.name))


def talk_with(*, person: Person, on: date) -> Talk | None:
    """How one person stands; None for somebody whose team has no leader. Two queries."""
    return next(iter(talks(on=on, person=person)), None)


@dataclass(frozen=True, slots=True)
class CadenceDays:
    """Days between one-on-ones by manager, and for all other people."""

    by_manager: dict[int, int]
    default: int

    def of(self, manager_id: int) -> int:
        return self.by_manager.get(manager_id, self.default)


def cadence_days() -> CadenceDays:
    """One query."""
    days_of = {row.manager_id: row.days for row in CoachingCadence.objects.all()}
    default = days_of.pop(None, DEFAULT_DAYS)
    return CadenceDays({manager: days for manager, days in days_of.items() if manager is not None}, default)


@dataclass(frozen=True, slots=True)
class ManagerCadence:
    """How a manager keeps the cadence: people led, how many of them are overdue, and the days that hold for them."""

    manager: Person
    teams: str
    people: int
    overdue: int
    days: int
    is_own: bool

    @property
    def detail(self) -> str:
        """The teams, where they are not simply called after the manager."""
        return "" if self.teams == self.manager.name else self.teams


def cadence_of_managers(*, viewer: User, on: date) -> list[ManagerCadence]:
    """The managers of people whom the viewer sees, by name. Four queries."""
    cadences = cadence_days()
    by_leader: dict[int, list[Talk]] = {}
    for talk in talks(on=on):
        by_leader.setdefault(talk.leader_id, []).append(talk)
    rows = []
    for leader in managers_seen(viewer=viewer, on=on).order_by("name"):
        led = by_leader.get(leader.pk, [])
        rows.append(
            ManagerCadence(
                manager=leader,
                teams=", ".join(sorted({talk.team for talk in led})),
                people=len(led),
                overdue=sum(talk.cadence.days_late > 0 for talk in led),
                days=cadences.of(leader.pk),
                is_own=leader.pk in cadences.by_manager,
            )
        )
    return rows


def managers_seen(*, viewer: User, on: date) -> QuerySet[Person]:
    """Who leads, on a day, somebody else whom the viewer sees."""
    seen = Person.objects.visible_to(viewer).exclude(user=viewer)
    teams = Membership.objects.filter(during__contains=on, person__in=seen.values("pk")).values("team")
    leading = Leadership.objects.filter(during__contains=on, team__in=teams)
    return Person.objects.filter(pk__in=leading.values("person"))


def may_set_default(user: User) -> bool:
    """The days for all others are set by who sees the whole company. One query."""
    return Team.objects.visible_to(user).filter(kind=Team.Kind.COMPANY).exists()


def _members(on: date) -> QuerySet[Any]:
    """Memberships of a day with `joined`, `last` one-on-one, `leader` of the team, and the member's `open_actions`."""
    leader = Leadership.objects.filter(team=OuterRef("team"), during__contains=on)
    promises = ActionItem.objects.open().filter(owner=OuterRef("person")).order_by().values("owner")
    return Membership.objects.filter(Q(during__contains=on), person__left_on=None).annotate(
        joined=F("during__startswith"),
        last=Subquery(last_coached_subquery(OuterRef("person"), on)),
        leader=Subquery(leader.values("person")[:1]),
        open_actions=Coalesce(Subquery(promises.annotate(count=Count("pk")).values("count")), 0),
    )
