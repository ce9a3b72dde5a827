"""Statements: a person's list, one statement with every line explained, and the question about a line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.doors import UserRequest, get_visible, requires, wants_fragment
from accounts.models import Person
from accounts.person_page import person_context
from core import calendar, formats
from core.charts import BarItem, Bars, Chart, Values, Waterfall
from core.errors import NotFound
from core.money import round_money
from core.period_choice import chosen_period
from core.ui import Audience, Crumb, Delta
from incentives import selectors
from incentives.correction_messages import correction_sentence
from incentives.forms.entries import QuestionForm
from incentives.models import Run, Statement
from incentives.selectors.corrections import settled_corrections
from incentives.selectors.disputes import disputes_of
from incentives.selectors.first_answers import answer_about_line
from incentives.selectors.letters import letters_to_sign
from incentives.selectors.pay_history import APPROVED, runs_seen, standing, statements_of_person
from incentives.selectors.run_people import run_sums
from incentives.selectors.silence import statement_checks
from incentives.services.questions import answering_names, ask
from incentives.views.runs import only_tabs, pay_question, pay_rows
from incentives.views.statement_head import statement_facts, statement_state, statement_subtitle, statement_title
from incentives.views.statement_words import reason_of, remarks_of

LINES = 500  # a page of lines; more than a quarter of deals
FEW = 4  # quarters that fit a low chart


def crumbs(*further: Crumb) -> list[Crumb]:
    home = Crumb(_("Incentives"), reverse("incentives:home"))
    return [home, Crumb(_("Statements"), reverse("incentives:statement-list")), *further]


# Lists


@require_GET
@requires("incentives.view_statements")
def statement_list(request: UserRequest) -> HttpResponse:
    """The people whom the viewer may see, as the run of the chosen quarter pays them. A KAM gets the own statements."""
    may = request.user.may
    if not (may("incentives.view_team_pay") or may("incentives.view_draft_run")):
        return own_statements(request)
    choice = chosen_period(request)
    seen = [pay for pay in runs_seen(viewer=request.user) if pay.run.period == choice.period.code and pay.people]
    run = max(seen, key=lambda pay: standing(pay.run)).run if seen else None
    context: dict[str, Any] = {"run": run, "period": choice.period.code, "period_bar": choice.bar, "crumbs": crumbs()}
    if run is not None:
        question = pay_question(request.GET)
        context |= pay_rows(request, run, question)
        if wants_fragment(request) and question.after:
            return render(request, "incentives/_pay_rows.html", context)
        context["only_tabs"] = only_tabs(request, run_sums(viewer=request.user, run=run))
    return render(request, "incentives/statement_list.html", context)


def own_statements(request: UserRequest) -> HttpResponse:
    """The statements of whoever is logged in."""
    person = request.user.person_or_none
    if person is None:
        raise NotFound
    rows = statements_of_person(viewer=request.user, person=person)
    context = {
        "rows": rows,
        "chart": pay_history_chart(rows),
        "to_sign": letters_to_sign(person, calendar.today()),
        "crumbs": crumbs()[:1],
    }
    return render(request, "incentives/own_statements.html", context)


@require_GET
@requires("incentives.view_statements")
def person_statements(request: UserRequest, uid: UUID) -> HttpResponse:
    """The tab of a person's page."""
    person = get_visible(Person, request.user, uid)
    rows = statements_of_person(viewer=request.user, person=person)
    context = person_context(request, person, "statements") | {"rows": rows, "chart": pay_history_chart(rows)}
    return render(request, "incentives/person_statements.html", context)


def pay_history_chart(rows: Sequence[Statement]) -> Chart:
    """Pay beside pay at target, latest quarter first; what is not approved says so."""
    items = [
        BarItem(
            formats.period_label(row.run.period),
            row.total,
            compare=row.target_pay,
            detail="" if standing(row.run) == APPROVED else _("provisional"),
            href=reverse("incentives:statement-detail", args=[row.uid]),
        )
        for row in rows
        if row.run.kind != Run.Kind.CORRECTION
    ]
    empty = _("The first statement appears here after the first bonus run.")
    return pay_bars("pay-history", _("Pay, quarter by quarter"), items, rows[0].currency if rows else "", empty)


def pay_bars(name: str, title: str, items: Sequence[BarItem], currency: str, empty: str) -> Chart:
    """Quarters as bars with pay at target behind them."""
    return Chart(
        name,
        title,
        Bars(items, name=_("Pay"), compare_name=_("Pay at target")),
        Values("money", currency),
        sub=_("Behind it in grey: pay at target"),
        empty=empty,
        height=200 if len(items) <= FEW else 320,
    )


# One statement


