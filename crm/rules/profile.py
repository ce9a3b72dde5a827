"""A profile says how to read the files of one CRM: which file holds what, under which heading, in which spelling."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

# What each file tells: a column's meaning, and whether a file must have it.
MEANINGS: Mapping[str, Mapping[str, bool]] = {
    "products": {"name": True, "series": False, "list_price": True},
    "accounts": {
        "name": True,
        "sector": False,
        "founded": False,
        "annual_revenue": False,
        "employees": False,
        "country": False,
        "parent": False,
    },
    "people": {"person": True, "manager": True, "region": True},
    "opportunities": {
        "external_id": True,
        "agent": True,
        "product": True,
        "account": False,
        "stage_name": True,
        "engaged_on": False,
        "closed_on": True,
        "value": True,
    },
}
STAGES = ("prospecting", "engaging", "won", "lost")


class ProfileProblem(ValueError):
    """The profile cannot be used; `where` is the place in it, such as `opportunities.columns`."""

    def __init__(self, where: str, why: str) -> None:
        self.where, self.why = where, why
        super().__init__(f"{where}: {why}")


@dataclass(frozen=True, slots=True)
class FileProfile:
    """One file. `columns`: meaning -> heading; `replace`: meaning -> spelling in the file -> ours."""

    file: str
    columns: Mapping[str, str]
    replace: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PeopleProfile:
    """What is made up about people, since the files hold names only."""

    email_domain: str
    agent_title: str
    manager_title: str
    level: int


@dataclass(frozen=True, slots=True)
class Profile:
    """How to read one CRM's files.

    stages        stage in the file, lower case -> ours
    revenue_unit  what an account's revenue is counted in (1000000: millions)
    """

    name: str
    company: str
    currency: str
    people: PeopleProfile
    files: Mapping[str, FileProfile]
    stages: Mapping[str, str]
    revenue_unit: Decimal


def parse_profile(text: str) -> Profile:
    """A profile from TOML. Raises ProfileProblem, which names the place."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileProblem("TOML", str(error)) from error
    files = {name: _file(content, name) for name in MEANINGS}
    people = _table(content, "people")
    return Profile(
        name=_text(content, "name"),
        company=_text(content, "company"),
        currency=_text(content, "currency"),
        people=PeopleProfile(
            email_domain=_text(people, "email_domain", "people."),
            agent_title=_text(people, "agent_title", "people."),
            manager_title=_text(people, "manager_title", "people."),
            level=_level(people),
        ),
        files=files,
        stages=_stages(_table(content, "opportunities")),
        revenue_unit=_unit(_table(content, "accounts")),
    )


def _file(content: Mapping[str, Any], name: str) -> FileProfile:
    table = _table(content, name)
    columns = _table(table, "columns", f"{name}.")
    meanings = MEANINGS[name]
    unknown = sorted(set(columns) - set(meanings))
    missing = sorted(meaning for meaning, needed in meanings.items() if needed and meaning not in columns)
    if unknown or missing:
        wrong = [f"unknown: {', '.join(unknown)}"] * bool(unknown) + [f"missing: {', '.join(missing)}"] * bool(missing)
        raise ProfileProblem(f"{name}.columns", f"{'; '.join(wrong)}; allowed: {', '.join(meanings)}")
    replace: dict[str, dict[str, str]] = {}
    for kind in ("aliases", "corrections"):
        for meaning, spellings in table.get(kind, {}).items():
            if meaning not in columns:
                raise ProfileProblem(f"{name}.{kind}", f"{meaning} is not one of its columns")
            replace.setdefault(meaning, {}).update(spellings)
    return FileProfile(_text(table, "file", f"{name}."), columns, replace)


def _stages(table: Mapping[str, Any]) -> Mapping[str, str]:
    stages = _table(table, "stages", "opportunities.")
    unknown = sorted(set(stages) - set(STAGES))
    if unknown or not stages:
        raise ProfileProblem(
            "opportunities.stages", f"must name {', '.join(STAGES)}, not {', '.join(unknown) or 'none'}"
        )
    return {name.lower(): stage for stage, names in stages.items() for name in names}


def _unit(table: Mapping[str, Any]) -> Decimal:
    try:
        return Decimal(str(table.get("revenue_unit", 1)))
    except InvalidOperation:
        raise ProfileProblem("accounts.revenue_unit", "is not a number") from None


def _level(people: Mapping[str, Any]) -> int:
    level = people.get("level", 1)
    if not isinstance(level, int) or not 1 <= level <= 9:
        raise ProfileProblem("people.level", "must be a whole number from 1 to 9")
    return level


def _table(content: Mapping[str, Any], name: str, under: str = "") -> Mapping[str, Any]:
    found = content.get(name)
    if not isinstance(found, dict):
        raise ProfileProblem(f"{under}{name}", "is missing")
    return found


def _text(content: Mapping[str, Any], name: str, under: str = "") -> str:
    found = content.get(name)
    if not isinstance(found, str) or not found:
        raise ProfileProblem(f"{under}{name}", "must be a text")
    return found
