from django.urls import URLPattern, URLResolver, path

from dashboards.views import person, team, today

app_name = "dashboards"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today.today, name="today"),
    path("today/what-if/", today.what_if, name="what-if"),
    path("dashboard/", team.team_dashboard, name="team"),
    path("dashboard/export/", team.team_export, name="team-export"),
    path("dashboard/explain/coverage/", team.coverage_explain, name="explain-coverage"),
    path("dashboard/explain/bonus/", team.bonus_explain, name="explain-bonus"),
    path("people/<uuid:uid>/", person.overview, name="person"),
]
