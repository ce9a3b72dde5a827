"""Plan documents: what is refused, at which field, and that the schema file says the same."""

import copy
import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import incentives
from incentives import messages
from incentives.rules.checks import has_errors, problems
from incentives.rules.document import InvalidPlan, PlanDocument, digest
from incentives.rules.schema import plan_schema
from incentives.services.demo import kam_content, manager_content

SCHEMA_FILE = Path(incentives.__file__).parent / "plan.schema.json"
SCHEMA = json.loads(SCHEMA_FILE.read_text("utf-8"))


def test_the_schema_file_is_what_the_kinds_declare() -> None:
    """`WRITE_PLAN_SCHEMA=1` writes it anew."""
    declared = json.dumps(plan_schema(), ensure_ascii=False, indent=2) + "\n"
    if os.environ.get("WRITE_PLAN_SCHEMA"):
        SCHEMA_FILE.write_text(declared, "utf-8")
    assert SCHEMA_FILE.read_text("utf-8") == declared


def changed(path: str, value: Any) -> dict[str, Any]:
    """The KAM plan with one value replaced; `...` takes it out."""
    content = copy.deepcopy(kam_content())
    at: Any = content
    *parents, last = path.split(".")
    for name in parents:
        at = at[int(name) if isinstance(at, list) else name]
    key: Any = int(last) if isinstance(at, list) else last
    if value is ...:
        del at[key]
    else:
        at[key] = value
    return content


def found(content: object) -> list[tuple[str, str]]:
    return [(problem.path, problem.code) for problem in problems(content) if problem.severity == "error"]


@pytest.mark.parametrize("content", [kam_content(), manager_content()], ids=["kam", "manager"])
def test_the_demo_plans_are_without_fault_and_fit_the_schema(content: dict[str, Any]) -> None:
    assert problems(content) == []
    jsonschema.validate(content, SCHEMA)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("components.0.tiers.3.to", "1.2", ("components.0.tiers.3.to", "tier_ends_before_it_starts")),
        ("components.0.tiers.1.from", "0.6", ("components.0.tiers.1.from", "tier_gap")),
        ("components.0.tiers.1.from", "0.4", ("components.0.tiers.1.from", "tier_overlap")),
        ("components.0.tiers.1.to", None, ("components.0.tiers.1.to", "tier_open_in_the_middle")),
        ("components.0.tiers.0.from", "0.1", ("components.0.tiers.0.from", "tiers_start_above_zero")),
        ("components.0.tiers.0.rate", "-1", ("components.0.tiers.0.rate", "too_small")),
        ("components.0.tiers.0.rate", 0.5, ("components.0.tiers.0.rate", "not_a_number")),
        ("components.0.tiers.0.rate", "NaN", ("components.0.tiers.0.rate", "not_a_number")),
        ("components.0.tiers.0.rate", ..., ("components.0.tiers.0.rate", "missing")),
        ("components.0.tiers", [], ("components.0.tiers", "empty_list")),
        ("components.0.weight", "0.9", ("components", "weights_do_not_add_up")),
        ("components.0.weight", "0", ("components.0.weight", "weight_outside")),
        ("components.0.kind", "magic", ("components.0.kind", "not_a_choice")),
        ("components.0.key", "New Business", ("components.0.key", "not_a_key")),
        ("components.0.name.zh", "", ("components.0.name.zh", "name_missing")),
        ("components.0.tears", "1", ("components.0.tears", "unknown_field")),
        ("cap", "0.9", ("cap", "cap_below_target_pay")),
        ("schema", 2, ("schema", "unknown_schema")),
        ("measure", "luck", ("measure", "not_a_choice")),
        ("components", [], ("components", "empty_list")),
        ("components", ["a"], ("components.0", "not_an_object")),
    ],
)
def test_each_fault_is_named_at_its_field(path: str, value: Any, problem: tuple[str, str]) -> None:
    content = changed(path, value)
    assert problem in found(content)
    with pytest.raises(InvalidPlan):
        PlanDocument.parse(content)
    for each in problems(content):
        assert "%(" not in messages.problem_text(each)


def test_the_message_of_a_tier_that_ends_too_early_names_both_bounds() -> None:
    (problem,) = problems(changed("components.0.tiers.3.to", "1.2"))[:1]
    assert messages.problem_text(problem) == (
        "Tier 4 ends (120\u00a0%) before it starts (130\u00a0%). Give an end above 130\u00a0% or leave it open."
    )


def test_falling_rates_and_a_closed_top_are_warnings_only() -> None:
    content = changed("components.0.tiers.3", {"from": "1.3", "to": "2", "rate": "0.1"})
    assert {problem.code for problem in problems(content)} == {"rate_falls", "tiers_end"}
    assert not has_errors(problems(content))
    PlanDocument.parse(content)


def test_two_components_need_two_keys() -> None:
    content = kam_content()
    half = content["components"][0] | {"weight": "0.5"}
    content["components"] = [half, half]
    assert found(content) == [("components.1.key", "key_twice")]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=6), children, max_size=3),
    max_leaves=6,
)
paths = st.sampled_from(
    ["schema", "measure", "period", "proration", "cap", "components"]
    + [
        "components.0",
        *(f"components.0.{name}" for name in ("key", "name", "name.en", "kind", "basis", "weight", "tiers")),
    ]
    + [f"components.0.tiers.{name}" for name in ("0", "0.from", "2.to", "3.rate")]
)


@given(paths, json_values)
@settings(max_examples=300)
def test_checking_never_raises_and_whatever_breaks_the_schema_is_an_error(path: str, value: Any) -> None:
    content = changed(path, value)
    fits = jsonschema.Draft202012Validator(SCHEMA).is_valid(content)
    if not fits:
        assert has_errors(problems(content))


def test_the_digest_does_not_depend_on_the_order_of_keys() -> None:
    content = kam_content()
    assert digest(content) == digest(dict(reversed(content.items())))
    assert digest(content) != digest(content | {"cap": "3"})
