"""The sentences for what changed after an approval, in the active language."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import formats
from incentives.messages import error_text
from incentives.models import Correction

REASONS: dict[str, str | Promise] = {
    "credit_changed": gettext_lazy("The credit of %(deal)s on %(on)s is %(now)s; it was %(was)s."),
    "credit_new": gettext_lazy("A credit of %(now)s came in for %(deal)s on %(on)s."),
    "credit_gone": gettext_lazy("The credit of %(was)s on %(on)s is gone: %(deal)s."),
    "credit_moved": gettext_lazy("%(deal)s counts on %(now)s; it was %(was)s."),
    "credited": gettext_lazy("The credits add up to %(now)s; it was %(was)s."),
    "quota": gettext_lazy("The target is %(now)s; it was %(was)s."),
    "target_pay": gettext_lazy("Pay at target is %(now)s; it was %(was)s."),
    "team_credits": gettext_lazy("The team's credits are %(now)s; it was %(was)s."),
    "eligible_days": gettext_lazy("%(now)s days count; it was %(was)s."),
    "version": gettext_lazy("The plan is %(now)s; it was %(was)s."),
    "input": gettext_lazy("An input of the plan changed: %(name)s."),
    "problem_solved": gettext_lazy("What stopped the statement is put right."),
    "problem_new": gettext_lazy("The pay can no longer be computed."),
    "not_in_the_run_any_more": gettext_lazy("The person has neither a plan nor credits in the period any more."),
    "not_in_the_run_before": gettext_lazy("The person was not in the run, and has a plan or credits now."),
    "rule": gettext_lazy("The same inputs are paid otherwise by the rules of now."),
}

DATES = {"credit_moved": ("was", "now")}
PLAIN = {"version": ("was", "now"), "eligible_days": ("was", "now")}


def correction_reasons(correction: Correction) -> list[str]:
    """Why what is due is not what was paid; the most telling first."""
    if correction.problem:
        return [error_text(correction.problem)]
    return [_sentence(reason, correction.currency) for reason in correction.reasons]


def _sentence(reason: Mapping[str, Any], currency: str) -> str:
    code, values = reason["code"], reason.get("values", {})
    text = {name: _written(code, name, value, currency) for name, value in values.items()}
    text.setdefault("deal", _("the deal is gone"))
    return str(REASONS[code]) % text


def _written(code: str, name: str, value: Any, currency: str) -> str:
    if value is None:
        return _("none")
    if name == "on" or name in DATES.get(code, ()):
        return formats.day(date.fromisoformat(value))
    if name in {"was", "now"} and name not in PLAIN.get(code, ()):
        return formats.money_full(Decimal(value), currency)
    return str(value)


def correction_sentence(correction: Correction) -> str:
    """What stands beside an adjustment line: what is due, what was paid, and why."""
    values = {
        "period": formats.period_label(correction.period),
        "due": formats.money_full(correction.due, correction.currency),
        "paid": formats.money_full(correction.paid, correction.currency),
    }
    head = _("%(period)s is due at %(due)s, %(paid)s was paid.") % values
    return formats.spaced(" ".join([head, *_few(correction_reasons(correction))]))


def _few(sentences: Iterable[str], most: int = 3) -> list[str]:
    found = list(sentences)
    more = len(found) - most
    return found if more <= 0 else [*found[:most], _("And %(count)s more changes.") % {"count": more}]
