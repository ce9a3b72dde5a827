"""What a plan version would cost on real results: the card beside the editor, the page, the spreadsheet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from accounts.doors import UserRequest, requires
from accounts.models import User
from core import calendar, formats
from core.charts import BarItem, Bars, Chart, Histogram, Scatter, ScatterPoint, Values
from core.errors import DomainError, NotFound
from core.exports import Row, Sheet, workbook_response
from core.ui import Crumb, Delta, Kpi
from incentives import messages
from incentives.forms.simulation import DEFAULT_QUARTERS, SimulationForm, last_quarters
from incentives.models import Plan, PlanVersion
from incentives.selectors.plan_pages import in_force, previous_version
from incentives.selectors.run_people import PayPoint, pay_spread
from incentives.selectors.simulation import AttainmentCost, Compared, PersonCost, Question, Simulation, simulate

PEOPLE_SHOWN = 12
TEAMS_SHOWN = 12
PERCENT = "0.0%"


# Beside the editor, and before publishing


def simulation_of(version: PlanVersion, viewer: User, content: Mapping[str, Any] | None = None) -> "Sums | None":
    """The version (or what is typed for it) over the last quarters; None where nobody was paid in them."""
    found = simulate(viewer=viewer, question=_question(version, version.plan, DEFAULT_QUARTERS, content))
    return Sums(found) if found.people else None


def _question(
    version: PlanVersion, people_of: Plan, quarters: int, content: Mapping[str, Any] | None = None
) -> Question:
    return Question(
        content=version.content if content is None else content,
        currency=version.currency,
        people_of=people_of.pk,
        periods=last_quarters(quarters),
        against=current_version(version, people_of),
    )


def current_version(version: PlanVersion, people_of: Plan) -> PlanVersion | None:
    """What the people are paid by now: the version in force, or, where that is the one looked at, the one before it."""
    current = in_force(list(people_of.versions.order_by("-number")), calendar.today())
    return previous_version(version) if current == version else current


@dataclass(frozen=True, slots=True)
class Sums:
    """A simulation for reading: sums, counts and whom it changes most."""

    found: Simulation

    @property
    def currency(self) -> str:
        return self.found.currency

    @property
    def periods(self) -> Sequence[Any]:
        return [cost for cost in self.found.periods if cost.people]

    @property
    def before(self) -> Decimal:
        return self.found.pay.before

    @property
    def after(self) -> Decimal:
        return self.found.pay.after

    @property
    def change(self) -> Delta | None:
        pay = self.found.pay
        return Delta(pay.change / pay.before, good="down") if pay.before else None

    @property
    def share_before(self) -> Decimal | None:
        return self.before / self.found.credited if self.found.credited else None

    @property
    def share_after(self) -> Decimal | None:
        return self.after / self.found.credited if self.found.credited else None

    @property
    def gaining(self) -> int:
        return len(self.found.gaining)

    @property
    def losing(self) -> int:
        return len(self.found.losing)

    @property
    def same(self) -> int:
        return len(self.found.people) - self.gaining - self.losing

    @property
    def most_changed(self) -> Sequence[PersonCost]:
        return [person for person in self.found.people if person.pay.change][:PEOPLE_SHOWN]


# The page


@require_GET
@requires("incentives.simulate")
def plan_simulation(request: UserRequest, code: str, number: int) -> HttpResponse:
    """A version on real results: total, teams, people, spread, attainment and budget."""
    version = _version(request.user, code, number)
    plans = plans_with_people(version)
    form = SimulationForm(request.GET, plan=_first(version, plans), plans=plans)
    context = {
        "plan": version.plan,
        "version": version,
        "form": form,
        "crumbs": [
            Crumb(_("Incentives"), reverse("incentives:home")),
            Crumb(_("Plans"), reverse("incentives:plan-list")),
            Crumb(version.plan.name, reverse("incentives:plan-detail", args=[code])),
            Crumb(
                _("Version %(number)s") % {"number": number}, reverse("incentives:plan-version", args=[code, number])
            ),
            Crumb(_("Simulation")),
        ],
    }
    if not form.is_valid():
        return render(request, "incentives/plan_simulation.html", context, status=422)
    try:
        context |= _shown(request.user, version, form.cleaned_data)
    except DomainError as refused:
        context["refused"] = refused
    context["export_query"] = request.GET.urlencode()
    return render(request, "incentives/plan_simulation.html", context, status=422 if "refused" in context else 200)


def _version(user: User, code: str, number: int) -> PlanVersion:
    rows = PlanVersion.objects.select_related("plan", "based_on").filter(plan__code=code, number=number)
    version = rows.first()
    if version is None or (version.status == PlanVersion.Status.DRAFT and not user.may("incentives.simulate")):
        raise NotFound
    return version


def plans_with_people(version: PlanVersion) -> list[Plan]:
    """The version's own plan, and all others that somebody is or was on, most people first."""
    rows = Plan.objects.annotate(people=Count("assignments")).order_by("-people", "name")
    return [plan for plan in rows if plan.people or plan.pk == version.plan_id]


