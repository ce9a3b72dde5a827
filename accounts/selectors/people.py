"""Reads about people: the directory, where somebody stands, and how it came about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from accounts.models import Leadership, LevelRecord, Membership, Person, PersonQuerySet, Team, User
from accounts.ranges import first_day
from core.errors import UnknownFilter
from core.keyset import keyset_page
from core.periods import add_months
from core.spelling import named_like

SORTS = {
    "name": ("name", "pk"),
    "-name": ("-name", "-pk"),
    "level": ("level_sort", "name", "pk"),
    "-level": ("-level_sort", "name", "pk"),
    "team": ("team_sort", "name", "pk"),
    "-team": ("-team_sort", "name", "pk"),
    "hired": ("hired_sort", "name", "pk"),
    "-hired": ("-hired_sort", "name", "pk"),
}
DEFAULT_SORT = "name"
LONG_AGO = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """What the directory is narrowed to. `state`: "here" (not left), "left" or "all". `team` is with all under it."""

    text: str = ""
    team: Team | None = None
    level: int | None = None
    title: str = ""
    state: str = "here"


@dataclass(frozen=True, slots=True)
class PersonRow:
    uid: UUID
    name: str
    title: str
    email: str
    number: str
    team: str
    team_code: str
    level: int | None
    hired_on: date | None
    left_on: date | None


@dataclass(frozen=True, slots=True)
class PersonRows:
    """A page of the directory; `after` names where the next one begins, None at the end."""

    rows: Sequence[PersonRow]
    after: str | None


def person_rows(
    *, viewer: User, chosen: PersonFilter, on: date, sort: str = DEFAULT_SORT, after: str = "", size: int = 50
) -> PersonRows:
    """People the viewer may see as they stand on a day, 50 a page. One query. Raises UnknownFilter, UnknownPlace."""
    if sort not in SORTS:
        raise UnknownFilter(name="sort", given=sort[:40], allowed=", ".join(SORTS))
    people = (
        _chosen(Person.objects.visible_to(viewer), chosen, on)
        .with_team(on)
        .select_related("user")
        .annotate(
            level_sort=Coalesce(F("level"), Value(0)),
            team_sort=Coalesce(F("team_name"), Value("")),
            hired_sort=Coalesce(F("hired_on"), Value(LONG_AGO)),
        )
    )
    page = keyset_page(people, order=SORTS[sort], after=after, size=size)
    return PersonRows([_row(person) for person in page.rows], page.after)


def _chosen(people: PersonQuerySet, chosen: PersonFilter, on: date) -> PersonQuerySet:
    if chosen.text:
        text = chosen.text
        people = people.filter(
            named_like(text) | Q(number__icontains=text) | Q(user__email__icontains=text) | Q(title__icontains=text)
        )
    if chosen.team is not None:
        people = people.in_team(chosen.team, on)
    if chosen.level is not None:
        people = people.filter(levels__level=chosen.level, levels__during__contains=on)
    if chosen.title:
        people = people.filter(title=chosen.title)
    if chosen.state != "all":
        gone = Q(left_on__lt=on)
        people = people.filter(gone if chosen.state == "left" else ~gone | Q(left_on=None))
    return people


def _row(person: Person) -> PersonRow:
    return PersonRow(
        uid=person.uid,
        name=person.name,
        title=person.title,
        email=person.user.email,
        number=person.number,
        team=getattr(person, "team_name", None) or "",
        team_code=getattr(person, "team_code", None) or "",
        level=getattr(person, "level", None),
        hired_on=person.hired_on,
        left_on=person.left_on,
    )


def titles_seen(*, viewer: User) -> list[str]:
    """The titles among the people the viewer may see, in order. One query."""
    titles = Person.objects.visible_to(viewer).exclude(title="").order_by("title").values_list("title", flat=True)
    return list(titles.distinct()[:50])


def people_named(*, viewer: User, text: str, on: date, most: int = 12) -> list[Person]:
    """People who work here and whose name, number or e-mail fits what is being typed. One query."""
    fitting = named_like(text) | Q(number__istartswith=text) | Q(user__email__istartswith=text)
    here = Q(left_on=None) | Q(left_on__gte=on)
    return list(Person.objects.visible_to(viewer).filter(fitting, here).select_related("user").order_by("name")[:most])


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands on a day: `leads` are the teams led, `manager` who leads the nearest team above."""

    team: Team | None
    level: int | None
    leads: Sequence[Team]
    manager: Person | None


def standing(*, person: Person, on: date) -> Standing:
    """Four queries, however deep the tree."""
    member = Membership.objects.filter(person=person, during__contains=on).select_related("team").first()
    level = LevelRecord.objects.filter(person=person, during__contains=on).values_list("level", flat=True).first()
    leading = (
        Leadership.objects.filter(person=person, during__contains=on).select_related("team").order_by("team__path")
    )
    leads = [row.team for row in leading]
    own = member.team if member else (leads[0] if leads else None)
    return Standing(own, level, leads, _manager(person, own, on))


def _manager(person: Person, team: Team | None, on: date) -> Person | None:
    """Who leads the team, or, where that is the person, the nearest team above that somebody else leads."""
    if team is None:
        return None
    above = Leadership.objects.filter(team__in=team.ancestor_ids, during__contains=on).exclude(person=person)
    nearest = max(above.select_related("person", "team"), key=lambda row: len(row.team.ancestor_ids), default=None)
    return nearest.person if nearest else None


@dataclass(frozen=True, slots=True)
class CareerStep:
    """Something dated about a person. `kind`: member, level or leader; `end` is the first day after, None: open.

    `withdrawable`: the latest of its kind with one before it, so that taking it back leaves something.
    """

    kind: str
    start: date
    end: date | None
    team: Team | None
    level: int | None
    withdrawable: bool = False

    def is_now(self, on: date) -> bool:
        return self.start <= on and (self.end is None or on < self.end)


def career(*, person: Person) -> list[CareerStep]:
    """All of a person's teams, levels and leading, latest first. Three queries."""
    members = list(person.memberships.select_related("team").order_by("-during"))
    levels = list(person.levels.order_by("-during"))
    leading = list(person.leaderships.select_related("team").order_by("-during"))
    steps = [
        *(
            CareerStep("member", first_day(row.during), row.during.upper, row.team, None, at == 0 and len(members) > 1)
            for at, row in enumerate(members)
        ),
        *(
            CareerStep("level", first_day(row.during), row.during.upper, None, row.level, at == 0 and len(levels) > 1)
            for at, row in enumerate(levels)
        ),
        *(CareerStep("leader", first_day(row.during), row.during.upper, row.team, None) for row in leading),
    ]
    return sorted(steps, key=lambda step: step.start, reverse=True)


def years_here(person: Person, on: date) -> int | None:
    """Whole years since the person was hired; None where that is not known."""
    if person.hired_on is None:
        return None
    years = on.year - person.hired_on.year
    return years - 1 if add_months(person.hired_on, 12 * years) > on else years
