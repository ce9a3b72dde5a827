"""Days, months, ramps, parts of the year, leave, and what attainment grows with."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from incentives.rules.engine import case_of
from incentives.rules.spans import days_in_month, days_of, months_served
from tests.cases.kinds.rates import flat
from tests.cases.terms import (
    Answer,
    Case,
    component,
    credit,
    facts_of,
    many,
    number,
    pay,
    pick,
    plan_of,
    text,
)

FIXED = component("goal_bonus", weight="1")


def _prorated(amount: Any, days: Any, of_days: Any) -> Decimal:
    rules = plan_of(FIXED, proration="days")
    return pay(rules, target_pay=text(amount), eligible_days=int(days), period_days=int(of_days)).total


def proration_days(plan: Case, given: Case) -> Answer:
    said = {**plan, **given}
    basis = pick(said, "basis_days", "period_days")
    days = pick(given, "days", "eligible_days")
    found = [_prorated(said["amount"], each, basis) for each in many(days)]
    return {"amount": found if isinstance(days, list) else found[0], "amounts": found, "payout": found[0]}


def proration_dates(plan: Case, given: Case) -> Answer:
    """Both end dates are counted."""
    said = {**plan, **given}
    first, last = _day(pick(said, "start", "from", "start_date")), _day(pick(said, "end", "until", "to", "end_date"))
    days = days_of(first, last)
    found: Answer = {"days": days, "eligible_days": days}
    amount = pick(said, "amount", "quota", "target", "bonus", "annual", default=None)
    if amount is not None:
        paid = _prorated(amount, days, _basis(said, first))
        ratio = Fraction(days, int(_basis(said, first)))
        found |= dict.fromkeys(("amount", "quota", "target", "bonus", "payout", "prorated"), paid) | {"ratio": ratio}
    return found


def _day(text_of_day: Any) -> date:
    return date.fromisoformat(str(text_of_day))


def _basis(said: Case, first: date) -> int:
    """The days of the performance period: given, or of its dates, or of the calendar year."""
    given = pick(said, "basis_days", "period_days", "days_in_year", default=None)
    if given is not None:
        return int(given)
    starts, ends = pick(said, "period_start", default=None), pick(said, "period_end", default=None)
    if starts and ends:
        return days_of(_day(starts), _day(ends))
    return days_of(date(first.year, 1, 1), date(first.year, 12, 31))


def month_rounding(plan: Case, given: Case) -> Answer:
    """Days served in an uncompleted month count as a whole one from the given day on."""
    said = {**plan, **given}
    since = int(
        pick(said, "round_up_from", "round_up_from_day", "from_day", "threshold_day", "round_up_at_day", "min_days")
    )
    rows = pick(given, "cases", "services", "periods", default=None)
    served = [_served(row, since) for row in (rows if rows is not None else _spells(given))]
    months: Any = served if rows is not None or len(served) > 1 or _has_lists(given) else served[0]
    found: Answer = dict.fromkeys(("months", "rounded_months", "counted_months", "months_served"), months)
    if (annual := pick(said, "amount", "annual", "annual_amount", "bonus", default=None)) is not None:
        paid = [
            pay(
                plan_of(FIXED, quota_weights=["1"], proration="days"),
                target_pay=text(annual),
                eligible_days=each,
                period_days=12,
            ).total
            for each in served
        ]
        found |= dict.fromkeys(("amount", "payout", "bonus", "amounts"), paid if isinstance(months, list) else paid[0])
    return found


def _has_lists(given: Case) -> bool:
    return any(isinstance(value, list) for value in given.values())


def _spells(given: Case) -> list[Case]:
    """One row a value where the facts are lists."""
    size = max((len(value) for value in given.values() if isinstance(value, list)), default=1)
    return [
        {name: value[place] if isinstance(value, list) else value for name, value in given.items()}
        for place in range(size)
    ]


def _served(row: Any, since: int) -> int:
    """Months of a row of dates, or of whole months and days beyond."""
    if isinstance(row, list):
        row = (
            dict(zip(("start", "end"), row, strict=True))
            if "-" in str(row[0])
            else dict(zip(("months", "days"), row, strict=True))
        )
    first = pick(row, "start", "from", "start_date", "hired", default=None)
    if first is not None:
        return months_served(_day(first), _day(pick(row, "end", "until", "to", "end_date", "left")), since)
    months, days = (
        int(pick(row, "months", "completed_months", default=0)),
        int(pick(row, "days", "day", "days_served", default=0)),
    )
    # So many completed months from a first of January on, and the days after them.
    after = date(2024 + months // 12, months % 12 + 1, 1)
    return months_served(date(2024, 1, 1), after + timedelta(days=days - 1), since)


def days_apportion(plan: Case, given: Case) -> Answer:
    said = {**plan, **given}
    year, quarter = int(pick(said, "year")), pick(said, "quarter", default=None)
    months = pick(said, "months", default=None)
    if quarter is not None:
        first = (int(str(quarter)[-1]) - 1) * 3 + 1
        months = [first, first + 1, first + 2]
    elif months is None:
        months = _quarter_of(int(said["month"]))
    months = [int(month) for month in months]
    amount = pick(said, "amount", "quarter_amount", "quarter_target", "target", "quota")
    days = [days_in_month(year, month) for month in months]
    parts = {month: _prorated(amount, each, sum(days)) for month, each in zip(months, days, strict=True)}
    found: Answer = {
        "by_month": list(parts.values()),
        "amounts": list(parts.values()),
        "months": list(parts.values()),
        "days": days,
        "total": pay(plan_of(FIXED), target_pay=text(amount)).total,
    }
    if "month" in said:
        found |= dict.fromkeys(("amount", "part", "month"), parts[int(said["month"])])
    return found


def _quarter_of(month: int) -> list[int]:
    first = (month - 1) // 3 * 3 + 1
    return [first, first + 1, first + 2]


def quarter_weighted_quota(plan: Case, given: Case) -> Answer:
    rules = plan_of(FIXED, quota_weights=plan["weights"])
    start, length = int(given["start_month"]), 12 // len(plan["weights"])
    quotas = []
    for part in range(1, len(plan["weights"]) + 1):
        active = max(0, min(length, part * length + 1 - start))
        facts = facts_of(annual_quota=text(plan["annual_quota"]), part=part, active_months=str(active))
        quotas.append(case_of(rules, facts).quota or Fraction(0))
    return {"by_quarter": quotas, "quotas": quotas, "total": sum(quotas, Fraction(0))}


def ramp_quota(plan: Case, given: Case) -> Answer:
    rules = plan_of(FIXED, ramp=plan["ramp"])
    months = many(pick(given, "months", "month"))
    quotas = [case_of(rules, facts_of(quota=plan["quota"], tenure_months=int(month))).quota for month in months]
    return {"quotas": [quota or Fraction(0) for quota in quotas]}


def leave_deduction(plan: Case, given: Case) -> Answer:
    said = {**plan, **given}
    leave = {"base": text(said["base"]), "hours": text(pick(said, "leave_hours", "hours"))}
    due = pick(said, "due_days", default=None)
    leave |= {} if due is None else {"due_days": text(due)}
    found = pay(plan_of(component("leave_deduction", hours_per_day=text(said.get("hours_per_day", "8")))), leave=leave)
    if "no_due_days" in found.notes():
        return {"deduction": None, "computable": False, "not_computable": True}
    return {"deduction": -found.total, "computable": True, "not_computable": False}


MEASURES = ("payments_received", "booked_revenue", "invoiced_revenue", "gross_margin")


def attainment_trigger(plan: Case, given: Case) -> Answer:
    """Attainment starts at the opening sum and grows only by credits of the trigger type."""
    said = {**plan, **given}
    events = pick(given, "events", "credits", "transactions")
    trigger = str(pick(said, "trigger", "trigger_type", "attainment_trigger", "type"))
    kinds = [str(pick(event, "type", "measure", "kind", "trigger")) for event in events]
    measures = dict(zip(dict.fromkeys([trigger, *kinds]), MEASURES, strict=False))
    rules = plan_of(flat("0"), attainment_by=measures[trigger])
    deals = [
        credit(event["amount"], place, measure=measures[kind])
        for place, (event, kind) in enumerate(zip(events, kinds, strict=True), start=1)
    ]
    opening = pick(said, "opening", "opening_sum", "opening_attainment_sum", "prior", default="0")
    quota = pick(said, "quota", "target")
    found = [pay(rules, credits=deals[:place], quota=quota, opening=opening) for place in range(len(deals) + 1)]
    shares = [paid.outcome.attainment for paid in found]
    sums = [None if share is None else share * number(quota) for share in shares]
    return {
        **dict.fromkeys(("attainments", "attainment_after", "attainment_by_event"), shares[1:]),
        **dict.fromkeys(("attainment", "attainment_percent_ratio"), shares[-1]),
        **dict.fromkeys(("sums", "running", "counted_running"), sums[1:]),
        **dict.fromkeys(("sum", "counted", "attained"), sums[-1]),
        "opening_attainment": shares[0],
    }


KINDS = {
    "attainment_trigger": attainment_trigger,
    "days_apportion": days_apportion,
    "leave_deduction": leave_deduction,
    "month_rounding": month_rounding,
    "proration_dates": proration_dates,
    "proration_days": proration_days,
    "quarter_weighted_quota": quarter_weighted_quota,
    "ramp_quota": ramp_quota,
}
