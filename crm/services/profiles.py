"""Finds and reads a profile by its name or as a file."""

from pathlib import Path

from crm.errors import ProfileInvalid, ProfileMissing
from crm.rules.profile import Profile, ProfileProblem, parse_profile

PROFILES = Path(__file__).resolve().parent.parent / "profiles"


def load_profile(given: str) -> Profile:
    """The profile of a name (a file in crm/profiles) or of a path. Raises ProfileMissing, ProfileInvalid."""
    path = Path(given) if given.endswith(".toml") else PROFILES / f"{given}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in PROFILES.glob("*.toml")))
        raise ProfileMissing(profile=given, known=known)
    try:
        return parse_profile(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ProfileInvalid(profile=given, where=path.name, why="is not UTF-8") from None
    except ProfileProblem as problem:
        raise ProfileInvalid(profile=given, where=problem.where, why=problem.why) from problem
