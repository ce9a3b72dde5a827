"""The gallery at /ui/: every component in its states, with content of the kind it is made for, in both languages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formats
from core.charts import (
    Band,
    BarItem,
    Bars,
    Chart,
    Curve,
    Funnel,
    FunnelStep,
    Histogram,
    Line,
    Scatter,
    ScatterPoint,
    Trend,
    Values,
    Waterfall,
)
from core.explain import Explanation, Part
from core.ui import (
    Attention,
    Audience,
    Crumb,
    Delta,
    Fact,
    Kpi,
    NavItem,
    Notice,
    PeriodBar,
    Progress,
    Tab,
    TimelineItem,
)

USD = Values("money", "USD")
BOOKED = (160, 340, 470, 640, 880, 1130, 1290, 1460)
LAST_QUARTER = (150, 320, 430, 610, 820, 1090, 1330, 1510, 1740, 1980, 2290, 2610, 2920, 2990)
FORECAST = (1460, 1700, 1950, 2190, 2430, 2660, 2880)


class TargetForm(forms.Form):
    """A form with every kind of control, to show labels, help and errors."""

    title = forms.CharField(label=gettext_lazy("Title"), help_text=gettext_lazy("What will be reached, in one line."))
    amount = forms.DecimalField(label=gettext_lazy("Target"), min_value=0)
    due = forms.DateField(
        label=gettext_lazy("Due"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    measure = forms.ChoiceField(
        label=gettext_lazy("Measure"),
        choices=[("booked", gettext_lazy("Booked revenue")), ("win", gettext_lazy("Win rate"))],
    )
    note = forms.CharField(label=gettext_lazy("Why"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    shared = forms.BooleanField(label=gettext_lazy("Tell the team when it is reached"), required=False)


def gallery(request: HttpRequest) -> HttpResponse:
    """The page, or one of the fragments that its components ask for (`?part=`)."""
    parts: dict[str, Callable[[HttpRequest], HttpResponse]] = {
        "explanation": _explanation,
        "progress": _progress,
        "conflict": _conflict,
        "dialog": _dialog,
        "rows": _rows,
    }
    part = parts.get(request.GET.get("part", ""))
    if part:
        return part(request)
    context = _context(request.GET.get("q", ""), request.GET.get("sort", ""))
    return render(request, "ui/gallery.html", context)


def _explanation(request: HttpRequest) -> HttpResponse:
    return render(request, "ui/explanation.html", {"explanation": _win_rate()})


def _progress(request: HttpRequest) -> HttpResponse:
    done = min(35, int(request.GET.get("done", "0") or 0) + 7)
    return render(request, "ui/gallery_progress.html", {"progress": _job(done)})


def _conflict(request: HttpRequest) -> HttpResponse:
    text = _("Run 2026-Q3 is draft. Only a submitted run can be approved.")
    return render(request, "ui/_notices.html", {"notices": [Notice(text, tone="bad")]}, status=409)


def _dialog(request: HttpRequest) -> HttpResponse:
    return render(request, "ui/gallery_dialog.html", {"form": TargetForm()})


def _rows(request: HttpRequest) -> HttpResponse:
    more = TeamRow("Celia Rouche", "West", 223000, 0.43, "behind", 0.86, (2, 2.2, 2.4, 2.2), 0.5)
    return render(request, "ui/gallery_rows.html", {"teams": [more], "more_url": None})


def _context(query: str, order: str) -> dict[str, Any]:
    return {
        "teams": _team_rows(query, order),
        "more_url": "?part=rows",
        "crumbs": [Crumb(_("Company"), "#"), Crumb(_("Central"), "#"), Crumb(_("Components"))],
        "period_bar": PeriodBar(
            current="2026-Q4",
            previous="2026-Q3",
            compare="2026-Q3",
            comparable=("2026-Q3", "2025-Q4"),
            jumps=("2026-10", "2026-11", "2026-Q4", "2026-H2", "2026"),
        ),
        "sections": [
            ("figures", _("Figures")),
            ("charts", _("Charts")),
            ("tables", _("Tables")),
            ("text", _("People and text")),
            ("forms", _("Forms and overlays")),
            ("states", _("States")),
        ],
        **_figures(),
        **_charts(),
        **_people(),
        **_states(),
        "nav": _nav(),
        "form": TargetForm(),
        "bad_form": TargetForm({"title": "", "amount": "-5", "due": "2026-12-31", "measure": "booked"}),
    }


def _nav() -> list[NavItem]:
    places = [
        (_("Today"), "home"),
        (_("Team"), "users"),
        (_("Accounts"), "building"),
        (_("Pipeline"), "filter"),
        (_("Goals"), "target"),
        (_("Coaching"), "messages"),
        (_("Incentives"), "coin"),
        (_("Settings"), "settings"),
    ]
    return [NavItem(label, icon, "#", active=icon == "users") for label, icon in places]


# Tables


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One line of the table; `pace` is the expected attainment at the end, all shares are ratios."""

    name: str
    detail: str
    booked: int
    attained: float
    status: str
    pace: float
    trend: tuple[float, ...]
    win_rate: float
    is_region: bool = False


