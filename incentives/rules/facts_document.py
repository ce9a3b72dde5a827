"""One person's facts as JSON, as `evaluate_plan` and the API take them (`facts.schema.json`).

Numbers are decimal strings, or exact fractions such as "1/3"; whole numbers may be JSON numbers where nothing can be
lost. Days are derived from dates, both ends counted; amounts from quantity and unit price; conversions stay exact.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation, localcontext
from fractions import Fraction
from typing import Any

from incentives.rules.exact import EXACT, KEPT_PLACES, ZERO, rounded
from incentives.rules.facts import (
    CreditFact,
    Deal,
    Facts,
    Leave,
    Payment,
    PoolFacts,
    Release,
    Result,
    Reversal,
    Standing,
    YearToDate,
)
from incentives.rules.measures import CREDIT_MEASURES
from incentives.rules.reading import Fields, Problem
from incentives.rules.spans import days_of, months_served

Content = Mapping[str, Any]


class InvalidFacts(ValueError):
    """Facts that nothing can be computed from; `problems` name each field."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(f"{problem.path or 'facts'}: {problem.code}" for problem in self.problems))


def parse_facts(content: object) -> Facts:
    """Raises InvalidFacts."""
    facts, problems = read_facts(content)
    if facts is None or problems:
        raise InvalidFacts(problems)
    return facts


def read_facts(content: object) -> tuple[Facts | None, list[Problem]]:
    """The facts as far as they can be read, and all that is wrong with them. Never raises."""
    problems: list[Problem] = []
    if not isinstance(content, Mapping):
        return None, [Problem("", "not_an_object")]
    fields = Fields(content, "", problems)
    credited, deals = _credits(fields)
    currency = "USD" if "currency" not in fields.data else fields.text("currency")
    fields.get("currency")
    if currency and not (len(currency) == 3 and currency.isalpha() and currency.isupper()):
        fields.problem("currency", "not_a_currency", given=currency[:10])
    facts = Facts(
        currency=currency,
        quota=_decimal(fields, "quota"),
        target_pay=_decimal(fields, "target_pay"),
        credits=credited,
        deals=deals,
        opening=_decimal(fields, "opening", signed=True) or ZERO,
        team_credits=_decimal(fields, "team_credits", signed=True),
        team_quota=_number(fields, "team_quota"),
        quotas=_numbers(fields, "quotas"),
        annual_quota=_number(fields, "annual_quota"),
        salary=_number(fields, "salary"),
        part=_whole(fields, "part"),
        active_months=_number(fields, "active_months"),
        tenure_months=_whole(fields, "tenure_months"),
        tenure_span=_whole(fields, "tenure_span") or 1,
        leave_days=_whole(fields, "leave_days") or 0,
        leave=_leave(fields),
        results=_results(fields),
        standings=_standings(fields),
        pools=_pools(fields),
        budgets=_numbers(fields, "budgets"),
        openings=_numbers(fields, "openings"),
        due_before=_numbers(fields, "due_before", signed=True),
        balances=_numbers(fields, "balances"),
        releases=tuple(_releases(fields)),
        reversals=tuple(_reversals(fields)),
        payment=_payment(fields),
        year=_year(fields),
    )
    facts = _with_days(facts, fields)
    fields.finish()
    return facts, problems


# Plain values


def _number(fields: Fields, name: str, *, signed: bool = False) -> Fraction | None:
    if fields.get(name) is None:
        return None
    return fields.exact(name, least=None if signed else Fraction(0))


def _decimal(fields: Fields, name: str, *, signed: bool = False) -> Decimal | None:
    if fields.get(name) is None:
        return None
    return fields.decimal(name, least=None if signed else ZERO)


def _whole(fields: Fields, name: str) -> int | None:
    given = fields.get(name)
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    return fields.whole(name)


def _numbers(fields: Fields, name: str, *, signed: bool = False) -> dict[str, Fraction]:
    """An object of numbers by name."""
    inside, least = fields.inner(name), None if signed else Fraction(0)
    return {} if inside is None else {str(key): inside.exact(key, least=least) for key in inside.data}


def _text(fields: Fields, name: str) -> str:
    return "" if fields.get(name) is None else fields.text(name)


def _flag(fields: Fields, name: str) -> bool:
    given = fields.get(name, False)
    if not isinstance(given, bool):
        fields.problem(name, "not_a_flag", given=str(given)[:30])
    return given is True


# Days


