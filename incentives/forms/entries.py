"""What people type about plans, runs, assignments and lines; the plan document itself is `typed_plan`."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
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
    """Corrections that go into a run of their own or one of `runs`; none chosen: all that are shown."""

    OWN_RUN = "own"

    run = forms.ChoiceField(label=_("Pay with"))
    corrections = forms.TypedMultipleChoiceField(required=False, coerce=UUID)

    def __init__(self, *args: Any, runs: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = (self.OWN_RUN, _("A correction run of its own"))
        cast("forms.ChoiceField", self.fields["run"]).choices = [own, *runs]
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


# How a file of each kind begins; text has no beginning of its own.
EVIDENCE = {
    "pdf": b"%PDF-",
    "png": b"\x89PNG",
    "jpg": b"\xff\xd8",
    "jpeg": b"\xff\xd8",
    "xlsx": b"PK",
    "csv": b"",
    "txt": b"",
}
MOST_EVIDENCE = 5 * 1024 * 1024


def check_evidence(given: "UploadedFile[Any]") -> None:
    """Its size, its name and how it begins must fit. Raises ValidationError."""
    kind = (given.name or "").rpartition(".")[2].lower()
    if kind not in EVIDENCE:
        raise forms.ValidationError(_("This kind of file is not taken. Give PDF, PNG, JPEG, XLSX, CSV or TXT."))
    if (given.size or 0) > MOST_EVIDENCE:
        raise forms.ValidationError(_("The file is larger than 5 MB. Give a smaller one."))
    beginning = given.read(16)
    given.seek(0)
    if not beginning.startswith(EVIDENCE[kind]) or (not EVIDENCE[kind] and b"\0" in beginning):
        raise forms.ValidationError(_("The file is not what its name says. Save it anew as the kind it is."))


class QuestionForm(forms.Form):
    """A question about one line of a statement."""

    text = forms.CharField(
        label=_("What is not right, or not clear?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    evidence = forms.FileField(
        label=_("Evidence"),
        required=False,
        help_text=_("PDF, PNG, JPEG, XLSX, CSV or TXT, at most 5 MB."),
        widget=forms.FileInput(attrs={"accept": ",".join(f".{kind}" for kind in EVIDENCE)}),
    )

    def clean_evidence(self) -> Any:
        given = self.cleaned_data["evidence"]
        if given:
            check_evidence(given)
        return given


class MissingDealForm(QuestionForm):
    """A deal that should be in a statement."""

    deal = forms.CharField(
        label=_("Number of the deal, or its customer"), max_length=120, help_text=_("As it stands in the pipeline.")
    )
    field_order = ("deal", "text", "evidence")


class AnswerForm(forms.Form):
    """The answer to a question."""

    text = forms.CharField(label=_("Answer"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[("rejected", _("The pay is right")), ("accepted", _("The pay is corrected"))],
        widget=forms.RadioSelect,
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
