"""The panels of a team's dashboard."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from operator import itemgetter

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formats
from core.charts import Band, BarItem, Bars, Chart, Funnel, FunnelStep, Line, Trend, Values
from core.exports import Row
from core.periods import Period
from core.ui import Attention, Delta, Kpi
from crm.models import Opportunity
from crm.selectors import FunnelRow, MixRow
from dashboards.rules.attention import Finding
from dashboards.selectors.overview import ChildRow, Course, Overview
from goals import cards
from goals.selectors import Figure, Pace, Subject
from incentives.selectors import BonusCost

MONEY = Values("money", settings.COMPANY_CURRENCY)
CLEARLY = Decimal("0.8")  # products that bring this share of revenue are named together


def money(amount: Decimal) -> str:
    return formats.money(amount, settings.COMPANY_CURRENCY)


def kpis(found: Overview, compare: Period | None) -> list[Kpi]:
    """The strip: booked, attainment, win rate, coverage, days to win, bonus cost."""
    figures = found.figures
    strip = []
    if booked := figures.get("booked_revenue"):
        strip.append(cards.kpi_card(booked, compare, found.pace, found.course.same_point.get("booked_revenue")))
        strip.append(attainment_card(booked, found.pace))
    if rate := figures.get("win_rate"):
        strip.append(cards.kpi_card(rate, compare, None))
    strip.append(coverage_card(found))
    if cycle := figures.get("cycle_days"):
        strip.append(cards.kpi_card(cycle, compare, None))
    if found.bonus:
        strip.append(bonus_card(found, found.bonus, compare))
    return strip


def figure_cards(
    figures: Mapping[str, Figure], compare: Period | None, pace: Pace, same_point: Mapping[str, Decimal]
) -> list[Kpi]:
    """A card for each KPI, in the KPIs' own order. `same_point`: see `Course`."""
    return [cards.kpi_card(figure, compare, pace, same_point.get(code)) for code, figure in figures.items()]


def attainment_card(booked: Figure, pace: Pace) -> Kpi:
    on_pace = pace.on_pace(booked.attainment)
    return Kpi(
        label=_("Attainment"),
        value=formats.percent(booked.attainment) if booked.attainment is not None else formats.DASH,
        explain_url=booked.explain_url,
        trend=[past.attainment for past in booked.history],
        note=_("%(share)s of time") % {"share": formats.percent(pace.share)} if pace.basis != "over" else "",
        sub=_("on pace for %(share)s") % {"share": formats.percent(on_pace)}
        if on_pace is not None
        else _("no target yet"),
    )


def coverage_card(found: Overview) -> Kpi:
    value = f"{formats.number(found.coverage, 1)}\u00a0×" if found.coverage is not None else formats.DASH
    sub = _("%(amount)s in %(count)s open deals") % {
        "amount": money(found.pipeline.amount),
        "count": formats.number(found.pipeline.deals),
    }
    return Kpi(label=_("Pipeline coverage"), value=value, sub=sub, explain_url=_explain("explain-coverage", found))


def bonus_card(found: Overview, bonus: BonusCost, compare: Period | None) -> Kpi:
    booked = found.figures.get("booked_revenue")
    note = ""
    if booked and booked.actual:
        note = _("%(share)s of revenue") % {"share": formats.percent(bonus.amount / booked.actual)}
    delta = None
    if compare and found.bonus_before and found.bonus_before.amount:
        change = (bonus.amount - found.bonus_before.amount) / found.bonus_before.amount
        delta = Delta(change, "percent", "none", formats.period_label(compare))
    sub = (
        _("run %(code)s, approved") % {"code": bonus.run_code} if bonus.is_final else _("provisional, from last night")
    )
    return Kpi(
        label=_("Bonus cost"),
        value=formats.money(bonus.amount, bonus.currency),
        full=formats.money_full(bonus.amount, bonus.currency),
        delta=delta,
        note="" if delta else note,
        sub=f"{note} · {sub}" if delta and note else sub,
        explain_url=_explain("explain-bonus", found),
    )


def _explain(route: str, found: Overview) -> str:
    return f"{reverse(f'dashboards:{route}')}?team={found.team.code}&period={found.period.code}"