def _first(version: PlanVersion, plans: Sequence[Plan]) -> Plan:
    """Whose people are taken where nobody says: those of the plan itself, unless it has none yet."""
    own = next(plan for plan in plans if plan.pk == version.plan_id)
    return own if own.assignments.exists() else plans[0]


def _shown(user: User, version: PlanVersion, asked: Mapping[str, Any]) -> dict[str, Any]:
    quarters, people_of = int(asked["quarters"]), asked["people"]
    against = current_version(version, people_of)
    found = simulate(viewer=user, question=_question(version, people_of, quarters))
    if not found.people:
        return {"nobody": people_of}
    sums, budget = Sums(found), asked["budget"]
    return {
        "sums": sums,
        "simulation": found,
        "against": against,
        "people_of": people_of,
        "kpis": _kpis(sums, budget),
        "teams": found.teams[:TEAMS_SHOWN],
        "teams_left": max(len(found.teams) - TEAMS_SHOWN, 0),
        "gaining": found.gaining[:PEOPLE_SHOWN],
        "losing": found.losing[:PEOPLE_SHOWN],
        "attainments": _attainment_rows(found.at_attainment, budget, quarters),
        "budget": budget,
        "charts": _charts(found),
        "uncomputed": [
            (each.person, each.period, messages.error_text(each.problem)) for each in found.uncomputed[:PEOPLE_SHOWN]
        ],
        "uncomputed_count": len(found.uncomputed),
    }


def _kpis(sums: Sums, budget: Decimal | None) -> list[Kpi]:
    currency, pay = sums.currency, sums.found.pay
    kpis = [
        Kpi(
            _("Cost of this version"),
            formats.money(pay.after, currency),
            full=formats.money_full(pay.after, currency),
            delta=sums.change,
            note="" if sums.change else _("nothing was paid"),
        ),
        Kpi(
            _("Cost of the current plan"),
            formats.money(pay.before, currency),
            full=formats.money_full(pay.before, currency),
            note=_("on the same results"),
        ),
        Kpi(
            _("Gain / lose"),
            _("%(gain)s / %(lose)s") % {"gain": formats.number(sums.gaining), "lose": formats.number(sums.losing)},
            note=ngettext("%(n)s person as before", "%(n)s people as before", sums.same)
            % {"n": formats.number(sums.same)},
        ),
    ]
    if sums.share_after is not None and sums.share_before is not None:
        note = _("was %(share)s") % {"share": formats.percent(sums.share_before)}
        kpis.append(Kpi(_("Cost of bookings"), formats.percent(sums.share_after), note=note))
    if budget:
        kpis.append(_budget_kpi(pay, budget, currency))
    return kpis


def _budget_kpi(pay: Compared, budget: Decimal, currency: str) -> Kpi:
    left = budget - pay.after
    amount = {"amount": formats.money(abs(left), currency)}
    note = _("%(amount)s over the budget") % amount if left < 0 else _("%(amount)s left") % amount
    return Kpi(_("Of the budget"), formats.percent(pay.after / budget), note=note)


@dataclass(frozen=True, slots=True)
class AttainmentRow:
    """A quarter at one attainment; `of_budget` of the budget's share of a quarter."""

    cost: AttainmentCost
    of_budget: Decimal | None

    @property
    def is_over(self) -> bool:
        return self.of_budget is not None and self.of_budget > 1


