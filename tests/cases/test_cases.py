"""Every worked case pays what was published; kinds without a published case pay what was worked out by hand."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cases.adapter import KINDS, NOT_BUILT, answer
from tests.cases.compare import differences
from tests.cases.terms import Case

DATA = Path(__file__).parent.parent / "data"
PUBLISHED, BY_HAND = DATA / "cases", DATA / "cases_by_hand"


def cases_in(folder: Path) -> list[Case]:
    return [case for path in sorted(folder.glob("*.json")) for case in json.loads(path.read_text("utf-8"))]


@pytest.mark.parametrize("case", [*cases_in(PUBLISHED), *cases_in(BY_HAND)], ids=lambda case: case["id"])
def test_the_engine_pays_what_the_case_expects(case: Case) -> None:
    assert differences(case["expected"], answer(case), NOT_BUILT) == []


def test_every_kind_of_the_adapter_has_a_case() -> None:
    assert {case["kind"] for case in (*cases_in(PUBLISHED), *cases_in(BY_HAND))} == set(KINDS)


def test_every_published_case_names_its_source() -> None:
    cases = cases_in(PUBLISHED)
    assert len(cases) == 77
    assert all(case["source"]["publisher"] and case["confidence"] for case in cases)


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.cases", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )


def test_the_command_prints_a_line_a_case_and_the_counts_last() -> None:
    done = run(PUBLISHED)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert len(lines) == 78
    assert lines[0].startswith("SHR-ATT-01")
    assert lines[-1] == "77 passed, 0 failed, 0 unsupported"


def case_of(**changes: Any) -> dict[str, Any]:
    made = {"id": "X-1", "kind": "holdback", "plan": {"holdback_rate": "0.2"}, "input": {"commission": "100"}}
    return made | {"expected": {"held": "20.00"}} | changes


def test_a_case_that_differs_fails_and_a_foreign_kind_is_unsupported(tmp_path: Path) -> None:
    cases = [case_of(), case_of(id="X-2", expected={"held": "19.99"}), case_of(id="X-3", kind="weighted_score")]
    (tmp_path / "some.json").write_text(json.dumps(cases), "utf-8")
    done = run(tmp_path)
    assert done.returncode == 1
    assert "held=19.99" in done.stdout
    assert "got 20.00  FAILED" in done.stdout
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed, 1 unsupported"


def test_a_case_that_cannot_be_computed_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "some.json").write_text(json.dumps([case_of(input={}), case_of()]), "utf-8")
    done = run(tmp_path)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "1 passed, 1 failed, 0 unsupported"


def test_a_folder_without_cases_is_told_in_one_line(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
