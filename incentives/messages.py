"""The sentences for what the rules say in codes, in the active language."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core import formats
from incentives.rules.reading import Problem

PROBLEMS: dict[str, str | Promise] = {
    "missing": _("Fill in this field."),
    "not_a_number": _("“%(given)s” is not a number. Give a decimal number such as 0.5."),
    "too_small": _("%(given)s is below %(least)s. Give at least %(least)s."),
    "not_a_choice": _("“%(given)s” is not one of: %(allowed)s."),
    "not_a_key": _("A key has small letters, digits and hyphens, such as new-business."),
    "key_twice": _("Two components have the key %(key)s. Give each its own."),
    "name_missing": _("Give the name in both languages."),
    "empty_list": _("Add at least one."),
    "not_an_object": _("Here an object is expected."),
    "unknown_field": _("There is no field “%(given)s” here. Correct its name or take it out."),
    "unknown_schema": _("This document has schema %(given)s; schema %(known)s is read."),
    "weight_outside": _("A weight is above 0 and at most 100 %%."),
    "weights_do_not_add_up": _("The weights add up to %(total)s. They must be exactly 100 %%."),
    "cap_below_target_pay": _("The cap of %(cap)s is below target pay. Give at least 100 %%, or none."),
    "tier_ends_before_it_starts": _(
        "Tier %(tier)s ends (%(end)s) before it starts (%(start)s). Give an end above %(start)s or leave it open."
    ),
    "tiers_start_above_zero": _(
        "The first tier starts at %(start)s. It must start at 0, at a rate of 0 where nothing is paid."
    ),
    "tier_gap": _("Tier %(tier)s starts at %(start)s, but the tier below ends at %(end)s. Close the gap."),
    "tier_overlap": _("Tier %(tier)s starts at %(start)s, inside the tier below, which ends at %(end)s."),
    "tier_open_in_the_middle": _("Tier %(tier)s has no end, but another tier follows. Give it an end."),
    "tiers_end": _("Above %(end)s nothing more is paid, because the last tier has an end."),
    "rate_falls": _("Tier %(tier)s pays less (%(rate)s) than the tier below (%(before)s)."),
    "not_whole": _("“%(given)s” is not a whole number."),
    "not_a_day": _("“%(given)s” is not a date. Give one such as 2026-07-01."),
    "not_a_text": _("“%(given)s” is no short text. Give one of at most 200 characters."),
    "not_a_flag": _("“%(given)s” is neither true nor false."),
    "not_a_currency": _("“%(given)s” is no currency. Give its three letters, such as USD."),
    "ends_before_it_starts": _("The end (%(end)s) is not after the start (%(start)s)."),
    "impossible_threshold": _("Nothing is at least %(least)s and below %(below)s. Correct one of them."),
    "most_below_least": _("At most %(most)s is below at least %(least)s. Correct one of them."),
    "points_do_not_rise": _("%(at)s is not above %(before)s. Each must be higher than the one before."),
    "curve_falls": _("This point pays less (%(pays)s) than the one before (%(before)s)."),
    "size_missing": _("Say how much it pays at target: a weight, an amount, or a share."),
    "size_twice": _("Give only one of weight, amount and share."),
    "size_without_need": _("It pays amounts, so it needs no weight, amount or share of its own."),
    "matrix_rows": _("There are %(given)s rows of cells for %(wanted)s bounds."),
    "matrix_columns": _("There are %(given)s cells in this row for %(wanted)s bounds."),
    "amount_or_tiers": _("Give either one amount, or amounts by number."),
    "ordinals_start_at_one": _("The first tier starts at %(start)s. It must start with the first one, 1."),
    "rate_or_amount": _("Give either a rate of the team's credits, or an amount."),
    "shared_above_the_rates": _("Others take %(taken)s first, which is more than the rates give."),
    "above_target_needs_a_base_rate": _(
        "What is above the target is paid by attainment, over the period, as multiples of a base rate. Choose those."
    ),
    "share_above_one": _("%(given)s is more than the whole. Give at most 100 %%."),
    "leave_needs_days": _("Leave shortens the days that count, so the plan must count by days."),
    "id_twice": _("There are two credits with the id %(id)s. Give each its own."),
    "not_in_the_tie": _("Place %(place)s does not fit a tie of %(tied)s."),
    "not_a_member": _("“%(given)s” is not among the members."),
    "example_without_name": _("Give the example a name."),
    "example_differs": _("The example “%(name)s” pays %(got)s, not %(expected)s: %(difference)s."),
    "example_facts": _("The facts of the example “%(name)s” cannot be read: %(path)s."),
}

NOTES: dict[str, str | Promise] = {
    "no_credits": _("There is no credited deal in the period."),
    "no_quota": _("There is no target for the period, so attainment cannot be computed and nothing is paid by it."),
    "no_target_pay": _("There is no pay at target, so nothing can be computed from it."),
    "no_assignment": _("No plan is assigned for the period, so credited deals earn nothing."),
    "leads_no_team": _("No team is led in the period, so there is no override."),
    "team_below_threshold": _("The team's credits of %(team)s do not exceed the threshold of %(threshold)s."),
    "negative_credit": _("Refunds exceed deals: the credits add up to %(credited)s."),
    "cap_without_target_pay": _("The cap was not applied, because there is no pay at target."),
    "prorated": _("Target and pay at target count for %(days)s of %(of)s days."),
    "no_result": _("There is no result for %(measure)s, so it is not evaluated."),
    "too_few_answers": _(
        "%(measure)s has %(n)s answers and needs %(minimum)s, so it is not evaluated: it neither blocks nor rewards."
    ),
    "not_ranked": _("There is no place in the ranking."),
    "no_prize_for_rank": _("Place %(rank)s of %(of)s; the first %(prizes)s are paid a prize."),
    "not_in_the_pool": _("Nobody made this person a member of the pool."),
    "pool_without_points": _("Nobody in the pool has points, so it is not shared out."),
    "budget_used_up": _("The campaign's budget is used up."),
    "no_due_days": _("The days that were due are not known, so the leave cannot be computed."),
    "no_clawback": _("A paid deal was reversed, and the plan takes nothing back."),
    "clawback_too_late": _("A deal was reversed after %(days)s days; the plan takes back within %(within)s days."),
    "instalments_cancelled": _("Instalments of %(amount)s that were not paid yet are cancelled."),
}

ERRORS: dict[str, str | Promise] = {
    "rate_missing": _("There is no exchange rate from %(base)s to %(quote)s for %(on)s. Add it, then calculate again."),
    "no_version": _(
        "The plan %(plan)s has no published version that holds on %(on)s. Publish one, then calculate again."
    ),
    "plan_invalid": _("The published version of %(plan)s cannot be read: %(problems)s."),
    "currency_differs": _("The run pays in %(run)s, the plan %(plan)s in %(other)s. Start a run for that plan alone."),
    "target_pay_currency": _(
        "Target pay is in %(given)s, the plan %(plan)s pays in %(other)s. Correct the assignment."
    ),
    "amount_too_large": _(
        "An amount is too large to be true. Check the target, the pay at target and the plan's rates."
    ),
}


def problem_text(problem: Problem) -> str:
    """What is wrong, and what to do."""
    return str(PROBLEMS[problem.code]) % _readable(problem.values, _problem_value(problem))


def note_text(code: str, values: Mapping[str, Any], currency: str = "") -> str:
    """What a reader must know about a statement."""
    return str(NOTES[code]) % _readable(values, lambda name, text: _money_value(name, text, currency))


def error_text(error: Mapping[str, Any]) -> str:
    """Why there is no result for a person; `error` as a statement keeps it."""
    values: Mapping[str, Any] = error.get("values", {})
    return str(ERRORS[error["code"]]) % values


def _readable(values: Mapping[str, Any], written: Callable[[str, str], str]) -> dict[str, str]:
    return {name: written(name, str(value)) for name, value in values.items()}


def _problem_value(problem: Problem) -> Callable[[str, str], str]:
    """Bounds and weights as percent, since that is how they are typed; what is no number stays as given."""
    shares = {"end", "start", "total", "cap", "taken"}
    is_money = problem.values.get("basis") in {"amount", "number"} or problem.code == "ends_before_it_starts"

    def written(name: str, text: str) -> str:
        return _plain_percent(Decimal(text)) if name in shares and not is_money else text

    return written


def _plain_percent(ratio: Decimal) -> str:
    """'130 %', '62.5 %': all of its digits, since these are typed values."""
    digits = f"{(ratio * 100).normalize():f}"
    return f"{digits}{formats.NBSP}%"


def _money_value(name: str, text: str, currency: str) -> str:
    if currency and name in {"team", "threshold", "credited", "amount"}:
        return formats.money_full(Decimal(text), currency)
    return text