def _team_rows(query: str, order: str) -> list[TeamRow]:
    """Those whose name holds `query`, ordered by a field's name, downwards with a minus before it."""
    rows = [
        TeamRow("West", _("2 teams"), 546000, 0.52, "ahead", 1.02, (3, 5, 5.5, 5.4), 0.54, is_region=True),
        TeamRow("Central", _("2 teams"), 515000, 0.47, "close", 0.92, (3, 5, 5.2, 5.1), 0.50, is_region=True),
        TeamRow("Summer Sewald", "West", 323000, 0.59, "ahead", 1.18, (2, 3, 2.8, 3.2), 0.57),
        TeamRow("Dustin Brinkmann", "Central", 151000, 0.5, "ahead", 1.0, (1, 1.4, 1.5, 1.5), 0.54),
        TeamRow("Melvin Marxen", "Central", 365000, 0.45, "close", 0.9, (2, 3, 3.6, 3.7), 0.47),
        TeamRow("Rocco Neubert", "East", 232000, 0.37, "behind", 0.74, (2.4, 2.6, 2.5, 2.3), 0.52),
    ]
    found = [row for row in rows if query.lower() in row.name.lower()]
    keys: dict[str, Callable[[TeamRow], Any]] = {
        "name": lambda row: row.name,
        "booked": lambda row: row.booked,
        "win_rate": lambda row: row.win_rate,
    }
    key = keys.get(order.lstrip("-"))
    return sorted(found, key=key, reverse=order.startswith("-")) if key else found


# Figures


def _figures() -> dict[str, Any]:
    pace = _("of %(target)s target · on pace for %(pace)s")
    why = "?part=explanation"
    versus = formats.period_label("2026-Q3")
    kpis = [
        Kpi(
            _("Booked revenue"),
            formats.money(1456789, "USD"),
            why,
            Delta(-0.031, versus=versus),
            (1.2, 1.5, 1.5, 1.46),
            pace % {"target": formats.money(3131000, "USD"), "pace": formats.percent(0.92)},
            formats.money_full(1456789, "USD"),
        ),
        Kpi(
            _("Attainment"),
            formats.percent(0.47),
            why,
            None,
            (0.9, 0.97, 0.99, 0.97),
            _("%(ahead)s of %(all)s people are ahead") % {"ahead": 4, "all": 35},
            note=_("%(share)s of time") % {"share": formats.percent(0.59)},
        ),
        Kpi(
            _("Win rate"),
            formats.percent(0.521),
            why,
            Delta(-0.093, "points", versus=versus),
            (0.61, 0.6, 0.57, 0.52),
            _("%(won)s won, %(lost)s lost") % {"won": 596, "lost": 548},
        ),
        Kpi(
            _("Pipeline coverage"),
            "2.5 ×",
            why,
            Delta(0.4, "number"),
            (2.1, 2.2, 2.1, 2.5),
            _("weighted by past win rate"),
        ),
        Kpi(
            _("Customer satisfaction"),
            "4.3",
            why,
            Delta(0.1, "number"),
            (4.1, 4.2, 4.2, 4.3),
            "CSAT 86 % ± 3 · n = 412",
        ),
        Kpi(
            _("Bonus cost"),
            formats.money(61240, "USD"),
            why,
            Delta(0.042, good="none"),
            (48, 63, 62, 61),
            _("provisional, this night"),
        ),
    ]
    return {
        "kpis": kpis,
        "deltas": [Delta(0.12), Delta(-0.031), Delta(-0.093, "points"), Delta(0.042, good="none"), Delta(0)],
        "levels": [Tab(_("Teams"), "#teams", active=True), Tab(_("People"), "#people")],
        "tabs": [
            Tab(_("Overview"), "#o", active=True),
            Tab(_("Goals"), "#g", count=4),
            Tab(_("Results"), "#r"),
            Tab(_("Coaching"), "#c", count=12),
            Tab(_("Statements"), "#s"),
        ],
        "statuses": ("ahead", "close", "behind", "open", "won", "lost", "draft", "submitted", "approved", "overdue"),
        "loss": Decimal("-55.00"),
    }


