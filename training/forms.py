"""What people send: the shape is checked here, the rules are in the services."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from training.services import NoteDraft

LONGEST_TEXT = 50_000


class TextField(forms.CharField):
    """A text as typed: spaces stay, and a line ends in one character whatever the browser sends."""

    def __init__(self, *, label: Any, rows: int, placeholder: Any = "") -> None:
        widget = forms.Textarea(attrs={"rows": rows, "placeholder": placeholder, "spellcheck": "true"})
        super().__init__(label=label, required=False, strip=False, max_length=LONGEST_TEXT, widget=widget)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\r", "\n")


class NoteForm(forms.Form):
    """The editor. `page` names the opened page, `follows` another one whose unsaved text it took over."""

    topic = forms.CharField(
        label=_("Topic"),
        required=False,
        max_length=160,
        widget=forms.TextInput(attrs={"placeholder": _("What is it about?")}),
    )
    held_on = forms.DateField(label=_("Held on"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    shared_text = TextField(label=_("Shared note"), rows=9, placeholder=_("Goal, reality, options, will …"))
    private_text = TextField(label=_("Private note"), rows=3, placeholder=_("What only you should remember …"))
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    page = forms.UUIDField(widget=forms.HiddenInput)
    follows = forms.UUIDField(required=False, widget=forms.HiddenInput)

    @property
    def draft(self) -> NoteDraft:
        """What was sent, after `is_valid`."""
        return NoteDraft(
            topic=self.cleaned_data["topic"],
            shared_text=self.cleaned_data["shared_text"],
            private_text=self.cleaned_data["private_text"],
            held_on=self.cleaned_data["held_on"],
        )


class CadenceForm(forms.Form):
    """Days between one-on-ones; empty goes back to the rule for all."""

    manager = forms.UUIDField(required=False, widget=forms.HiddenInput)
    days = forms.IntegerField(
        label=_("Days between one-on-ones"),
        required=False,
        min_value=1,
        max_value=366,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class AddendumForm(forms.Form):
    text = TextField(label=_("Addendum"), rows=3, placeholder=_("What should be added to the record …"))
