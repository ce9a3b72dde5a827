"""The plan editor for every kind of component: its fields, its curve, its example, and what buttons change."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.access import Role
from accounts.models import Person
from incentives import services
from incentives.forms.typed_plan import TypedPlan, typed_plan, with_component, written
from incentives.models import PlanVersion
from incentives.rules.checks import problems
from incentives.rules.document import PlanDocument
from incentives.rules.engine import evaluate
from incentives.rules.facts_document import parse_facts
from incentives.rules.kinds import KINDS
from tests.accounts.factories import client_for, person_with_role
from tests.incentives.factories import bookings_kpi, kam_content, published_plan
from tests.incentives.test_pages_editor import EDIT, PREVIEW, fields, live, reason_at, text

pytestmark = pytest.mark.django_db
BASE = {"schema": 1, "measure": "booked_revenue", "period": "quarter"}
ATTAINMENT = {"of": "attainment"}
WITHOUT_CURVE = {"rank_bonus", "team_pool", "leave_deduction"}


@pytest.fixture
def hr() -> Person:
    bookings_kpi()
    return person_with_role(Role.HR)


@pytest.fixture
def version(hr: Person) -> PlanVersion:
    plan = published_plan(code="kam-plan")
    return services.create_draft(plan=plan, starts=date(2099, 1, 1), by=hr.user, content=kam_content())


@pytest.fixture
def hr_client(hr: Person, version: PlanVersion) -> Client:
    return client_for(hr)


def saved(client: Client, version: PlanVersion, posted: dict[str, str]) -> dict[str, Any]:
    """The document after saving what was posted."""
    answer = client.post(EDIT, posted | {"action": "save"})
    assert answer.status_code == 302, text(answer)[:2000]
    version.refresh_from_db()
    return dict(version.content)


def draft_of(version: PlanVersion, *components: dict[str, Any], **plan: Any) -> None:
    """The draft says this instead."""
    named = [{"key": f"part-{n}", "name": {"en": f"Part {n}", "zh": f"部分 {n}"}} | c for n, c in enumerate(components)]
    version.content = {**BASE, "components": named, "cap": None, **plan}
    version.save(update_fields=["content"])


CURVE = {
    "kind": "payout_curve",
    "measure": ATTAINMENT,
    "points": [{"at": "0.8", "pays": "0.4"}, {"at": "1", "pays": "1"}, {"at": "1.2", "pays": "1.6"}],
    "weight": "1",
}
FULL = {
    "kind": "flat_rate",
    "rates": [{"rate": "1/30"}, {"rate": "0.1", "product": "P2", "role": "L1"}],
    "deduct": "5",
    "counts": {
        "products": ["P1", "P2"],
        "customers": "new",
        "from": "2026-07-01",
        "weights": [{"rate": "0.4", "measure": "invoiced_revenue"}],
        "only_if": [{"figure": "margin_rate", "at_least": "0.45"}],
    },
    "gates": [{"measure": {"of": "kpi", "code": "csat", "read": "value"}, "at_least": "0.8", "minimum_n": "5"}],
    "modifiers": [
        {
            "measure": {"of": "kpi", "code": "nps", "read": "attainment"},
            "bands": [{"from": "0", "to": "0.8", "factor": "0.5"}, {"from": "0.8", "to": None, "factor": "1"}],
        }
    ],
    "pay_most": "5000",
    "true_up": {"window": "year", "most_to_date": ["0.3", "0.6", None]},
}
MATRIX = {
    "kind": "matrix",
    "row": ATTAINMENT,
    "column": {"of": "credited"},
    "row_bounds": ["0.8", "1"],
    "column_bounds": ["0", "100000"],
    "cells": [["0.5", "0.8"], ["0.8", "1.2"]],
    "amount": "9000",
}
WHOLE_PLAN = {
    "draw": {"kind": "recoverable", "amount": "2000", "months": "6"},
    "holdback": {"rate": "0.2", "months": "4"},
    "clawback": {"method": "pro_rata", "rate": "0.5", "within_days": "90"},
    "ramp": ["0", "0.5", "1"],
    "negative": "carried",
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_added_shown_and_saved(hr_client: Client, version: PlanVersion, kind: str) -> None:
    added = hr_client.post(EDIT, fields(hr_client.get(EDIT)) | {"action": f"add-component:{kind}"})

    assert KINDS[kind].purpose.en.replace("'", "&#x27;") in text(added)
    component = saved(hr_client, version, fields(added))["components"][1]
    assert component["kind"] == kind
    wrong = {problem.path for problem in problems(version.content) if problem.path.startswith("components.1.")}
    assert wrong <= {"components.1.weight"}, "the weight is all that only HR can know"


@pytest.mark.parametrize("kind", KINDS)
def test_the_curve_of_every_kind_that_has_one_is_drawn(hr_client: Client, version: PlanVersion, kind: str) -> None:
    version.content = written(with_component(TypedPlan(), kind), BASE).content
    version.save(update_fields=["content"])

    spec = live(hr_client.post(PREVIEW, fields(hr_client.get(EDIT))))["spec"]

    assert (spec is None) == (kind in WITHOUT_CURVE)


@pytest.mark.parametrize("component", [CURVE, FULL, MATRIX], ids=lambda each: each["kind"])
def test_what_is_not_touched_stays_as_it_was_said(
    hr_client: Client, version: PlanVersion, component: dict[str, Any]
) -> None:
    draft_of(version, component, **WHOLE_PLAN)
    before = dict(version.content)

    assert saved(hr_client, version, fields(hr_client.get(EDIT))) == before


def test_typed_and_written_are_each_others_inverse_for_a_gap_between_tiers() -> None:
    content = kam_content()
    content["components"][0]["tiers"][2]["from"] = "1.1"

    assert written(typed_plan(content), content).content["components"] == content["components"]


def test_the_curve_is_what_the_engine_pays_with_gates_and_limits(hr_client: Client, version: PlanVersion) -> None:
    gate = {"measure": ATTAINMENT, "at_least": "0.9", "otherwise": "0.5"}
    draft_of(version, {**CURVE, "gates": [gate], "pay_most": "7000"})
    posted = fields(hr_client.get(EDIT)) | {"typical.quota": "30000", "typical.target_pay": "5400"}

    spec = live(hr_client.post(PREVIEW, posted))["spec"]

    assert isinstance(spec, dict)
    pays = {round(x, 6): y for x, y in spec["points"]}
    plan = PlanDocument.parse(version.content)
    for attainment, pay in pays.items():
        facts = {"quota": "30000", "target_pay": "5400", "currency": "USD"}
        credit = (
            [{"id": 1, "on": "2000-01-15", "amount": f"{Decimal(str(attainment)) * 30000:f}"}] if attainment else []
        )
        assert float(evaluate(plan, parse_facts({**facts, "credits": credit})).total) == pytest.approx(pay, abs=0.02)
    assert max(pays.values()) == 7000
    assert not spec["draggable"], "with a gate not every bend is a row"


def test_a_dragged_point_of_a_curve_is_typed_into_its_row(hr_client: Client, version: PlanVersion) -> None:
    draft_of(version, CURVE)
    posted = fields(hr_client.get(EDIT)) | {"typical.quota": "30000", "typical.target_pay": "5400"}
    spec = live(hr_client.post(PREVIEW, posted))["spec"]
    assert isinstance(spec, dict)
    place = next(n for n, (x, y) in enumerate(spec["points"]) if x == 1)

    answer = hr_client.post(PREVIEW, posted | {"drag.point": str(place), "drag.x": "1.052", "drag.y": "6480"})

    moved = live(answer)["fields"]
    assert isinstance(moved, dict)
    assert moved["f-components-0-points-1-at"] == "105"
    assert moved["f-components-0-points-1-pays"] == "120"
    after = live(answer)["spec"]
    assert isinstance(after, dict)
    assert [1.05, 6480.0] in after["points"]


def test_units_follow_what_a_field_stands_for(hr_client: Client, version: PlanVersion) -> None:
    draft_of(version, FULL, MATRIX)
    shown = fields(hr_client.get(EDIT))

    assert shown["components.0.rates.0.rate"] == "10/3", "a thirtieth, in percent"
    assert shown["components.0.modifiers.0.bands.0.to"] == "80", "attainment of a KPI is percent"
    assert shown["components.0.gates.0.at_least"] == "0.8", "its value is a number"
    assert shown["components.1.row_bounds.0"] == "80"
    assert shown["components.1.column_bounds.1"] == "100000"
    assert shown["components.1.cells.1.1"] == "120", "cells are shares of the pay at target"


def test_a_removed_component_comes_back_by_undo(hr_client: Client, version: PlanVersion) -> None:
    draft_of(version, CURVE, MATRIX)
    removed = hr_client.post(EDIT, fields(hr_client.get(EDIT)) | {"action": "remove:components.0"})
    assert "Part 0" not in {value for name, value in fields(removed).items() if name.endswith("name.en")}
    assert "Removed." in text(removed)

    back = hr_client.post(EDIT, unescaped(fields(removed)) | {"action": "restore"})

    assert saved(hr_client, version, fields(back))["components"][0] == {
        "key": "part-0",
        "name": {"en": "Part 0", "zh": "部分 0"},
        **CURVE,
    }


def unescaped(posted: dict[str, str]) -> dict[str, str]:
    return {name: value.replace("&quot;", '"') for name, value in posted.items()}


def test_components_change_places_and_the_one_worked_on_stays_shown(hr_client: Client, version: PlanVersion) -> None:
    draft_of(version, CURVE, MATRIX)

    moved = hr_client.post(EDIT, fields(hr_client.get(EDIT)) | {"action": "move:components.0:1"})

    assert fields(moved)["selected"] == "1"
    kinds = [component["kind"] for component in saved(hr_client, version, fields(moved))["components"]]
    assert kinds == ["matrix", "payout_curve"]


def test_a_moved_tier_takes_its_rate_along_and_leaves_the_bounds(hr_client: Client, version: PlanVersion) -> None:
    moved = hr_client.post(EDIT, fields(hr_client.get(EDIT)) | {"action": "move:components.0.tiers.3:0"})

    tiers = saved(hr_client, version, fields(moved))["components"][0]["tiers"]
    assert [tier["rate"] for tier in tiers] == ["2.5", "0.5", "1.5", "2"]
    assert [tier["to"] for tier in tiers] == ["0.5", "1", "1.3", None]


def test_what_is_optional_is_added_by_a_button_and_taken_away_again(hr_client: Client, version: PlanVersion) -> None:
    first = hr_client.get(EDIT)
    assert "components.0.gates.0.at_least" not in fields(first)

    gate = hr_client.post(EDIT, fields(first) | {"action": "add:components.0.gates"})
    draw = hr_client.post(EDIT, fields(gate) | {"components.0.gates.0.at_least": "80", "action": "add:draw"})
    content = saved(hr_client, version, fields(draw) | {"draw.amount": "2,000"})
    assert content["components"][0]["gates"] == [{"measure": {"of": "attainment"}, "at_least": "0.8"}]
    assert content["draw"] == {"kind": "recoverable", "amount": "2000"}

    gone = hr_client.post(EDIT, fields(hr_client.get(EDIT)) | {"action": "remove:draw"})
    assert "draw" not in saved(hr_client, version, fields(gone))


def test_a_bound_of_a_matrix_brings_and_takes_its_cells(hr_client: Client, version: PlanVersion) -> None:
    draft_of(version, MATRIX)
    grown = hr_client.post(EDIT, fields(hr_client.get(EDIT)) | {"action": "add:components.0.column_bounds"})
    assert "components.0.cells.1.2" in fields(grown)

    shrunk = hr_client.post(EDIT, fields(grown) | {"action": "remove:components.0.column_bounds.0"})

    component = saved(hr_client, version, fields(shrunk))["components"][0]
    assert component["column_bounds"] == ["100000", None]
    assert component["cells"] == [["0.8", None], ["1.2", None]]


def test_the_example_asks_what_the_plan_looks_at(hr_client: Client, version: PlanVersion) -> None:
    team = {"kind": "team_override", "rate": "0.004", "threshold": "0"}
    spiff = {"kind": "spiff", "per": "unit", "amount": "100", "counts": {"products": ["GTX Pro"]}}
    gated = {**CURVE, "gates": FULL["gates"]}
    draft_of(version, team, spiff, gated)

    asked = {name for name in fields(hr_client.get(EDIT)) if name.startswith("typical.")}

    assert {"typical.team_credits", "typical.results.0.value", "typical.results.0.n"} <= asked
    assert {"typical.credits.0.product", "typical.credits.0.quantity"} <= asked
    assert "typical.salary" not in asked
    assert "typical.attainment" not in asked, "the deals bring it"


def test_the_example_is_computed_by_the_engine_and_says_why(hr_client: Client, version: PlanVersion) -> None:
    draft_of(version, {**CURVE, "gates": FULL["gates"]})
    posted = fields(hr_client.get(EDIT)) | {
        "typical.quota": "30000",
        "typical.target_pay": "5400",
        "typical.attainment": "110",
        "typical.results.0.value": "0.7",
        "typical.results.0.n": "9",
    }

    blocked = hr_client.post(PREVIEW, posted)
    open_again = hr_client.post(PREVIEW, posted | {"typical.results.0.value": "0.9"})

    assert "this pays $0.00" in text(blocked)
    assert "Blocked" in text(blocked)
    assert "At 110 % on a target of $30,000 this pays $7,020.00." in text(open_again)


def test_an_example_is_kept_and_told_when_it_no_longer_holds(
    hr_client: Client, version: PlanVersion, hr: Person
) -> None:
    posted = fields(hr_client.get(EDIT)) | {"typical.quota": "30000", "typical.target_pay": "5400"}

    kept = hr_client.post(EDIT, posted | {"action": "keep-example"})
    example = saved(hr_client, version, unescaped(fields(kept)))["examples"][0]

    assert example["pays"] == "6696.00"
    assert example["facts"]["quota"] == "30000"
    changed = unescaped(fields(hr_client.get(EDIT))) | {"components.0.tiers.2.rate": "3"}
    answer = hr_client.post(PREVIEW, changed)
    assert "does not hold: $7,344.00" in text(answer)
    assert 'href="#f-examples-0-pays"' in text(answer), "the list leads to the example"
    assert "$7,344.00" in text(answer)

    saved(hr_client, version, changed)
    refused = hr_client.post("/incentives/plans/kam-plan/versions/2/publish/")
    assert refused.status_code == 422
    version.refresh_from_db()
    assert version.status == PlanVersion.Status.DRAFT


def test_what_does_not_apply_now_is_carried_along(hr_client: Client, version: PlanVersion) -> None:
    posted = fields(hr_client.get(EDIT)) | {"components.0.rates": "credit", "components.0.weight": "70"}

    of_credit = hr_client.post(EDIT, posted | {"action": "refresh"})
    again = hr_client.post(EDIT, fields(of_credit) | {"components.0.rates": "target_pay", "action": "refresh"})

    assert fields(again)["components.0.weight"] == "70"


def test_a_problem_leads_to_its_field_wherever_it_is(hr_client: Client, version: PlanVersion) -> None:
    draft_of(version, {**CURVE, "points": [{"at": "1", "pays": "1"}, {"at": "0.9", "pays": "1.2"}]}, MATRIX, cap="0.5")
    answer = hr_client.post(PREVIEW, fields(hr_client.get(EDIT)))

    assert reason_at(answer, "f-components-0-points-1-at")
    assert reason_at(answer, "f-cap")
    assert '<a href="#f-cap" data-field="f-cap" data-component="plan">' in text(answer)
    assert '<a href="#f-components-0-points-1-at" data-field="f-components-0-points-1-at" data-component="0">' in text(
        answer
    )


def test_the_editor_is_written_in_chinese_too(hr: Person, version: PlanVersion) -> None:
    draft_of(version, FULL, MATRIX, **WHOLE_PLAN)
    client = client_for(hr)
    client.cookies["django_language"] = "zh-hans"

    page = text(client.get(EDIT))

    for words in ("固定比例提成", "双维矩阵", "每笔先扣除", "预支或保底", "爬坡期各月目标比例", "调节系数"):
        assert words in page


def test_a_measure_without_results_and_the_name_of_a_wrong_field_stand_in_the_list(
    hr_client: Client, version: PlanVersion
) -> None:
    draft_of(version, {**CURVE, "gates": FULL["gates"], "weight": "0.5"}, MATRIX)
    answer = hr_client.post(PREVIEW, fields(hr_client.get(EDIT)))

    assert "There are no results of “csat” yet" in text(answer)
    assert 'data-field="f-components-0-gates-0-measure-code" data-component="0"' in text(answer)
    assert '<span class="problem-where">Part 0 · Weight of target pay</span>' in text(answer)
