"""What a component's pay follows: attainment, credit, a result, the team's credits, or how many were won."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from core.charts import Values
from incentives.forms.units import unit_of_measure
from incentives.rules.component import Component
from incentives.rules.counting import NEW, CreditRate
from incentives.rules.engine import CreditFact, Facts, case_of
from incentives.rules.exact import rounded
from incentives.rules.facts import Deal, Result
from incentives.rules.kinds import GoalBonus, LeaveDeduction, RankBonus, Spiff, TeamOverride, TeamPool
from incentives.rules.measures import ATTAINMENT, CREDITED, KPI, TEAM_ATTAINMENT, TEAM_CREDITS, Measure
from incentives.rules.terms import Condition, Modifier
from incentives.views.editor.alone import Drawn

REACH = Fraction(16, 10)
BEYOND = Fraction(3, 10)


@dataclass(frozen=True, slots=True)
class Axis:
    """What a component's pay follows, and how the facts say a value of it.

    values  how the axis is labelled; `bounds` where something happens; `to` its end; `at` where the example stands
    """

    label: str
    values: Values
    bounds: Sequence[Fraction]
    to: Fraction
    at: Fraction | None
    facts: Callable[[Fraction], Facts]


def axis_of(drawn: Drawn, facts: Facts, currency: str) -> Axis | None:
    """What the pay of a kind follows; None where it follows nothing that can be drawn."""
    component = drawn.component
    if isinstance(component, TeamPool | LeaveDeduction | RankBonus):
        return None  # they follow others, or time
    if isinstance(component, TeamOverride):
        return _team_axis(facts, currency, [component.threshold])
    if isinstance(component, Spiff):
        return _count_axis(component, facts)
    measure = getattr(component, "measure", None) or getattr(component, "row", None)
    if isinstance(measure, Measure) and measure.of not in {ATTAINMENT, CREDITED}:
        return _measure_axis(measure, list(_thresholds(component)), facts, currency)
    if measure is None and isinstance(component, GoalBonus):
        return None  # it is paid always
    return _credit_axis(drawn, facts, currency)


def _measure_axis(measure: Measure, numbers: list[Fraction], facts: Facts, currency: str) -> Axis | None:
    if measure.of == KPI and measure.code:
        return _result_axis(measure, facts, numbers)
    if measure.of == TEAM_CREDITS:
        return _team_axis(facts, currency, numbers)
    if measure.of == TEAM_ATTAINMENT and facts.team_quota:
        return _team_axis(facts, currency, [number * facts.team_quota for number in numbers])
    return None


def _thresholds(component: Component) -> Iterator[Fraction]:
    """The values of its measure at which something happens."""
    for point in getattr(component, "points", ()):
        yield point.at
    for name in ("at_least", "below", "score_least", "score_most"):
        if (value := getattr(component, name, None)) is not None and not isinstance(value, str):
            yield value
    yield from getattr(component, "row_bounds", ())


def _credit_axis(drawn: Drawn, facts: Facts, currency: str) -> Axis | None:
    """Attainment where there is a quota, else an amount of credit."""
    case = case_of(drawn.plan, facts)
    of_quota = bool(case.quota) and follows_attainment(drawn.component)
    scale = case.quota if of_quota and case.quota else Fraction(1)
    own = [
        bound / scale
        for bound in [*drawn.component.bounds(case), *_credit_thresholds(drawn.component, scale, of_quota=of_quota)]
    ]
    own += _terms_bounds(drawn.component, scale)
    last = max((bound for bound in own), default=Fraction(0))
    sold = sum((Fraction(credit.amount) for credit in facts.credits), Fraction(0))
    if of_quota:
        to = max(REACH, Fraction(rounded(last + BEYOND, 1)))
        label, values = _("Attainment"), Values("percent")
    else:
        to = max(last * REACH, Fraction(facts.quota or 0) * REACH, sold, Fraction(1000))
        label, values = _("Credit"), Values("money", currency)
    fitted = fitting(drawn.component, facts)
    return Axis(label, values, own, to, sold / scale, with_credit(fitted, scale))


def follows_attainment(component: Component) -> bool:
    basis, measure = (
        getattr(component, "basis", None),
        getattr(component, "measure", None) or getattr(component, "row", None),
    )
    if isinstance(measure, Measure):
        return measure.of == ATTAINMENT
    return basis == "attainment" or getattr(component, "rates", None) == "target_pay"


def _credit_thresholds(component: Component, scale: Fraction, *, of_quota: bool) -> list[Fraction]:
    """In money."""
    factor = scale if of_quota else Fraction(1)
    return [number * factor for number in _thresholds(component)]


def _terms_bounds(component: Component, scale: Fraction) -> list[Fraction]:
    """Where gates and modifiers on attainment or credit change."""
    if component.terms is None:
        return []
    found: list[Fraction] = []
    conditions: list[Condition | Modifier] = [*component.terms.gates, *component.terms.modifiers]
    for each in conditions:
        numbers = [getattr(each, "at_least", None), getattr(each, "below", None)]
        numbers += [band.floor for band in getattr(each, "bands", ())]
        if each.measure.of == ATTAINMENT:
            found += [number for number in numbers if number is not None]
        elif each.measure.of == CREDITED:
            found += [number / scale for number in numbers if number is not None]
    return found


def fitting(component: Component, facts: Facts) -> Facts:
    """The facts with a first deal that the component counts, where it looks at deals."""
    first = next(iter(sorted(facts.credits)), None)
    counts = getattr(component, "counts", None)
    wanted = [*(counts.weights if counts else ()), *getattr(component, "rates", ())]
    rate = next((each for each in wanted if isinstance(each, CreditRate)), None)
    if first is None or (counts is None and rate is None):
        return facts
    deal = facts.deals.get(first.id, Deal())
    products = (counts.products if counts else None) or ()
    deal = replace(
        deal,
        measure=(rate and rate.measure) or (counts.measure if counts else None) or "",
        product=(rate and rate.product) or next(iter(products), deal.product),
        role=(rate and rate.role) or deal.role,
        new_customer=deal.new_customer or (counts is not None and counts.customers == NEW),
        exact=None,
    )
    return replace(facts, deals={**facts.deals, first.id: deal})


def with_credit(facts: Facts, scale: Fraction) -> Callable[[Fraction], Facts]:
    """The example's first deal, of another size."""
    first = next(iter(sorted(facts.credits)), None)

    def at(value: Fraction) -> Facts:
        amount = rounded(value * scale, 10)
        if first is None:
            return facts
        deals = facts.deals
        if deals:
            deals = {first.id: replace(deals.get(first.id, Deal()), exact=None)}
        sold = [CreditFact(first.on, first.id, amount)] if amount else []
        return replace(facts, credits=sold, deals=deals)

    return at


