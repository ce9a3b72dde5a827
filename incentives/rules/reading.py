"""Reading a plan document: every field is looked at, and each problem is told with the path of its field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from incentives.rules.exact import ZERO

NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a path such as `components.0.tiers.3.to`. A warning does not stop a plan from being
    published."""

    path: str
    code: str
    values: Mapping[str, str] = field(default_factory=dict)
    severity: Literal["error", "warning"] = "error"


@dataclass(slots=True)
class Fields:
    """One object of the document. Getters answer a usable value whatever is there, and note what is wrong with it."""

    data: Mapping[str, Any]
    path: str
    problems: list[Problem]
    seen: set[str] = field(default_factory=set)

    def at(self, name: str | int) -> str:
        return f"{self.path}.{name}" if self.path else str(name)

    def problem(self, name: str | int, code: str, **values: object) -> None:
        self.problems.append(Problem(self.at(name), code, {key: str(value) for key, value in values.items()}))

    def warning(self, name: str | int, code: str, **values: object) -> None:
        text = {key: str(value) for key, value in values.items()}
        self.problems.append(Problem(self.at(name), code, text, "warning"))

    def get(self, name: str, default: Any = None) -> Any:
        self.seen.add(name)
        return self.data.get(name, default)

    def decimal(self, name: str, *, least: Decimal | None = ZERO, default: str | None = None) -> Decimal:
        """A decimal string of at most 18 digits before and 12 after the point; `least` None allows any sign."""
        given = self.get(name, default)
        if given is None:
            self.problem(name, "missing")
            return ZERO
        if not isinstance(given, str) or not NUMBER.fullmatch(given):
            self.problem(name, "not_a_number", given=str(given)[:30])
            return ZERO
        if least is not None and Decimal(given) < least:
            self.problem(name, "too_small", given=given, least=least)
        return Decimal(given)

    def optional_decimal(self, name: str) -> Decimal | None:
        """As `decimal`, where null means none."""
        return None if self.get(name) is None else self.decimal(name)

    def choice(self, name: str, allowed: Sequence[str], default: str | None = None) -> str:
        given = self.get(name, default)
        if given not in allowed:
            self.problem(name, "not_a_choice", given=str(given)[:30], allowed=", ".join(allowed))
            return allowed[0]
        return str(given)

    def slug(self, name: str) -> str:
        given = self.get(name)
        if not isinstance(given, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", given):
            self.problem(name, "not_a_key", given=str(given)[:30])
            return ""
        return given

    def names(self, name: str) -> Mapping[str, str]:
        """A text in English and Chinese."""
        given = self.get(name)
        if not isinstance(given, Mapping):
            self.problem(name, "missing")
            return dict.fromkeys(LANGUAGES, "")
        for language in LANGUAGES:
            if not isinstance(given.get(language), str) or not given[language].strip():
                self.problem(f"{name}.{language}", "name_missing", language=language)
        return {language: str(given.get(language, "")) for language in LANGUAGES}

    def objects(self, name: str) -> Iterator["Fields"]:
        """The objects of a list, each with its path. An empty or missing list is a problem."""
        given = self.get(name)
        if not isinstance(given, list) or not given:
            self.problem(name, "empty_list")
            return
        for place, item in enumerate(given):
            path = f"{self.at(name)}.{place}"
            if isinstance(item, Mapping):
                yield Fields(item, path, self.problems)
            else:
                self.problems.append(Problem(path, "not_an_object"))

    def finish(self) -> None:
        """What nobody asked for is a misspelling: tell it rather than pay by half a plan."""
        for name in self.data:
            if name not in self.seen:
                self.problem(name, "unknown_field", given=str(name)[:60])
