"""The filters of the lists of key accounts and deals; what they offer, the viewer may see."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import FilterForm, team_field
from accounts.models import Person, Team, User
from core import formats
from core.calendar import period, period_on
from core.errors import Invalid
from core.periods import Period, PeriodKind
from crm.models import KeyAccount, Product
from crm.selectors import AccountFilter, DealFilter, countries, sectors

PAST_QUARTERS = 8


def _named(values: list[str], none: Any) -> list[tuple[str, Any]]:
    return [("", none), *((value, value) for value in values)]


class AccountFilterForm(FilterForm):
    q = forms.CharField(label=_("Name"), required=False, max_length=80)
    sector = forms.ChoiceField(label=_("Sector"), required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    owner = forms.ModelChoiceField(Person.objects.none(), to_field_name="uid", required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["sector"].choices = _named(sectors(viewer=viewer), _("All sectors"))
        fields["country"].choices = _named(countries(viewer=viewer), _("All countries"))
        fields["owner"].queryset = Person.objects.visible_to(viewer)

    def chosen(self) -> AccountFilter:
        """Of a valid form."""
        given = self.cleaned_data
        return AccountFilter(given["q"].strip(), given["sector"], given["country"], given["owner"])


class PeriodField(forms.ChoiceField):
    """Any time, a past quarter, this year; an address may name any other period, which is then offered, too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def offer(self, on: date, given: str) -> None:
        quarter = period_on(on)
        years = [period_on(on, PeriodKind.YEAR), period_on(on, PeriodKind.YEAR).previous]
        codes = [part.code for part in (*(quarter.shift(-n) for n in range(PAST_QUARTERS)), *years)]
        codes += [given] if given and given not in codes else []
        self.choices = [("", _("Any time")), *((code, formats.period_label(code)) for code in codes)]

    def clean(self, value: Any) -> Period | None:
        code = super().clean(value)
        try:
            return period(code) if code else None
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error


class DealFilterForm(FilterForm):
    q = forms.CharField(label=_("Deal, account or person"), required=False, max_length=80)
    product = forms.ChoiceField(label=_("Product"), required=False)
    team = team_field(label=_("Team"), empty_label=_("All teams"), required=False)
    period = PeriodField(label=_("Closed or engaged in"))
    stage = forms.CharField(required=False, widget=forms.HiddenInput)
    owner = forms.ModelChoiceField(Person.objects.none(), to_field_name="uid", required=False, widget=forms.HiddenInput)
    account = forms.ModelChoiceField(
        KeyAccount.objects.none(), to_field_name="uid", required=False, widget=forms.HiddenInput
    )
    family = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, viewer: User, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["product"].choices = _named(list(Product.objects.values_list("name", flat=True)), _("All products"))
        fields["team"].queryset = Team.objects.visible_to(viewer).order_by("name")
        fields["owner"].queryset = Person.objects.visible_to(viewer)
        fields["account"].queryset = KeyAccount.objects.visible_to(viewer)
        fields["period"].offer(on, self.data.get("period", ""))
        if not viewer.may("accounts.view_team"):
            del fields["team"]

    def chosen(self) -> DealFilter:
        """Of a valid form."""
        given = self.cleaned_data
        return DealFilter(
            stage=given["stage"] or "open",
            period=given["period"],
            team=given.get("team"),
            owner=given["owner"],
            account=given["account"],
            family=given["family"],
            product=given["product"],
            text=given["q"].strip(),
        )
