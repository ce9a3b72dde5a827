"""A plan's wording on real results: it costs what a run pays, names who gains and loses, and touches no run."""

# mypy: disable-error-code="comparison-overlap"
# A Decimal or Fraction equals a whole number here on purpose.

from datetime import date
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from accounts.access import Role
from accounts.models import Person, Team
from accounts.services import make_token
from core.calendar import period as period_of
from goals.models import Kpi, KpiResult
from incentives import selectors, services
from incentives.errors import PlanCannotBeSimulated, TooMuchToSimulate
from incentives.models import Plan, PlanVersion, Run, Statement
from incentives.rules.document import PlanDocument
from incentives.rules.engine import CreditFact, Facts, evaluate
from incentives.selectors import simulation as simulating
from incentives.selectors.simulation import Question, Simulation, at_attainment
from tests.accounts.factories import TeamFactory, client_for, company, person_with_role
from tests.incentives.factories import (
    bookings_kpi,
    calculated_run,
    credit,
    kam_content,
    published_plan,
    put_on,
    quota,
    tiers_content,
)
from tests.incentives.page_queries import queries_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_november")]

JUL, AUG = date(2026, 7, 12), date(2026, 8, 18)
Q3 = "2026-Q3"


@pytest.fixture
def in_november() -> Any:
    with time_machine.travel("2026-11-24 09:00", tick=False):
        yield


@pytest.fixture
def plan() -> Plan:
    bookings_kpi()
    return published_plan(code="kam-plan")


@pytest.fixture
def hr() -> Person:
    return person_with_role(Role.HR)


def seller(plan: Plan, team: Team | None = None, target: str = "30000") -> Person:
    person = person_with_role(Role.KAM, team or TeamFactory.create())
    put_on(plan, person, "5400")
    quota(person, target, Q3)
    return person


def tried(hr: Person, plan: Plan, content: dict[str, Any], *periods: str, **asked: Any) -> Simulation:
    question = Question(content, "USD", plan.pk, [period_of(code) for code in periods or (Q3,)], **asked)
    return selectors.simulate(viewer=hr.user, question=question)


# What it costs


def test_the_same_wording_costs_what_the_run_paid_and_touches_no_run(hr: Person, plan: Plan) -> None:
    kam = seller(plan)
    credit(kam, "16000", JUL)
    credit(kam, "30000", AUG)
    run = calculated_run(Q3)
    before = list(Run.objects.values()), list(Statement.objects.values())

    found = tried(hr, plan, kam_content())

    assert found.pay.before == found.pay.after == run.total == Decimal("10800.00")
    assert (found.gaining, found.losing, found.uncomputed) == ([], [], [])
    assert (list(Run.objects.values()), list(Statement.objects.values())) == before


@given(
    amounts=st.lists(st.decimals("-9000", "60000", places=2), max_size=6),
    tiers=st.sampled_from([kam_content(), tiers_content(("0", "0.7", "0.3"), ("0.7", None, "1.9"), cap="1.5")]),
    target=st.sampled_from(["30000", "33333.33"]),
)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_evaluate_run_and_simulate_agree_on_the_same_facts(
    amounts: list[Decimal], tiers: dict[str, Any], target: str, hr: Person
) -> None:
    with transaction.atomic():
        bookings_kpi()
        plan = published_plan(tiers)
        kam = seller(plan, target=target)
        kept = [credit(kam, str(amount), JUL) for amount in amounts if amount]
        run = calculated_run(Q3)
        statement = run.statements.get(person=kam)
        found = tried(hr, plan, tiers)
        facts = Facts(
            "USD", Decimal(target), Decimal(5400), [CreditFact(row.credited_on, row.pk, row.amount) for row in kept]
        )
        assert found.people[0].pay.after == found.pay.before == statement.total
        assert evaluate(PlanDocument.parse(tiers), facts).total == statement.total
        transaction.set_rollback(True)


