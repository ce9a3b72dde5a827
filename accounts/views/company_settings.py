"""What HR and administrators set for the company: schedules, roles, exchange rates; and the audit trail."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings as django_settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import forms, selectors, services
from accounts.access import Role
from accounts.doors import UserRequest, requires, wants_fragment
from accounts.form_pages import FormPage, Saved, form_page
from accounts.views.my_settings import settings_crumbs
from core.audit import acting
from core.calendar import today
from core.errors import NotFound
from core.keyset import keyset_page, next_page_url
from core.models import ExchangeRate
from core.ui import Crumb


@requires("accounts.edit_schedules")
@require_safe
def schedules(request: UserRequest) -> HttpResponse:
    context = {
        "rows": selectors.schedule_rows(),
        "zone": django_settings.TIME_ZONE,
        "crumbs": settings_crumbs(_("Schedules")),
    }
    return render(request, "accounts/schedules.html", context)


@requires("accounts.edit_schedules")
def schedule(request: UserRequest, name: str) -> HttpResponse:
    row = selectors.schedule_row(name)
    now = {"hour": row.hour, "minute": row.minute, "weekdays": row.weekdays}
    form = forms.ScheduleForm(request.POST or None, initial=now)

    def save(given: Mapping[str, Any]) -> Saved:
        services.change_schedule(name=name, by=request.user, **given)
        changed = selectors.schedule_row(name)
        words = {"task": changed.label, "when": changed.when}
        return Saved(reverse("settings-schedules"), _("%(task)s: %(when)s.") % words)

    page = FormPage(
        title=str(row.label),
        submit=_("Save schedule"),
        back=reverse("settings-schedules"),
        intro=_("The time is that of %(zone)s.") % {"zone": django_settings.TIME_ZONE},
        rows=(("hour", "minute"),),
        crumbs=(*settings_crumbs(_("Schedules")), Crumb(str(row.label))),
    )
    return form_page(request, page, form, save)


@requires("accounts.edit_schedules")
@require_POST
def schedule_turn(request: UserRequest, name: str) -> HttpResponse:
    on = request.POST.get("on") == "1"
    services.turn_schedule(name=name, on=on, by=request.user)
    words = {"task": selectors.schedule_row(name).label}
    messages.success(request, _("%(task)s runs again.") % words if on else _("%(task)s is paused.") % words)
    return redirect("settings-schedules")


@requires("accounts.grant_roles")
@require_safe
def roles(request: UserRequest) -> HttpResponse:
    form = forms.RoleFilterForm(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    found = selectors.grant_rows(
        on=today(),
        text=given.get("q", "").strip(),
        role=given.get("role", ""),
        past=given.get("past", False),
        after=request.GET.get("after", ""),
    )
    rows_only = wants_fragment(request) and "after" in request.GET
    return render(
        request,
        "accounts/_role_rows.html" if rows_only else "accounts/roles.html",
        {
            "form": form,
            "rows": found.rows,
            "next_url": next_page_url(request, found.after),
            "crumbs": settings_crumbs(_("Roles")),
        },
    )


@requires("accounts.grant_roles")
def role_new(request: UserRequest) -> HttpResponse:
    form = forms.RoleForm(request.POST or None, viewer=request.user)

    def save(given: Mapping[str, Any]) -> Saved:
        person, role = given["person"], Role(given["role"])
        services.give_role(
            email=person.user.email,
            role=role,
            team=given["team"],
            since=given["since"],
            last_day=given["last_day"],
            by=request.user,
        )
        return Saved(
            reverse("settings-roles"), _("%(name)s has the role %(role)s.") % {"name": person.name, "role": role.label}
        )

    page = FormPage(
        title=_("Grant role"),
        submit=_("Grant role"),
        back=reverse("settings-roles"),
        rows=(("role", "team"), ("since", "last_day")),
        crumbs=(*settings_crumbs(_("Roles")), Crumb(_("Grant role"))),
    )
    return form_page(request, page, form, save)


@requires("accounts.grant_roles")
@require_POST
def role_end(request: UserRequest) -> HttpResponse:
    """A grant has no public id of its own: login, role, team and first day name it."""
    form = forms.EndRoleForm(request.POST)
    if not form.is_valid():
        raise NotFound
    grant = services.end_role(by=request.user, **form.cleaned_data)
    words = {"name": grant.user.name, "role": grant.get_role_display()}
    messages.success(request, _("%(name)s no longer has the role %(role)s.") % words)
    return redirect("settings-roles")


@requires("accounts.view_audit")
@require_safe
def audit(request: UserRequest) -> HttpResponse:
    kinds = [(label, capfirst(selectors.table_name(event))) for label, event in selectors.tracked_models().items()]
    form = forms.AuditFilterForm(request.GET, viewer=request.user, models=kinds)
    given = form.cleaned_data if form.is_valid() else {}
    found = selectors.audit_rows(
        chosen=selectors.AuditFilter(
            by=given["by"].user if given.get("by") else None,
            model=given.get("model", ""),
            first=given.get("first"),
            last=given.get("last"),
        ),
        after=request.GET.get("after", ""),
    )
    rows_only = wants_fragment(request) and "after" in request.GET
    return render(
        request,
        "accounts/_audit_rows.html" if rows_only else "accounts/audit.html",
        {
            "form": form,
            "rows": found.rows,
            "next_url": next_page_url(request, found.after),
            "crumbs": settings_crumbs(_("Audit trail")),
        },
    )


@requires("accounts.edit_rates")
def rates(request: UserRequest) -> HttpResponse:
    """The published rates, latest first, and the form that adds one."""
    form = forms.RateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with acting(request.user, "rate.added"):
            form.save()
        messages.success(request, _("The rate is saved."))
        return redirect("settings-rates")
    page = keyset_page(
        ExchangeRate.objects.all(), order=("-on", "base", "quote", "pk"), after=request.GET.get("after", "")
    )
    rows_only = wants_fragment(request) and "after" in request.GET
    context = {
        "form": form,
        "rows": page.rows,
        "next_url": next_page_url(request, page.after),
        "crumbs": settings_crumbs(_("Exchange rates")),
    }
    template = "accounts/_rate_rows.html" if rows_only else "accounts/rates.html"
    return render(request, template, context, status=422 if form.is_bound else 200)
