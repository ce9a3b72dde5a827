"""What HR asks a simulation: how far back, whose people, and the budget to hold it against."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core import calendar, formats
from core.periods import Period, PeriodKind
from incentives.models import Plan

QUARTERS = (1, 2, 4, 8)
DEFAULT_QUARTERS = 4


class SimulationForm(forms.Form):
    """All in the address, so that a simulation can be kept and sent as a link."""

    quarters = forms.ChoiceField(label=_("Real results of"))
    people = forms.ModelChoiceField(Plan.objects.none(), label=_("People of"), to_field_name="code", empty_label=None)
    budget = forms.DecimalField(
        label=_("Budget"),
        required=False,
        min_value=Decimal(1),
        max_digits=16,
        decimal_places=2,
        help_text=_("For all of these quarters together."),
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )

    def __init__(self, data: Any, *, plan: Plan, plans: Sequence[Plan]) -> None:
        filled = {"quarters": str(DEFAULT_QUARTERS), "people": plan.code} | {
            name: value for name, value in data.items() if value
        }
        super().__init__(filled)
        cast("forms.ModelChoiceField[Plan]", self.fields["people"]).queryset = Plan.objects.filter(
            pk__in=[each.pk for each in plans]
        )
        cast("forms.ChoiceField", self.fields["quarters"]).choices = [
            (str(count), ngettext("the last quarter", "the last %(n)s quarters", count) % {"n": formats.number(count)})
            for count in QUARTERS
        ]


def last_quarters(count: int) -> list[Period]:
    """Quarters that are over, oldest first."""
    latest = calendar.current_period(PeriodKind.QUARTER).previous
    return [latest.shift(-back) for back in reversed(range(count))]
