"""The portal's components as template tags: a built-in library, so no `{% load %}`. All of them are shown on /ui/.

Texts given to a tag are already translated: `{% card title=_("Needs attention") %}`. Data classes come from `core.ui`,
`core.charts` and `core.explain`. A tag renders `templates/ui/<name>.html`; only single words and figures are made here.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode

from django import forms, template
from django.contrib.messages.storage.base import Message
from django.forms.boundfield import BoundField
from django.http import HttpRequest
from django.template import Context
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core import formats
from core.charts import Chart
from core.ui import (
    NO_COMPARISON,
    Attention,
    Audience,
    Delta,
    Fact,
    Kpi,
    Notice,
    Number,
    PeriodBar,
    Progress,
    Tab,
    TimelineItem,
    Tone,
)

register = template.Library()

UNDO_TAG = "undo:"
NOTHING = mark_safe('<span class="muted" aria-hidden="true">–</span>')


class MoneyLike(Protocol):
    """`core.money.Money`, or whatever has an amount and its currency."""

    @property
    def amount(self) -> Decimal: ...

    @property
    def currency(self) -> str: ...


def component(name: str, /, **context: Any) -> SafeString:
    """`templates/ui/<name>.html` rendered with nothing but what the tag gives it."""
    return mark_safe(get_template(f"ui/{name}.html").render(context))  # noqa: S308 (a template escapes)


def _slot(content: str) -> SafeString:
    """What stands in a block, which is rendered and therefore safe, without the space around it."""
    return mark_safe(content.strip())  # noqa: S308


# Frame and structure


@register.simple_block_tag
def page_header(
    content: str,
    title: str,
    subtitle: str = "",
    *,
    avatar: str = "",
    pill: str = "",
    pill_tone: Tone = "muted",
) -> SafeString:
    """The page's name with what it is about under it; the block holds the actions.

    {% page_header title=_("Company") subtitle=subtitle %}<a class="btn" href="…">…</a>{% endpage_header %}
    """
    return component(
        "page_header",
        title=title,
        subtitle=subtitle,
        avatar=avatar,
        pill=pill,
        pill_tone=pill_tone,
        actions=_slot(content),
    )


@register.simple_tag(takes_context=True)
def period_bar(context: Context, bar: PeriodBar | None) -> SafeString:
    """Previous and next period, other periods, and what to compare with; keeps the other query parameters.

    {% period_bar period_bar %}
    """
    if bar is None:
        return SafeString("")
    link = _linker(context)
    return component(
        "period_bar",
        bar=bar,
        previous=bar.previous and (link(period=bar.previous, compare=None), _to(bar.previous)),
        next=bar.next and (link(period=bar.next, compare=None), _to(bar.next)),
        jumps=[(code, link(period=code, compare=None), code == bar.current) for code in bar.jumps],
        comparisons=[(code, link(compare=code), code == bar.compare) for code in bar.comparable],
        compare_name=bar.compare and _versus(formats.period_beside(bar.compare, bar.current)),
        no_comparison=link(compare=NO_COMPARISON),
    )


def _to(period: str) -> str:
    return formats.spaced(_("To %(period)s") % {"period": formats.period_label(period)})


def _versus(period: str) -> str:
    return formats.spaced(_("vs %(period)s") % {"period": period})


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    *,
    sub: str = "",
    count: int | None = None,
    flush: bool = False,
    id: str = "",  # noqa: A002 (the attribute's own name)
) -> SafeString:
    """A ground for one thing. `flush` takes the padding away, for tables and lists.

    {% card title=_("Needs attention") count=5 %}…{% endcard %}
    """
    return component("card", title=title, sub=sub, count=count, flush=flush, id=id, content=content)


@register.simple_block_tag
def card_head(content: str, title: str, sub: str = "", count: int | None = None) -> SafeString:
    """A card's title with tools at its right.

    {% card_head title=_("Regions and teams") %}{% segmented levels %}{% endcard_head %}
    """
    return component("card_head", title=title, sub=sub, count=count, tools=_slot(content))


@register.simple_block_tag
def toolbar(content: str) -> SafeString:
    """Filters and actions above a list: {% toolbar %}{% search_field … %}{% endtoolbar %}"""
    return component("toolbar", content=content)


@register.simple_tag
def tabs(items: Iterable[Tab], label: str = "") -> SafeString:
    """Parts of one page, each with its own address: {% tabs tabs label=_("Person") %}"""
    return component("tabs", items=items, label=label or _("Parts of this page"))


@register.simple_tag
def segmented(items: Iterable[Tab], label: str = "", target: str = "") -> SafeString:
    """Two to four ways to see the same thing; with `target` the part is swapped in place and the address follows.

    {% segmented levels target="#levels" %}
    """
    return component("segmented", items=items, label=label or _("View"), target=target)


@register.simple_block_tag
def menu(
    content: str, label: str, *, icon: str = "", hide_label: bool = False, end: bool = False, css: str = "btn"
) -> SafeString:
    """A button with a list of links or buttons of class `menu-item`; `end` aligns the list to the button's right side.

    {% menu _("Export") icon="download" %}<a class="menu-item" href="…">…</a>{% endmenu %}
    """
    return component("menu", label=label, icon=icon, hide_label=hide_label, end=end, css=css, content=content)


@register.simple_block_tag
def dialog(content: str, id: str, title: str) -> SafeString:  # noqa: A002 (the attribute's own name)
    """A dialog of the page, opened by `<button data-open="ID">`.

    {% dialog "new-target" title=_("New target") %}…{% enddialog %}
    """
    return component("dialog", id=id, title=title, content=content)


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon of the sprite; it is silent unless it stands alone and has a label: {% icon "download" %}"""
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon {}" {}><use href="{}#{}"></use></svg>', css, spoken, _sprite(), name)


