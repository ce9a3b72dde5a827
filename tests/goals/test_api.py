"""The API of KPI results and targets: filters, pages, errors, ETag, and who sees what."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.access import Role
from accounts.models import Person
from goals.models import KpiResult, Target
from tests.accounts.factories import Company, PersonFactory, client_for, company, person_with_role
from tests.goals.factories import computed, lost, result, target, won

pytestmark = pytest.mark.django_db

URL = "/api/v1/kpi-results/"


@dataclass(frozen=True, slots=True)
class Scene:
    """Two KAMs in different regions with a deal each, their manager and director, HR, and results of 2026-Q2."""

    tree: Company
    kam: Person
    other: Person
    manager: Person
    director: Person
    hr: Person


@pytest.fixture
def scene() -> Scene:
    tree = company()
    kam = person_with_role(Role.KAM, tree.teams["west-1"], name="Ann Adams")
    other = person_with_role(Role.KAM, tree.teams["east-1"], name="Bob Brown")
    made = Scene(
        tree,
        kam,
        other,
        person_with_role(Role.MANAGER, tree.teams["west-1"]),
        person_with_role(Role.DIRECTOR, tree.root),
        person_with_role(Role.HR),
    )
    won(kam, "2026-05-04", 1000)
    lost(kam, "2026-05-05")
    won(other, "2026-06-04", 250)
    target(kam, "2026-Q2", 2000)
    computed("2026-Q2")
    return made


def get(person: Person, **params: Any) -> dict[str, Any]:
    response = client_for(person).get(URL, params)
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def test_a_row_has_kpi_subject_period_values_and_where_it_is_explained(scene: Scene) -> None:
    page = get(scene.director, period="2026-Q2", kpi="booked_revenue", subject=scene.kam.uid)

    stored = result(scene.kam, "2026-Q2")
    (row,) = page["results"]
    assert row.pop("computed_at")[:10] == stored.computed_at.date().isoformat()
    assert row == {
        "uid": str(stored.uid),
        "kpi": {"code": "booked_revenue", "name": "Booked revenue", "unit": "money"},
        "subject": {"type": "person", "uid": str(scene.kam.uid), "name": "Ann Adams", "team": "west-1"},
        "period": {"code": "2026-Q2", "starts": "2026-04-01", "ends": "2026-07-01"},
        "actual": "1000",
        "target": "2000",
        "attainment": "0.5",
        "explain": f"http://testserver/api/v1/kpi-results/{stored.uid}/explain/",
    }
    assert page["next"] is None


def test_names_follow_the_language_of_the_request(scene: Scene) -> None:
    response = client_for(scene.director, **{"accept-language": "zh-hans"}).get(URL, {"kpi": "win_rate"})
    assert response.json()["results"][0]["kpi"]["name"] == "赢单率"


def test_one_result_has_the_shape_of_the_list(scene: Scene) -> None:
    listed = get(scene.director, subject=scene.kam.uid, kpi="win_rate", period="2026-05")["results"][0]
    one = client_for(scene.director).get(f"{URL}{listed['uid']}/").json()
    assert one == listed
    assert one["actual"] == "0.5"


def test_teams_and_their_people_are_found_by_the_code_of_the_team(scene: Scene) -> None:
    page = get(scene.director, period="2026-Q2", kpi="booked_revenue", team="west")
    assert [row["subject"].get("code") or row["subject"]["name"] for row in page["results"]] == [
        "Ann Adams",
        "west",
        "west-1",
        "west-2",
    ]
    people = get(scene.director, period="2026-Q2", kpi="booked_revenue", team="west", kind="person")
    assert [row["subject"]["name"] for row in people["results"]] == ["Ann Adams"]


@pytest.mark.parametrize("ordering", ["", "attainment", "-attainment", "-actual", "name", "-period", "target"])
def test_pages_by_key_list_every_row_once_in_order(scene: Scene, ordering: str) -> None:
    params: dict[str, Any] = {"limit": 7, **({"ordering": ordering} if ordering else {})}
    client, url, seen = client_for(scene.director), URL, []
    response = client.get(url, params)
    while True:
        page = response.json()
        seen += [row["uid"] for row in page["results"]]
        if page["next"] is None:
            break
        response = client.get(page["next"])
    whole = [
        row["uid"] for row in get(scene.director, limit=500, **({"ordering": ordering} if ordering else {}))["results"]
    ]
    assert seen == whole
    assert len(seen) == len(set(seen)) == KpiResult.objects.count() > 30


def test_rows_without_a_value_stand_below_all_others(scene: Scene) -> None:
    PersonFactory.create(team=scene.tree.teams["west-2"])
    computed("2026-Q2")
    rows = get(scene.director, kpi="win_rate", kind="person", period="2026-Q2", ordering="-actual")["results"]
    assert [row["actual"] for row in rows] == ["1", "0.5", None]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"period": "2026-Q5"}, "unknown_period"),
        ({"period": "2026-H1"}, "no_results_for_period"),
        ({"kpi": "nonsense"}, "unknown_filter"),
        ({"team": "nowhere"}, "unknown_filter"),
        ({"subject": "nobody"}, "unknown_filter"),
        ({"subject": "00000000-0000-7000-8000-000000000000"}, "unknown_filter"),
        ({"kind": "dog"}, "unknown_filter"),
        ({"ordering": "salary"}, "unknown_filter"),
        ({"limit": "0"}, "unknown_filter"),
        ({"limit": "501"}, "unknown_filter"),
        ({"cursor": "garbage"}, "unknown_filter"),
        ({"cursor": "WzEsImEiXQ"}, "unknown_filter"),
        ({"cursor": "WyJ4Iiw1XQ", "ordering": "actual"}, "unknown_filter"),
        ({"perod": "2026-Q2"}, "unknown_filter"),
    ],
)
def test_unknown_filters_are_problem_details(scene: Scene, params: dict[str, str], code: str) -> None:
    response = client_for(scene.director).get(URL, params)
    assert response.status_code == 422, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code


def test_a_known_etag_answers_not_modified_until_a_row_changes(scene: Scene) -> None:
    client = client_for(scene.director)
    tag = client.get(URL, {"period": "2026-Q2"})["ETag"]
    again = client.get(URL, {"period": "2026-Q2"}, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")

    won(scene.kam, "2026-05-09", 5)
    computed("2026-Q2")
    assert client.get(URL, {"period": "2026-Q2"}, headers={"if-none-match": tag}).status_code == 200


def test_a_kam_sees_only_the_own_rows_whatever_is_asked(scene: Scene) -> None:
    own = {str(uid) for uid in KpiResult.objects.filter(person=scene.kam).values_list("uid", flat=True)}
    for params in ({}, {"kpi": "booked_revenue"}, {"ordering": "-actual"}, {"kind": "person"}, {"period": "2026-Q2"}):
        rows = get(scene.kam, limit=500, **params)["results"]
        assert rows
        assert {row["uid"] for row in rows} <= own
    assert get(scene.kam, kind="team")["results"] == []


def test_what_a_kam_may_not_see_is_as_unknown_as_what_is_not_there(scene: Scene) -> None:
    client = client_for(scene.kam)
    for params in ({"subject": str(scene.other.uid)}, {"team": "west-1"}):
        there = client.get(URL, params).json()
        missing = client.get(URL, dict.fromkeys(params, "nothing")).json()
        assert (there["code"], there["status"]) == (missing["code"], missing["status"]) == ("unknown_filter", 422)
    foreign = result(scene.other, "2026-Q2")
    for path in ("", "explain/"):
        assert client.get(f"{URL}{foreign.uid}/{path}").status_code == 404


def test_a_manager_sees_the_own_team_and_its_people(scene: Scene) -> None:
    rows = get(scene.manager, period="2026-Q2", kpi="booked_revenue")["results"]
    assert {row["subject"].get("code") or row["subject"]["name"] for row in rows} == {"Ann Adams", "west-1"}


def test_without_login_there_is_nothing(scene: Scene) -> None:
    response = Client().get(URL)
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"


def test_the_number_of_queries_is_the_same_for_any_size_of_page(scene: Scene) -> None:
    for number in range(30):
        won(PersonFactory.create(team=scene.tree.teams["west-1"]), "2026-05-04", number + 1)
    computed("2026-Q2")
    client = client_for(scene.director)
    counts = []
    for limit in (1, 10, 100, 500):
        with CaptureQueriesContext(connection) as queries:
            client.get(URL, {"limit": limit, "period": "2026-Q2", "kpi": "booked_revenue", "ordering": "-attainment"})
        counts.append(len(queries))
    assert len(set(counts)) == 1, counts
    assert counts[0] <= 6


def test_the_explanation_has_formula_target_parts_and_history(scene: Scene) -> None:
    stored = result(scene.kam, "2026-Q2", "win_rate")
    found = client_for(scene.director).get(f"{URL}{stored.uid}/explain/").json()
    assert found["formula"] == ["1 deals won / 2 deals won or lost = 50.00\u00a0%"]
    assert found["parts_total"] == 2
    assert found["parts"][0]["label"] == "Konex · GTX Pro"
    assert found["parts"][0]["href"].startswith("/crm/deals/")
    assert "period=2026-Q2" in found["all_href"]
    assert found["rule"] == "Win rate (win_rate)"
    assert found["rule_version"] == "1"
    assert found["history"] == [{"period": "2026-Q2", "value": "0.500000"}]

    revenue = result(scene.kam, "2026-Q2")
    found = client_for(scene.director).get(f"{URL}{revenue.uid}/explain/").json()
    assert found["target"] == "$2,000.00"
    assert found["formula"][1] == "$1,000.00 / $2,000.00 = 50.0\u00a0% attained"


# Targets


def test_a_director_sets_a_target_and_attainment_follows(scene: Scene) -> None:
    client = client_for(scene.director)
    body = {
        "kpi": "booked_revenue",
        "person": str(scene.other.uid),
        "period": "2026-Q2",
        "value": "500",
        "reason": "new",
    }
    response = client.post("/api/v1/targets/", body, content_type="application/json")
    assert response.status_code == 201, response.content
    assert response.json()["value"] == "500.000000"
    assert result(scene.other, "2026-Q2").attainment == 1 / 2

    again = client.post("/api/v1/targets/", body | {"value": "250"}, content_type="application/json")
    assert again.status_code == 200
    changed = client.put(
        f"/api/v1/targets/{response.json()['uid']}/", {"value": "125"}, content_type="application/json"
    )
    assert changed.status_code == 200
    assert result(scene.other, "2026-Q2").attainment == 2

    assert client.delete(f"/api/v1/targets/{response.json()['uid']}/").status_code == 204
    assert result(scene.other, "2026-Q2").target is None


@pytest.mark.parametrize("who", ["kam", "manager"])
def test_others_cannot_write_targets(scene: Scene, who: str) -> None:
    body = {"kpi": "booked_revenue", "person": str(scene.kam.uid), "period": "2026-Q2", "value": "500"}
    client = client_for(getattr(scene, who))
    uid = Target.objects.get().uid
    assert client.post("/api/v1/targets/", body, content_type="application/json").status_code == 404
    assert client.put(f"/api/v1/targets/{uid}/", {"value": "1"}, content_type="application/json").status_code == 404
    assert client.delete(f"/api/v1/targets/{uid}/").status_code == 404


def test_a_director_of_a_region_sets_targets_only_there(scene: Scene) -> None:
    regional = person_with_role(Role.DIRECTOR, scene.tree.regions["east"])
    body = {"kpi": "booked_revenue", "person": str(scene.kam.uid), "period": "2026-Q2", "value": "500"}
    response = client_for(regional).post("/api/v1/targets/", body, content_type="application/json")
    assert response.status_code == 404
    own = body | {"person": str(scene.other.uid)}
    assert client_for(regional).post("/api/v1/targets/", own, content_type="application/json").status_code == 201


def test_a_wrong_target_is_a_problem_with_its_fields(scene: Scene) -> None:
    client = client_for(scene.hr)

    def post(body: dict[str, Any]) -> Any:
        return client.post("/api/v1/targets/", body, content_type="application/json")

    good = {"kpi": "booked_revenue", "person": str(scene.kam.uid), "period": "2026-Q2", "value": "500"}
    assert "value" in post(good | {"value": "-1"}).json()["errors"]
    assert post(good | {"team": "west"}).status_code == 422
    assert post(good | {"period": "2026-H1"}).json()["code"] == "no_results_for_period"
    assert post(good | {"threshold": "900"}).json()["code"] == "target_out_of_order"
    assert post(good | {"kpi": "nothing"}).status_code == 404


def test_the_list_of_targets_and_kpis(scene: Scene) -> None:
    rows = client_for(scene.kam).get("/api/v1/targets/", {"period": "2026-Q2"}).json()["results"]
    assert [(row["kpi"], row["subject"]["name"], row["value"]) for row in rows] == [
        ("booked_revenue", "Ann Adams", "2000.000000")
    ]
    assert client_for(scene.other).get("/api/v1/targets/").json()["results"] == []
    kpis = client_for(scene.kam).get("/api/v1/kpis/").json()["results"]
    assert [row["code"] for row in kpis] == ["booked_revenue", "deals_won", "win_rate", "average_deal", "cycle_days"]


def test_the_schema_documents_the_shape(scene: Scene) -> None:
    schema = client_for(scene.hr).get("/api/schema/", headers={"accept": "application/vnd.oai.openapi+json"}).json()
    listed = schema["paths"]["/api/v1/kpi-results/"]["get"]
    assert {parameter["name"] for parameter in listed["parameters"]} >= {"period", "kpi", "team", "subject", "cursor"}
    assert "KpiResultPage" in str(listed["responses"]["200"])
