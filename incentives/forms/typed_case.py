"""The example beside the editor: which facts a plan looks at, what was typed of them, and the facts as the engine
takes them.

Only what the plan needs is asked. Where it looks at deals (products, roles, quantities, customers), deals are rows;
else one deal brings the attainment that was typed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from incentives.forms.typed_numbers import NotANumber, exact_text, exact_typed, kept_as
from incentives.forms.typed_tree import Node, list_of, object_of, text_of
from incentives.rules.component import Component
from incentives.rules.counting import ALL, Counts, CreditRate
from incentives.rules.document import PlanDocument
from incentives.rules.fields import Choice, Day, Field, Money, Number, Rows, Text
from incentives.rules.kinds import FlatRate, LeaveDeduction, RankBonus, Spiff, TeamOverride, TeamPool
from incentives.rules.kinds.people import POINTS
from incentives.rules.kinds.spiff import CUSTOMER, NEW_CUSTOMER, ORDER, UNIT
from incentives.rules.measures import (
    CREDIT_MEASURES,
    KPI,
    LOWEST_ATTAINMENT,
    TEAM_ATTAINMENT,
    TEAM_CREDITS,
    TENURE_MONTHS,
    Measure,
)
from incentives.rules.terms import Terms
from incentives.rules.words import Words

ROOT = "typical"
ANY_DAY = "2000-01-15"
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class ResultNeed:
    """A result that the plan reads: of which code, which of its figures, and whether the number of answers counts."""

    code: str
    read: str
    counted: bool


@dataclass(slots=True)
class Needs:
    """What a plan looks at beside target, pay at target and own credits."""

    columns: set[str] = field(default_factory=set)
    figures: list[str] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    measures: list[str] = field(default_factory=list)
    quotas: list[str] = field(default_factory=list)
    results: list[ResultNeed] = field(default_factory=list)
    single: set[str] = field(default_factory=set)
    pools: list[tuple[str, bool]] = field(default_factory=list)
    ranks: list[str] = field(default_factory=list)
    first_day: str = ANY_DAY

    @property
    def of_deals(self) -> bool:
        return bool(self.columns)


def needs_of(plan: PlanDocument | None) -> Needs:
    needs = Needs()
    if plan is None:
        return needs
    for component in plan.components:
        _of_component(component, needs)
    if plan.proration == "days":
        needs.single |= {"eligible_days", "period_days"}
    if plan.terms is not None:
        terms = plan.terms
        _of_conditions([*terms.gates, *terms.modifiers], needs)
        given = {
            "annual_quota": terms.quota_weights,
            "part": terms.quota_weights or (terms.target_of_salary and terms.target_of_salary.weights),
            "active_months": terms.quota_weights,
            "salary": terms.target_of_salary,
            "tenure_months": terms.ramp or (terms.draw and terms.draw.months is not None),
            "leave_days": terms.leave,
            "owed": terms.draw,
            "carried": terms.negative == "carried",
        }
        needs.single |= {name for name, wanted in given.items() if wanted}
        if terms.attainment_by and terms.attainment_by != plan.measure:
            _add(needs.measures, [plan.measure, terms.attainment_by])
            needs.columns.add("measure")
    if needs.measures:
        needs.measures = [plan.measure, *(each for each in needs.measures if each != plan.measure)]
    return needs


_CAMPAIGN_COLUMNS = {
    UNIT: {"quantity"},
    ORDER: {"quantity"},
    CUSTOMER: {"customer"},
    NEW_CUSTOMER: {"customer", "new_customer"},
}


def _of_component(component: Component, needs: Needs) -> None:
    _of_measures([getattr(component, name, None) for name in ("measure", "row", "column")], needs)
    if isinstance(terms := component.terms, Terms):
        _of_conditions([*terms.gates, *terms.modifiers], needs)
        if terms.true_up is not None and terms.true_up.most_to_date:
            needs.single.add("part")
    if isinstance(counts := getattr(component, "counts", None), Counts):
        _of_counts(counts, needs)
    _of_kind(component, needs)


def _of_kind(component: Component, needs: Needs) -> None:
    """What only this kind looks at."""
    if isinstance(component, FlatRate):
        _of_rates(component.rates, needs)
        if component.capped_at is not None:
            _figure(component.capped_at.figure, needs)
    elif isinstance(component, Spiff):
        needs.columns |= _CAMPAIGN_COLUMNS.get(component.per, set())
    elif isinstance(component, TeamOverride):
        needs.single.add("team_credits")
    elif isinstance(component, TeamPool):
        needs.pools.append((component.key, component.split == POINTS))
    elif isinstance(component, RankBonus):
        _add(needs.ranks, [component.by])
    elif isinstance(component, LeaveDeduction):
        needs.single |= {"leave_base", "leave_hours", "leave_due_days"}


def _of_conditions(conditions: Iterable[Any], needs: Needs) -> None:
    for each in conditions:
        _of_measures([each.measure], needs, counted=each.minimum_n is not None)


def _of_measures(measures: Sequence[Measure | None], needs: Needs, *, counted: bool = False) -> None:
    for measure in measures:
        if measure is None:
            continue
        if measure.of == KPI and measure.code:
            _result(ResultNeed(measure.code, measure.read or "value", counted), needs)
        elif measure.of in {TEAM_CREDITS, TEAM_ATTAINMENT}:
            needs.single |= {"team_credits"} | ({"team_quota"} if measure.of == TEAM_ATTAINMENT else set())
        elif measure.of == TENURE_MONTHS:
            needs.single.add("tenure_months")
        elif measure.of == LOWEST_ATTAINMENT:
            needs.columns.add("product")
            needs.single.add("quotas")


def _result(need: ResultNeed, needs: Needs) -> None:
    for place, known in enumerate(needs.results):
        if (known.code, known.read) == (need.code, need.read):
            needs.results[place] = ResultNeed(need.code, need.read, known.counted or need.counted)
            return
    needs.results.append(need)


def _of_counts(counts: Counts, needs: Needs) -> None:
    if counts.measure is not None:
        needs.columns.add("measure")
        _add(needs.measures, [counts.measure])
    if counts.products:
        needs.columns.add("product")
        _add(needs.products, counts.products)
    if counts.customers != ALL:
        needs.columns.add("new_customer")
    if counts.quota:
        _add(needs.quotas, [counts.quota])
    if counts.starts is not None or counts.until is not None:
        needs.columns.add("on")
        needs.first_day = (counts.starts or counts.until or "").isoformat()  # type: ignore[union-attr]
    _of_rates(counts.weights, needs)
    for each in counts.only_if:
        _figure(each.figure, needs)


def _of_rates(rates: Iterable[CreditRate], needs: Needs) -> None:
    for rate in rates:
        for name, value, known in (
            ("measure", rate.measure, needs.measures),
            ("product", rate.product, needs.products),
            ("role", rate.role, needs.roles),
        ):
            if value is not None:
                needs.columns.add(name)
                _add(known, [value])


def _figure(name: str, needs: Needs) -> None:
    needs.columns.add("figures")
    _add(needs.figures, [name])


def _add(known: list[str], values: Iterable[str]) -> None:
    known += [value for value in values if value not in known]


# What is asked

_SINGLE: tuple[Field, ...] = (
    Field("team_credits", Money(), Words("Team's credits", "团队业绩"), default=None),
    Field("team_quota", Money(), Words("Team's target", "团队目标"), default=None),
    Field("tenure_months", Number(), Words("Months in the company", "在职月数"), default=None),
    Field("annual_quota", Money(), Words("Target of the year", "年度目标"), default=None),
    Field("salary", Money(), Words("Salary", "工资"), default=None),
    Field("part", Number(), Words("Part of the year", "第几期"), default=None),
    Field("active_months", Number(), Words("Active months", "在岗月数"), default=None),
    Field("eligible_days", Number(), Words("Days on the plan", "参与天数"), default=None),
    Field("period_days", Number(), Words("Days of the period", "期间天数"), default=None),
    Field("leave_days", Number(), Words("Days of unpaid leave", "无薪假天数"), default=None),
    Field("leave_base", Money(), Words("Base pay", "基本工资"), default=None),
    Field("leave_hours", Number(), Words("Hours of leave", "请假小时"), default=None),
    Field("leave_due_days", Number(), Words("Days due", "应出勤天数"), default=None),
    Field("owed", Money(), Words("Draw still owed", "待追回预支"), default=None),
    Field("carried", Money(), Words("Carried from before", "上期结转"), default=None),
)
_WHOLE = {"tenure_months", "part", "eligible_days", "period_days", "leave_days"}
_PLAIN = {"team_credits", "team_quota", "annual_quota", "salary", "active_months", *_WHOLE}
_COLUMNS: tuple[Field, ...] = (
    Field("amount", Money(), Words("Amount", "金额"), default=None),
    Field("measure", Choice(CREDIT_MEASURES), Words("Of", "业绩类型"), default=None),
    Field("product", Text(), Words("Product", "产品"), default=None),
    Field("role", Text(), Words("Role", "角色"), default=None),
    Field("quantity", Number(), Words("Quantity", "数量"), default=None),
    Field("customer", Text(), Words("Customer", "客户"), default=None),
    Field(
        "new_customer",
        Choice({NO: Words("no", "否"), YES: Words("yes", "是")}),
        Words("New customer", "新客户"),
        default=NO,
    ),
    Field("on", Day(), Words("Day", "日期"), default=None),
)


def case_fields(needs: Needs) -> list[Field]:
    """The fields of the example, in the order asked. Results, ranks and pools are asked beside them."""
    asked = [Field("quota", Money(), Words("Target", "目标"))]
    if not needs.of_deals:
        asked.append(Field("attainment", Number(), Words("Attainment", "达成率")))
    asked.append(Field("target_pay", Money(), Words("Pay at target", "目标奖金")))
    return [*asked, *(each for each in _SINGLE if each.name in needs.single)]


def deal_columns(needs: Needs) -> tuple[Field, ...]:
    figures = tuple(Field(f"figure_{place}", Number(), Words(name, name)) for place, name in enumerate(needs.figures))
    return (*(each for each in _COLUMNS if each.name == "amount" or each.name in needs.columns), *figures)


def deals_field(needs: Needs) -> Field:
    return Field("credits", Rows(deal_columns(needs), into=dict, least=0), Words("Deals", "交易"), default=())


# What it begins with


def beginning_case(quota: Fraction, target_pay: Fraction) -> dict[str, Node]:
    """An everyday case: 112 % of the target, each result at its target."""
    sold = quota * Fraction(112, 100)
    typed: dict[str, Node] = {
        "quota": exact_text(quota),
        "attainment": "112",
        "target_pay": exact_text(target_pay),
        "team_credits": exact_text(quota * 5),
        "team_quota": exact_text(quota * 5),
        "annual_quota": exact_text(quota * 4),
        "salary": exact_text(target_pay * 10),
        "tenure_months": "6",
        "part": "1",
        "active_months": "3",
        "eligible_days": "92",
        "period_days": "92",
        "leave_days": "0",
        "leave_base": "4000",
        "leave_hours": "8",
        "leave_due_days": "20",
        "owed": "0",
        "carried": "0",
    }
    typed["credits"] = [{"amount": exact_text(sold)}]
    return typed


def completed(typed: Mapping[str, Node], needs: Needs, start: Mapping[str, Node]) -> dict[str, Node]:
    """What was typed, and for what is newly asked what it begins with."""
    full = {**start, **typed}
    full["credits"] = [_deal(object_of(row), needs) for row in list_of(full.get("credits"))]
    quota = text_of(full.get("quota"))
    pool: dict[str, Node] = {"credits": "300000", "members": "5", "points": "1"}
    for name, count, first in (
        ("quotas", len(quota_names(needs)), {"amount": quota}),
        ("ranks", len(needs.ranks), {"rank": "1", "tied": "1"}),
        ("pools", len(needs.pools), pool),
    ):
        rows = list_of(full.get(name))[:count]
        full[name] = [{**first, **object_of(row)} for row in rows] + [dict(first) for _more in range(count - len(rows))]
    return full


def _deal(row: Mapping[str, Node], needs: Needs) -> dict[str, Node]:
    first: dict[str, Node] = {"quantity": "1", "customer": "A", "new_customer": NO, "on": needs.first_day}
    first["measure"] = next(iter(needs.measures), "")
    first["product"] = next(iter(needs.products), "")
    first["role"] = next(iter(needs.roles), "")
    first |= {f"figure_{place}": "0.5" for place in range(len(needs.figures))}
    return first | dict(row)


# The facts


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of what was typed; `errors` are the fields, by path, that are no number."""

    facts: dict[str, Any]
    errors: dict[str, str]


