"""Addresses of people, teams, settings, notices and jobs. The overview of a person is a page of `dashboards`."""

from datetime import date

from django.urls import URLPattern, URLResolver, path, register_converter

from accounts import views


class DayConverter:
    """A day as in 2026-11-23."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(DayConverter, "day")

urlpatterns: list[URLPattern | URLResolver] = [
    path("i18n/", views.set_language, name="set-language"),
    path("search/", views.search_palette, name="search"),
    path("people/", views.people, name="people"),
    path("people/new/", views.person_new, name="person-new"),
    path("people/choices/", views.person_choices, name="person-choices"),
    path("people/<uuid:uid>/employment/", views.employment, name="person-employment"),
    path("people/<uuid:uid>/move/", views.person_move, name="person-move"),
    path("people/<uuid:uid>/move/<day:since>/withdraw/", views.person_withdraw_move, name="person-withdraw-move"),
    path("people/<uuid:uid>/level/", views.person_level, name="person-level"),
    path("people/<uuid:uid>/level/<day:since>/withdraw/", views.person_withdraw_level, name="person-withdraw-level"),
    path("people/<uuid:uid>/leave/", views.person_leave, name="person-leave"),
    path("teams/", views.teams, name="teams"),
    path("teams/new/", views.team_new, name="team-new"),
    path("teams/<slug:code>/", views.team, name="team"),
    path("teams/<slug:code>/rename/", views.team_rename, name="team-rename"),
    path("teams/<slug:code>/leader/", views.team_lead, name="team-lead"),
    path("teams/<slug:code>/leader/end/", views.team_end_lead, name="team-end-lead"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/read/", views.notifications_read_all, name="notifications-read-all"),
    path("notifications/<uuid:uid>/open/", views.notification_open, name="notification-open"),
    path("notifications/<uuid:uid>/read/", views.notification_read, name="notification-read"),
    path("jobs/<uuid:uid>/", views.job, name="job"),
    path("jobs/<uuid:uid>/cancel/", views.job_cancel, name="job-cancel"),
    path("settings/", views.settings_home, name="settings"),
    path("settings/profile/", views.profile, name="settings-profile"),
    path("settings/tokens/", views.tokens, name="settings-tokens"),
    path("settings/tokens/<uuid:uid>/revoke/", views.token_revoke, name="settings-token-revoke"),
    path("settings/schedules/", views.schedules, name="settings-schedules"),
    path("settings/schedules/<str:name>/", views.schedule, name="settings-schedule"),
    path("settings/schedules/<str:name>/turn/", views.schedule_turn, name="settings-schedule-turn"),
    path("settings/roles/", views.roles, name="settings-roles"),
    path("settings/roles/new/", views.role_new, name="settings-role-new"),
    path("settings/roles/end/", views.role_end, name="settings-role-end"),
    path("settings/audit/", views.audit, name="settings-audit"),
    path("settings/exchange-rates/", views.rates, name="settings-rates"),
]