@cache
def _sprite() -> str:
    return static("vendor/icons.svg")


# Figures


@register.simple_tag
def kpi_strip(kpis: Iterable[Kpi]) -> SafeString:
    """The headline figures of a page in one card: {% kpi_strip kpis %}"""
    return component("kpi_strip", kpis=kpis)


@register.simple_block_tag
def explain(content: str, url: str | None, label: str = "") -> SafeString:
    """A figure that opens its explanation; without a url it is just the figure.

    {% explain row.explain_url %}{% money row.booked "USD" %}{% endexplain %}
    """
    return component("explain", content=_slot(content), url=url, label=label)


@register.simple_tag(name="money")
def money_tag(amount: Number | MoneyLike | None, currency: str = "", full: bool = False) -> SafeString:
    """Money, short unless `full`, exact on hover: {% money row.booked "USD" %}, {% money line.pay full=True %}"""
    if amount is None:
        return NOTHING
    value, code = _money_parts(amount, currency)
    exact = formats.money_full(value, code)
    text = exact if full else formats.money(value, code)
    return _figure(
        text, exact, spoken=_("minus %(amount)s") % {"amount": exact.lstrip(formats.MINUS)} if value < 0 else ""
    )


@register.filter(name="money")
def money_text(amount: Number | MoneyLike | None, currency: str = "") -> str:
    """Money as plain text: {{ amount|money:"USD" }}, {{ money_object|money }}"""
    return formats.DASH if amount is None else formats.money(*_money_parts(amount, currency))


@register.filter
def money_full(amount: Number | MoneyLike | None, currency: str = "") -> str:
    """Money to the minor unit as plain text: {{ amount|money_full:"USD" }}"""
    return formats.DASH if amount is None else formats.money_full(*_money_parts(amount, currency))


def _money_parts(amount: Number | MoneyLike, currency: str) -> tuple[Number, str]:
    if isinstance(amount, Decimal | float | int):
        return amount, currency
    return amount.amount, amount.currency


@register.simple_tag(name="percent")
def percent_tag(ratio: Number | None) -> SafeString:
    """A ratio as percent, two decimals on hover: {% percent row.win_rate %}"""
    return NOTHING if ratio is None else _figure(formats.percent(ratio), formats.percent(ratio, places=2))


