"""A promise typed in one line: 'send the offer @me fri', '周五前发报价 @我', 'call Konex @Lajuana 12-04'.

Who is named by @ anywhere in the line; the day stands at its start or at its end, so that "call Friday Ltd" keeps its
name when something else follows. What is left is the promise.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.periods import add_months

ME = frozenset({"me", "我", "自己", "本人"})
_MENTION = re.compile(r"(?<![A-Za-z0-9._-])@(?P<name>[^\W\d_][\w.'’-]*)")
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "mon monday",
            "tue tues tuesday",
            "wed weds wednesday",
            "thu thur thurs thursday",
            "fri friday",
            "sat saturday",
            "sun sunday",
        )
    )
    for name in names.split()
}
_ZH_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_ZH_NUMBERS = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_EDGES = " \t,;:；：，、。"


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who may own a promise: `key` is the caller's, `name` what @ is matched with."""

    key: int
    name: str


@dataclass(frozen=True, slots=True)
class QuickAction:
    """What was understood. `owner` is a key of the names given, None: nobody was named. `due` None: no day was given.

    `unknown` holds what stood after an @ that fits nobody, or more than one; the text then still contains it.
    """

    text: str
    owner: int | None
    due: date | None
    unknown: str = ""


def parse(line: str, *, on: date, me: int, names: Sequence[Named]) -> QuickAction:
    """Understand a line typed on a day by `me`, who is one of `names`.

    A weekday is the next such day after `on`; "next fri", 下周五 is the one in the week after this one (weeks begin on
    Monday); a day and month without a year is the next such date. An impossible date stays part of the text.
    """
    rest, owner, unknown = _owner(line, me, names)
    rest, due = _due(rest, on)
    return QuickAction(" ".join(rest.split()).strip(_EDGES), owner, due, unknown)


# Who


def _owner(line: str, me: int, names: Sequence[Named]) -> tuple[str, int | None, str]:
    match = _MENTION.search(line)
    if match is None:
        return line, None, ""
    for length, key in _candidates(line[match.start("name") :], me, names):
        end = match.start("name") + length
        return f"{line[: match.start()]} {line[end:]}", key, ""
    return line, None, match["name"]


def _candidates(after_at: str, me: int, names: Sequence[Named]) -> list[tuple[int, int]]:
    """How much of the text after an @ names whom: `me`, a whole name, or the start of one name only. Best first."""
    text = after_at.casefold()
    word = _first_word(text)
    whole = [(len(n.name), n.key) for n in names if text.startswith(n.name.casefold()) and _ends(text, len(n.name))]
    if whole:
        return [max(whole)]
    if word in ME:
        return [(len(word), me)]
    for own in sorted(ME, key=len, reverse=True):  # Chinese has no space after the name: 「@我发报价」
        if not own.isascii() and text.startswith(own):
            return [(len(own), me)]
    begun = [n.key for n in names if any(part.startswith(word) for part in _parts(n.name))]
    return [(len(word), begun[0])] if len(set(begun)) == 1 else []


def _first_word(text: str) -> str:
    match = re.match(r"[\w.'’-]+", text)
    return match[0].rstrip(".'’-") if match else ""


def _parts(name: str) -> list[str]:
    folded = name.casefold()
    return [folded, *folded.split()]


def _ends(text: str, length: int) -> bool:
    """Whether a name of that length ends where a word ends; Chinese names need no space behind them."""
    return length >= len(text) or not text[length].isalnum() or not text[length - 1].isascii()


# When


@dataclass(frozen=True, slots=True)
class _Way:
    """A way to write a day: its pattern, and what day a match means; None where there is no such date."""

    pattern: str
    day: Callable[[re.Match[str], date], date | None]


def _due(text: str, on: date) -> tuple[str, date | None]:
    text = text.strip(_EDGES)
    for way in _WAYS:
        for pattern in _placed(way.pattern):
            match = pattern.search(text)
            if match and (day := way.day(match, on)):
                return text[: match.start()] + text[match.end() :], day
    return text, None


