"""`make cases DIR=FOLDER`: evaluates every case file of a folder and prints a line a case.

Exit 0: all that the engine supports agree; 1: some do not; 2: the folder cannot be read.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.cases.adapter import NOT_BUILT, Unsupported, answer
from tests.cases.compare import differences, leaf, leaves, shown
from tests.cases.terms import Case

LONGEST = 70
DEFAULT = Path(__file__).parent.parent / "data" / "cases"


def main(arguments: Sequence[str]) -> int:
    folder = Path(arguments[0]) if arguments and arguments[0] else DEFAULT
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    if not files:
        sys.stderr.write(f"{folder}: no case files. Give a folder with *.json files of cases.\n")
        return 2
    counts = {"ok": 0, "FAILED": 0, "unsupported": 0}
    for path in files:
        try:
            cases = list(cases_of(path))
        except (ValueError, TypeError) as error:
            sys.stderr.write(f"{path.name}: {error}\n")
            return 2
        for case in cases:
            outcome, expected, got = judged(case)
            counts[outcome] += 1
            sys.stdout.write(f"{case['id']:<16} {case['kind']:<32} expected {expected}  got {got}  {outcome}\n")
    sys.stdout.write(f"{counts['ok']} passed, {counts['FAILED']} failed, {counts['unsupported']} unsupported\n")
    return 1 if counts["FAILED"] else 0


def cases_of(path: Path) -> Iterator[Case]:
    """Raises ValueError where a file is no list of cases."""
    found = json.loads(path.read_text("utf-8"))
    for case in found if isinstance(found, list) else [found]:
        if not isinstance(case, dict) or not {"id", "kind", "plan", "input", "expected"} <= set(case):
            raise ValueError("not a list of cases with id, kind, plan, input and expected")
        yield case


def judged(case: Case) -> tuple[str, str, str]:
    """The verdict with what was expected and got: all values where they agree, else the first that differs."""
    try:
        found = answer(case)
    except Unsupported:
        return "unsupported", "-", "-"
    except Exception as error:  # noqa: BLE001  (a case that breaks the engine is a failed case, not the end of the list)
        return "FAILED", short(case["expected"]), f"{type(error).__name__}: {error}"[:LONGEST]
    wrong = differences(case["expected"], found, NOT_BUILT)
    if wrong:
        return "FAILED", f"{wrong[0].path}={wrong[0].expected}", wrong[0].got
    return (
        "ok",
        short(case["expected"]),
        short(
            {
                ".".join(map(str, path)): shown(leaf(case["expected"], found, path), value)
                for path, value in leaves(case["expected"])
            }.values()
        ),
    )


def short(expected: Any) -> str:
    values = [str(value) for _path, value in leaves(expected)] if isinstance(expected, (dict, list)) else list(expected)
    text = " ".join(values)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