def _attainment_rows(costs: Sequence[AttainmentCost], budget: Decimal | None, quarters: int) -> list[AttainmentRow]:
    return [AttainmentRow(cost, cost.pay.after * quarters / budget if budget else None) for cost in costs]


def _charts(found: Simulation) -> list[Chart]:
    points = [
        PayPoint(person.name, person.uid, person.attainment, person.pay.after, person.target_pay)
        for person in found.people
        if person.target_pay
    ]
    nobody = _("Nobody of these people has a pay at target.")
    spread = Histogram(pay_spread(points), x_values=Values("percent"), x_label=_("Share of pay at target"))
    cloud = Scatter(
        points=[
            ScatterPoint(
                point.name,
                point.attainment,
                point.share,
                n=len(found.periods),
                href=reverse("incentives:person-statements", args=[point.statement]),
            )
            for point in points
            if point.attainment is not None
        ],
        x_label=_("Attainment"),
        y_label=_("Share of pay at target"),
        x_values=Values("percent"),
    )
    quarters = Bars(
        [
            BarItem(formats.period_label(cost.period), cost.pay.after, compare=cost.pay.before)
            for cost in found.periods
            if cost.people
        ],
        name=_("This version"),
        compare_name=_("Current plan"),
    )
    return [
        Chart(
            "cost-by-quarter", _("What would each quarter cost?"), quarters, Values("money", found.currency), height=200
        ),
        Chart(
            "simulated-spread",
            _("How would pay be spread over people?"),
            spread,
            sub=_("People by the share of their pay at target that this version pays"),
            empty=nobody,
            height=240,
        ),
        Chart(
            "simulated-pay",
            _("Would pay follow performance?"),
            cloud,
            Values("percent"),
            sub=_("All quarters together, a dot a person"),
            empty=nobody,
        ),
    ]


# The spreadsheet


@require_GET
@requires("incentives.simulate")
def plan_simulation_export(request: UserRequest, code: str, number: int) -> HttpResponseBase:
    """The simulation as a spreadsheet, with everybody in it."""
    version = _version(request.user, code, number)
    plans = plans_with_people(version)
    form = SimulationForm(request.GET, plan=_first(version, plans), plans=plans)
    if not form.is_valid():
        raise NotFound
    asked = form.cleaned_data
    found = simulate(viewer=request.user, question=_question(version, asked["people"], int(asked["quarters"])))
    name = f"{code}-v{number}-simulation"
    return workbook_response(name=name, sheets=_sheets(found, asked["budget"]))


def _sheets(found: Simulation, budget: Decimal | None) -> Iterator[Sheet]:
    compared = [_("Current plan"), _("This version"), _("Difference")]
    quarters: list[Row] = [[cost.period, cost.people, cost.credited, *_row(cost.pay)] for cost in found.periods]
    total: Row = [_("Total"), len(found.people), found.credited, *_row(found.pay)]
    yield Sheet(_("Quarters"), [_("Quarter"), _("People"), _("Credited"), *compared], [*quarters, total])
    teams: list[Row] = [[team.name or _("Without a team"), team.people, *_row(team.pay)] for team in found.teams]
    yield Sheet(_("Teams"), [_("Team"), _("People"), *compared], teams)
    yield Sheet(
        _("People"),
        [_("Person"), _("Team"), _("Attainment"), _("Pay at target"), *compared, _("Of pay at target")],
        [
            [person.name, person.team, person.attainment, person.target_pay, *_row(person.pay), person.share]
            for person in found.people
        ],
        formats={3: PERCENT, 8: PERCENT},
    )
    attained = _attainment_rows(found.at_attainment, budget, len(found.periods))
    yield Sheet(
        _("At attainment"),
        [_("Attainment"), *compared, _("Of the budget")],
        [[row.cost.attainment, *_row(row.cost.pay), row.of_budget] for row in attained],
        formats={1: "0%", 5: PERCENT},
    )
    if found.uncomputed:
        yield Sheet(
            _("Not computed"),
            [_("Person"), _("Quarter"), _("Reason")],
            [[each.person, each.period, messages.error_text(each.problem)] for each in found.uncomputed],
        )


def _row(pay: Compared) -> list[Decimal]:
    return [pay.before, pay.after, pay.change]