class _Reading:
    def __init__(self, typed: Mapping[str, Node]) -> None:
        self.typed, self.errors = typed, dict[str, str]()

    def number(self, name: str, widget: str = "number") -> str | None:
        """As the facts hold it; None where nothing is typed."""
        return self.number_of(text_of(self.typed.get(name)), name, widget)

    def number_of(self, text: str, at: str, widget: str = "number") -> str | None:
        if not text:
            return None
        try:
            return kept_as(text, widget)
        except NotANumber as error:
            self.errors[f"{ROOT}.{at}"] = str(error)
            return None


def case_of(typed: Mapping[str, Node], needs: Needs, currency: str, units: Mapping[str, str]) -> Case:
    """The facts that the fields mean. `units`: the input by 'code.read' of each result."""
    read = _Reading(typed)
    facts: dict[str, Any] = {
        "currency": currency,
        "quota": read.number("quota"),
        "target_pay": read.number("target_pay"),
    }
    facts["credits"] = _deals(typed, needs, read) if needs.of_deals else _one_deal(facts["quota"], needs, read)
    for name in sorted(needs.single & _PLAIN):
        facts[name] = read.number(name, "count" if name in _WHOLE else "number")
    if "leave_base" in needs.single:
        leave = {name: read.number(f"leave_{name}") for name in ("base", "hours", "due_days")}
        facts["leave"] = leave if leave["base"] and leave["hours"] else None
    balances = {"draw": "owed", "carried": "carried"}
    found = {name: read.number(field) for name, field in balances.items() if field in needs.single}
    facts["balances"] = {name: amount for name, amount in found.items() if amount} or None
    facts["results"] = _results(typed, needs, read, units) or None
    facts["quotas"] = _quotas(typed, needs, read) or None
    facts["standings"] = _standings(typed, needs, read) or None
    facts["pools"] = _pools(typed, needs, read) or None
    return Case({name: value for name, value in facts.items() if value is not None}, read.errors)