def _win_rate() -> Explanation:
    deals = [("Konex", "GTX Basic"), ("Condax", "GTX Basic"), ("Hottechi", "MG Special"), ("Isdom", "GTX Pro")]
    return Explanation(
        title=_("Win rate, Lajuana Vencill"),
        value=formats.percent(0.3824, places=1),
        definition=_("Won deals as a share of all that were won or lost in the period, by close date."),
        formula=(_("won ÷ (won + lost)"), f"13 ÷ (13 + 21) = {formats.percent(0.3824, places=1)}"),
        facts=(Fact(_("Won"), "13", "#"), Fact(_("Lost"), "21", "#"), Fact(_("Before"), formats.percent(0.57))),
        target=formats.percent(0.55),
        basis=_("agreed on 2 October with Dustin Brinkmann"),
        as_of=timezone.now(),
        source=_("pipeline, import of this night"),
        parts=tuple(
            Part(f"{a} · {p}", "−1" if i else "+1", _("closed on 9 November"), "#") for i, (a, p) in enumerate(deals)
        ),
        parts_total=34,
        all_href="#",
        export_href="#",
        rule=_("Win rate"),
        rule_version="2",
        history=(("2025-Q4", 0.52), ("2026-Q1", 0.55), ("2026-Q2", 0.58), ("2026-Q3", 0.57), ("2026-Q4", 0.38)),
        ask_href="#",
    )


# Charts


def _charts() -> dict[str, Any]:
    weeks = tuple(_("wk %(number)s") % {"number": n} for n in range(1, 15))
    ahead = (None,) * (len(BOOKED) - 1)
    band = Band(
        _("%(share)s range") % {"share": formats.percent(0.8)},
        (*ahead, *(_thousands(1460, 1660, 1860, 2060, 2280, 2490, 2690))),
        (*ahead, *(_thousands(1460, 1740, 2040, 2320, 2580, 2830, 3060))),
    )
    lines = (
        Line(_("target"), tuple(3_131_000 * week / 14 for week in range(1, 15)), "target"),
        Line(formats.period_short("2026-Q3"), _thousands(*LAST_QUARTER), "past"),
        Line(_("forecast"), (*ahead, *_thousands(*FORECAST)), "forecast"),
        Line(_("Booked"), (*_thousands(*BOOKED), *(None,) * 6), "actual"),
    )
    return {
        "trend": Chart(
            "booked",
            _("Booked so far runs %(gap)s behind last quarter; the forecast lands at %(landing)s")
            % {"gap": formats.percent(0.03, 0), "landing": formats.percent(0.92)},
            Trend(weeks, lines, band),
            USD,
        ),
        "attention": _attention(),
        "charts": [
            _funnel(),
            _products(),
            _win_rates(),
            _pay_curve(),
            _distribution(),
            _activity(),
            _pay_parts(),
            _nothing(),
        ],
    }


def _thousands(*values: float) -> tuple[float, ...]:
    return tuple(value * 1000 for value in values)


def _funnel() -> Chart:
    steps = (
        FunnelStep(_("Prospecting"), 2757),
        FunnelStep(_("Engaging"), 2268, _("%(days)s median") % {"days": formats.days(34)}, 0.82),
        FunnelStep(_("Won"), 596, _("%(days)s median") % {"days": formats.days(52)}, 0.26),
    )
    return Chart("funnel", _("The step that loses most is Engaging"), Funnel(steps), height=240)


def _products() -> Chart:
    sold = [
        ("GTX Pro", 502),
        ("GTX Plus Pro", 391),
        ("MG Advanced", 331),
        ("GTX Plus Basic", 104),
        ("GTX Basic", 75),
        ("GTK 500", 47),
        ("MG Special", 6),
    ]
    items = tuple(BarItem(name, value * 1000, "accent" if value > 300 else "muted") for name, value in sold)
    return Chart(
        "products",
        _("Three products bring %(share)s of revenue") % {"share": formats.percent(0.84)},
        Bars(items, _("Booked")),
        USD,
        height=240,
    )


def _win_rates() -> Chart:
    rates = [
        ("GTX Pro", 0.57, 0.58),
        ("MG Advanced", 0.6, 0.61),
        ("MG Special", 0.52, 0.54),
        ("GTX Plus Basic", 0.41, 0.54),
        ("GTX Basic", 0.18, 0.52),
    ]
    items = tuple(BarItem(name, now, "bad" if now < 0.2 else "accent", before) for name, now, before in rates)
    body = Bars(items, formats.period_label("2026-Q4"), formats.period_label("2026-Q3"))
    return Chart("rates", _("Win rate fell where GTX Basic was offered"), body, Values("percent"), height=240)


def _pay_curve() -> Chart:
    body = Curve(
        ((0, 0), (0.5, 1350), (1, 5400), (1.3, 8640), (1.6, 12690)),
        x_label=_("Attainment"),
        y_label=_("Pay"),
        target_y=5400,
        target_label=_("target pay"),
        mark=(
            1.12,
            6696,
            _("%(share)s pays %(pay)s") % {"share": formats.percent(1.12), "pay": formats.money(6696, "USD")},
        ),
        range=(1, 1.3),
        draggable=True,
    )
    return Chart("curve", _("What does attainment pay?"), body, USD, height=280)


