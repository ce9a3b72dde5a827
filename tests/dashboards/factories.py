"""A company that sells, for tests of start pages and dashboards: people in every team, deals, targets, pay.

selling_company()                         one KAM a team, two won deals each in this quarter and the one before
selling_company(kams=10, deals=20)        ten times as many
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from accounts.access import Role
from accounts.models import Person, Team
from core import calendar
from core.periods import Period
from crm.services import refresh_facts
from incentives.models import Run
from tests.accounts.factories import company, person_with_role
from tests.goals.factories import computed, lost, target, won
from tests.incentives.factories import calculated_run, open_deal, published_plan, put_on
from tests.training.factories import ActionItemFactory, CoachingNoteFactory

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)  # fifty-four days into the fourth quarter
BOOKED_A_DEAL = 1_000
TARGET_A_KAM = 10_000


@dataclass(frozen=True, slots=True)
class SellingCompany:
    """Two regions with two teams each. `manager` leads west-1, where `kam` works; `stranger` works in east-1."""

    root: Team
    teams: dict[str, Team]
    director: Person
    manager: Person
    hr: Person
    admin: Person
    kam: Person
    stranger: Person
    kams: Sequence[Person]
    quarter: Period


def selling_company(kams: int = 1, deals: int = 2) -> SellingCompany:
    """Every KAM books 1,000 with each won deal of a quarter and is asked for 10,000; results and pay are computed."""
    tree, today = company(), calendar.today()
    quarter = calendar.period_on(today)
    staff = {code: [person_with_role(Role.KAM, team) for _ in range(kams)] for code, team in tree.teams.items()}
    everybody = [person for people in staff.values() for person in people]
    plan = published_plan()
    for person in everybody:
        target(person, quarter.code, TARGET_A_KAM)
        put_on(plan, person)
        _deals(person, quarter, today, deals)
    director, hr = person_with_role(Role.DIRECTOR, tree.root), person_with_role(Role.HR)
    manager = person_with_role(Role.MANAGER, tree.teams["west-1"])
    for person in staff["west-1"]:
        note = CoachingNoteFactory.create(author=manager, person=person, held_on=today - timedelta(days=3))
        ActionItemFactory.create(note=note, owner=person, due_on=today)
    refresh_facts()
    computed(quarter.previous.code, quarter.code)
    calculated_run(quarter.code, kind=Run.Kind.PROVISIONAL)
    return SellingCompany(
        root=tree.root,
        teams={**tree.regions, **tree.teams},
        director=director,
        manager=manager,
        hr=hr,
        admin=person_with_role(Role.ADMINISTRATOR),
        kam=staff["west-1"][0],
        stranger=staff["east-1"][0],
        kams=everybody,
        quarter=quarter,
    )


def _deals(person: Person, quarter: Period, today: date, deals: int) -> None:
    """So many won in this quarter and the one before, one lost and one open each."""
    for _ in range(deals):
        won(person, str(quarter.start), BOOKED_A_DEAL)
        won(person, str(quarter.previous.start), BOOKED_A_DEAL)
        open_deal(person, "5000", today - timedelta(days=20))
    lost(person, str(quarter.start))
