"""A plan version as a file, or its text: only that it is JSON is checked here, the rest by the rules."""

import json
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from incentives.forms.entries import day_input

LARGEST = 1024 * 1024


class PlanFileForm(forms.Form):
    """`content` in the cleaned data is the JSON of the file, or of the text where no file is given."""

    file = forms.FileField(
        label=_("File"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "application/json,.json"}),
        help_text=_("A JSON file as the export writes it, at most 1 MB."),
    )
    text = forms.CharField(
        label=_("Or its text"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )
    starts = forms.DateField(label=_("Valid from"), widget=day_input())

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        name, text = ("file", self._of_file(given["file"])) if given.get("file") else ("text", given.get("text", ""))
        if self.errors:
            return given
        if not text:
            self.add_error(None, _("Choose a file, or paste its text."))
            return given
        try:
            given["content"] = json.loads(text)
        except ValueError as error:
            place = {"line": getattr(error, "lineno", 1), "column": getattr(error, "colno", 1)}
            self.add_error(name, _("This is not JSON: look at line %(line)s, column %(column)s.") % place)
        return given

    def _of_file(self, file: "UploadedFile[Any]") -> str:
        if (file.size or 0) > LARGEST:
            self.add_error("file", _("The file is larger than 1 MB."))
            return ""
        try:
            return bytes(file.read()).decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error("file", _("The file is not text in UTF-8."))
            return ""