def test_who_gains_and_who_loses_is_named_most_changed_first(hr: Person, plan: Plan) -> None:
    low, high, middle = (seller(plan) for _number in range(3))
    credit(low, "6000", JUL)  # 0–50 %: 540 today
    credit(high, "45000", AUG)
    credit(middle, "15000", AUG)

    found = tried(hr, plan, tiers_content(("0", "1", "1"), ("1", None, "0.5")))

    assert [(person.name, person.pay.before, person.pay.after) for person in found.people] == [
        (high.name, Decimal("10800.00"), Decimal("6750.00")),
        (middle.name, Decimal("1350.00"), Decimal("2700.00")),
        (low.name, Decimal("540.00"), Decimal("1080.00")),
    ]
    assert [person.name for person in found.losing] == [high.name]
    assert (found.people[0].attainment, found.people[0].share) == (Decimal("1.5"), Decimal("1.25"))


def test_teams_add_up_to_the_total(hr: Person, plan: Plan) -> None:
    east, west = TeamFactory.create(name="East"), TeamFactory.create(name="West")
    for team, amount in ((east, "9000"), (east, "15000"), (west, "33000")):
        credit(seller(plan, team), amount, JUL)

    found = tried(hr, plan, tiers_content(("0", None, "1")))

    assert {team.name: team.people for team in found.teams} == {"East": 2, "West": 1}
    assert sum(team.pay.after for team in found.teams) == found.pay.after == Decimal("10260.00")


def test_the_current_plan_may_be_another_wording_than_the_one_that_paid(hr: Person, plan: Plan) -> None:
    kam = seller(plan)
    credit(kam, "30000", JUL)
    draft = services.create_draft(
        plan=plan, starts=date(2026, 10, 1), by=hr.user, content=tiers_content(("0", None, "2")), currency="USD"
    )
    services.publish(version_uid=draft.uid, by=hr.user)

    found = tried(hr, plan, kam_content(), against=PlanVersion.objects.get(pk=draft.pk))

    assert (found.pay.before, found.pay.after) == (10800, 5400)


def test_somebody_who_cannot_be_computed_is_named_with_the_reason(hr: Person) -> None:
    bookings_kpi()
    plan = published_plan(currency="EUR")
    kam = person_with_role(Role.KAM, TeamFactory.create())
    put_on(plan, kam, "5400")

    found = tried(hr, plan, kam_content())

    (failed,) = found.uncomputed
    assert (failed.person, failed.period, failed.problem["code"]) == (kam.name, Q3, "currency_differs")


def test_a_document_that_cannot_be_paid_by_is_refused(hr: Person, plan: Plan) -> None:
    with pytest.raises(PlanCannotBeSimulated) as refused:
        tried(hr, plan, tiers_content(("0", "0.5", "1"), ("0.6", None, "1")))
    assert [problem.path for problem in refused.value.problems] == ["components.0.tiers.1.from"]


