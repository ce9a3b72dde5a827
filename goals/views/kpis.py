"""The KPI library: what is measured, how, from what; HR changes names and definitions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import UserRequest, requires
from accounts.form_pages import FormPage, Saved, form_page
from core.ui import Crumb
from goals import services
from goals.forms import KpiForm
from goals.models import Kpi
from goals.sources import SOURCES


@dataclass(frozen=True, slots=True)
class Entry:
    """A KPI with where it is measured and its formula in words."""

    kpi: Kpi
    source: str
    formula: str


@requires("goals.view_results")
@require_safe
def kpi_library(request: UserRequest) -> HttpResponse:
    may_edit = request.user.may("goals.edit_kpis")
    rows = Kpi.objects.all() if may_edit else Kpi.objects.filter(is_active=True)
    context = {
        "entries": [_entry(kpi) for kpi in rows],
        "may_edit": may_edit,
        "crumbs": [Crumb(_("Goals"), reverse("goals:scorecard")), Crumb(_("KPI library"))],
    }
    return render(request, "goals/kpis.html", context)


@requires("goals.edit_kpis")
def kpi_edit(request: UserRequest, code: str) -> HttpResponse:
    kpi = get_object_or_404(Kpi, code=code)
    form = KpiForm(request.POST or None, instance=kpi)

    def save(given: Mapping[str, Any]) -> Saved:
        texts = services.KpiTexts(**{name: given[name] for name in services.KpiTexts.__dataclass_fields__})
        changed = services.edit_kpi(code=code, texts=texts, is_active=given["is_active"], by=request.user)
        return Saved(reverse("goals:kpis"), _("%(kpi)s is changed.") % {"kpi": changed.name})

    page = FormPage(
        title=_("Change %(kpi)s") % {"kpi": kpi.name},
        submit=_("Save KPI"),
        back=reverse("goals:kpis"),
        intro=_("A changed name or definition counts as a new version, which every explanation names."),
        rows=(("name_en", "name_zh"), ("definition_en", "definition_zh")),
        crumbs=(
            Crumb(_("Goals"), reverse("goals:scorecard")),
            Crumb(_("KPI library"), reverse("goals:kpis")),
            Crumb(kpi.name),
        ),
    )
    return form_page(request, page, form, save)


def _entry(kpi: Kpi) -> Entry:
    known = SOURCES.get(kpi.source)
    if known is None:
        return Entry(kpi, _("This source is not installed."), "")
    formula = str(known.numerator.label)
    if known.denominator is not None:
        formula = f"{formula} / {known.denominator.label}"
    return Entry(kpi, str(known.label), formula)