def _team_axis(facts: Facts, currency: str, bounds: Sequence[Fraction]) -> Axis:
    now = None if facts.team_credits is None else Fraction(facts.team_credits)
    to = max([bound * REACH for bound in bounds] + [(now or Fraction(100000)) * REACH])
    return Axis(
        _("Credits of the team"),
        Values("money", currency),
        bounds,
        to,
        now,
        lambda value: replace(facts, team_credits=rounded(value, 10)),
    )


def _result_axis(measure: Measure, facts: Facts, bounds: Sequence[Fraction]) -> Axis:
    code, figure = measure.code or "", measure.read or "value"
    now = getattr(facts.results.get(code, Result()), figure)
    to = max(
        [bound * Fraction(13, 10) for bound in bounds]
        + [Fraction(6, 5) if not bounds else Fraction(0), now or Fraction(0)]
    )
    values = Values("percent") if unit_of_measure({"of": KPI, "read": figure}) == "share" else Values("score")

    def at(value: Fraction) -> Facts:
        result = replace(facts.results.get(code, Result()), **{figure: value})  # type: ignore[arg-type]
        return replace(facts, results={**facts.results, code: result})

    return Axis(code, values, bounds, to or Fraction(1), now, at)


def _count_axis(component: Spiff, facts: Facts) -> Axis:
    """A campaign pays by number: so many units in one order, or so many deals of new customers."""
    first = next(iter(sorted(facts.credits)), None)
    tops = [Fraction(band.floor) for band in component.tiers] + [Fraction(component.minimum or 0)]
    to = max(Fraction(10), Fraction(int(max(tops) * REACH)))
    deal = facts.deals.get(first.id, Deal()) if first else Deal()
    product = (
        deal
        if not component.counts or not component.counts.products
        else replace(deal, product=component.counts.products[0])
    )

    def at(value: Fraction) -> Facts:
        number = int(value)
        if first is None or not number:
            return replace(facts, credits=[], deals={})
        if component.per == "unit":
            one = replace(product, quantity=Fraction(number), order="O")
            return replace(facts, credits=[CreditFact(first.on, 1, Decimal(number))], deals={1: one})
        won = [CreditFact(first.on, each, Decimal(1)) for each in range(1, number + 1)]
        quantity = Fraction(component.minimum or 1)
        deals = {
            each: replace(product, customer=f"C{each}", order=f"O{each}", new_customer=True, quantity=quantity)
            for each in range(1, number + 1)
        }
        return replace(facts, credits=won, deals=deals)

    bounds = [Fraction(number) for number in range(1, int(to) + 1)]
    return Axis(_("Number"), Values("number"), bounds, to, None, at)
