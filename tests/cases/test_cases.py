"""Every worked case that the engine supports pays the published number."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.cases.adapter import KINDS, Case, Unsupported, answer

FOLDER = Path(__file__).parent.parent / "data" / "cases"
CASES: list[Case] = [case for path in sorted(FOLDER.glob("*.json")) for case in json.loads(path.read_text("utf-8"))]


@pytest.mark.parametrize("case", [case for case in CASES if case["kind"] in KINDS], ids=lambda case: case["id"])
def test_the_engine_pays_what_was_published(case: Case) -> None:
    try:
        found = answer(case)
    except Unsupported as unsupported:
        pytest.skip(f"not yet: {unsupported}")
    for key, expected in leaves(case["expected"]):
        assert leaf(found, key) == Decimal(expected), key


def test_at_least_the_marginal_cases_are_covered() -> None:
    marginal = [case for case in CASES if case["kind"] == "marginal_tiers"]
    assert len(marginal) == 9
    assert {case["kind"] for case in CASES} >= set(KINDS)


def leaves(expected: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Each number of `expected` with its path."""
    if isinstance(expected, dict):
        for key, value in expected.items():
            yield from leaves(value, (*path, key))
    elif isinstance(expected, list):
        for place, value in enumerate(expected):
            yield from leaves(value, (*path, place))
    else:
        yield path, expected


def leaf(found: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        found = found[key]
    return found
