"""What people type about plans, runs, assignments and lines; the plan document itself is `typed_plan`."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, User
from core import calendar, formats
from core.periods import PeriodKind
from incentives.models import Run

PERIODS_OFFERED = 8


def day_input() -> forms.DateInput:
    """The browser's own date field, which wants ISO dates in every language."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def quarters_offered() -> list[tuple[str, str]]:
    """The present quarter and those before it, latest first, as choices."""
    period = calendar.current_period(PeriodKind.QUARTER)
    codes = []
    for _number in range(PERIODS_OFFERED):
        codes.append((period.code, formats.period_label(period.code)))
        period = period.previous
    return codes


class RunForm(forms.Form):
    """A new calculation: for which quarter, and whether it is to be paid."""

    period = forms.ChoiceField(label=_("Period"))
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind.value, kind.label) for kind in (Run.Kind.PROVISIONAL, Run.Kind.FINAL)],
        initial=Run.Kind.FINAL,
        widget=forms.RadioSelect,
        help_text=_("A final run is approved by a second person and paid. A provisional one shows where pay stands."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["period"]).choices = quarters_offered()
        # What is final is usually wanted for the quarter that has ended.
        self.initial.setdefault("period", calendar.current_period(PeriodKind.QUARTER).previous.code)


class MarkForm(forms.Form):
    """How far the payment of an approved run has come."""

    status = forms.ChoiceField(
        choices=[(status.value, status.label) for status in (Run.Status.EXPORTED, Run.Status.PAID, Run.Status.CLOSED)]
    )


class TakeForm(forms.Form):
    """Corrections that go into a later run; none chosen: all that are shown."""

    run = forms.ChoiceField(label=_("Pay with"), required=False)
    corrections = forms.TypedMultipleChoiceField(required=False, coerce=UUID)

    def __init__(self, *args: Any, runs: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["run"]).choices = list(runs)
        given = self.data.getlist("corrections") if isinstance(self.data, QueryDict) else []
        cast("forms.TypedMultipleChoiceField", self.fields["corrections"]).choices = [
            (uid, uid) for uid in given if _is_uuid(uid)
        ]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class ReasonForm(forms.Form):
    """Why a run goes back."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person who prepared the run reads it."),
    )


class QuestionForm(forms.Form):
    """A question about one line of a statement."""

    text = forms.CharField(
        label=_("What is not right, or not clear?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )


class AssignmentForm(forms.Form):
    """Who is paid by a plan, from when, and how much at target. The choices are the people that the user may see."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=Person.objects.none(), to_field_name="uid")
    target_pay = forms.DecimalField(
        label=_("Target pay"),
        min_value=0,
        max_digits=14,
        decimal_places=2,
        help_text=_("For one quarter at 100 % attainment."),
    )
    starts = forms.DateField(label=_("From"), widget=day_input())

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = cast("forms.ModelChoiceField[Person]", self.fields["person"])
        people.queryset = Person.objects.visible_to(by).filter(left_on=None)


class EndForm(forms.Form):
    """The first day on which a plan no longer pays a person."""

    ends = forms.DateField(label=_("First day without the plan"), widget=day_input())


class PlanForm(forms.Form):
    """A new plan; its first draft holds from `starts`."""

    name = forms.CharField(label=_("Name"), max_length=120)
    code = forms.SlugField(
        label=_("Code"),
        max_length=60,
        help_text=_("Small letters, digits and hyphens; it stands in addresses and files."),
    )
    starts = forms.DateField(label=_("Valid from"), widget=day_input())


class DraftForm(forms.Form):
    """The start of a version; the document itself is `typed_plan`."""

    starts = forms.DateField(label=_("Valid from"), widget=day_input())
