"""Numbers, money, dates and periods as people read them, in the language that is active.

English counts in K, M and B, Chinese in 万 and 亿. A percentage has one decimal below ten and none above. The minus is
a true one (−), and what belongs together is joined by a no-break space. Rounding is half up, and for display only.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, get_currency_precision, get_currency_symbol
from django.utils import timezone
from django.utils.translation import get_language

from core.periods import CODE

Number = Decimal | float | int

NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "–"

_SYMBOLS = {"USD": "$", "CNY": "¥"}
_CJK_BESIDE_LATIN = re.compile(r"(?<=[\w%])(?=[\u4e00-\u9fff])(?<![\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[0-9A-Za-z])")
_WEEK = timedelta(days=7)


def chinese() -> bool:
    """Whether the active language is Chinese; everything else reads English."""
    return (get_language() or "en").startswith("zh")


def locale() -> Locale:
    """Babel's locale of the active language."""
    return Locale.parse("zh_Hans" if chinese() else "en")


# Numbers


def number(value: Number, places: int = 0) -> str:
    """1234.5 -> '1,235'; with places=1 '1,234.5'."""
    rounded = _round(_decimal(value), places)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return _minus(format_decimal(rounded, format=pattern, locale=locale()))


def signed(value: Number, places: int = 0) -> str:
    """As `number`, with a plus before what is above zero: '+0.4', '−3'."""
    text = number(value, places)
    return f"+{text}" if _round(_decimal(value), places) > 0 else text


def number_short(value: Number) -> str:
    """A number for a narrow place: '6,322', '546 K', '1.46 M'; in Chinese '61,240', '54.6 万', '1.24 亿'."""
    return _short(_decimal(value))


def percent(ratio: Number, places: int | None = None) -> str:
    """0.47 -> '47 %', 0.093 -> '9.3 %': one decimal below ten, none above, unless `places` says otherwise."""
    value = _decimal(ratio) * 100
    return f"{number(value, _percent_places(value) if places is None else places)}{NBSP}%"


def points(ratio: Number) -> str:
    """A difference of two percentages: 0.093 -> '9.3 pts', '9.3 个百分点'."""
    value = _decimal(ratio) * 100
    return f"{number(value, _percent_places(value))}{NBSP}{'个百分点' if chinese() else 'pts'}"


def _percent_places(value: Decimal) -> int:
    return 1 if value != 0 and abs(_round(value, 1)) < 10 else 0


# Money


def money(amount: Number, currency: str) -> str:
    """Money for a narrow place, without minor units: '$6,322', '$546 K', '$1.46 M'; in Chinese '$54.6 万'."""
    return _with_symbol(_short(_decimal(amount)), currency)


def money_full(amount: Number, currency: str) -> str:
    """Money to the minor unit: '$1,404.00', '−$55.00'."""
    return _with_symbol(number(amount, get_currency_precision(currency)), currency)


def currency_symbol(currency: str) -> str:
    """'$' and '¥' for the two home currencies, elsewhere the locale's own, which tells dollars and yen apart."""
    return _SYMBOLS.get(currency) or get_currency_symbol(currency, locale=locale())


def _with_symbol(text: str, currency: str) -> str:
    symbol = currency_symbol(currency)
    symbol = f"{symbol}{NBSP}" if symbol[-1].isalpha() else symbol
    return f"{MINUS}{symbol}{text[1:]}" if text.startswith(MINUS) else f"{symbol}{text}"


@dataclass(frozen=True, slots=True)
class _Unit:
    """From `least` on, numbers are counted in `size` and named by `word`."""

    least: int
    size: int
    word: str


_ENGLISH_UNITS = (
    _Unit(999_500_000, 1_000_000_000, "B"),
    _Unit(999_500, 1_000_000, "M"),
    _Unit(10_000, 1_000, "K"),
)
_CHINESE_UNITS = (_Unit(99_995_000, 100_000_000, "亿"), _Unit(100_000, 10_000, "万"))


def _short(value: Decimal) -> str:
    for unit in _CHINESE_UNITS if chinese() else _ENGLISH_UNITS:
        if abs(value) >= unit.least:
            scaled = value / unit.size
            return f"{number(scaled, _short_places(scaled, unit))}{NBSP}{unit.word}"
    return number(value)


def _short_places(scaled: Decimal, unit: _Unit) -> int:
    """Three telling digits, but K never has decimals and 万 at most one."""
    if unit.word == "K":
        return 0
    if unit.word == "万":
        return 1 if abs(scaled) < 1000 else 0
    size = abs(scaled)
    return 2 if size < 10 else 1 if size < 100 else 0


# Dates and times


def day(value: date) -> str:
    """'23 Nov 2026', '2026 年 11 月 23 日'. A moment is shown as its day in the company's time zone."""
    return _joined(format_date(_local_day(value), _zh_or("y 年 M 月 d 日", "d MMM y"), locale=locale()))


def day_short(value: date, today: date | None = None) -> str:
    """As `day`, without the year where it is this year: '23 Nov', '11 月 23 日'."""
    local = _local_day(value)
    if local.year != (today or timezone.localdate()).year:
        return day(local)
    return _joined(format_date(local, _zh_or("M 月 d 日", "d MMM"), locale=locale()))


