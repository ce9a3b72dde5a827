"""The example beside the editor: 'at 112 % on a target of 30,000 this pays …', with the parts it is made of."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from core import formats
from core.money import places
from incentives import selectors
from incentives.forms.typed_plan import NotANumber, Written, number_typed, plain
from incentives.models import PlanVersion
from incentives.views.editor.curve import drawable
from incentives.views.editor.shown import ExampleLine, ExampleResult, ShownField, Typical


def example_fields(typical: Typical) -> dict[str, ShownField]:
    labels = {
        "quota": _("Target"),
        "attainment": _("Attainment"),
        "target_pay": _("Pay at target"),
        "team": _("Team's bookings"),
    }
    fields = {}
    for name, label in labels.items():
        value = getattr(typical, name)
        error = "" if name == "team" and not value else _number_error(value)
        fields[name] = ShownField(f"typical.{name}", value, error, "%" if name == "attainment" else "", label)
    return fields


def _number_error(text: str) -> str:
    try:
        number_typed(text)
    except NotANumber as error:
        return str(error)
    return ""


def example_result(
    version: PlanVersion, result: Written, typical: Typical, *, is_sound: bool, selected: int
) -> ExampleResult:
    """The whole plan; while something is wrong in it, the selected component as far as it stands."""
    quota, target_pay, attainment = typical.quota_amount, typical.target_amount, typical.ratio
    if quota is None or target_pay is None or attainment is None:
        return ExampleResult(error=_("Give a target, a pay at target and an attainment."))
    currency, team = version.currency, typical.team_amount
    if is_sound:
        found = selectors.example(result.content, quota, target_pay, attainment, currency, team)
        sentence = _("At %(attainment)s on a target of %(quota)s this pays %(total)s.") % {
            "attainment": formats.percent(attainment),
            "quota": exact_money(quota, currency),
            "total": formats.money_full(found.total, currency),
        }
    else:
        drawn = drawable(result.content, selected, target_pay)
        if drawn is None:
            return ExampleResult(error=_("The example comes back when the component can be computed."))
        found = selectors.example(drawn.content, quota, drawn.target_pay, attainment, currency)
        sentence = _("The selected component alone, as far as it stands.")
    total = formats.money_full(found.total, currency)
    return ExampleResult(total, sentence, list(_lines(found, currency)), found.notes)


def _lines(found: selectors.Example, currency: str) -> Iterator[ExampleLine]:
    for part in found.parts:
        text = _("Cut by the cap")
        if part.part is not None and part.rate is not None:
            values = {"amount": exact_money(part.part, currency), "rate": rate_text(part.rate)}
            text = _("%(amount)s at %(rate)s") % values
        yield ExampleLine(text, formats.money_full(part.pay, currency))


def exact_money(amount: Decimal, currency: str) -> str:
    """Money to the minor unit, without it where it is zero: '$15,000', '$1,012.50'."""
    text = formats.money_full(amount, currency)
    decimals = places(currency)
    return text[: -decimals - 1] if decimals and amount == amount.to_integral_value() else text


def rate_text(rate: Decimal) -> str:
    """Percent with as many decimals as it needs, at most two: '9 %', '6.3 %', '8.75 %'."""
    return f"{plain((rate * 100).quantize(Decimal('0.01')))}{formats.NBSP}%"
