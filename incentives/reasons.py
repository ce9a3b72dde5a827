"""Why a line has its amount: the sentences for the reasons that the rules tell in codes, in the active language."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import formats
from incentives.rules.exact import kept, rounded
from incentives.rules.facts import Reason
from incentives.rules.kinds.spiff import PER
from incentives.rules.measures import ATTAINMENT, CREDITED, OF, TEAM_ATTAINMENT, TEAM_CREDITS

REASONS: dict[str, str | Promise] = {
    # Credits
    "marginal": _("Each part of the credit at the rate of its own tier."),
    "marginal_refund": _("A refund, taken back at the rates of the tiers that it leaves."),
    "whole_tier": _("Tier %(tier)s is reached: everything at %(rate)s."),
    "whole_tier_reached": _(
        "Tier %(tier)s is reached with this deal: %(rate)s, and %(change)s on the %(before)s before it."
    ),
    "flat_rate": _("At %(rate)s."),
    "flat_rate_less": _("At %(rate)s after %(deduct)s are taken off."),
    "flat_rate_scaled": _("All parts of the deal together reach their limit: scaled down to %(rate)s."),
    "figure_too_small": _(
        "The deal's %(figure)s is too low or not known, so it earns nothing; it counts all the same."
    ),
    "override": _("%(rate)s on what the team's credits of %(team)s exceed %(threshold)s by."),
    # Curves
    "curve_share_attainment": _(
        "Attainment goes from %(from)s to %(to)s: the curve from %(was)s to %(now)s of target."
    ),
    "curve_share_credited": _("Credit goes from %(from)s to %(to)s: the curve from %(was)s to %(now)s of target."),
    "curve_money_attainment": _("Attainment goes from %(from)s to %(to)s: the curve from %(was)s to %(now)s."),
    "curve_money_credited": _("Credit goes from %(from)s to %(to)s: the curve from %(was)s to %(now)s."),
    "curve_value": _("%(measure)s is %(value)s: %(paid)s of pay at target."),
    "curve_money": _("%(measure)s is %(value)s: %(paid)s."),
    # Results
    "bonus_always": _("Paid without a condition."),
    "bonus_reached": _("%(measure)s is %(value)s, at least %(at_least)s was asked."),
    "bonus_missed": _("%(measure)s is %(value)s; %(at_least)s was asked."),
    "score": _("%(measure)s counts %(factor)s, times %(size)s at target."),
    "matrix": _("%(row_measure)s %(row)s and %(column_measure)s %(column)s: the cell pays %(cell)s of %(size)s."),
    "matrix_money": _("%(row_measure)s %(row)s and %(column_measure)s %(column)s: the cell pays %(amount)s."),
    "matrix_below": _("%(row_measure)s %(row)s or %(column_measure)s %(column)s is below the lowest bound."),
    # Campaigns and people
    "spiff": _("%(number)s × %(per)s, from number %(ordinal)s on."),
    "spiff_short": _("%(number)s × %(per)s would be %(amount)s; the campaign's budget ends here."),
    "rank": _("Place %(rank)s."),
    "rank_tied": _("Place %(rank)s, shared by %(tied)s: their prizes are added and divided."),
    "pool": _("%(share)s of a pool of %(fund)s, shared among %(members)s."),
    "leave": _("%(hours)s hours of leave, of %(due_days)s days that were due for %(base)s."),
    # Terms
    "gate_blocks": _("Blocked: %(measure)s is %(value)s, below %(bound)s."),
    "gate_blocks_above": _("Not paid by this rule: %(measure)s is %(value)s, not below %(bound)s."),
    "gate_reduces": _("%(measure)s is %(value)s, below %(bound)s: %(otherwise)s of it is paid."),
    "gate_reduces_above": _("%(measure)s is %(value)s, not below %(bound)s: %(otherwise)s of it is paid."),
    "modifier": _("%(base)s × %(factor)s."),
    "cap": _("At most %(before)s is paid; %(base)s was earned."),
    "plan_cap": _("The plan pays at most %(before)s; %(base)s was earned."),
    "floor": _("At least %(before)s is paid; %(base)s was earned."),
    "true_up": _("%(base)s are due to date, %(before)s of it before this statement."),
    # Balances
    "draw": _("Raised to the draw of %(before)s; %(base)s was earned."),
    "repay": _("Of the advance, %(before)s was owed."),
    "clawback": _("%(share)s of %(base)s that was paid on a deal since reversed."),
    "holdback": _("%(share)s of %(base)s is held back and paid later."),
    "release": _("Held back earlier, now due."),
    "carried": _("A negative result carried over from before."),
    "carry": _("A negative result is carried to the next statement."),
    "rounding": _("The exact sum is %(base)s: the difference from rounding each line."),
}

PERCENTS = {"rate", "change", "otherwise", "share"}
MONEY = {"base", "before", "deduct", "team", "threshold", "size", "fund", "amount"}
SHARES_OF = {"curve_share_attainment": {"from", "to", "was", "now"}, "curve_share_credited": {"was", "now"}}
MONEY_OF = {
    "curve_share_credited": {"from", "to"},
    "curve_money_attainment": {"was", "now"},
    "curve_money_credited": {"from", "to", "was", "now"},
    "curve_money": {"paid"},
}
PERCENTS_OF = SHARES_OF | {
    "curve_money_attainment": {"from", "to"},
    "curve_value": {"paid"},
    "matrix": {"cell"},
}
RENAMED = {
    "modifier": {"factor": "before"},
    "clawback": {"share": "before"},
    "holdback": {"share": "before"},
    "matrix_money": {"amount": "cell"},
}
# Which measure a value or bound is of, to know its unit.
OF_MEASURE = {
    "value": "measure",
    "bound": "measure",
    "at_least": "measure",
    "row": "row_measure",
    "column": "column_measure",
}


def reason_text(reason: Reason, currency: str = "", names: Mapping[str, str] | None = None) -> str:
    """The sentence of a reason. `names`: what results are called, by their code."""
    given = dict(reason.values)
    given |= {name: given[source] for name, source in RENAMED.get(reason.code, {}).items() if source in given}
    values = {name: _written(reason.code, name, value, given, currency, names or {}) for name, value in given.items()}
    return str(REASONS[reason.code]) % values


def _written(  # noqa: PLR0917  (a value, where it stands, and how it is to be written)
    code: str, name: str, value: str, given: Mapping[str, str], currency: str, names: Mapping[str, str]
) -> str:
    if name.endswith("measure"):
        return names.get(value) or measure_words(value)
    if name == "per":
        return PER[value].of(get_language() or "en")
    number = _number(value)
    if number is None:
        return value
    return _number_text(code, name, number, given.get(OF_MEASURE.get(name, ""), ""), currency)


def _number_text(code: str, name: str, number: Fraction, measure: str, currency: str) -> str:
    if name in OF_MEASURE:
        return _of_measure(measure, number, currency)
    if name in PERCENTS_OF.get(code, ()) or name in PERCENTS:
        return _percent(number)
    if name in MONEY_OF.get(code, ()) or (name in MONEY and name != "factor"):
        return _money(number, currency)
    return _plain(number)


def measure_words(name: str) -> str:
    return OF[name].of(get_language() or "en") if name in OF else name


def _number(value: str) -> Fraction | None:
    try:
        return Fraction(value)
    except ValueError:
        return None


def _of_measure(measure: str, number: Fraction, currency: str) -> str:
    if measure in {ATTAINMENT, TEAM_ATTAINMENT, "lowest_attainment"}:
        return _percent(number)
    return _money(number, currency) if measure in {CREDITED, TEAM_CREDITS} else _plain(number)


def _percent(number: Fraction) -> str:
    exact = kept(number * 100)
    digits = -int(exact.as_tuple().exponent)
    return formats.percent(rounded(number, 10), min(max(digits, 0), 4))


def _money(number: Fraction, currency: str) -> str:
    amount = rounded(number, 6)
    return formats.money_full(amount, currency) if currency else formats.number(amount, 2)


def _plain(number: Fraction) -> str:
    exact = kept(number)
    digits = -int(exact.as_tuple().exponent)
    return formats.number(Decimal(exact), min(max(digits, 0), 6))
