"""Reading a plan document: every field is looked at, and each problem is told with the path of its field."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from incentives.rules.exact import ZERO, number_text

NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?")
EXACT_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,12})?(/[0-9]{1,12})?")
WHOLE = re.compile(r"[0-9]{1,6}")
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

    def problem(self, name: str | int, code: str, /, **values: object) -> None:
        self.problems.append(Problem(self.at(name), code, {key: number_text(value) for key, value in values.items()}))

    def warning(self, name: str | int, code: str, /, **values: object) -> None:
        text = {key: number_text(value) for key, value in values.items()}
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

    def exact(self, name: str, *, least: Fraction | None = Fraction(0), default: str | None = None) -> Fraction:
        """A decimal string or an exact fraction such as "1/3"; `least` None allows any sign."""
        given = self.get(name, default)
        if given is None:
            self.problem(name, "missing")
            return Fraction(0)
        number = exact_number(given)
        if number is None:
            self.problem(name, "not_a_number", given=str(given)[:30])
            return Fraction(0)
        if least is not None and number < least:
            self.problem(name, "too_small", given=given, least=least)
        return number

    def whole(self, name: str, *, least: int = 0) -> int:
        """A whole number, written as text like all numbers."""
        given = self.get(name)
        if given is None:
            self.problem(name, "missing")
            return least
        if not isinstance(given, str) or not WHOLE.fullmatch(given):
            self.problem(name, "not_whole", given=str(given)[:30])
            return least
        if int(given) < least:
            self.problem(name, "too_small", given=given, least=least)
        return int(given)

    def day(self, name: str) -> date:
        """A date such as 2026-07-01."""
        given = self.get(name)
        try:
            return date.fromisoformat(given) if isinstance(given, str) else self._no_day(name, given)
        except ValueError:
            return self._no_day(name, given)

    def _no_day(self, name: str, given: object) -> date:
        self.problem(name, "missing" if given is None else "not_a_day", given=str(given)[:30])
        return date.min

    def text(self, name: str, default: str | None = None) -> str:
        """A text with something in it, at most 200 characters."""
        given = self.get(name, default)
        if not isinstance(given, str) or not given.strip() or len(given) > 200:
            self.problem(name, "missing" if given is None else "not_a_text", given=str(given)[:30])
            return ""
        return given

    def inner(self, name: str) -> "Fields | None":
        """The object under a name, with its path; None (and a problem, unless it is missing) where there is none."""
        given = self.get(name)
        if isinstance(given, Mapping):
            return Fields(given, self.at(name), self.problems)
        if given is not None:
            self.problem(name, "not_an_object")
        return None

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

    def objects(self, name: str, *, least: int = 1) -> Iterator["Fields"]:
        """The objects of a list, each with its path. A missing list, or one shorter than `least`, is a problem."""
        given = self.get(name, None if least else [])
        if not isinstance(given, list) or len(given) < least:
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


def exact_number(given: object) -> Fraction | None:
    """The number in "0.05" or "1/3"; None where it is none."""
    if not isinstance(given, str) or not EXACT_NUMBER.fullmatch(given):
        return None
    number, _slash, divisor = given.partition("/")
    if divisor and not int(divisor):
        return None
    return Fraction(number) / (int(divisor) if divisor else 1)