def _one_deal(quota: str | None, needs: Needs, read: _Reading) -> list[dict[str, Any]]:
    share = read.number("attainment", "share")
    if quota is None or share is None:
        return []
    amount = exact_typed(quota) * exact_typed(share)
    return [{"id": 1, "on": needs.first_day, "amount": exact_text(amount)}] if amount else []


def _deals(typed: Mapping[str, Node], needs: Needs, read: _Reading) -> list[dict[str, Any]]:
    columns = {column.name for column in deal_columns(needs)}
    deals = []
    for place, row in enumerate(map(object_of, list_of(typed.get("credits")))):
        at = f"credits.{place}"
        amount = read.number_of(text_of(row.get("amount")), f"{at}.amount")
        on = text_of(row.get("on")) if "on" in columns else ""
        deal: dict[str, Any] = {"id": place + 1, "on": on or needs.first_day, "amount": amount or "0"}
        for name in ("measure", "product", "role", "customer"):
            if name in columns and text_of(row.get(name)):
                deal[name] = text_of(row.get(name))
        if "quantity" in columns and (quantity := read.number_of(text_of(row.get("quantity")), f"{at}.quantity")):
            deal["quantity"] = quantity
        if "new_customer" in columns:
            deal["new_customer"] = text_of(row.get("new_customer")) == YES
        figures = {
            name: read.number_of(text_of(row.get(f"figure_{number}")), f"{at}.figure_{number}")
            for number, name in enumerate(needs.figures)
        }
        if known := {name: value for name, value in figures.items() if value is not None}:
            deal["figures"] = known
        deals.append(deal)
    return deals


