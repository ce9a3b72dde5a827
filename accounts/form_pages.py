"""One form on one page, or in the dialog: shown, checked, saved by a service, and told what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from accounts.doors import UserRequest, wants_fragment
from core.errors import DomainError, NotFound
from core.ui import Crumb

F = TypeVar("F", bound=forms.BaseForm)


@dataclass(frozen=True, slots=True)
class FormPage:
    """What stands around a form. `back` is where Cancel leads; `rows` groups fields that stand side by side."""

    title: str
    submit: str
    back: str
    intro: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    crumbs: tuple[Crumb, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """Where to go on, what to tell, and the address (a POST) that takes it back."""

    url: str
    notice: str
    undo: str = ""


def form_page(
    request: UserRequest, page: FormPage, form: F, save: Callable[[Mapping[str, Any]], Saved]
) -> HttpResponse:
    """GET shows the form, POST saves it. What is not right, or what a rule refuses, comes back with the form (422)."""
    if request.method == "POST" and form.is_valid():
        try:
            saved = save(form.cleaned_data)
        except NotFound:
            raise
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, saved.notice, extra_tags=f"undo:{saved.undo}" if saved.undo else "")
            return go_to(request, saved.url)
    template = "accounts/_form_dialog.html" if wants_fragment(request) else "accounts/form_page.html"
    context = {"page": page, "form": form, "groups": _groups(form, page.rows), "crumbs": page.crumbs}
    return render(request, template, context, status=422 if form.is_bound else 200)


def go_to(request: UserRequest, url: str) -> HttpResponse:
    """A redirect that also leaves the dialog."""
    if wants_fragment(request):
        answer: HttpResponse = HttpResponseClientRedirect(url)
        return answer
    return redirect(url)


def _groups(form: forms.BaseForm, rows: tuple[tuple[str, ...], ...]) -> list[list[forms.BoundField]]:
    """The fields in order; those of one of `rows` together."""
    together = {name: row for row in rows for name in row}
    groups: list[list[forms.BoundField]] = []
    seen: set[str] = set()
    for bound in form:
        if bound.name in seen:
            continue
        names = together.get(bound.name, (bound.name,))
        groups.append([form[name] for name in names])
        seen.update(names)
    return groups
