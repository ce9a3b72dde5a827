from django.urls import URLPattern, URLResolver, path

from goals.views import kpis, results, scorecard, targets

app_name = "goals"

urlpatterns: list[URLPattern | URLResolver] = [
    path("goals/", scorecard.scorecard, name="scorecard"),
    path("goals/results/", results.result_list, name="results"),
    path("goals/results/export/<str:kind>/", results.result_export, name="result-export"),
    path("goals/results/<uuid:uid>/explain/", results.result_explain, name="result-explain"),
    path("goals/results/<uuid:uid>/ask/", results.result_ask, name="result-ask"),
    path("goals/targets/", targets.target_grid, name="targets"),
    path("goals/targets/cell/", targets.target_cell, name="target-cell"),
    path("goals/targets/clear/", targets.target_clear, name="target-clear"),
    path("goals/targets/derive/", targets.target_derive, name="target-derive"),
    path("goals/targets/export/<str:kind>/", targets.target_export, name="target-export"),
    path("goals/targets/import/", targets.target_import, name="target-import"),
    path("goals/targets/import/<uuid:uid>/", targets.target_import_preview, name="target-import-preview"),
    path("goals/targets/import/<uuid:uid>/apply/", targets.target_import_apply, name="target-import-apply"),
    path(
        "goals/targets/import/<uuid:uid>/quarantine/", targets.target_import_quarantine, name="target-import-quarantine"
    ),
    path("goals/kpis/", kpis.kpi_library, name="kpis"),
    path("goals/kpis/<slug:code>/", kpis.kpi_edit, name="kpi-edit"),
    path("people/<uuid:uid>/results/", scorecard.person_results, name="person-results"),
]
