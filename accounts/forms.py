"""Forms of people, teams, roles, tokens, schedules and rates: they parse and check shape; services know the rules."""

import re
from datetime import date
from functools import partial
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.access import Role
from accounts.models import Person, Team, User
from accounts.tokens import SCOPES
from core.calendar import today
from core.models import ExchangeRate

TOKEN_DAYS = ((30, _("30 days")), (90, _("90 days")), (180, _("180 days")), (365, _("a year")))
LEVELS = range(1, 10)
NUMBER_AT_END = re.compile(r"\((?P<number>[^()]+)\)\s*$")
CURRENCY = re.compile(r"^[A-Z]{3}$")
OFFERED_LANGUAGES = [("browser", _("As the browser says")), ("en", "English"), ("zh-hans", "简体中文")]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day of the company's calendar, by the browser's own date picker."""

    widget = DayInput


class PersonInput(forms.TextInput):
    """Type a few letters of a name; the browser offers who fits (`/people/choices/`)."""

    template_name = "accounts/person_input.html"


class PersonField(forms.CharField):
    """Somebody who works here and whom the viewer may see, written as "Name (number)", or by a name only one has."""

    widget = PersonInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.people: QuerySet[Person] = Person.objects.none()

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        match = NUMBER_AT_END.search(text)
        fitting = self.people.filter(number=match["number"]) if match else self.people.filter(name__iexact=text)
        found = list(fitting[:2])
        if len(found) != 1:
            raise ValidationError(_("Choose one of the people offered while you type."))
        return found[0]


class ViewerForm(forms.Form):
    """A form whose choices are limited to what the viewer may see."""

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = Team.objects.visible_to(viewer).order_by("name")
            if isinstance(field, PersonField):
                field.people = Person.objects.visible_to(viewer)


def level_choices(nothing: str | Promise = "") -> list[tuple[int | str, str | Promise]]:
    """In the language of the request; `nothing` names the choice of no level, "" leaves it out."""
    levels: list[tuple[int | str, str | Promise]] = [
        (level, str(_("Level %(level)s")) % {"level": level}) for level in LEVELS
    ]
    return [("", nothing), *levels] if nothing else levels


class FilterForm(forms.Form):
    """Filters above a list: their labels stand inside the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.TextInput):
                field.widget.attrs["placeholder"] = field.label


def team_field(**options: Any) -> "forms.ModelChoiceField[Team]":
    return forms.ModelChoiceField(Team.objects.none(), to_field_name="code", **options)


class PeopleFilterForm(FilterForm, ViewerForm):
    """The filters above the directory; every one is optional."""

    q = forms.CharField(label=_("Name, number, e-mail"), required=False, max_length=80)
    team = team_field(label=_("Team"), required=False, empty_label=_("All teams"))
    level = forms.TypedChoiceField(
        label=_("Level"), required=False, coerce=int, empty_value=None, choices=partial(level_choices, _("All levels"))
    )
    title = forms.ChoiceField(label=_("Title"), required=False)
    state = forms.ChoiceField(
        label=_("Working here"),
        required=False,
        choices=[("", _("Working here")), ("left", _("Left")), ("all", _("Everybody"))],
    )

    def __init__(self, *args: Any, titles: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["title"]).choices = [("", _("All titles")), *((t, t) for t in titles)]


class SinceForm(ViewerForm):
    since = DayField(
        label=pgettext_lazy("first day", "From"), initial=today, help_text=_("The first day on which it holds.")
    )


class MoveForm(SinceForm):
    team = team_field(label=_("Team"), empty_label=_("Choose a team"))
    field_order = ("team", "since")


class LevelForm(SinceForm):
    level = forms.TypedChoiceField(label=_("Level"), coerce=int, choices=level_choices)
    field_order = ("level", "since")


class LeaderForm(SinceForm):
    person = PersonField(label=_("Leader"))
    field_order = ("person", "since")


class LastDayForm(ViewerForm):
    last_day = DayField(label=_("Last day"), initial=today)