def _results(
    typed: Mapping[str, Node], needs: Needs, read: _Reading, units: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for place, need in enumerate(needs.results):
        row = result_row(typed, need)
        value = read.number_of(text_of(row.get("value")), f"results.{place}.value", units[f"{need.code}.{need.read}"])
        result = found.setdefault(need.code, {})
        if value is not None:
            result[need.read] = value
        if need.counted and (n := read.number_of(text_of(row.get("n")), f"results.{place}.n", "count")):
            result["n"] = n
    return found


def result_row(typed: Mapping[str, Node], need: ResultNeed) -> dict[str, Node]:
    """What was typed of a result, wherever it stood when it was typed."""
    rows = map(object_of, list_of(typed.get("results")))
    wanted = f"{need.code}.{need.read}"
    usual = {"value": "100" if need.read == "attainment" else "1", "n": "30"}
    return next((row for row in rows if text_of(row.get("of")) == wanted), usual)


def _quotas(typed: Mapping[str, Node], needs: Needs, read: _Reading) -> dict[str, str]:
    rows = [object_of(row) for row in list_of(typed.get("quotas"))]
    found = {}
    for place, name in enumerate(quota_names(needs)):
        text = text_of(rows[place].get("amount")) if place < len(rows) else ""
        if amount := read.number_of(text, f"quotas.{place}.amount"):
            found[name] = amount
    return found


def quota_names(needs: Needs) -> list[str]:
    """Targets of their own: those that components count against, and of each product where the lowest is looked at."""
    names = list(needs.quotas)
    if "quotas" in needs.single:
        _add(names, needs.products or ["P1"])
    return names


def _standings(typed: Mapping[str, Node], needs: Needs, read: _Reading) -> dict[str, dict[str, str]]:
    rows = [object_of(row) for row in list_of(typed.get("ranks"))]
    found = {}
    for place, by in enumerate(needs.ranks):
        row = rows[place] if place < len(rows) else {}
        rank = read.number_of(text_of(row.get("rank")), f"ranks.{place}.rank", "count")
        tied = read.number_of(text_of(row.get("tied")), f"ranks.{place}.tied", "count")
        if rank:
            found[by] = {"rank": rank, "tied": tied or "1"}
    return found


def _pools(typed: Mapping[str, Node], needs: Needs, read: _Reading) -> dict[str, dict[str, Any]]:
    rows = [object_of(row) for row in list_of(typed.get("pools"))]
    found: dict[str, dict[str, Any]] = {}
    for place, (key, by_points) in enumerate(needs.pools):
        row = rows[place] if place < len(rows) else {}
        sold = read.number_of(text_of(row.get("credits")), f"pools.{place}.credits")
        members = read.number_of(text_of(row.get("members")), f"pools.{place}.members", "count")
        mine = read.number_of(text_of(row.get("points")), f"pools.{place}.points") if by_points else "1"
        people = min(int(members or 0), 200)
        if not people:
            continue
        others = [{"key": f"p{number}", "points": "1"} for number in range(2, people + 1)]
        found[key] = {"credits": sold or "0", "me": "p1", "members": [{"key": "p1", "points": mine or "1"}, *others]}
    return found
