from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.rules.quick_action import Named, parse

DUSTIN, LAJUANA, WANG = 1, 2, 3
NAMES = [Named(DUSTIN, "Dustin Brinkmann"), Named(LAJUANA, "Lajuana Vencill"), Named(WANG, "王小明")]
TUESDAY = date(2026, 11, 24)


def typed(line: str, on: date = TUESDAY) -> tuple[str, int | None, date | None]:
    understood = parse(line, on=on, me=DUSTIN, names=NAMES)
    return understood.text, understood.owner, understood.due


@pytest.mark.parametrize(
    ("line", "text", "owner", "due"),
    [
        ("send the offer @me fri", "send the offer", DUSTIN, date(2026, 11, 27)),
        ("send the offer @lajuana next fri", "send the offer", LAJUANA, date(2026, 12, 4)),
        ("join two calls @Lajuana Vencill by 4 Dec", "join two calls", LAJUANA, date(2026, 12, 4)),
        ("@vencill: trial for Konex, 12-04", "trial for Konex", LAJUANA, date(2026, 12, 4)),
        ("price sheet 2027-01-15", "price sheet", None, date(2027, 1, 15)),
        ("price sheet dec 1st", "price sheet", None, date(2026, 12, 1)),
        ("Friday: call Konex", "call Konex", None, date(2026, 11, 27)),
        ("review tomorrow", "review", None, date(2026, 11, 25)),
        ("review in 2 weeks @me", "review", DUSTIN, date(2026, 12, 8)),
        ("close the books end of month", "close the books", None, date(2026, 11, 30)),
        ("周五前 @我 发报价", "发报价", DUSTIN, date(2026, 11, 27)),
        ("下周二发报价@我", "发报价", DUSTIN, date(2026, 12, 1)),
        ("@王小明 给客户演示 12月4日", "给客户演示", WANG, date(2026, 12, 4)),
        ("两周后复盘 @王小明", "复盘", WANG, date(2026, 12, 8)),
        ("@我发报价 月底", "发报价", DUSTIN, date(2026, 11, 30)),
        ("星期天前整理资料", "整理资料", None, date(2026, 11, 29)),
        ("大后天回访", "回访", None, date(2026, 11, 27)),
        ("  spaces   do not  count  ", "spaces do not count", None, None),
    ],
)
def test_a_typed_line_becomes_what_who_and_when(line: str, text: str, owner: int | None, due: date | None) -> None:
    assert typed(line) == (text, owner, due)


@pytest.mark.parametrize(
    "line",
    [
        "call Friday Ltd about the price",
        "ask May",
        "email bob@konex.example",
        "offer 3-4 variants to Konex",
        "meet on 31-31",
        "send version 1.2",
    ],
)
def test_what_only_looks_like_a_day_or_a_name_stays_text(line: str) -> None:
    assert typed(line) == (line, None, None)


def test_a_weekday_is_the_next_one_never_today() -> None:
    assert typed("call tue")[2] == date(2026, 12, 1)
    assert typed("周二打电话")[2] == date(2026, 12, 1)


def test_this_and_next_week_begin_on_monday() -> None:
    assert typed("call this fri")[2] == date(2026, 11, 27)
    assert typed("call next mon")[2] == date(2026, 11, 30)
    assert typed("本周五打电话")[2] == date(2026, 11, 27)
    assert typed("下下周一打电话")[2] == date(2026, 12, 7)


def test_a_date_without_a_year_goes_over_the_end_of_the_year() -> None:
    assert typed("plan 01-15", date(2026, 12, 30))[2] == date(2027, 1, 15)
    assert typed("plan 11-24")[2] == TUESDAY


def test_29_february_waits_for_a_leap_year_and_a_month_later_ends_with_the_month() -> None:
    assert typed("plan 02-29")[2] == date(2028, 2, 29)
    assert typed("review in 1 month", date(2027, 1, 31))[2] == date(2027, 2, 28)


def test_a_name_that_fits_nobody_is_told_and_stays_in_the_text() -> None:
    understood = parse("join a call @Kary fri", on=TUESDAY, me=DUSTIN, names=NAMES)

    assert understood.unknown == "Kary"
    assert understood.text == "join a call @Kary"
    assert understood.owner is None


def test_a_start_that_fits_two_people_names_nobody() -> None:
    names = [Named(1, "Anna Snelling"), Named(2, "Anna Lee")]

    assert parse("call @anna", on=TUESDAY, me=1, names=names).unknown == "anna"
    assert parse("call @anna lee", on=TUESDAY, me=1, names=names).owner == 2


@given(st.text(max_size=80))
def test_any_line_is_understood_somehow_and_nothing_but_spaces_and_marks_is_lost(line: str) -> None:
    understood = parse(line, on=TUESDAY, me=DUSTIN, names=NAMES)

    assert len(understood.text) <= len(line)
    if understood.owner is None and understood.due is None:
        assert "".join(understood.text.split()) in "".join(line.split())