def course_chart(found: Course, period: Period, compare: Period | None) -> Chart:
    """Cumulative bookings against the target; the title says how it stands."""
    target = [found.target * (index + 1) / len(found.days) for index in range(len(found.days))] if found.target else []
    lines = [Line(_("Booked"), found.actual, "actual")]
    if target:
        lines.append(Line(_("target"), target, "target"))
    if compare and any(value for value in found.past):
        lines.append(Line(formats.period_beside(compare, period), found.past, "past"))
    band = None
    if found.landing:
        lines.append(Line(_("forecast"), [point[1] if point else None for point in found.forecast], "forecast"))
        low, high = ([point[i] if point else None for point in found.forecast] for i in (0, 2))
        band = Band(_("range of past periods"), low, high)
    return Chart(
        id="course",
        title=course_title(found, period, compare),
        sub=landing_words(found),
        body=Trend(x=[formats.day_short(day, found.days[0]) for day in found.days], lines=lines, band=band),
        values=MONEY,
        empty=_("Nothing was booked in this period."),
        height=360,
    )


def course_title(found: Course, period: Period, compare: Period | None) -> str:
    """A finding in words: against the compared period at the same point, and where it lands."""
    known = sum(1 for value in found.actual if value is not None)
    past = found.past[known - 1] if known else None
    words = [_("Booked %(amount)s") % {"amount": money(found.booked)}]
    if past and compare:
        change = (found.booked - past) / past
        share, other = formats.percent(abs(change)), formats.period_beside(compare, period)
        if change < 0:
            words = [_("Booked so far runs %(share)s behind %(period)s") % {"share": share, "period": other}]
        else:
            words = [_("Booked so far runs %(share)s ahead of %(period)s") % {"share": share, "period": other}]
    if found.landing and found.target:
        words.append(
            _("the forecast lands at %(share)s") % {"share": formats.percent(found.landing.middle / found.target)}
        )
    return _("; ").join(words)


def landing_words(found: Course) -> str:
    if not found.landing:
        return ""
    return _(
        "Expected %(middle)s, between %(low)s and %(high)s, if the rest goes as in the last %(count)s periods."
    ) % {
        "middle": money(found.landing.middle),
        "low": money(found.landing.low),
        "high": money(found.landing.high),
        "count": found.landing.periods,
    }


def funnel_chart(rows: Sequence[FunnelRow], figure: Figure | None) -> Chart:
    """Open deals by stage and what was won, with median days; the title says the share that is won."""
    steps = [
        FunnelStep(str(row.stage.label), row.deals, _median(row)) for row in rows if row.stage != Opportunity.Stage.LOST
    ]
    lost = sum(row.deals for row in rows if row.stage == Opportunity.Stage.LOST)
    title = _("Deals by stage")
    if figure and figure.actual is not None:
        title = _("Of closed deals %(share)s were won") % {"share": formats.percent(figure.actual)}
    sub = ngettext("%(count)s deal was lost", "%(count)s deals were lost", lost) % {"count": formats.number(lost)}
    return Chart(
        id="funnel",
        title=title,
        sub=sub if lost else "",
        body=Funnel(steps),
        values=Values("number"),
        height=240,
        empty=_("No deals in this period."),
    )


def _median(row: FunnelRow) -> str:
    if row.median_days is None:
        return ""
    return ngettext("%(days)s day median", "%(days)s days median", row.median_days) % {"days": row.median_days}


def product_chart(rows: Sequence[MixRow]) -> Chart:
    count, share = _leading(rows)
    title = ngettext(
        "%(count)s product brings %(share)s of revenue", "%(count)s products bring %(share)s of revenue", count
    )
    return _mix_chart("products", rows, title % {"count": count, "share": share})


def sector_chart(rows: Sequence[MixRow]) -> Chart:
    count, share = _leading(rows)
    title = ngettext(
        "%(count)s sector brings %(share)s of revenue", "%(count)s sectors bring %(share)s of revenue", count
    )
    return _mix_chart("sectors", rows, title % {"count": count, "share": share})


def _mix_chart(chart_id: str, rows: Sequence[MixRow], title: str) -> Chart:
    count, _share = _leading(rows)
    items = [
        BarItem(row.key or _("without account"), row.booked, tone="accent" if index < count else "muted")
        for index, row in enumerate(rows[:10])
        if row.booked
    ]
    return Chart(
        id=chart_id,
        title=title if items else _("Nothing was booked in this period"),
        body=Bars(items, name=_("Booked")),
        values=MONEY,
        height=280,
        empty=_("Nothing was booked in this period."),
    )