def _placed(pattern: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The pattern at the end of the line and at its start, with the small words around a day."""
    spaced = pattern.isascii()
    before = r"(?:(?:\b(?:by|on|until|till|before|due)\s+)|(?:在|于))?"
    after = r"(?:\s*(?:之前|以前|前))?"
    gap = r"(?:^|(?<=[\s,;，；、]))" if spaced else ""
    end = re.compile(rf"{gap}{before}{pattern}{after}[\s.。]*$", re.IGNORECASE)
    follows = r"(?=[\s,;:，；：])" if spaced else ""
    start = re.compile(rf"^{before}{pattern}{after}{follows}", re.IGNORECASE)
    return end, start


def _weekday(number: int, on: date, week: str | None) -> date:
    monday = on - timedelta(days=on.weekday())
    if week in {"下", "下个", "next"}:
        return monday + timedelta(days=7 + number)
    if week in {"下下", "下下个"}:
        return monday + timedelta(days=14 + number)
    if week in {"本", "这", "这个", "this"}:
        return monday + timedelta(days=number)
    return on + timedelta(days=(number - on.weekday() - 1) % 7 + 1)


def _next_date(month: int, number: int, on: date) -> date | None:
    """The next such day of the year, today included; 29 February waits for a leap year."""
    for year in range(on.year, on.year + 5):
        day = _date(year, month, number)
        if day and day >= on:
            return day
    return None


def _date(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _count(text: str) -> int:
    return int(text) if text.isdigit() else _ZH_NUMBERS[text]


def _after(count: int, unit: str, on: date) -> date:
    if unit in {"month", "个月"}:
        return add_months(on, count)
    return on + timedelta(days=count * (7 if unit in {"week", "周", "星期", "个星期"} else 1))


def _end_of_month(on: date) -> date:
    return add_months(on.replace(day=1), 1) - timedelta(days=1)


_WEEKDAY_WORDS = "|".join(sorted(_WEEKDAYS, key=len, reverse=True))
_MONTH_WORDS = "|".join(sorted(_MONTHS, key=len, reverse=True))
_NAMED_DAYS = {
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
    "今天": 0,
    "今日": 0,
    "明天": 1,
    "明日": 1,
    "后天": 2,
    "大后天": 3,
}
_ZH_DAY_WORDS = "大后天|今天|今日|明天|明日|后天"

_WAYS = (
    _Way(
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        lambda m, _on: _date(int(m["year"]), int(m["month"]), int(m["day"])),
    ),
    _Way(
        r"(?:(?P<year>\d{4})\s*年\s*)?(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号]",
        lambda m, on: (
            _date(int(m["year"]), int(m["month"]), int(m["day"]))
            if m["year"]
            else _next_date(int(m["month"]), int(m["day"]), on)
        ),
    ),
    _Way(r"(?P<month>\d{1,2})[-/](?P<day>\d{1,2})", lambda m, on: _next_date(int(m["month"]), int(m["day"]), on)),
    _Way(
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<month>{_MONTH_WORDS})",
        lambda m, on: _next_date(_MONTHS[m["month"].lower()], int(m["day"]), on),
    ),
    _Way(
        rf"(?P<month>{_MONTH_WORDS})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?",
        lambda m, on: _next_date(_MONTHS[m["month"].lower()], int(m["day"]), on),
    ),
    _Way(
        rf"(?:(?P<week>next|this)\s+)?(?P<weekday>{_WEEKDAY_WORDS})",
        lambda m, on: _weekday(_WEEKDAYS[m["weekday"].lower()], on, m["week"] and m["week"].lower()),
    ),
    _Way(
        r"(?P<week>下下个|下下|下个|下|本|这个|这)?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])",
        lambda m, on: _weekday(_ZH_WEEKDAYS[m["weekday"]], on, m["week"]),
    ),
    _Way(r"(?P<word>today|tonight|tomorrow)", lambda m, on: on + timedelta(days=_NAMED_DAYS[m["word"].lower()])),
    _Way(rf"(?P<word>{_ZH_DAY_WORDS})", lambda m, on: on + timedelta(days=_NAMED_DAYS[m["word"]])),
    _Way(
        r"in\s+(?P<count>\d{1,2}|a)\s+(?P<unit>day|week|month)s?",
        lambda m, on: _after(1 if m["count"].lower() == "a" else int(m["count"]), m["unit"].lower(), on),
    ),
    _Way(
        r"(?P<count>\d{1,2}|[一两二三四五六七八九十])\s*(?P<unit>天|周|个?星期|个月)(?:后|之后|以后|内|之内|以内)",
        lambda m, on: _after(_count(m["count"]), m["unit"], on),
    ),
    _Way(r"(?:end\s+of\s+(?:the\s+)?month|month\s+end)", lambda _m, on: _end_of_month(on)),
    _Way(r"(?:本?月底|月末)", lambda _m, on: _end_of_month(on)),
)
