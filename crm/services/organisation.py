"""The people that a file names: regions, teams with their managers, agents. The portal is their master afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.access import Role
from accounts.models import Leadership, Membership, Person, Team, User
from accounts.services import ensure_person, ensure_team, grant_role, lead_team, place_in_team, set_level
from crm.models import CrmUser
from crm.rules.naming import code_of, email_of
from crm.rules.profile import PeopleProfile, Profile

COMPANY_CODE = "company"


@dataclass(frozen=True, slots=True)
class AgentRow:
    """A good row of the file of people."""

    person: str
    manager: str
    region: str


@dataclass(slots=True)
class PeopleReport:
    """`placed_elsewhere`: agents whom the portal has in another team than the file; the portal's word stands."""

    created: int = 0
    teams_created: int = 0
    placed_elsewhere: int = 0


def ensure_people(*, rows: Sequence[AgentRow], profile: Profile, by: User | None) -> int:
    """A person with a login for each name that is not known yet. Returns how many were made."""
    names = {row.manager: profile.people.manager_title for row in rows}
    names |= {row.person: profile.people.agent_title for row in rows if row.person not in names}
    known = set(CrmUser.objects.filter(name__in=names).values_list("name", flat=True))
    return sum(
        _ensure_one(name, title, profile.people, by) for name, title in sorted(names.items()) if name not in known
    )


def _ensure_one(name: str, title: str, made_up: PeopleProfile, by: User | None) -> bool:
    person, created = ensure_person(
        number=code_of(name), name=name, email=email_of(name, made_up.email_domain), title=title, by=by
    )
    CrmUser.objects.create(name=name, person=person)
    return created


def place_people(*, rows: Sequence[AgentRow], profile: Profile, since: date, by: User | None) -> PeopleReport:
    """Teams under regions under the company, a leader for each team, a team for each agent, all from `since` on.

    Whoever has a team, and whichever team has a leader, is left as it is: after the first import people move here, in
    the portal. Three queries where nothing is new.
    """
    report = PeopleReport()
    before = Team.objects.count()
    teams = _ensure_teams(rows, profile, by)
    report.teams_created = Team.objects.count() - before
    names = {row.manager for row in rows} | {row.person for row in rows}
    users = CrmUser.objects.filter(name__in=names).select_related("person__user")
    people = {user.name: user.person for user in users}
    _appoint_managers(rows, teams, people, since, by)
    placed = dict(Membership.objects.filter(during__upper_inf=True).values_list("person", "team"))
    for row in rows:
        person, team = people[row.person], teams[row.manager]
        if person.pk in placed:
            report.placed_elsewhere += placed[person.pk] != team.pk
            continue
        _place_agent(person, team, profile.people.level, since, by)
    return report


def _ensure_teams(rows: Sequence[AgentRow], profile: Profile, by: User | None) -> dict[str, Team]:
    """Manager's name -> team, which is named after the manager."""
    company = Team.objects.filter(kind=Team.Kind.COMPANY).first() or ensure_team(
        code=COMPANY_CODE, name=profile.company, kind=Team.Kind.COMPANY, parent=None, by=by
    )
    regions = {
        name: ensure_team(code=code_of(name), name=name, kind=Team.Kind.REGION, parent=company, by=by)
        for name in sorted({row.region for row in rows})
    }
    return {
        manager: ensure_team(code=code_of(manager), name=manager, kind=Team.Kind.TEAM, parent=regions[region], by=by)
        for manager, region in sorted({row.manager: row.region for row in rows}.items())
    }


def _appoint_managers(
    rows: Sequence[AgentRow], teams: dict[str, Team], people: dict[str, Person], since: date, by: User | None
) -> None:
    led = set(Leadership.objects.filter(team__in=teams.values()).values_list("team", flat=True))
    for name in sorted({row.manager for row in rows}):
        team, person = teams[name], people[name]
        if team.pk not in led:
            lead_team(team=team, person=person, since=since, by=by)
            grant_role(user=person.user, role=Role.MANAGER, team=team, since=since, by=by)


def _place_agent(person: Person, team: Team, level: int, since: date, by: User | None) -> None:
    place_in_team(person=person, team=team, since=since, by=by)
    set_level(person=person, level=level, since=since, by=by)
    grant_role(user=person.user, role=Role.KAM, team=None, since=since, by=by)
