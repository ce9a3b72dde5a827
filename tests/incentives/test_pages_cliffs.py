"""What a version tempts people to do stands on its page, in both languages."""

from datetime import date

import pytest

from accounts.access import Role
from accounts.models import Person
from incentives import services
from tests.accounts.factories import client_for, company, person_with_role
from tests.incentives.factories import bookings_kpi, published_plan, put_on, tiers_content
from tests.incentives.page_queries import queries_of

pytestmark = pytest.mark.django_db
PAGE = "/incentives/plans/kam-plan/versions/1/cliffs/"


@pytest.fixture
def hr() -> Person:
    bookings_kpi()
    return person_with_role(Role.HR)


def text_of(hr: Person, path: str, language: str = "en", **headers: str) -> str:
    response = client_for(hr, **{"Accept-Language": language}, **headers).get(path)
    assert response.status_code == 200
    return response.content.decode().replace("\xa0", " ")


def test_a_cap_is_told_as_a_dead_zone_and_as_a_reason_to_delay(hr: Person) -> None:
    published_plan(tiers_content(("0", "1", "1"), ("1", None, "2"), cap="1.4"), code="kam-plan")

    shown = text_of(hr, PAGE)

    # Nobody is on the plan: an everyday case of 30,000 and 9,000.
    assert "From 120 % on more credit pays nothing: pay stays at $12,600.00." in shown
    assert "Delaying pays." in shown
    assert "up to $1,800.00" in shown


def test_a_plan_without_cliffs_says_so(hr: Person) -> None:
    published_plan(tiers_content(("0", None, "1")), code="kam-plan")
    assert "Nothing was found" in text_of(hr, PAGE)


def test_the_findings_are_computed_for_the_people_on_the_plan(hr: Person) -> None:
    plan = published_plan(tiers_content(("0", None, "1"), cap="1.5"), code="kam-plan")
    put_on(plan, person_with_role(Role.KAM, company().teams["west-1"]), "6000")
    assert "pay stays at $9,000.00" in text_of(hr, PAGE)


def test_a_draft_with_mistakes_is_not_looked_into(hr: Person) -> None:
    plan = published_plan(code="kam-plan")
    wrong = tiers_content(("0", "0.5", "1"), ("0.6", None, "1"))
    services.create_draft(plan=plan, starts=date(2099, 1, 1), by=hr.user, content=wrong)
    assert "The draft has mistakes" in text_of(hr, PAGE.replace("/1/", "/2/"))


def test_the_version_page_fetches_them_and_htmx_gets_only_the_part(hr: Person) -> None:
    published_plan(code="kam-plan")
    assert f'hx-get="{PAGE}"' in text_of(hr, PAGE.removesuffix("cliffs/"))
    assert "<html" not in text_of(hr, PAGE, **{"HX-Request": "true"})
    assert queries_of(client_for(hr), PAGE) <= 14


@pytest.mark.parametrize("role", [Role.KAM, Role.COUNSELLOR])
def test_they_do_not_exist_for_those_who_may_not_see_plans(role: Role) -> None:
    published_plan(code="kam-plan")
    assert client_for(person_with_role(role, company().teams["west-1"])).get(PAGE).status_code == 404