@register.filter(name="percent")
def percent_text(ratio: Number | None, places: int | None = None) -> str:
    """A ratio as percent in plain text: {{ 0.47|percent }}, {{ line.rate|percent:2 }}"""
    return formats.DASH if ratio is None else formats.percent(ratio, places)


@register.filter
def number(value: Number | None, places: int = 0) -> str:
    """{{ 1234.5|number:1 }} -> 1,234.5"""
    return formats.DASH if value is None else formats.number(value, places)


@register.filter
def signed(value: Number | None, places: int = 0) -> str:
    """{{ 0.4|signed:1 }} -> +0.4"""
    return formats.DASH if value is None else formats.signed(value, places)


def _figure(text: str, exact: str, spoken: str = "") -> SafeString:
    title = format_html(' title="{}"', exact) if exact != text else SafeString("")
    if spoken:
        return format_html(
            '<span class="num"{}><span aria-hidden="true">{}</span><span class="visually-hidden">{}</span></span>',
            title,
            text,
            spoken,
        )
    return format_html('<span class="num"{}>{}</span>', title, text)


@register.simple_tag
def delta(change: Delta | None) -> SafeString:
    """A change by arrow, number, colour, and word for screen readers: {% delta kpi.delta %}"""
    if change is None or change.change is None:
        return SafeString("")
    size = change.change if change.change >= 0 else -change.change
    match change.kind:
        case "percent":
            text = formats.percent(size)
        case "points":
            text = formats.points(size)
        case _:
            text = formats.number(size, 1)
    word = {"up": _("up"), "down": _("down"), "flat": _("unchanged")}[change.direction]
    return component("delta", delta=change, text=text, word=word, versus=change.versus and _versus(change.versus))


@register.simple_tag
def bullet(
    attained: Number | None, pace: Number | None = None, target: Number = 1, width: int = 120, label: str = ""
) -> SafeString:
    """Attained as a bar, the target as a thick mark, where one should be today as a thin one; all are ratios.

    {% bullet row.attainment pace=row.expected label=row.attainment|percent %}
    """
    if attained is None or not target:
        return NOTHING
    scale = max(float(target) * 1.2, float(attained) * 1.02)

    def at(value: Number) -> str:
        return f"{min(max(float(value), 0) / scale, 1) * width:.1f}"

    spoken = _("%(attained)s attained") % {"attained": formats.percent(float(attained) / float(target))}
    if pace is not None:
        spoken = _("%(attained)s attained, %(pace)s expected by now") % {
            "attained": formats.percent(float(attained) / float(target)),
            "pace": formats.percent(float(pace) / float(target)),
        }
    return component(
        "bullet",
        width=width,
        bar=at(attained),
        target=at(target),
        pace=None if pace is None else at(pace),
        spoken=spoken,
        label=label,
    )