def test_more_than_a_page_can_wait_for_is_refused_before_it_begins(
    hr: Person, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller(plan)
    monkeypatch.setattr(simulating, "MOST_STATEMENTS", 1)
    with pytest.raises(TooMuchToSimulate, match="2 statements; a page computes at most 1"):
        tried(hr, plan, kam_content(), "2026-Q2", Q3)


def test_a_director_counts_only_the_people_of_the_own_teams(plan: Plan) -> None:
    tree = company()
    inside, outside = seller(plan, tree.teams["west-1"]), seller(plan)
    for person in (inside, outside):
        credit(person, "30000", JUL)

    found = tried(person_with_role(Role.DIRECTOR, tree.regions["west"]), plan, kam_content())

    assert [person.name for person in found.people] == [inside.name]
    assert found.pay.after == Decimal("5400.00")


def test_a_draft_that_asks_for_a_result_finds_it_although_the_current_plan_does_not(hr: Person, plan: Plan) -> None:
    kam = seller(plan)
    credit(kam, "30000", JUL)
    words = {"name_en": "CSAT", "name_zh": "CSAT", "definition_en": "-", "definition_zh": "-", "source": "csat-test"}
    kpi = Kpi.objects.create(code="csat-test", unit=Kpi.Unit.PERCENT, aggregation=Kpi.Aggregation.RATIO, **words)
    span = period_of(Q3)
    KpiResult.objects.create(
        kpi=kpi,
        person=kam,
        period=Q3,
        starts=span.start,
        ends=span.end,
        numerator=9,
        denominator=10,
        actual=Decimal("0.9"),
        computed_at=timezone.now(),
    )
    content = tiers_content(("0", None, "1"))
    content["components"][0]["gates"] = [
        {"measure": {"of": "kpi", "code": "csat-test"}, "at_least": "0.95", "otherwise": "0.5"}
    ]

    found = tried(hr, plan, content)

    assert (found.pay.before, found.pay.after) == (5400, 2700)


# At 80, 100 and 120 %


def test_the_cost_at_an_attainment_is_computed_with_the_own_mix_of_deals(hr: Person, plan: Plan) -> None:
    credit(seller(plan), "10000", JUL)
    seller(plan, target="60000")  # no deal yet: one deal stands for it

    found = tried(hr, plan, kam_content())

    # 80 %: 50 % at 0.5 and 30 % at 1.5 of 5,400; 120 %: 100 % and 20 % at 2, for each of the two.
    assert [(cost.attainment, cost.pay.after) for cost in found.at_attainment] == [
        (Decimal("0.8"), Decimal("7560.00")),
        (1, Decimal("10800.00")),
        (Decimal("1.2"), Decimal("15120.00")),
    ]


@given(
    amounts=st.lists(st.decimals("0.01", "90000", places=2), max_size=8),
    quota_cents=st.integers(1, 10**8),
    at=st.sampled_from([Fraction(4, 5), Fraction(1), Fraction(6, 5)]),
    eligible=st.integers(1, 92),
)
def test_scaled_credits_reach_the_attainment_and_never_miss_it_by_a_digit(
    amounts: list[Decimal], quota_cents: int, at: Fraction, eligible: int
) -> None:
    wanted = Fraction(quota_cents, 100) * Fraction(eligible, 92)
    deals = [CreditFact(JUL, place, amount) for place, amount in enumerate(amounts)]
    scaled = at_attainment(Facts("USD", Decimal(quota_cents) / 100, Decimal(9000), deals), wanted, at, at)
    total = Fraction(sum(fact.amount for fact in scaled.credits))
    assert at <= total / wanted < at + Fraction(1, 10**10) / wanted + Fraction(1, 10**12)


# Page, spreadsheet, API


def draft_of(plan: Plan, hr: Person) -> PlanVersion:
    content = tiers_content(("0", None, "1"))
    return services.create_draft(plan=plan, starts=date(2027, 1, 1), by=hr.user, content=content, currency="USD")


@pytest.fixture
def address(plan: Plan, hr: Person) -> str:
    draft_of(plan, hr)
    return "/incentives/plans/kam-plan/versions/2/simulation/"


def test_the_page_shows_cost_people_and_budget(address: str, plan: Plan, hr: Person) -> None:
    kam = seller(plan)
    credit(kam, "15000", JUL)

    shown = client_for(hr).get(address, {"budget": "2000"}).content.decode().replace("\xa0", " ")

    assert kam.name in shown
    assert "$2,700" in shown  # this version
    assert "135%" in shown or "135 %" in shown  # of the budget
    assert "Current plan: Plan" in shown


@pytest.mark.parametrize("role", [Role.KAM, Role.MANAGER, Role.ANALYST])
def test_what_everybody_would_be_paid_is_for_hr_and_directors_only(address: str, role: Role) -> None:
    team = company().teams["west-1"] if role in {Role.KAM, Role.MANAGER} else None
    stranger = client_for(person_with_role(role, team))

    assert stranger.get(address).status_code == 404
    assert stranger.get(f"{address}export/").status_code == 404


def test_a_budget_that_is_no_number_is_told_at_the_field(address: str, hr: Person) -> None:
    answer = client_for(hr).get(address, {"budget": "much"})

    assert answer.status_code == 422
    assert "Enter a number." in answer.content.decode()


def test_nobody_on_the_plan_is_said(address: str, hr: Person) -> None:
    assert "Nobody was on Plan" in client_for(hr).get(address).content.decode()


def test_a_plan_without_people_is_tried_on_those_of_another(hr: Person, plan: Plan) -> None:
    kam = seller(plan)
    credit(kam, "30000", JUL)
    other = services.create_plan(code="new-plan", name="New plan", by=hr.user)
    draft_of(other, hr)

    shown = client_for(hr).get("/incentives/plans/new-plan/versions/1/simulation/").content.decode()

    assert kam.name in shown


def test_the_page_takes_the_same_queries_however_many_people(address: str, plan: Plan, hr: Person) -> None:
    credit(seller(plan), "15000", JUL)
    client = client_for(hr)
    few = queries_of(client, address)
    for _number in range(20):
        credit(seller(plan), "15000", JUL)

    assert queries_of(client, address) == few <= 80


def test_the_spreadsheet_has_everybody_and_adds_up(address: str, plan: Plan, hr: Person) -> None:
    names = set()
    for amount in ("15000", "45000"):
        kam = seller(plan)
        names.add(kam.name)
        credit(kam, amount, JUL)

    answer = client_for(hr).get(f"{address}export/", {"budget": "9000"})
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]

    people = list(book["People"].iter_rows(min_row=2, values_only=True))
    total = list(book["Quarters"].iter_rows(values_only=True))[-1]
    assert {row[0] for row in people} == names
    assert [row[5] for row in people] == [8100, 2700]
    assert total[4] == 10800
    assert [row[0] for row in book["At attainment"].iter_rows(min_row=2, values_only=True)] == [0.8, 1, 1.2]