def weekday_day(value: date, today: date | None = None) -> str:
    """A day to keep, with its weekday: 'Fri 4 Dec', '12 月 4 日周五'."""
    weekday = format_date(_local_day(value), "EEE", locale=locale())
    return f"{day_short(value, today)}{weekday}" if chinese() else _joined(f"{weekday} {day_short(value, today)}")


def moment(value: datetime) -> str:
    """'23 Nov 2026, 14:05', '2026 年 11 月 23 日 14:05', in the company's time zone."""
    pattern = _zh_or("y 年 M 月 d 日 HH:mm", "d MMM y, HH:mm")
    return _joined(format_datetime(timezone.localtime(value).replace(tzinfo=None), pattern, locale=locale()))


def clock(value: datetime) -> str:
    """'14:05' in the company's time zone."""
    return timezone.localtime(value).strftime("%H:%M")


def day_range(start: date, end: date) -> str:
    """A half-open range [start, end) by its first and last day: '1 Oct to 31 Dec 2026', '10 月 1 日至 12 月 31 日'."""
    last = end - timedelta(days=1)
    if start == last:
        return day(start)
    if chinese():
        return f"{day(start)}至{NBSP}{day_short(last, today=start)}"
    first = day_short(start, today=last)
    return f"{first} to {day(last)}"


def ago(value: datetime | date, now: datetime | None = None) -> str:
    """'3 hours ago', 'in 2 days'; from seven days on, either way, the date."""
    now = now or timezone.now()
    if not isinstance(value, datetime):
        return _days_ago(value, timezone.localdate(now))
    distance = value - now
    if abs(distance) >= _WEEK:
        return day_short(value, today=timezone.localdate(now))
    if abs(distance) < timedelta(minutes=1):
        return _zh_or("刚刚", "just now")
    return _joined(spaced(format_timedelta(distance, add_direction=True, threshold=1, locale=locale())))


def _days_ago(value: date, today: date) -> str:
    distance = value - today
    if abs(distance) >= _WEEK:
        return day_short(value, today=today)
    if abs(distance.days) <= 1:
        return (_zh_or("昨天", "yesterday"), _zh_or("今天", "today"), _zh_or("明天", "tomorrow"))[distance.days + 1]
    return _joined(
        spaced(format_timedelta(distance, granularity="day", add_direction=True, threshold=7, locale=locale()))
    )


def days(count: Number) -> str:
    """A duration in days: '34 d', '34 天'."""
    return f"{number(count)}{NBSP}{_zh_or('天', 'd')}"


# Periods


def period_label(period: object) -> str:
    """'2026-Q4' (or anything whose text is such a code) -> 'Q4 2026', '2026 年第 4 季度'. Other text stays."""
    return _period(period, with_year=True)


def period_short(period: object) -> str:
    """As `period_label` without the year: 'Q4', '第 4 季度'. A year is its own name."""
    return _period(period, with_year=False)


def period_beside(period: object, other: object) -> str:
    """The name of a period that stands beside another: in Chinese without the year that both share."""
    same_year = str(getattr(period, "code", period))[:4] == str(getattr(other, "code", other))[:4]
    return period_short(period) if chinese() and same_year else period_label(period)


def _period(period: object, *, with_year: bool) -> str:
    code = str(getattr(period, "code", period))
    match = CODE.fullmatch(code)
    if match is None:
        return code
    year, part = match["year"], _part_of_year(match)
    if chinese():
        whole = f"{year} 年"
        text = f"{whole}{part}" if with_year and part else part or whole
    else:
        text = f"{part} {year}" if with_year and part else part or year
    return _joined(text)


def _part_of_year(match: re.Match[str]) -> str:
    names: dict[str, Callable[[str], str]] = {
        "quarter": lambda n: _zh_or(f"第 {n} 季度", f"Q{n}"),
        "half": lambda n: _zh_or("上半年" if n == "1" else "下半年", f"H{n}"),
        "month": lambda n: _zh_or(f" {int(n)} 月", format_date(date(2000, int(n), 1), "MMM", locale="en")),
    }
    return next((name(match[key]) for key, name in names.items() if match[key]), "")


# Words


def listed(names: Iterable[str]) -> str:
    """Names one after another: 'you, Lajuana Vencill', in Chinese with 、 between."""
    return _zh_or("、", ", ").join(names)


def spaced(text: str) -> str:
    """One space between Latin or digits and Chinese: '3小时前' -> '3 小时前', '对比2026 年' -> '对比 2026 年'."""
    return _CJK_BESIDE_LATIN.sub(" ", text)


# Small parts


def _zh_or(chinese_text: str, english_text: str) -> str:
    return chinese_text if chinese() else english_text


def _decimal(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _round(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP) + Decimal(0)  # +0 drops a negative zero


def _minus(text: str) -> str:
    return text.replace("-", MINUS)


def _joined(text: str) -> str:
    return text.replace(" ", NBSP)


def _local_day(value: date) -> date:
    return timezone.localdate(value) if isinstance(value, datetime) else value