@require_GET
@requires("incentives.view_statements")
def statement_detail(request: UserRequest, uid: UUID) -> HttpResponse:
    """The payslip: total, what it is made of, and every line with its reason."""
    after = request.GET.get("after", "")
    detail = selectors.statement_detail(
        viewer=request.user, statement_uid=uid, after=int(after) if after.isdigit() else 0, size=LINES
    )
    statement = detail.statement
    context = {
        "detail": detail,
        "statement": statement,
        "run": statement.run,
        "title": statement_title(statement),
        "subtitle": statement_subtitle(statement),
        "state": statement_state(statement),
        "chart": _waterfall(detail),
        "facts": statement_facts(statement),
        "remarks": remarks_of(statement),
        "reason": reason_of(statement),
        "comparison": _comparison(statement, detail.previous),
        "previous": detail.previous,
        "checks": statement_checks(statement),
        "disputes": disputes_of(viewer=request.user, statement=statement),
        "corrected": [(correction, correction_sentence(correction)) for correction in settled_corrections(statement)],
        "opens_deals": request.user.may("crm.view_deals"),
        "crumbs": crumbs(Crumb(statement.person.name)),
    }
    return render(request, "incentives/statement_detail.html", context)


def _waterfall(detail: selectors.StatementDetail) -> Chart | None:
    """What adds up to the total: by part of the plan; where one part earned everything, by its tiers."""
    steps = [(name, amount) for name, amount in detail.waterfall if amount]
    if len(steps) == 1 and detail.next_after is None:
        steps = _by_tier(detail) or steps
    if not steps or detail.error:
        return None
    return Chart(
        "waterfall",
        _("What the pay is made of"),
        Waterfall(steps, _("Total")),
        Values("money", detail.statement.currency),
        height=160,
    )


def _by_tier(detail: selectors.StatementDetail) -> list[tuple[str, Decimal]]:
    """Sums by tier that add up to the lines: the last part of a line carries its rounding."""
    sums: dict[str, Decimal] = {}
    for line in detail.lines:
        left = line.amount
        for part in line.parts[:-1]:
            pay = round_money(part.pay, detail.statement.currency)
            sums[part.label] = sums.get(part.label, Decimal(0)) + pay
            left -= pay
        if line.parts:
            last = line.parts[-1].label
            sums[last] = sums.get(last, Decimal(0)) + left
    return list(sums.items())


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of this statement beside that of the one before."""

    label: str
    before: str
    now: str
    delta: Delta | None


def _comparison(statement: Statement, previous: Statement | None) -> list[Compared]:
    if previous is None or previous.currency != statement.currency:
        return []
    versus = formats.period_label(previous.run.period)
    rows = [
        _compared_money(label, was, now, statement.currency, versus)
        for label, was, now in (
            (_("Pay"), previous.total, statement.total),
            (_("Credited"), previous.credited, statement.credited),
        )
    ]
    if previous.attainment is not None and statement.attainment is not None:
        change = Delta(statement.attainment - previous.attainment, kind="points", versus=versus)
        was, now = formats.percent(previous.attainment), formats.percent(statement.attainment)
        rows.append(Compared(_("Attainment"), was, now, change))
    return rows


def _compared_money(label: str, before: Decimal, now: Decimal, currency: str, versus: str) -> Compared:
    change = Delta((now - before) / before, versus=versus) if before > 0 else None
    return Compared(label, formats.money(before, currency), formats.money(now, currency), change)


@require_GET
@requires("incentives.view_statements")
def statement_explain(request: UserRequest, uid: UUID) -> HttpResponse:
    explanation = selectors.explain_statement(viewer=request.user, statement_uid=uid)
    return render(request, "ui/explanation.html", {"explanation": explanation})


# One line


@require_GET
@requires("incentives.view_statements")
def line_explain(request: UserRequest, uid: UUID, position: int) -> HttpResponse:
    """Why the line has its amount, with the question about it below."""
    return render(request, "incentives/line_explanation.html", _line(request, uid, position, QuestionForm()))


def _line(request: UserRequest, uid: UUID, position: int, form: QuestionForm) -> dict[str, object]:
    explanation = selectors.explain_line(viewer=request.user, statement_uid=uid, position=position)
    if not request.user.may("crm.view_deals"):
        explanation = replace(explanation, facts=[replace(fact, href=None) for fact in explanation.facts])
    statement = get_visible(Statement, request.user, uid)
    return {
        "first": answer_about_line(viewer=request.user, statement=statement, position=position),
        "explanation": replace(explanation, ask_href=None),  # asked right here
        "uid": uid,
        "position": position,
        "form": form,
        "title": statement_title(statement),
        "audience": Audience(readers=[_("you"), *answering_names(statement)]),
        "crumbs": crumbs(Crumb(statement.person.name, reverse("incentives:statement-detail", args=[uid]))),
    }


@requires("incentives.dispute")
def line_question(request: UserRequest, uid: UUID, position: int) -> HttpResponse:
    """Sends a question about a line to those who answer it: from the drawer, or from a page of its own."""
    form = QuestionForm(request.POST or None, request.FILES or None)
    fragment = wants_fragment(request)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        dispute = ask(
            statement_uid=uid, position=position, text=given["text"], evidence=given["evidence"], by=request.user
        )
        if fragment:
            return render(request, "incentives/_line_asked.html", {"dispute": dispute})
        day = formats.day(dispute.due_on)
        messages.success(request, _("The question was sent. It is answered by %(day)s.") % {"day": day})
        return redirect("incentives:dispute-detail", dispute.uid)
    template = "incentives/_line_question.html" if fragment else "incentives/line_question.html"
    return render(request, template, _line(request, uid, position, form), status=422 if form.is_bound else 200)