def _with_days(facts: Facts, fields: Fields) -> Facts:
    """`eligible_days` of `period_days`, as given or from the dates of both."""
    days, of_days = _whole(fields, "eligible_days"), _whole(fields, "period_days")
    period, eligible = fields.inner("period"), fields.inner("eligible")
    if period is not None:
        starts, ends = period.day("starts"), period.day("ends")
        if ends <= starts:
            period.problem("ends", "ends_before_it_starts", start=starts, end=ends)
        of_days, days = (ends - starts).days, (ends - starts).days if days is None else days
        if eligible is not None:
            first, last = eligible.day("from"), eligible.day("until")
            days = min(days_of(max(first, starts), last), (ends - max(first, starts)).days)
            eligible.finish()
        period.finish()
    elif eligible is not None:
        first, last = eligible.day("from"), eligible.day("until")
        days = days_of(first, last)
        eligible.finish()
    if of_days is None:
        return facts if days is None else replace(facts, eligible_days=days, period_days=days)
    if of_days < 1:
        fields.problem("period_days", "too_small", given=of_days, least=1)
        return facts
    return replace(facts, eligible_days=of_days if days is None else max(0, days), period_days=of_days)


# Credits


def _credits(fields: Fields) -> tuple[list[CreditFact], dict[int, Deal]]:
    """The credits, and by their id what else is said about those of which anything is."""
    found: list[CreditFact] = []
    deals: dict[int, Deal] = {}
    seen: set[int] = set()
    for row in fields.objects("credits", least=0):
        credit_id = _id(row, len(found) + 1, seen)
        on = row.day("on")
        amount, deal = _credit(row)
        row.finish()
        found.append(CreditFact(on, credit_id, amount))
        if deal != Deal():
            deals[credit_id] = deal
    return found, deals


def _id(row: Fields, otherwise: int, seen: set[int]) -> int:
    """The credit's id; by default its place in the list, from 1."""
    given = row.get("id", otherwise)
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        row.problem("id", "not_whole", given=str(given)[:30])
        return otherwise
    if given in seen:
        row.problem("id", "id_twice", id=given)
    seen.add(given)
    return given


def _credit(row: Fields) -> tuple[Decimal, Deal]:
    """The credit and its deal: amount (or quantity x unit price) x share / fx, exact."""
    quantity, price = _number(row, "quantity", signed=True), _number(row, "unit_price")
    if row.get("amount") is None and quantity is not None and price is not None:
        exact = quantity * price
    elif row.get("amount") is None and quantity is not None:
        exact = Fraction(0)
    else:
        exact = row.exact("amount", least=None)
    share, fx = _number(row, "share"), _number(row, "fx")
    exact *= 1 if share is None else share
    if fx is not None and not fx:
        row.problem("fx", "too_small", given=0, least="0.000001")
    elif fx is not None:
        exact /= fx
    amount, ends = _as_decimal(exact)
    figures = _numbers(row, "figures", signed=True)
    deal = Deal(
        measure="" if row.get("measure") is None else row.choice("measure", list(CREDIT_MEASURES)),
        product=_text(row, "product"),
        customer=_text(row, "customer"),
        new_customer=_flag(row, "new_customer"),
        order=_text(row, "order"),
        quantity=quantity,
        role=_text(row, "role"),
        figures=figures,
        exact=None if ends else exact,
    )
    return amount, deal


def _as_decimal(exact: Fraction) -> tuple[Decimal, bool]:
    """The number as a decimal, and whether it is exact."""
    with localcontext(EXACT):
        try:
            return Decimal(exact.numerator) / Decimal(exact.denominator), True
        except (ArithmeticError, InvalidOperation):
            return rounded(exact, KEPT_PLACES), False


# What is known beside the credits


def _rows(fields: Fields, name: str) -> Iterator[tuple[str, Fields]]:
    """The objects by name under a name."""
    inside = fields.inner(name)
    for key, value in inside.data.items() if inside else ():
        if inside is not None and isinstance(value, Mapping):
            yield str(key), Fields(value, inside.at(key), inside.problems)
        elif inside is not None:
            inside.problem(key, "not_an_object")


def _results(fields: Fields) -> dict[str, Result]:
    found: dict[str, Result] = {}
    for code, row in _rows(fields, "results"):
        found[code] = Result(
            value=_number(row, "value", signed=True),
            attainment=_number(row, "attainment", signed=True),
            score=_number(row, "score", signed=True),
            n=_whole(row, "n"),
        )
        row.finish()
    return found