def _distribution() -> Chart:
    bins = tuple((low / 10, (low + 1) / 10, n) for low, n in enumerate((1, 2, 4, 7, 9, 6, 3, 2, 1)))
    body = Histogram(bins, x_label=_("Attainment"), mark=0.31, mark_label="Lajuana Vencill")
    return Chart(
        "distribution",
        _("Most people are between %(low)s and %(high)s") % {"low": formats.percent(0.3), "high": formats.percent(0.6)},
        body,
        height=280,
    )


def _activity() -> Chart:
    people = [
        ("Lajuana Vencill", 21, 0.38, 34),
        ("Moses Frase", 12, 0.52, 22),
        ("Kary Hendrixson", 30, 0.61, 41),
        ("Vicki Laflamme", 27, 0.59, 38),
        ("Gladys Colclough", 9, 0.44, 15),
        ("Zane Levy", 18, 0.55, 30),
    ]
    points = tuple(ScatterPoint(name, days, rate, n) for name, days, rate, n in people)
    body = Scatter(points, _("Open deals"), _("Win rate"))
    return Chart(
        "activity",
        _("Do those with more open deals win less?"),
        body,
        Values("percent"),
        sub=_("Size: closed deals"),
        height=280,
    )


def _pay_parts() -> Chart:
    items = (
        (_("Commission"), Decimal("3384.45")),
        (_("Satisfaction"), 1980),
        (_("Goals"), 1404),
        (_("Adjustments"), 240),
    )
    return Chart("pay", _("Commission brings half of the pay"), Waterfall(items, _("Total")), USD, height=240)


def _nothing() -> Chart:
    return Chart(
        "nothing", _("Why were deals lost?"), Bars(()), empty=_("No deal was lost in this period."), height=240
    )


# People, text, states


def _attention() -> list[Attention]:
    return [
        Attention(
            _("Lajuana Vencill wins %(now)s, was %(before)s")
            % {"now": formats.percent(0.38), "before": formats.percent(0.57)},
            _("21 lost since 1 Oct, 14 of them GTX Basic · last coached 41 days ago"),
            "bad",
            _("Coach"),
            "#",
        ),
        Attention(_("12 deals past their close date"), _("7 belong to Melvin Marxen’s team"), "careful", _("Ask"), "#"),
        Attention(
            _("Bonus run 2026-Q3 waits for your approval"),
            _("35 statements, 2 open questions"),
            "accent",
            _("Review"),
            "#",
        ),
    ]


def _people() -> dict[str, Any]:
    now = timezone.now()
    return {
        "shared": Audience((_("you"), "Lajuana Vencill")),
        "private": Audience((_("only you"),), private=True, excluded=(_("HR"), _("directors"), _("administrators"))),
        "facts": [
            Fact(_("Deals moved"), _("9 forward, 4 stuck over 30 days")),
            Fact(_("Promises"), _("2 of 4 kept"), "#"),
            Fact(_("Training"), _("Price talks, attended, test %(score)s") % {"score": formats.percent(0.7)}),
        ],
        "timeline": [
            TimelineItem(
                formats.day_short(now - timedelta(days=41)),
                _("Konex plan, price sheet"),
                _("2 agreed, 1 late"),
                "#",
                "careful",
            ),
            TimelineItem(
                formats.day_short(now - timedelta(days=55)),
                _("Quarter close, forecast"),
                _("3 agreed, kept"),
                "#",
                "good",
            ),
            TimelineItem(
                formats.day_short(now - timedelta(days=69)),
                _("Visit at Condax observed"),
                _("open questions, listening"),
            ),
        ],
        "moments": [
            now - timedelta(minutes=3),
            now - timedelta(hours=5),
            now - timedelta(days=2),
            now - timedelta(days=30),
        ],
        "range": (now.date().replace(month=10, day=1), now.date().replace(month=12, day=31) + timedelta(days=1)),
    }


def _job(done: int) -> Progress:
    return Progress(
        id="run",
        url=f"?part=progress&done={done}",
        label=_("Calculating run 2026-Q4"),
        done=done,
        total=35,
        state="done" if done >= 35 else "running",
        result_url="#",
        message=_("35 statements, frozen inputs") if done >= 35 else _("Statements of Central"),
    )


def _states() -> dict[str, Any]:
    return {
        "job": _job(7),
        "failed_job": Progress(
            "bad", "", _("Import of pipeline.csv"), 12, 35, "failed", message=_("50 rows are in quarantine")
        ),
        "notices": [
            Notice(_("Target saved."), "good"),
            Notice(_("Note deleted."), "accent", undo_url="#"),
            Notice(_("Two rows have no owner."), "careful"),
            Notice(_("The run changed while you looked at it. Reload to see it."), "bad"),
        ],
    }
