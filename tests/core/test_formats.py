"""How numbers, money, dates and periods read in both languages."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from core import formats
from core.periods import Period

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


def read(text: str) -> str:
    """With ordinary spaces, so that the cases below can be typed."""
    return text.replace(formats.NBSP, " ")


def in_both(write: Callable[[], str]) -> tuple[str, str]:
    with translation.override("en"):
        english = write()
    with translation.override("zh-hans"):
        return read(english), read(write())


@pytest.mark.parametrize(
    ("amount", "english", "chinese"),
    [
        ("0", "$0", "$0"),
        ("6322.49", "$6,322", "$6,322"),
        ("6322.50", "$6,323", "$6,323"),
        ("61240", "$61 K", "$61,240"),
        ("545900", "$546 K", "$54.6 万"),
        ("999600", "$1.00 M", "$100.0 万"),
        ("1456789", "$1.46 M", "$145.7 万"),
        ("31300000", "$31.3 M", "$3,130 万"),
        ("313000000", "$313 M", "$3.13 亿"),
        ("1240000000", "$1.24 B", "$12.4 亿"),
        ("-1456789", "−$1.46 M", "−$145.7 万"),
    ],
)
def test_money_is_short_in_the_units_of_the_language(amount: str, english: str, chinese: str) -> None:
    assert in_both(lambda: formats.money(Decimal(amount), "USD")) == (english, chinese)


def test_money_in_full_has_the_minor_units_of_its_currency() -> None:
    assert in_both(lambda: formats.money_full(Decimal("3384.445"), "USD")) == ("$3,384.45", "$3,384.45")
    assert in_both(lambda: formats.money_full(Decimal(-55), "CNY")) == ("−¥55.00", "−¥55.00")
    assert in_both(lambda: formats.money_full(1200, "CHF")) == ("CHF 1,200.00", "CHF 1,200.00")
    assert in_both(lambda: formats.money_full(1200, "JPY"))[0] == "¥1,200"


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0, "0 %"), (0.0934, "9.3 %"), (0.0996, "10 %"), (0.4712, "47 %"), (1.124, "112 %"), (-0.031, "−3.1 %")],
)
def test_percent_has_one_decimal_below_ten_and_none_above(ratio: float, text: str) -> None:
    with translation.override("en"):
        assert read(formats.percent(ratio)) == text


def test_a_difference_of_percentages_is_in_points() -> None:
    assert in_both(lambda: formats.points(0.093)) == ("9.3 pts", "9.3 个百分点")


def test_a_number_that_rounds_to_zero_has_no_sign() -> None:
    assert formats.number(-0.4) == "0"
    assert formats.signed(0.04, 1) == "0.0"
    assert formats.signed(0.4, 1) == "+0.4"


@pytest.mark.parametrize(
    ("code", "english", "chinese"),
    [
        ("2026-Q4", "Q4 2026", "2026 年第 4 季度"),
        ("2026-11", "Nov 2026", "2026 年 11 月"),
        ("2026-H1", "H1 2026", "2026 年上半年"),
        ("2026", "2026", "2026 年"),
        ("soon", "soon", "soon"),
    ],
)
def test_a_period_has_the_name_that_people_use(code: str, english: str, chinese: str) -> None:
    assert in_both(lambda: formats.period_label(code)) == (english, chinese)


def test_a_period_object_reads_like_its_code() -> None:
    period = Period.parse("2026-Q4")
    assert in_both(lambda: formats.period_label(period)) == ("Q4 2026", "2026 年第 4 季度")
    assert in_both(lambda: formats.period_short(period)) == ("Q4", "第 4 季度")


def test_beside_its_neighbour_a_chinese_period_drops_the_year_they_share() -> None:
    assert in_both(lambda: formats.period_beside("2026-Q3", "2026-Q4")) == ("Q3 2026", "第 3 季度")
    assert in_both(lambda: formats.period_beside("2025-Q4", "2026-Q4")) == ("Q4 2025", "2025 年第 4 季度")


def test_days_and_moments() -> None:
    assert in_both(lambda: formats.day(NOW.date())) == ("23 Nov 2026", "2026 年 11 月 23 日")
    assert in_both(lambda: formats.day_short(date(2026, 11, 3), today=NOW.date())) == ("3 Nov", "11 月 3 日")
    assert in_both(lambda: formats.day_short(date(2025, 11, 3), today=NOW.date())) == (
        "3 Nov 2025",
        "2025 年 11 月 3 日",
    )
    assert in_both(lambda: formats.moment(NOW)) == ("23 Nov 2026, 14:05", "2026 年 11 月 23 日 14:05")


def test_a_half_open_range_is_named_by_its_last_day() -> None:
    quarter = (date(2026, 10, 1), date(2027, 1, 1))
    assert in_both(lambda: formats.day_range(*quarter)) == ("1 Oct to 31 Dec 2026", "2026 年 10 月 1 日至 12 月 31 日")


@pytest.mark.parametrize(
    ("distance", "english", "chinese"),
    [
        (timedelta(seconds=-20), "just now", "刚刚"),
        (timedelta(minutes=-3), "3 minutes ago", "3 分钟前"),
        (timedelta(hours=-5), "5 hours ago", "5 小时前"),
        (timedelta(hours=49), "in 2 days", "2 天后"),
        (timedelta(days=-7), "16 Nov", "11 月 16 日"),
    ],
)
def test_time_is_relative_under_seven_days(distance: timedelta, english: str, chinese: str) -> None:
    assert in_both(lambda: formats.ago(NOW + distance, NOW)) == (english, chinese)


def test_a_day_next_to_today_has_its_own_word() -> None:
    today = NOW.date()
    assert in_both(lambda: formats.ago(today - timedelta(days=1), NOW)) == ("yesterday", "昨天")
    assert in_both(lambda: formats.ago(today, NOW)) == ("today", "今天")
    assert in_both(lambda: formats.ago(today + timedelta(days=3), NOW)) == ("in 3 days", "3 天后")


def test_chinese_and_digits_are_one_space_apart() -> None:
    assert formats.spaced("对比2026 年") == "对比 2026 年"
    assert formats.spaced("对比第 3 季度") == "对比第 3 季度"


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_short_money_keeps_three_telling_digits(amount: Decimal) -> None:
    with translation.override("en"):
        text = read(formats.money(amount, "USD"))
    number = text.replace("$", "").replace("−", "").replace(",", "").split(" ")
    scale = {"K": 10**3, "M": 10**6, "B": 10**9}[number[1]] if len(number) == 2 else 1
    assert abs(Decimal(number[0]) * scale - abs(amount)) <= max(abs(amount) / 20, Decimal("0.5"))
    assert text.startswith("−") == (amount <= Decimal("-0.5"))
