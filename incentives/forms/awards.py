"""What people type about awards, certificates and benefits: shapes; the rules are in the services."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.access import Role
from accounts.forms import DayField, PersonField, ViewerForm
from accounts.models import Person, Team
from core import calendar, formats
from core.periods import PeriodKind
from goals.models import Kpi
from incentives.models_awards import Award, Benefit
from incentives.services.awards import AwardTerms
from incentives.services.benefits import BenefitTerms

HUNDRED = Decimal(100)
GREATEST = Decimal(10) ** 13
PARTICIPANTS = [(role.value, role.label) for role in Role]


def periods_offered() -> list[tuple[str, str]]:
    """This quarter, the next and the four before; then the year and the month, and those before them."""
    quarter = calendar.current_period(PeriodKind.QUARTER)
    year, month = calendar.current_period(PeriodKind.YEAR), calendar.current_period(PeriodKind.MONTH)
    found = [quarter.next, *(quarter.shift(-steps) for steps in range(5)), year, year.previous]
    found += [month, month.previous]
    return [(period.code, formats.period_label(period.code)) for period in found]


class KpiField(forms.ModelChoiceField):  # type: ignore[type-arg]  # the real class takes no parameter
    """A KPI by its name in the active language."""

    def label_from_instance(self, obj: Kpi) -> str:
        return obj.name


class AwardForm(ViewerForm):
    """A new award or the draft of one. What another kind asks for is left aside."""

    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120)
    description_en = forms.CharField(
        label=_("What it is for, in English"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    description_zh = forms.CharField(
        label=_("What it is for, in Chinese"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    kind = forms.ChoiceField(
        label=_("Who decides"),
        choices=[
            (Award.Kind.NOMINATION, _("Nominations: who is named by most colleagues")),
            (Award.Kind.VOTE, _("A vote among the nominated: everybody has one")),
            (Award.Kind.RULE, _("A result: the best ranks, or all who reach a value")),
        ],
        initial=Award.Kind.NOMINATION,
        widget=forms.RadioSelect,
    )
    period = forms.ChoiceField(label=_("Period"))
    team = forms.ModelChoiceField(
        label=_("Only for the team"), queryset=Team.objects.none(), required=False, empty_label=_("The whole company")
    )
    starts = DayField(label=_("Open from"))
    last = DayField(label=_("Last day"))
    places = forms.IntegerField(label=_("Number of winners"), min_value=1, max_value=100, initial=1)
    nominators = forms.MultipleChoiceField(
        label=_("Who may nominate"), choices=PARTICIPANTS, required=False, widget=forms.CheckboxSelectMultiple
    )
    voters = forms.MultipleChoiceField(
        label=_("Who may vote"), choices=PARTICIPANTS, required=False, widget=forms.CheckboxSelectMultiple
    )
    kpi = KpiField(label=_("KPI"), queryset=Kpi.objects.none(), required=False, empty_label=_("None"))
    measure = forms.ChoiceField(label=_("What is compared"), choices=Award.Measure.choices, required=False)
    rule = forms.ChoiceField(label=_("Who wins"), choices=Award.Rule.choices, required=False)
    threshold = forms.DecimalField(
        label=_("Value to reach"), min_value=0, max_value=GREATEST, decimal_places=6, required=False,
        help_text=_("Percentages and attainment as percent: 60 is 60 %."),
    )  # fmt: skip
    least_base = forms.DecimalField(
        label=_("Least base"), min_value=0, max_value=GREATEST, decimal_places=2, required=False,
        help_text=_("The least behind a result: a win rate over fewer decided deals than this does not count."),
    )  # fmt: skip

    ROWS = (
        ("name_en", "name_zh"),
        ("description_en", "description_zh"),
        ("period", "team"),
        ("starts", "last"),
        ("nominators", "voters"),
        ("kpi", "measure"),
        ("rule", "threshold"),
    )

    def __init__(self, *args: Any, award: Award | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = _award_initial(award)
        super().__init__(*args, **kwargs)
        periods = periods_offered()
        if award and award.period not in dict(periods):
            periods.append((award.period, formats.period_label(award.period)))
        cast("forms.ChoiceField", self.fields["period"]).choices = periods
        cast("forms.ModelChoiceField[Team]", self.fields["team"]).queryset = Team.objects.exclude(
            kind=Team.Kind.COMPANY
        ).order_by("path")
        cast("KpiField", self.fields["kpi"]).queryset = Kpi.objects.filter(is_active=True)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("starts") and given.get("last") and given["last"] < given["starts"]:
            self.add_error("last", _("The last day is before the first one."))
        if given.get("kind") == Award.Kind.RULE:
            if not given.get("kpi"):
                self.add_error("kpi", _("Choose the KPI that decides."))
            if given.get("rule") == Award.Rule.THRESHOLD and given.get("threshold") is None:
                self.add_error("threshold", _("Give the value that has to be reached."))
        return given

    def terms(self) -> AwardTerms:
        """What the service takes; percentages become ratios."""
        given = dict(self.cleaned_data)
        given["ends"] = given.pop("last") + timedelta(days=1)
        if given["threshold"] is not None and _is_percent(given["kpi"], given["measure"]):
            given["threshold"] /= HUNDRED
        return AwardTerms(**given)


def _is_percent(kpi: Kpi | None, measure: str) -> bool:
    return measure == Award.Measure.ATTAINMENT or (kpi is not None and kpi.unit == Kpi.Unit.PERCENT)


def _award_initial(award: Award | None) -> dict[str, Any]:
    if award is None:
        today, quarter = calendar.today(), calendar.current_period(PeriodKind.QUARTER)
        everyone = [role.value for role in Role]
        last = quarter.end - timedelta(days=1)
        return {
            "starts": today, "last": last, "period": quarter.code, "nominators": everyone, "voters": everyone
        }  # fmt: skip
    names = (
        "name_en", "name_zh", "description_en", "description_zh", "kind", "period", "team", "starts", "places", "kpi",
        "measure", "rule", "threshold", "least_base", "nominators", "voters",
    )  # fmt: skip
    shown = {name: getattr(award, name) for name in names}
    if award.threshold is not None and _is_percent(award.kpi, award.measure):
        shown["threshold"] = plain(award.threshold * HUNDRED)
    return shown | {"last": award.ends - timedelta(days=1)}


def plain(value: Decimal | None) -> Decimal | None:
    """Without the zeros of the column: 60, 62.5."""
    if value is None:
        return None
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral_value() else short


class NominationForm(forms.Form):
    """Whom one names and why. The choices are colleagues of the award's team."""

    nominee = forms.ChoiceField(label=_("Colleague"))
    reason = forms.CharField(
        label=_("Why"),
        min_length=10,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Everybody can read it, with your name. Say what was done and what came of it."),
    )

    def __init__(self, *args: Any, people: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(person.uid), person.name) for person in people]
        cast("forms.ChoiceField", self.fields["nominee"]).choices = [("", _("Choose")), *named]


