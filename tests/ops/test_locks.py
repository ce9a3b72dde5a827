"""The locks hold hashes and no addresses, so that they install behind any mirror, and nothing unlocked comes in."""

import json
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements.txt", "requirements/local.txt", "requirements/dev.txt", "requirements/uv.txt"]


@pytest.mark.parametrize("name", LOCKS)
def test_every_python_package_is_pinned_with_hashes(name: str) -> None:
    text = (PROJECT / name).read_text()
    packages = re.split(r"\n(?=\S)", text.strip())

    assert "://" not in text
    assert [
        entry for entry in packages if not re.match(r"[\w.\[\]-]+==\S+", entry) or "--hash=sha256:" not in entry
    ] == []


def test_every_front_end_package_has_a_hash_and_no_address() -> None:
    text = (PROJECT / "package-lock.json").read_text()
    packages = json.loads(text)["packages"]

    assert "resolved" not in text
    assert [name for name, facts in packages.items() if name and "integrity" not in facts] == []


@pytest.mark.parametrize(("small", "large"), [(LOCKS[0], LOCKS[1]), (LOCKS[1], LOCKS[2])])
def test_a_larger_list_holds_the_smaller_one_in_the_same_versions(small: str, large: str) -> None:
    assert versions(small) - versions(large) == set()


def versions(name: str) -> set[tuple[str, str]]:
    return set(re.findall(r"^([\w.\[\]-]+)==(\S+)", (PROJECT / name).read_text(), re.MULTILINE))