def _leading(rows: Sequence[MixRow]) -> tuple[int, str]:
    """How many of the first rows together bring most of the total, and which share that is, formatted."""
    total = sum((row.booked for row in rows), Decimal(0))
    reached = Decimal(0)
    for count, row in enumerate(rows, start=1):
        reached += row.booked
        if total and reached >= CLEARLY * total:
            return count, formats.percent(reached / total)
    return len(rows), formats.percent(0)


def attention(findings: Sequence[Finding], period: Period) -> list[Attention]:
    words: dict[str, Callable[[Finding], Attention]] = {
        "win_rate_fell": _win_rate_fell,
        "behind_pace": partial(_behind_pace, period),
        "not_coached": _not_coached,
        "stuck_deals": _stuck_deals,
        "run_waits": _run_waits,
    }
    return [words[found.kind](found) for found in findings]


def _coached(days: object) -> str:
    if days is None:
        return _("not coached yet")
    if days == 0:
        return _("coached today")
    return ngettext("last coached %(days)s day ago", "last coached %(days)s days ago", int(str(days))) % {"days": days}


def _win_rate_fell(found: Finding) -> Attention:
    values = {key: found.values[key] for key in ("name", "lost")} | {
        "now": formats.percent(Decimal(str(found.values["now"]))),
        "before": formats.percent(Decimal(str(found.values["before"]))),
    }
    title = _("%(name)s wins %(now)s, was %(before)s") % values
    lost = ngettext("%(lost)s deal lost", "%(lost)s deals lost", int(str(found.values["lost"]))) % values
    return Attention(
        title, f"{lost} · {_coached(found.values['coached_days'])}", "bad", _("Coach"), f"/people/{found.key}/coaching/"
    )


def _behind_pace(period: Period, found: Finding) -> Attention:
    title = _("%(name)s: on pace for %(share)s") % {
        "name": found.values["name"],
        "share": formats.percent(Decimal(str(found.values["pace"]))),
    }
    detail = _("%(amount)s less than should be booked today") % {"amount": money(Decimal(str(found.values["behind"])))}
    return Attention(
        title, detail, "careful", _("Look"), f"{reverse('dashboards:team')}?team={found.key}&period={period.code}"
    )


def _not_coached(found: Finding) -> Attention:
    title = _("%(name)s: no one-on-one for long") % found.values
    return Attention(
        title, _coached(found.values["coached_days"]), "careful", _("Coach"), f"/people/{found.key}/coaching/"
    )


def _stuck_deals(found: Finding) -> Attention:
    deals = int(str(found.values["deals"]))
    values = {"deals": formats.number(deals), "amount": money(Decimal(str(found.values["amount"])))}
    title = (
        ngettext("%(deals)s open deal is stuck, %(amount)s", "%(deals)s open deals are stuck, %(amount)s", deals)
        % values
    )
    detail = _("open longer than nine of ten won deals took · %(count)s in team %(team)s") % {
        "count": formats.number(int(str(found.values["team_deals"]))),
        "team": found.values["team"],
    }
    return Attention(title, detail, "careful", _("Ask"), f"{reverse('crm:deal-list')}?stage=engaging&sort=engaged_on")