def post(client: Client, body: dict[str, Any], **headers: str) -> Any:
    return client.post("/api/v1/incentives/simulate/", body, content_type="application/json", headers=headers)


def test_the_api_answers_what_the_page_shows(plan: Plan, hr: Person) -> None:
    kam = seller(plan)
    credit(kam, "15000", JUL)
    body = {"plan": tiers_content(("0", None, "1")), "people_of": "kam-plan", "periods": [Q3], "budget": "2700"}

    answer = post(client_for(hr), body).json()

    assert (answer["before"], answer["after"], answer["change"]) == ("1350.00", "2700.00", "1350.00")
    assert answer["of_budget"] == "1.000000"
    assert [(row["name"], row["attainment"], row["after"]) for row in answer["people"]] == [
        (kam.name, "0.500000", "2700.00")
    ]
    assert [row["attainment"] for row in answer["at_attainment"]] == ["0.8", "1", "1.2"]


def test_a_token_needs_only_the_scope_for_reading_pay(plan: Plan, hr: Person) -> None:
    body = {"plan": kam_content(), "people_of": "kam-plan", "periods": [Q3]}
    secrets = [
        make_token(user=hr.user, name=scope, scopes=[scope], days=9, by=hr.user)[1]
        for scope in ("pay:read", "kpi:read")
    ]

    codes = [post(Client(), body, authorization=f"Bearer {secret}").status_code for secret in secrets]

    assert codes == [200, 403]


def test_the_api_names_each_field_that_is_wrong(plan: Plan, hr: Person) -> None:
    body = {"plan": tiers_content(("0", "0.5", "1"), ("0.6", None, "1")), "people_of": "kam-plan"}

    answer = post(client_for(hr), body)

    assert answer.status_code == 422
    assert list(answer.json()["errors"]["plan"]) == ["components.0.tiers.1.from"]
    assert post(client_for(hr), body | {"people_of": "no-plan"}).json()["code"] == "unknown_plan"
    assert post(client_for(hr), body | {"periods": ["2026"]}).json()["code"] == "only_quarters"


def test_the_api_does_not_exist_for_those_who_may_not_simulate(plan: Plan) -> None:
    kam = seller(plan)
    assert post(client_for(kam), {"plan": kam_content(), "people_of": "kam-plan"}).status_code == 404