class UidForm(forms.Form):
    """One thing, named by its public id."""

    uid = forms.UUIDField()


class ChosenForm(forms.Form):
    """Several things that were ticked, and why where a rule asks for it."""

    reason = forms.CharField(max_length=300, required=False)

    def chosen(self) -> list[Any]:
        """The ids that were ticked; what is no id is ignored, since nothing has it."""
        field = forms.UUIDField()
        found = []
        for text in self.data.getlist("chosen"):  # type: ignore[attr-defined]  # a QueryDict
            try:
                found.append(field.clean(text))
            except forms.ValidationError:
                continue
        return found


class RevokeForm(forms.Form):
    """Why a certificate is taken back."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is kept with the certificate and not shown to who verifies it."),
    )  # fmt: skip


# Benefits


class BenefitForm(forms.Form):
    """A benefit of the catalogue."""

    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=120)
    description_en = forms.CharField(
        label=_("Description in English"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    description_zh = forms.CharField(
        label=_("Description in Chinese"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Benefit.Kind.choices)
    unit = forms.ChoiceField(label=_("Counted in"), choices=Benefit.Unit.choices, initial=Benefit.Unit.NONE)
    value = forms.DecimalField(
        label=_("Amount"), min_value=Decimal("0.01"), max_value=GREATEST, decimal_places=2, required=False
    )
    entitled = forms.ChoiceField(
        label=_("Who is entitled"), choices=Benefit.Entitled.choices, initial=Benefit.Entitled.BY_HAND
    )
    least_level = forms.IntegerField(label=_("From level"), min_value=1, max_value=9, required=False)
    least_attainment = forms.DecimalField(
        label=_("From attainment"), min_value=1, max_value=1000, decimal_places=2, required=False,
        help_text=_("In percent, on an approved statement: 130 means the tier that begins there."),
    )  # fmt: skip
    months = forms.IntegerField(
        label=_("Holds for months"),
        min_value=1,
        max_value=120,
        required=False,
        help_text=_("Empty: until it is ended."),
    )
    is_used_once = forms.BooleanField(label=_("It is used up, such as a voucher"), required=False)
    is_active = forms.BooleanField(label=_("In the catalogue"), required=False, initial=True)

    ROWS = (
        ("name_en", "name_zh"),
        ("description_en", "description_zh"),
        ("kind", "entitled"),
        ("least_level", "least_attainment"),
        ("unit", "value"),
    )

    def __init__(self, *args: Any, benefit: Benefit | None = None, **kwargs: Any) -> None:
        if benefit is not None:
            kwargs["initial"] = _benefit_initial(benefit)
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("unit") != Benefit.Unit.NONE and given.get("value") is None and "value" not in self.errors:
            self.add_error("value", _("Give the amount, or choose that it has none."))
        needed = {Benefit.Entitled.LEVEL: "least_level", Benefit.Entitled.TIER: "least_attainment"}
        name = needed.get(cast("Any", given.get("entitled")))
        if name and given.get(name) is None and name not in self.errors:
            self.add_error(name, _("Say from where on."))
        return given

    def terms(self) -> BenefitTerms:
        """What the service takes: attainment as a ratio, money in the company's currency."""
        given = dict(self.cleaned_data)
        if given["least_attainment"] is not None:
            given["least_attainment"] /= HUNDRED
        return BenefitTerms(**given, currency=settings.COMPANY_CURRENCY if given["unit"] == "money" else "")


def _benefit_initial(benefit: Benefit) -> dict[str, Any]:
    names = [field for field in BenefitForm.base_fields if field != "least_attainment"]
    shown = {name: getattr(benefit, name) for name in names}
    reached = benefit.least_attainment
    shown["value"] = plain(benefit.value)
    return shown | {"least_attainment": None if reached is None else plain(reached * HUNDRED)}


class GrantForm(ViewerForm):
    """A benefit given by hand."""

    person = PersonField(label=_("Person"))
    starts = DayField(label=_("From"))
    last = DayField(label=_("Last day"), required=False, help_text=_("Empty: as long as the benefit says."))

    ROWS = (("starts", "last"),)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"starts": calendar.today()}
        super().__init__(*args, **kwargs)