class PersonForm(SinceForm):
    """A new colleague."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"))
    number = forms.CharField(label=_("Employee number"), max_length=30)
    title = forms.CharField(label=_("Title"), max_length=120, required=False)
    team = team_field(label=_("Team"), empty_label=_("Choose a team"))
    level = forms.TypedChoiceField(
        label=_("Level"), required=False, coerce=int, empty_value=None, choices=partial(level_choices, _("None yet"))
    )
    field_order = ("name", "email", "number", "title", "team", "level", "since")


class TeamForm(ViewerForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    code = forms.SlugField(
        label=_("Code"),
        max_length=60,
        help_text=_("For addresses and imports: small letters, digits, hyphens. It stays."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(kind.value, kind.label) for kind in (Team.Kind.TEAM, Team.Kind.REGION)]
    )
    parent = team_field(label=_("Under"), empty_label=_("Choose a team"))


class TeamNameForm(ViewerForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    cost_centre = forms.CharField(
        label=_("Cost centre"),
        max_length=20,
        required=False,
        help_text=_("Where payroll books what the team is paid, such as 4711."),
    )


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Name shown to others"), max_length=120)
    language = forms.TypedChoiceField(
        label=_("Language"), coerce=lambda code: "" if code == "browser" else code, choices=OFFERED_LANGUAGES
    )
    wants_mail = forms.BooleanField(label=_("Send notices by e-mail, too"), required=False)


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("What it is for"),
        max_length=80,
        help_text=_("So that you know it again, such as “Monthly KPI report”."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, words) for name, words in SCOPES.items()],
        initial=["kpi:read"],
    )
    days = forms.TypedChoiceField(label=_("Valid for"), coerce=int, choices=TOKEN_DAYS, initial=90)


class RoleForm(ViewerForm):
    person = PersonField(label=_("Person"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    team = team_field(
        label=_("Team"),
        required=False,
        empty_label=_("Whole company"),
        help_text=_("For managers and directors: the team they see, with all under it."),
    )
    since = DayField(label=pgettext_lazy("first day", "From"), initial=today)
    last_day = DayField(label=_("Last day"), required=False, help_text=_("Empty: until it is ended."))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, last_day = cleaned.get("since"), cleaned.get("last_day")
        if since and last_day and last_day < since:
            self.add_error("last_day", _("The last day cannot be before the first one."))
        return cleaned


class EndRoleForm(forms.Form):
    """Names a role grant, which has no public id of its own."""

    user_uid = forms.UUIDField()
    role = forms.TypedChoiceField(coerce=Role, choices=Role.choices)
    team_code = forms.SlugField(required=False)
    since = forms.DateField()


class RoleFilterForm(FilterForm):
    q = forms.CharField(label=_("Name, e-mail"), required=False, max_length=80)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All roles")), *Role.choices])
    past = forms.BooleanField(label=_("Show past ones, too"), required=False)


class ScheduleForm(forms.Form):
    """When periodic work runs, in the company's time zone."""

    hour = forms.TypedChoiceField(label=_("Hour"), coerce=int, choices=[(h, f"{h:02d}") for h in range(24)])
    minute = forms.TypedChoiceField(label=_("Minute"), coerce=int, choices=[(m, f"{m:02d}") for m in range(60)])
    # Celery counts from Sunday, 0; the week here begins on Monday.
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days of the week"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[((day + 1) % 7, WEEKDAYS[day]) for day in range(7)],
        help_text=_("None chosen: every day."),
    )


class AuditFilterForm(FilterForm, ViewerForm):
    by = PersonField(label=_("Who"), required=False)
    model = forms.ChoiceField(label=_("What"), required=False)
    first = DayField(label=pgettext_lazy("first day", "From"), required=False)
    last = DayField(label=pgettext_lazy("last day", "Until"), required=False)

    def __init__(self, *args: Any, models: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["model"]).choices = [("", _("Everything")), *models]


class RateForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A dated exchange rate: a plain lookup table, so the form saves."""

    on = DayField(label=_("Day"), initial=today)

    class Meta:
        model = ExchangeRate
        fields = ("base", "quote", "rate", "on", "source")
        labels = {
            "base": _("One unit of"),
            "quote": _("is worth, in"),
            "rate": pgettext_lazy("currency", "Rate"),
            "source": _("Source"),
        }
        help_texts = {"source": _("Who published it, such as “ECB reference rate”.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quote"].initial = settings.COMPANY_CURRENCY
        for name in ("base", "quote"):
            self.fields[name].widget.attrs |= {"size": 3, "placeholder": "EUR", "autocapitalize": "characters"}

    def clean_base(self) -> str:
        return _currency(self.cleaned_data["base"])

    def clean_quote(self) -> str:
        return _currency(self.cleaned_data["quote"])

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > today():
            raise ValidationError(_("A rate is known on its day. Choose today or an earlier day."))
        return on


def _currency(given: str) -> str:
    code = given.strip().upper()
    if not CURRENCY.match(code):
        raise ValidationError(_("Write the three letters of the currency, such as EUR."))
    return code
