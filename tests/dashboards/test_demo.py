"""The demo company: what a newcomer is promised, loaded once."""

from collections.abc import Iterator

import pytest
import time_machine
from django.conf import settings
from django.db import transaction
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from accounts.demo_logins import LOGINS, DemoLogin
from accounts.models import Membership, Person, User
from core import calendar
from core.periods import PeriodKind
from crm.models import Opportunity
from dashboards.demo import load_demo
from goals.models import KpiResult, Target
from incentives import selectors as pay
from incentives.models import Run, Statement
from tests.dashboards.factories import NOW
from training.models import CoachingNote

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("demo")]


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[str]]:
    """The loaded demo company; what it said on the way."""
    said: list[str] = []
    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "KAM_DEMO", True)
        with time_machine.travel(NOW):
            assert load_demo(said.append) is True
        yield said
        transaction.set_rollback(True)


@pytest.fixture
def demo_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "KAM_DEMO", True)


def test_it_says_what_it_does(demo: list[str], db: None) -> None:
    assert demo[0] == "real pipeline: 8,800 deals"
    assert len(demo) == 4


def test_thirty_five_kams_in_six_teams_own_the_real_deals(demo: list[str], db: None) -> None:
    assert Membership.objects.filter(during__contains=calendar.today()).count() == 35
    assert Membership.objects.values("team").distinct().count() == 6
    assert 0 < Opportunity.objects.count() <= 8_800  # what is engaged later than today is not there yet


def test_nothing_lies_in_the_future(demo: list[str], db: None) -> None:
    assert not Opportunity.objects.filter(closed_on__gt=calendar.today()).exists()
    assert not Opportunity.objects.filter(engaged_on__gt=calendar.today()).exists()


def test_two_closed_quarters_and_the_present_one_have_results_and_targets(demo: list[str], db: None) -> None:
    quarter = calendar.current_period()
    for code in (quarter.shift(-2).code, quarter.previous.code, quarter.code):
        company = KpiResult.objects.get(kpi__code="booked_revenue", period=code, team__kind="company")
        assert company.target, code


@pytest.mark.parametrize("kpi", ["booked_revenue", "deals_won", "win_rate"])
def test_the_year_has_targets_for_the_company_each_team_and_each_kam(demo: list[str], db: None, kpi: str) -> None:
    year = calendar.current_period().within(PeriodKind.YEAR).code
    results = KpiResult.objects.filter(kpi__code=kpi, period=year)

    assert results.filter(target__isnull=False).count() == results.count() > 35
    assert not results.filter(actual__isnull=False, attainment=None).exists()


def test_every_derived_target_says_what_it_rests_on(demo: list[str], db: None) -> None:
    derived = Target.objects.filter(origin__in=[Target.Origin.FROM_HISTORY, Target.Origin.FROM_TEAM])
    first = derived.order_by("starts").values_list("period", flat=True)[0]

    assert derived.count() == 2 * 4 * 35  # two KPIs that add up, four quarters
    assert all(row.basis.startswith("The data begin in") == (row.period == first) for row in derived)


def test_the_last_closed_quarter_waits_for_the_director(demo: list[str], db: None) -> None:
    quarter = calendar.current_period()
    runs = {run.period: run for run in Run.objects.filter(kind=Run.Kind.FINAL)}

    assert runs[quarter.previous.code].status == Run.Status.SUBMITTED
    assert runs[quarter.shift(-2).code].status == Run.Status.APPROVED
    director = User.objects.get(email="director@demo.example")
    assert [run.period for run in pay.runs_waiting_for(user=director)] == [quarter.previous.code]


def test_the_present_quarter_has_a_provisional_run(demo: list[str], db: None) -> None:
    run = Run.objects.get(kind=Run.Kind.PROVISIONAL)

    assert run.period == calendar.current_period().code
    assert Statement.objects.filter(run=run, error__isnull=True).count() == 41  # 35 KAMs and 6 managers


def test_there_are_one_on_ones(demo: list[str], db: None) -> None:
    assert CoachingNote.objects.count() > 20


@pytest.mark.parametrize("login", LOGINS, ids=lambda login: login.email)
def test_each_login_opens_its_start_page(demo: list[str], db: None, demo_mode: None, login: DemoLogin) -> None:
    client = Client()
    answer = client.post(
        "/accounts/login/",
        {"login": login.email, "password": settings.KAM_DEMO_PASSWORD},
    )

    assert answer.status_code == 302
    assert client.get("/").status_code == 200


def test_the_second_time_it_does_nothing(demo: list[str], db: None, demo_mode: None) -> None:
    before = (Person.objects.count(), Opportunity.objects.count(), Run.objects.count(), CoachingNote.objects.count())

    assert load_demo(print) is False

    after = (Person.objects.count(), Opportunity.objects.count(), Run.objects.count(), CoachingNote.objects.count())
    assert after == before