def _run_waits(found: Finding) -> Attention:
    title = _("Bonus run %(code)s waits for approval") % {"code": found.values["code"]}
    people = int(str(found.values["people"]))
    detail = ngettext("%(count)s statement, %(total)s", "%(count)s statements, %(total)s", people) % {
        "count": people,
        "total": formats.money_full(Decimal(str(found.values["total"])), settings.COMPANY_CURRENCY),
    }
    return Attention(title, detail, "accent", _("Review"), reverse("incentives:run-detail", args=[found.key]))


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the level below, ready to show."""

    key: str
    name: str
    detail: str
    url: str
    is_team: bool
    booked: Figure | None
    attainment: Decimal | None
    status: str
    on_pace: Decimal | None
    trend: Sequence[float | Decimal | None]
    win_rate: Figure | None
    coverage: Decimal | None
    coached: str
    bonus: Decimal | None
    bonus_currency: str
    without_deals: bool
    coverage_url: str
    bonus_url: str


def table_rows(rows: Sequence[ChildRow], pace: Pace, period: Period) -> list[TableRow]:
    return [_table_row(row, pace, period) for row in rows]


def _table_row(row: ChildRow, pace: Pace, period: Period) -> TableRow:
    subject, booked = row.figures.subject, row.figures.figures.get("booked_revenue")
    is_team = subject.kind != "person"
    attainment = booked.attainment if booked else None
    detail = subject.detail
    if is_team:
        people = ngettext("%(count)s KAM", "%(count)s KAMs", subject.members) % {"count": subject.members}
        detail = f"{subject.detail} · {people}" if subject.kind == "team" and subject.detail else people
    url = (
        f"{reverse('dashboards:team')}?team={subject.key}&period={period.code}"
        if is_team
        else f"{subject.url}?period={period.code}"
    )
    return TableRow(
        key=subject.key,
        name=subject.name,
        detail=detail,
        url=url,
        is_team=is_team,
        booked=booked,
        attainment=attainment,
        status="" if row.without_deals else pace.status(attainment),
        on_pace=pace.on_pace(attainment),
        trend=[past.actual for past in booked.history] if booked else [],
        win_rate=row.figures.figures.get("win_rate"),
        coverage=row.coverage,
        coached=formats.days(row.coached_days) if row.coached_days is not None else "",
        bonus=row.bonus.amount if row.bonus else None,
        bonus_currency=row.bonus.currency if row.bonus else settings.COMPANY_CURRENCY,
        without_deals=row.without_deals,
        coverage_url=_row_explain("explain-coverage", subject, period),
        bonus_url=_row_explain("explain-bonus", subject, period),
    )


def _row_explain(route: str, subject: Subject, period: Period) -> str:
    """What a figure of the row is made of."""
    key = "person" if subject.kind == "person" else "team"
    return f"{reverse(f'dashboards:{route}')}?{key}={subject.key}&period={period.code}"


SORTS: Mapping[str, Callable[[ChildRow], Decimal | int | None]] = {
    "booked": lambda row: row.value("booked_revenue"),
    "attainment": lambda row: row.attainment,
    "win_rate": lambda row: row.value("win_rate"),
    "coverage": lambda row: row.coverage,
    "coached": lambda row: row.coached_days,
    "bonus": lambda row: row.bonus.amount if row.bonus else None,
}


def ordered(rows: Sequence[ChildRow], sort: str) -> list[ChildRow]:
    """Rows by one column, those without a value last, whichever way. An unknown column leaves the order of the tree."""
    falling = sort.startswith("-")
    if sort.lstrip("-") == "name":
        return sorted(rows, key=lambda row: row.figures.subject.name.lower(), reverse=falling)
    key = SORTS.get(sort.lstrip("-"))
    if key is None:
        return list(rows)
    valued = [(value, row) for row in rows if (value := key(row)) is not None]
    valued.sort(key=itemgetter(0), reverse=falling)
    return [row for _value, row in valued] + [row for row in rows if key(row) is None]


def days_left(period: Period, today: date) -> str:
    """'39 days left', 'closed' or 'not begun', beside the title."""
    if today >= period.end:
        return _("closed")
    if today < period.start:
        return _("not begun")
    left = (period.end - today).days
    return ngettext("%(count)s day left", "%(count)s days left", left) % {"count": left}


def export_headings() -> list[str]:
    return [
        _("Name"),
        _("Booked"),
        _("Target"),
        _("Attainment"),
        _("Pace"),
        _("Win rate"),
        _("Coverage"),
        _("Days since coached"),
        _("Bonus"),
        _("Currency"),
    ]


def export_rows(rows: Sequence[ChildRow], pace: Pace) -> list[Row]:
    """Exact values, one row a team or KAM."""
    return [
        [
            row.figures.subject.name,
            row.value("booked_revenue"),
            row.target,
            row.attainment,
            pace.on_pace(row.attainment),
            row.value("win_rate"),
            row.coverage,
            row.coached_days,
            row.bonus.amount if row.bonus else None,
            row.bonus.currency if row.bonus else settings.COMPANY_CURRENCY,
        ]
        for row in rows
    ]
