"""The demo company: real pipeline data shown as if it happened now; targets, pay and coaching are derived from it.

Loaded in one transaction into an empty database, so that a start that was broken off leaves nothing half-done.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.demo_logins import LOGINS, DemoLogin
from accounts.models import Person, RoleGrant, Team, User
from accounts.services import ensure_person, grant_role
from core import calendar
from core.errors import Conflict
from core.periods import Period, PeriodKind
from crm.models import Opportunity, ReplaySource
from crm.services import DEMO_DATA, import_crm
from goals import services as goals
from incentives import services as pay
from incentives.models import Run
from incentives.services.demo_awards import ensure_demo_awards
from training.demo import write_demo_notes

GROWTH = Decimal("0.05")
ADDING_UP = ("booked_revenue", "deals_won")
WIN_RATE_TARGET = Decimal("0.6")
WIN_RATE_REASON = "Company goal, set by HR"
SEED = 2017
PROFILE = "maven"


class DatabaseHoldsSomethingElse(Conflict):
    code = "database_not_empty"
    message = _(
        "This database already holds %(people)s people who are not the demo company. "
        "The demo loads into an empty database only: give another KAM_DATA_DIR or DATABASE_URL, or set KAM_DEMO=0."
    )


class DemoIsOff(Conflict):
    code = "demo_is_off"
    message = _("KAM_DEMO is off. Set KAM_DEMO=1 to load the demo company.")


def is_loaded() -> bool:
    return ReplaySource.objects.filter(profile=PROFILE).exists() and User.objects.filter(email=LOGINS[0].email).exists()


def load_demo(say: Callable[[str], object]) -> bool:
    """Load the demo company; False where it is there already. Raises DemoIsOff, DatabaseHoldsSomethingElse."""
    if not settings.KAM_DEMO:
        raise DemoIsOff
    if is_loaded():
        return False
    if User.objects.exists():
        raise DatabaseHoldsSomethingElse(people=User.objects.count())
    with transaction.atomic():
        for step in _steps():
            say(step)
    return True


def _steps() -> Iterator[str]:
    yield "real pipeline: 8,800 deals"
    import_crm(folder=DEMO_DATA, profile=PROFILE, by=None)
    company = Team.objects.get(kind=Team.Kind.COMPANY)
    users = {login.role: _login(login, company) for login in LOGINS}
    hr, director = users[Role.HR], users[Role.DIRECTOR]

    yield "results and targets from history, +5 %"
    goals.compute_all()
    today = calendar.today()
    quarters = _quarters(today)
    _set_targets(quarters, today, company, hr)
    goals.compute_all()

    yield "plans, statements of past quarters, awards, benefits"
    pay.ensure_demo_plan(starts=quarters[0].start, year=today.year, periods=quarters, by=hr)
    closed = [quarter for quarter in quarters if quarter.end <= today]
    for quarter in closed:
        run, job = pay.start_run(period=quarter, kind=Run.Kind.FINAL, by=hr, queue=False)
        pay.calculate_run(run_id=run.pk, job_id=job.pk)
        pay.submit_run(run_uid=run.uid, by=hr)
        if quarter != closed[-1]:  # the last one waits for the director
            pay.approve_run(run_uid=run.uid, by=director)
    if quarters[-1] not in closed:
        run, job = pay.start_run(period=quarters[-1], kind=Run.Kind.PROVISIONAL, by=None, queue=False)
        pay.calculate_run(run_id=run.pk, job_id=job.pk)
    ensure_demo_awards(quarters=quarters, hr=hr, director=director)

    yield "coaching notes from what really happened"
    write_demo_notes(random.Random(SEED), today)  # noqa: S311  (repeatable on purpose)


def _set_targets(quarters: Sequence[Period], today: date, company: Team, hr: User) -> None:
    """What adds up is derived by one rule, so that the year has a target, too; a rate is one goal a year.

    A quarter is measured by the quarter before, plus growth. Two cannot be: the one in which the data begin, which is
    measured by the quarter after it, without growth; and those that lie ahead, measured by the last one that is over.
    """
    begins, now = quarters[0].previous, quarters[-1]
    ahead = [quarter for quarter in now.within(PeriodKind.YEAR).parts(PeriodKind.QUARTER) if quarter.start > today]
    for kpi in ADDING_UP:
        goals.derive_targets(kpi=kpi, period=begins, growth=Decimal(0), by=hr, base=quarters[0])
        for quarter in quarters:
            goals.derive_targets(kpi=kpi, period=quarter, growth=GROWTH, by=hr)
        for quarter in ahead:
            goals.derive_targets(kpi=kpi, period=quarter, growth=GROWTH, by=hr, base=now.previous)
    for year in sorted({quarter.within(PeriodKind.YEAR) for quarter in (begins, *quarters)}):
        goals.set_target(
            kpi="win_rate", subject=company, period=year, value=WIN_RATE_TARGET, reason=WIN_RATE_REASON, by=hr
        )


def _quarters(today: date) -> list[Period]:
    """The quarters with a month of history before them, up to the present one."""
    first: date = Opportunity.objects.aggregate(first=Min("closed_on"))["first"]
    quarter = calendar.period_on(first, PeriodKind.QUARTER).next
    quarters = []
    while quarter.start <= today:
        quarters.append(quarter)
        quarter = quarter.next
    return quarters


def _login(login: DemoLogin, company: Team) -> User:
    """The demo login of a person of the data, or of somebody new with the role."""
    if login.takes_over:
        user = Person.objects.select_related("user").get(number=login.takes_over).user
        user.email = login.email
    else:
        since = RoleGrant.objects.order_by("during").values_list("during", flat=True).first()
        start = since.lower if since and since.lower else calendar.today() - timedelta(days=365)
        person, _created = ensure_person(
            number=login.email.split("@")[0], name=login.name, email=login.email, title=login.title, by=None
        )
        user = person.user
        team = company if login.role == Role.DIRECTOR else None
        grant_role(user=user, role=login.role, team=team, since=start, by=None)
    user.set_password(settings.KAM_DEMO_PASSWORD)
    user.save(update_fields=["email", "password"])
    return user