@register.simple_tag
def sparkline(
    values: Sequence[Number | None], width: int = 84, height: int = 24, label: str = "", css: str = ""
) -> SafeString:
    """Past values as a line that ends in a dot; None leaves a gap: {% sparkline kpi.trend %}"""
    known = [(i, float(value)) for i, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return SafeString("")
    low, high = min(v for _i, v in known), max(v for _i, v in known)
    pad, step = 4, (width - 8) / (len(values) - 1)
    spread = (high - low) or 1
    flat = (high - low) == 0
    places = {
        i: (pad + i * step, height / 2 if flat else height - pad - (v - low) / spread * (height - 2 * pad))
        for i, v in known
    }
    path = " ".join(f"{'L' if i - 1 in places else 'M'}{x:.1f} {y:.1f}" for i, (x, y) in places.items())
    end_x, end_y = places[known[-1][0]]
    return component(
        "sparkline",
        width=width,
        height=height,
        path=path,
        end_x=f"{end_x:.1f}",
        end_y=f"{end_y:.1f}",
        label=label,
        css=css,
    )


# States


def _statuses() -> dict[str, tuple[str, Tone]]:
    return {
        "ahead": (_("ahead"), "good"),
        "close": (_("close"), "careful"),
        "behind": (_("behind"), "bad"),
        "open": (_("open"), "accent"),
        "won": (_("won"), "good"),
        "lost": (_("lost"), "muted"),
        "draft": (_("draft"), "careful"),
        "submitted": (_("submitted"), "accent"),
        "approved": (_("approved"), "good"),
        "published": (_("published"), "good"),
        "paid": (_("paid"), "good"),
        "rejected": (_("rejected"), "bad"),
        "retired": (_("retired"), "muted"),
        "done": (_("done"), "good"),
        "due": (_("due"), "careful"),
        "overdue": (_("overdue"), "bad"),
        "planned": (_("planned"), "muted"),
        "running": (_("running"), "accent"),
        "failed": (_("failed"), "bad"),
        "cancelled": (_("cancelled"), "muted"),
        "healthy": (_("healthy"), "good"),
        "watch": (_("watch"), "careful"),
        "risk": (_("at risk"), "bad"),
    }


@register.simple_tag
def status(name: str, label: str = "") -> SafeString:
    """A known state as word and colour, `label` for another word: {% status row.pace_status %}"""
    word, tone = _statuses().get(name, (name, "muted"))
    return pill(label or word, tone)


@register.simple_tag
def pill(text: str, tone: Tone = "muted") -> SafeString:
    """A state in words on its colour: {% pill _("draft, version 4") tone="careful" %}"""
    return component("pill", text=text, tone=tone)


@register.simple_tag
def chip(text: str, tone: Tone = "accent") -> SafeString:
    """A small label that names somebody or something: {% chip action.owner %}"""
    return component("chip", text=text, tone=tone)


@register.simple_tag(name="progress", takes_context=True)
def progress_bar(context: Context, progress: Progress) -> SafeString:
    """A running job; asks its url again each second until it is over: {% progress progress %}"""
    return component("progress", progress=progress, csrf_token=context.get("csrf_token"))


@register.simple_tag
def skeleton(shape: str = "lines") -> SafeString:
    """A grey image of what is coming: 'lines', 'table', 'kpis', 'chart' or 'drawer': {% skeleton "table" %}"""
    return component("skeleton", shape=shape, rows=range(6), cells=range(4))


@register.simple_block_tag
def empty(content: str, title: str, text: str = "", icon: str = "inbox") -> SafeString:
    """Says honestly that there is nothing, why, and what to do; the block holds the next step.

    {% empty _("No notes yet") text=_("…") icon="messages" %}<a class="btn" href="…">…</a>{% endempty %}
    """
    return component("empty", title=title, text=text, icon=icon, actions=_slot(content))


@register.simple_tag(takes_context=True)
def notices(context: Context, messages: Iterable[Message | Notice] | None, oob: bool = False) -> SafeString:
    """The aria-live place for messages; with `oob` at the end of a fragment: {% notices messages oob=True %}"""
    shown = [_as_notice(message) for message in messages or ()]
    return component("notices", notices=shown, oob=oob, csrf_token=context.get("csrf_token"))


def _as_notice(message: Message | Notice) -> Notice:
    if isinstance(message, Notice):
        return message
    tones: dict[str, Tone] = {"success": "good", "warning": "careful", "error": "bad"}
    tags = (message.extra_tags or "").split()
    undo = next((tag.removeprefix(UNDO_TAG) for tag in tags if tag.startswith(UNDO_TAG)), None)
    return Notice(str(message.message), tones.get(message.level_tag, "accent"), undo)


# Tables


@register.simple_block_tag
def table(content: str, label: str = "", css: str = "") -> SafeString:
    """A table whose first column stays in place on a phone; rows with `data-href` answer the keyboard.

    {% table label=_("Statements") %}<thead>…</thead><tbody>…</tbody>{% endtable %}
    """
    return component("table", label=label, css=css, content=content)


@register.simple_tag(takes_context=True)
def th(
    context: Context, label: str, *, sort: str = "", end: bool = False, target: str = "", hide_label: bool = False
) -> SafeString:
    """A heading; with `sort` a link that orders by it: words from A, numbers (`end`) from the top.

    {% th _("Booked") sort="booked" end=True target="#pay-table" %}
    """
    current = _query(context).get("sort", "")
    first, second = (f"-{sort}", sort) if end else (sort, f"-{sort}")
    url = _linker(context)(sort=second if current == first else first, after=None) if sort else ""
    state = {sort: "ascending", f"-{sort}": "descending"}.get(current, "none") if sort else ""
    return component("th", label=label, url=url, state=state, end=end, target=target, hide_label=hide_label)


@register.simple_tag
def show_more(url: str | None, colspan: int) -> SafeString:
    """The last row of a list that goes on, which fetches the next rows: {% show_more next_url colspan=6 %}"""
    return component("show_more", url=url, colspan=colspan) if url else SafeString("")


@register.simple_tag(takes_context=True)
def search_field(context: Context, name: str = "q", label: str = "", target: str = "") -> SafeString:
    """A filter that answers while one types; keeps the other parameters; works as a plain form too.

    {% search_field name="q" label=_("Filter people") target="#people-table" %}
    """
    query = _query(context)
    request = context.get("request")
    return component(
        "search_field",
        name=name,
        label=label or _("Filter"),
        value=query.get(name, ""),
        kept=[(key, value) for key, value in query.items() if key not in {name, "after"}],
        path=request.path if isinstance(request, HttpRequest) else "",
        target=target,
    )


def _query(context: Context) -> dict[str, str]:
    request = context.get("request")
    return request.GET.dict() if isinstance(request, HttpRequest) else {}


class _Linker(Protocol):
    def __call__(self, **changes: str | None) -> str: ...


def _linker(context: Context) -> _Linker:
    """Makes links to this page with some parameters changed; None takes a parameter away."""
    query = _query(context)

    def link(**changes: str | None) -> str:
        merged = {key: value for key, value in (query | changes).items() if value is not None}
        return f"?{urlencode(merged)}"

    return link


# Charts


@register.simple_tag
def chart_card(chart: Chart) -> SafeString:
    """A chart in its card with table, picture and CSV: {% chart_card chart %}"""
    return component("chart_card", chart=chart, plot=_plot(chart))


@register.simple_tag(name="chart")
def chart_tag(chart: Chart) -> SafeString:
    """Only the plot and the table behind it, for a card of one's own: {% chart chart %}"""
    return _plot(chart)


def _plot(chart: Chart) -> SafeString:
    if chart.is_empty():
        return component(
            "empty", title=chart.empty or _("Nothing to show for this period."), text="", icon="chart-line", actions=""
        )
    return component(
        "chart", chart=chart, table=chart.table(), spec=json_script(chart.spec(), f"chart-{chart.id}-spec")
    )


# People and text


@register.simple_tag
def avatar(name: str, size: str = "", square: bool = False) -> SafeString:
    """Initials, square for teams, size "lg" beside a page title: {% avatar person.name size="lg" %}"""
    return component("avatar", initials=initials(name), size=size, square=square)


def initials(name: str) -> str:
    """'Lajuana Vencill' -> 'LV', 'West' -> 'W', '王小明' -> '小明': the part that people call each other by."""
    words = name.split()
    if not words:
        return "?"
    if "\u4e00" <= words[0][0] <= "\u9fff":
        return words[0][-2:] if len(words[0]) > 2 else words[0]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@register.simple_tag
def person_chip(name: str, detail: str = "", url: str | None = None, square: bool = False) -> SafeString:
    """Avatar, name and a line under it: {% person_chip row.name detail=row.team url=row.url %}"""
    return component("person_chip", name=name, detail=detail, url=url, square=square)


@register.simple_tag(name="audience")
def audience_line(audience: Audience) -> SafeString:
    """Who will read what is written here, or that nobody else will: {% audience note.audience %}"""
    readers, excluded = formats.listed(audience.readers), formats.listed(audience.excluded)
    return component("audience", audience=audience, readers=readers, excluded=excluded)


@register.simple_block_tag
def ground(content: str, audience: Audience, id: str = "") -> SafeString:  # noqa: A002 (the attribute's own name)
    """A text under its audience line; private text stands on a locked, hatched ground.

    {% ground shared_audience %}<textarea …></textarea>{% endground %}
    """
    return component("ground", line=audience_line(audience), private=audience.private, id=id, content=content)


@register.simple_tag
def facts(items: Iterable[Fact]) -> SafeString:
    """Labels at the left, values at the right: {% facts facts %}"""
    return component("facts", items=items)


@register.simple_tag
def attention(items: Iterable[Attention]) -> SafeString:
    """What needs somebody, each with its reason and one next step: {% attention items %}"""
    return component("attention", items=items)


@register.simple_tag
def timeline(items: Iterable[TimelineItem]) -> SafeString:
    """What happened, latest first: {% timeline items %}"""
    return component("timeline", items=items)


# Forms


@register.simple_tag
def form_errors(form: forms.BaseForm) -> SafeString:
    """What is wrong with the form as a whole, above its fields: {% form_errors form %}"""
    return component("form_errors", errors=form.non_field_errors()) if form.is_bound else SafeString("")


@register.simple_tag
def field(bound: BoundField, label: str = "", compact: bool = False) -> SafeString:
    """Label, control, help, and the error right at it; `compact` hides the label: {% field form.title %}"""
    kind = _control_kind(bound)
    css = {"check": "form-check-input", "select": "form-select", "group": ""}.get(kind, "form-control")
    classes = (bound.field.widget.attrs.get("class"), css, "is-invalid" if bound.errors else "")
    attrs: dict[str, str | bool] = {"class": " ".join(filter(None, classes))}
    if bound.errors:
        help_id = f" {bound.auto_id}_helptext" if bound.help_text else ""
        attrs |= {"aria-invalid": "true", "aria-describedby": f"{bound.auto_id}_error{help_id}"}
    return component(
        "field",
        field=bound,
        kind=kind,
        label=label or bound.label,
        compact=compact,
        control=bound.as_widget(attrs=attrs),
    )


def _control_kind(bound: BoundField) -> str:
    widget = bound.field.widget
    if isinstance(widget, forms.HiddenInput):
        return "hidden"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "group"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    return "select" if isinstance(widget, forms.Select) else "input"


# Dates and periods


@register.filter
def day(value: date | None) -> str:
    """{{ note.on|day }} -> 23 Nov 2026"""
    return formats.DASH if value is None else formats.day(value)


@register.filter
def day_short(value: date | None) -> str:
    """{{ note.on|day_short }} -> 23 Nov, with the year where it is not this one"""
    return formats.DASH if value is None else formats.day_short(value)


@register.filter
def moment(value: datetime | None) -> str:
    """{{ run.approved_at|moment }} -> 23 Nov 2026, 14:05"""
    return formats.DASH if value is None else formats.moment(value)


@register.filter
def clock(value: datetime | None) -> str:
    """{{ note.saved_at|clock }} -> 10:42"""
    return formats.DASH if value is None else formats.clock(value)


@register.filter(name="ago")
def ago_text(value: datetime | date | None) -> str:
    """{{ note.created_at|ago }} -> 3 hours ago"""
    return formats.DASH if value is None else formats.ago(value)


@register.simple_tag(name="ago")
def ago_tag(value: datetime | date | None) -> SafeString:
    """Relative time under seven days, the exact one on hover: {% ago note.created_at %}"""
    if value is None:
        return NOTHING
    exact = formats.moment(value) if isinstance(value, datetime) else formats.day(value)
    return format_html('<time datetime="{}" title="{}">{}</time>', value.isoformat(), exact, formats.ago(value))


@register.simple_tag
def day_range(start: date, end: date) -> str:
    """{% day_range period.start period.end %} -> 1 Oct to 31 Dec 2026; `end` is the first day after."""
    return formats.day_range(start, end)


@register.filter
def period_label(period: object) -> str:
    """{{ "2026-Q4"|period_label }} -> Q4 2026"""
    return formats.period_label(period)


@register.filter
def period_short(period: object) -> str:
    """{{ "2026-Q4"|period_short }} -> Q4"""
    return formats.period_short(period)


@register.filter
def history_values(history: Sequence[tuple[str, Number]]) -> list[Number]:
    """The values of an explanation's history, for its sparkline."""
    return [value for _period, value in history]
