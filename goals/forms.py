"""Forms of goals: shapes only; the rules are in the services."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from goals.models import Kpi, Target

GREATEST = Decimal(10) ** 13


class TargetForm(forms.Form):
    """A target as people write it: a percentage of a percent KPI ('60' is 60 %), else the number itself."""

    value = forms.DecimalField(label=_("Target"), min_value=0, max_value=GREATEST, decimal_places=6)
    threshold = forms.DecimalField(
        label=_("Threshold"), min_value=0, max_value=GREATEST, decimal_places=6, required=False,
        help_text=_("The least that counts."),
    )  # fmt: skip
    stretch = forms.DecimalField(
        label=_("Stretch"), min_value=0, max_value=GREATEST, decimal_places=6, required=False,
        help_text=_("What would be outstanding."),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=300, required=False, help_text=_("Everybody who sees the target can read it.")
    )

    def __init__(self, *args: Any, kpi: Kpi, target: Target | None = None, **kwargs: Any) -> None:
        self.scale = Decimal(100) if kpi.unit == Kpi.Unit.PERCENT else Decimal(1)
        names = ("value", "threshold", "stretch")
        shown = {name: self._shown(getattr(target, name)) for name in names} if target else {}
        kwargs["initial"] = shown | {"reason": target.reason if target else ""}
        super().__init__(*args, **kwargs)
        if self.scale != 1:
            self.fields["value"].help_text = _("In percent: 60 is 60 %.")

    def _shown(self, value: Decimal | None) -> Decimal | None:
        if value is None:
            return None
        scaled = (value * self.scale).normalize()
        return scaled.quantize(Decimal(1)) if scaled == scaled.to_integral_value() else scaled

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        scaled = {
            name: value / self.scale for name, value in found.items() if isinstance(value, Decimal) and self.scale != 1
        }
        return found | scaled


class DeriveForm(forms.Form):
    kpi = forms.ModelChoiceField(label=_("KPI"), queryset=Kpi.objects.none(), to_field_name="code", empty_label=None)
    growth = forms.DecimalField(
        label=_("Growth in percent"), min_value=-90, max_value=900, decimal_places=2, initial=5,
        help_text=_("Against the monthly mean of the quarter before; 5 is 5 % more."),
    )  # fmt: skip
    replace = forms.BooleanField(label=_("Also replace targets that were entered or imported"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["kpi"]
        field.queryset = Kpi.objects.filter(is_active=True, aggregation=Kpi.Aggregation.SUM)
        field.label_from_instance = lambda kpi: kpi.name


class TargetFileForm(forms.Form):
    file = forms.FileField(
        label=_("CSV or XLSX file"),
        help_text=_(
            "First row: kpi, subject, period, target; threshold, stretch and reason may follow. "
            "Subject is an employee number, an e-mail or a team's code."
        ),
    )

    def clean_file(self) -> Any:
        given = self.cleaned_data["file"]
        if given.size > 5 * 1024 * 1024:
            raise forms.ValidationError(_("The file is larger than 5 MB. Cut it into parts."))
        return given


class KpiForm(forms.ModelForm):  # type: ignore[type-arg]  # generic to the type checker only
    class Meta:
        model = Kpi
        fields = ("name_en", "name_zh", "definition_en", "definition_zh", "is_active")
        labels = {
            "name_en": _("Name in English"),
            "name_zh": _("Name in Chinese"),
            "definition_en": _("Definition in English"),
            "definition_zh": _("Definition in Chinese"),
            "is_active": _("Measured and shown"),
        }
        widgets = {"definition_en": forms.Textarea({"rows": 4}), "definition_zh": forms.Textarea({"rows": 4})}


class QuestionForm(forms.Form):
    question = forms.CharField(label=_("Question"), max_length=2000, widget=forms.Textarea({"rows": 5}))


class ResultFilterForm(forms.Form):
    """The filters of the list; unknown values are refused by the form, and the page then says so."""

    kpi = forms.ModelChoiceField(
        label=_("KPI"), queryset=Kpi.objects.none(), to_field_name="code", required=False, empty_label=_("Every KPI")
    )
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.none(), to_field_name="code", required=False, empty_label=_("Every team")
    )
    kind = forms.ChoiceField(
        label=_("People or teams"),
        choices=[("", _("People and teams")), ("person", _("People")), ("team", _("Teams"))],
        required=False,
    )
    q = forms.CharField(label=_("Name"), max_length=80, required=False, widget=forms.TextInput({"type": "search"}))

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kpi: Any = self.fields["kpi"]
        kpi.queryset = Kpi.objects.filter(is_active=True)
        kpi.label_from_instance = lambda row: row.name
        team: Any = self.fields["team"]
        team.queryset = Team.objects.visible_to(viewer).order_by("path")
        self.fields["q"].widget.attrs["placeholder"] = _("Name")
        if not team.queryset.exists():
            del self.fields["team"], self.fields["kind"], self.fields["q"]