def _standings(fields: Fields) -> dict[str, Standing]:
    found: dict[str, Standing] = {}
    for name, row in _rows(fields, "standings"):
        rank, tied, place = _whole(row, "rank") or 0, _whole(row, "tied"), _whole(row, "place") or 0
        tied = 1 if tied is None else tied
        if rank < 1:
            row.problem("rank", "too_small", given=rank, least=1)
        if not 0 <= place < max(tied, 1) or tied < 1:
            row.problem("tied", "not_in_the_tie", place=place, tied=tied)
        else:
            found[name] = Standing(rank, tied, _whole(row, "of") or rank, place)
        row.get("of")
        row.finish()
    return found


def _pools(fields: Fields) -> dict[str, PoolFacts]:
    found: dict[str, PoolFacts] = {}
    for key, row in _rows(fields, "pools"):
        members = []
        for member in row.objects("members"):
            points = _number(member, "points")
            members.append((member.text("key"), Fraction(1) if points is None else points))
            member.finish()
        me = row.text("me")
        if me and me not in {name for name, _points in members}:
            row.problem("me", "not_a_member", given=me[:30])
        else:
            found[key] = PoolFacts(_number(row, "credits", signed=True) or Fraction(0), members, me)
        row.finish()
    return found


def _leave(fields: Fields) -> Leave | None:
    row = fields.inner("leave")
    if row is None:
        return None
    leave = Leave(row.exact("base"), row.exact("hours"), _number(row, "due_days"))
    row.finish()
    return leave


def _releases(fields: Fields) -> list[Release]:
    found = []
    for row in fields.objects("releases", least=0):
        found.append(Release(row.exact("amount"), _text(row, "of")))
        row.finish()
    return found


def _reversals(fields: Fields) -> list[Reversal]:
    found = []
    for row in fields.objects("reversals", least=0):
        if row.data.get("paid") is None:
            row.problem("paid", "missing")
        served = _number(row, "served_months")
        dates = row.inner("served")
        if dates is not None:
            first, last = dates.day("from"), dates.day("until")
            served = Fraction(months_served(first, last, _whole(dates, "round_up_from")))
            dates.finish()
        found.append(
            Reversal(
                paid=_amounts(row, "paid"),
                unpaid=_amounts(row, "unpaid"),
                credit_id=_whole(row, "credit"),
                on=None if row.get("on") is None else row.day("on"),
                days=_whole(row, "days"),
                served_months=served,
                term_months=_number(row, "term_months"),
            )
        )
        row.finish()
    return found


def _amounts(row: Fields, name: str) -> tuple[Fraction, ...]:
    given = row.get(name) or []
    if not isinstance(given, list):
        row.problem(name, "empty_list")
        return ()
    inside = Fields(dict(enumerate(given)), row.at(name), row.problems)  # type: ignore[arg-type]
    return tuple(inside.exact(place) for place in range(len(given)))  # type: ignore[arg-type]


def _year(fields: Fields) -> YearToDate | None:
    row = fields.inner("year")
    if row is None:
        return None
    opening = _decimal(row, "opening", signed=True) or ZERO
    year = YearToDate(_number(row, "quota"), _number(row, "target_pay"), opening)
    row.finish()
    return year


def extended(facts: Facts, more: Mapping[str, Any]) -> Facts:
    """Facts of a run with what plans of other kinds need: the same names as in a document, and `deals` by credit id.

    Raises InvalidFacts.
    """
    if not more:
        return facts
    said = parse_facts({name: value for name, value in more.items() if name != "deals"})
    deals = {int(credit_id): _frozen_deal(row) for credit_id, row in more.get("deals", {}).items()}
    return replace(
        said,
        currency=facts.currency,
        quota=facts.quota,
        target_pay=facts.target_pay,
        credits=facts.credits,
        team_credits=facts.team_credits,
        eligible_days=facts.eligible_days,
        period_days=facts.period_days,
        deals=deals,
    )


def _frozen_deal(row: Mapping[str, Any]) -> Deal:
    return Deal(
        product=row.get("product", ""),
        customer=row.get("customer", ""),
        new_customer=row.get("new_customer", False),
        order=row.get("order", ""),
        figures={name: Fraction(value) for name, value in row.get("figures", {}).items()},
    )


def _payment(fields: Fields) -> Payment | None:
    row = fields.inner("payment")
    if row is None:
        return None
    payment = Payment(row.text("currency"), row.exact("rate"))
    row.finish()
    return payment
