"""The components: what they say to eyes, to screen readers and to the keyboard."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django import forms
from django.conf import settings
from django.contrib.messages import SUCCESS
from django.contrib.messages.storage.base import Message
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import navigation
from core.charts import Band, BarItem, Bars, Chart, Curve, Line, Trend, Values, Waterfall
from core.explain import Explanation, Part
from core.money import Money
from core.templatetags import ui
from core.ui import Audience, Delta, Fact, Notice, PeriodBar, Progress
from tests.conftest import BrowserPages

TAGS = re.compile(r"<[^>]+>")


def render(template: str, query: str = "", **context: Any) -> str:
    request = RequestFactory().get(f"/page/?{query}")
    return Template(template).render(Context({"request": request, **context}))


def words(html: str) -> str:
    return " ".join(TAGS.sub(" ", html).replace("\u00a0", " ").split())


# Figures


def test_money_shows_the_exact_amount_on_hover() -> None:
    html = render("{% money amount %}", amount=Money(Decimal("1456789.10"), "USD"))
    assert words(html) == "$1.46 M"
    assert 'title="$1,456,789.10"' in html


def test_negative_money_is_read_aloud_as_minus() -> None:
    html = render('{% money amount "USD" full=True %}', amount=Decimal(-55))
    assert '<span aria-hidden="true">−$55.00</span><span class="visually-hidden">minus $55.00</span>' in html


def test_what_is_missing_is_a_dash() -> None:
    assert words(render('{% money x "USD" %}{% percent x %}{% bullet x %}', x=None)) == "– – –"
    assert render('{{ x|money:"USD" }}{{ x|percent }}{{ x|day }}', x=None) == "–––"


@pytest.mark.parametrize(
    ("delta", "tone", "word"),
    [
        (Delta(0.12), "good", "up"),
        (Delta(-0.12), "bad", "down"),
        (Delta(0.12, good="down"), "bad", "up"),
        (Delta(0.12, good="none"), "muted", "up"),
        (Delta(0), "muted", "unchanged"),
    ],
)
def test_a_change_has_a_word_and_is_good_or_bad_by_its_measure(delta: Delta, tone: str, word: str) -> None:
    html = render("{% delta d %}", d=delta)
    assert f'class="delta {tone}"' in html
    assert f'<span class="visually-hidden">{word} </span>' in html


def test_a_bullet_says_what_it_draws() -> None:
    html = render("{% bullet 0.47 pace=0.59 %}")
    assert 'aria-label="47\u00a0% attained, 59\u00a0% expected by now"' in html


def test_a_bullet_past_its_target_stays_inside_its_track() -> None:
    html = render("{% bullet 3 width=100 %}")
    bar, target = re.findall(
        r'class="bullet-bar" x="0" y="4" width="([\d.]+)"|class="bullet-target" x="([\d.]+)"', html
    )
    assert float(bar[0]) < 100
    assert float(target[1]) == pytest.approx(100 / 3.06, abs=0.1)


def test_a_sparkline_leaves_a_gap_where_a_value_is_missing_and_ends_in_a_dot() -> None:
    html = render("{% sparkline values %}", values=[1, 2, None, 3, 4])
    assert re.findall("[ML]", html.split(' d="')[1].split('"')[0]) == ["M", "L", "M", "L"]
    assert "<circle" in html
    assert not render("{% sparkline values %}", values=[1])


def test_a_figure_with_an_address_is_a_button_to_the_drawer() -> None:
    html = render('{% explain "/why/" label="Booked" %}$5{% endexplain %}')
    assert html.startswith("<button")
    assert 'hx-get="/why/" hx-target="#drawer"' in html
    assert render("{% explain None %}$5{% endexplain %}").strip() == "$5"


def test_text_is_escaped_in_every_slot() -> None:
    html = render(
        "{% card title=bad %}{{ bad }}{% endcard %}{% page_header title=bad %}{% endpage_header %}", bad="<b>"
    )
    assert "<b>" not in html
    assert html.count("&lt;b&gt;") == 3


# Links that keep the page's state


def test_the_period_selector_keeps_the_other_parameters() -> None:
    bar = PeriodBar("2026-Q4", "2026-Q3", None, compare="2025-Q4", comparable=("2026-Q3", "2025-Q4"))
    html = render("{% period_bar bar %}", "team=west&period=2026-Q4&compare=2025-Q4", bar=bar)
    assert 'href="?team=west&amp;period=2026-Q3" rel="prev"' in html
    assert 'href="?team=west&amp;period=2026-Q4&amp;compare=2026-Q3"' in html
    assert 'rel="next"' not in html
    assert "vs Q4 2025" in words(html)


def test_a_heading_sorts_words_from_a_and_numbers_from_the_top() -> None:
    template = '{% th "Name" sort="name" %}{% th "Booked" sort="booked" end=True target="#t" %}'
    html = render(template, "team=west&after=20")
    assert 'href="?team=west&amp;sort=name"' in html
    assert 'hx-get="?team=west&amp;sort=-booked" hx-target="#t"' in html
    again = render(template, "sort=-booked")
    assert 'href="?sort=booked"' in again
    assert 'aria-sort="descending"' in again


def test_show_more_is_there_only_while_there_is_more() -> None:
    assert 'href="?after=6"' in render('{% show_more "?after=6" colspan=3 %}')
    assert not render("{% show_more None colspan=3 %}")


def test_a_filter_keeps_what_else_is_chosen_and_starts_from_the_first_row() -> None:
    html = render('{% search_field name="q" label="Filter" target="#t" %}', "sort=name&q=kon&after=9")
    assert '<input type="hidden" name="sort" value="name">' in html
    assert 'value="kon"' in html
    assert "after" not in html


# Forms, messages, work


class RateForm(forms.Form):
    rate = forms.DecimalField(label="Rate", max_value=1, help_text="0.05 is 5 %.")
    note = forms.CharField(label="Note", required=False)


def test_an_error_stands_at_its_field_and_is_tied_to_it() -> None:
    html = render("{% field form.rate %}", form=RateForm({"rate": "3"}))
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_rate_error id_rate_helptext"' in html
    assert 'id="id_rate_error"' in html
    assert "is-invalid" in html


def test_a_field_names_its_control_and_says_when_it_may_stay_empty() -> None:
    html = render("{% field form.rate %}{% field form.note %}", form=RateForm())
    assert '<label class="form-label" for="id_rate">Rate</label>' in html
    assert words(html) == "Rate 0.05 is 5 %. Note (optional)"


def test_a_message_offers_undo_where_its_tag_says_how() -> None:
    message = Message(SUCCESS, "Note deleted.", extra_tags="undo:/notes/7/undo/")
    html = render("{% notices messages %}", messages=[message, Notice("Two rows have no owner.", "careful")])
    assert 'action="/notes/7/undo/"' in html
    assert 'id="notices" aria-live="polite"' in html
    assert words(html).startswith("Note deleted. Undo")


def test_a_running_job_is_asked_again_and_a_finished_one_is_not() -> None:
    running = Progress("run", "/jobs/7/", "Calculating", 7, 35)
    assert 'hx-get="/jobs/7/" hx-trigger="load delay:1s"' in render("{% progress p %}", p=running)
    done = Progress("run", "/jobs/7/", "Calculating", 35, 35, "done", result_url="/runs/7/")
    html = render("{% progress p %}", p=done)
    assert "hx-get" not in html
    assert "Open the result" in html


def test_private_text_stands_on_its_own_ground() -> None:
    private = Audience(("only you",), private=True, excluded=("HR", "directors"))
    html = render("{% ground a %}<textarea></textarea>{% endground %}", a=private)
    assert 'class="ground-text private"' in html
    assert words(html) == "Read by: only you. Not by HR, directors"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Lajuana Vencill", "LV"),
        ("West", "W"),
        ("王小明", "小明"),
        ("欧阳", "欧阳"),
        ("", "?"),
        ("Ana de la Cruz", "AC"),
    ],
)
def test_initials_are_what_people_are_called_by(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


# Charts and explanations


def test_a_chart_brings_its_numbers_as_a_table_and_as_inert_data() -> None:
    body = Trend(("wk 1", "wk 2"), (Line("Booked", (Decimal("10.5"), None)),), Band("range", (None, 1), (None, 3)))
    html = render("{% chart_card chart %}", chart=Chart("booked", "Booked so far", body, Values("money", "USD")))
    spec = json.loads(html.split('type="application/json">')[1].split("</script>")[0])
    assert spec["lines"] == [{"name": "Booked", "values": [10.5, None], "role": "actual"}]
    assert spec["values"] == {"kind": "money", "symbol": "$"}
    assert '<td class="num" data-value="10.5">$10.50</td>' in html
    assert 'role="img" aria-label="Booked so far"' in html


def test_an_empty_chart_says_so_and_has_no_tools() -> None:
    html = render("{% chart_card chart %}", chart=Chart("lost", "Why lost?", Bars(()), empty="No deal was lost."))
    assert words(html) == "Why lost? No deal was lost."


def test_a_waterfall_ends_in_the_exact_sum() -> None:
    table = Waterfall((("A", Decimal("0.10")), ("B", Decimal("0.20"))), "Total").table(Values("money", "USD"))
    assert [cell.text for cell in table.rows[-1]] == ["Total", "$0.30"]


def test_bars_without_a_comparison_have_no_column_for_it() -> None:
    assert len(Bars((BarItem("A", 1),)).table(Values()).headings) == 2
    assert len(Bars((BarItem("A", 1, compare=2),)).table(Values()).headings) == 3


def test_a_curve_of_one_point_is_empty() -> None:
    assert Curve(((0, 0),)).is_empty()


def test_an_explanation_is_the_same_in_the_drawer_and_for_a_program() -> None:
    explanation = Explanation(
        "Win rate",
        "38.2 %",
        "Won among closed deals.",
        formula=("13 ÷ 34 = 38.2 %",),
        facts=(Fact("Won", "13", "/deals/"),),
        as_of=datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
        parts=(Part("Konex", "+1"),),
        parts_total=34,
        history=(("2026-Q3", Decimal("0.57")), ("2026-Q4", Decimal("0.382"))),
    )
    content = json.loads(json.dumps(explanation.as_json()))
    assert content["as_of"] == "2026-11-23T14:05:00+00:00"
    assert content["history"][1] == {"period": "2026-Q4", "value": "0.382"}
    html = Template('{% include "ui/explanation.html" %}').render(Context({"explanation": explanation}))
    assert "13 ÷ 34 = 38.2 %" in html
    assert "first 1 of 34" in words(html)


# The house


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    listed = set(json.loads((settings.BASE_DIR / "frontend.json").read_text())["icons"]["names"])
    named = re.compile(r'(?:{% icon |icon=)"([\w-]+)"')
    templates = Path(settings.BASE_DIR / "templates").rglob("*.html")
    used = {name for path in templates for name in named.findall(path.read_text())}
    used |= {place.icon for place in navigation.PLACES}
    assert used - listed == set()


def test_no_template_has_inline_style_or_script() -> None:
    inline = re.compile(r"\sstyle=|\son[a-z]+=\"|<style|<script(?![^>]*src=)")
    at_fault = [p.name for p in Path(settings.BASE_DIR / "templates").rglob("*.html") if inline.search(p.read_text())]
    assert at_fault == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_gallery_shows_every_component(client: Client, language: str) -> None:
    answer = client.get(reverse("gallery"), headers={"accept-language": language})
    html = answer.content.decode()
    assert answer.status_code == 200
    marks = (
        "kpi-strip",
        "bullet",
        "spark",
        "pill",
        "chip",
        "timeline",
        "attention",
        "empty",
        "progress-job",
        "skeleton",
    )
    assert [mark for mark in marks if f'class="{mark}' not in html] == []


def finds(page: Any) -> list[str]:
    # Without `preload` axe copies no style sheets into the page, which the policy forbids.
    found = Axe().run(page, options={"preload": False}).response["violations"]
    return [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_gallery_is_accessible_and_its_console_is_silent(
    browser_page: BrowserPages, theme: str, width: int
) -> None:
    page = browser_page(theme=theme, width=width)
    page.emulate_media(reduced_motion="reduce")
    page.goto(reverse("gallery"))
    page.wait_for_selector("canvas")
    assert finds(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_figure_opens_its_explanation_and_escape_leads_back(browser_page: BrowserPages) -> None:
    page = browser_page()
    page.goto(reverse("gallery"))
    figure = page.locator(".kpi .explain").first
    figure.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#explanation")
    assert page.locator("#drawer-frame").get_attribute("open") is not None
    assert finds(page) == []
    page.keyboard.press("Escape")
    assert page.locator("#drawer-frame").get_attribute("open") is None
    assert figure.evaluate("element => element === document.activeElement")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_refused_action_is_told_in_the_notices(browser_page: BrowserPages) -> None:
    page = browser_page()
    page.goto(reverse("gallery"))
    page.get_by_role("button", name="Cause a conflict").click()
    page.locator("#notices .notice").wait_for()
    assert "Only a submitted run can be approved" in page.locator("#notices").inner_text()
    assert page.locator("#drawer-frame").get_attribute("open") is None


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_rows_are_walked_by_arrow_keys_and_opened_by_enter(browser_page: BrowserPages) -> None:
    page = browser_page()
    page.goto(reverse("gallery"))
    page.locator("tr[data-href][tabindex='0']").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ui/#summer-sewald")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_filter_answers_while_one_types_and_back_undoes_it(browser_page: BrowserPages) -> None:
    page = browser_page()
    page.goto(f"{reverse('gallery')}?period=2026-Q4")
    page.get_by_role("link", name="Booked").click()
    page.wait_for_url("**sort=-booked")
    page.locator("#filter-q").press_sequentially("mel")
    page.wait_for_url("**?period=2026-Q4&sort=-booked&q=mel")
    assert page.locator("#teams-card tr[data-href]").count() == 1
    assert page.evaluate("document.activeElement.id") == "filter-q"
    page.go_back()
    page.wait_for_url("**sort=-booked")
    page.locator("#teams-card tr[data-href]").nth(5).wait_for()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_theme_and_the_sidebar_are_remembered(browser_page: BrowserPages) -> None:
    page = browser_page(theme="light")
    page.goto(reverse("gallery"))
    page.wait_for_selector("canvas")
    page.locator("[data-theme-toggle]").click()
    page.locator("[data-sidebar-toggle]").click()
    page.reload()
    assert page.evaluate("({...document.documentElement.dataset})") == {"bsTheme": "dark", "sidebar": "icons"}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_chart_gives_its_data_to_a_spreadsheet(browser_page: BrowserPages) -> None:
    page = browser_page()
    page.goto(reverse("gallery"))
    page.wait_for_selector("#chart-pay canvas")
    with page.expect_download() as download:
        page.locator("section", has=page.locator("#chart-pay")).last.locator("summary").click()
        page.locator("[data-chart-csv=chart-pay]").click()
    rows = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert rows[1] == "Commission,3384.45"
    assert rows[-1] == "Total,7008.45"
