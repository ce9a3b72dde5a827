"""Pages of plans, runs and statements."""

from django.urls import URLPattern, URLResolver, path

from incentives.views import cliffs, corrections, home, plan_editor, plans, runs, simulation, statement_pdf, statements
from incentives.views import (
    corrections,
    home,
    plan_compare,
    plan_editor,
    plan_exchange,
    plans,
    run_compare,
    runs,
    simulation,
    statement_pdf,
    statements,
)

app_name = "incentives"

LINE = "incentives/statements/<uuid:uid>/lines/<int:position>/"
VERSION = "incentives/plans/<slug:code>/versions/<int:number>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("incentives/", home.home, name="home"),
    path("incentives/plans/", plans.plan_list, name="plan-list"),
    path("incentives/plans/new/", plans.plan_new, name="plan-new"),
    path("incentives/plans/<slug:code>/", plans.plan_detail, name="plan-detail"),
    path("incentives/plans/<slug:code>/draft/", plans.plan_draft, name="plan-draft"),
    path("incentives/plans/<slug:code>/compare/", plan_compare.plan_compare, name="plan-compare"),
    path("incentives/plans/<slug:code>/import/", plan_exchange.plan_import, name="plan-import"),
    path("incentives/plans/<slug:code>/assign/", plans.plan_assign, name="plan-assign"),
    path(VERSION, plans.plan_version, name="plan-version"),
    path(f"{VERSION}export/", plan_exchange.plan_export, name="plan-export"),
    path(f"{VERSION}delete/", plans.plan_draft_delete, name="plan-draft-delete"),
    path(f"{VERSION}edit/", plan_editor.plan_edit, name="plan-edit"),
    path(f"{VERSION}preview/", plan_editor.plan_preview, name="plan-preview"),
    path(f"{VERSION}simulate/", plan_editor.plan_simulate, name="plan-simulate"),
    path(f"{VERSION}simulation/", simulation.plan_simulation, name="plan-simulation"),
    path(f"{VERSION}simulation/export/", simulation.plan_simulation_export, name="plan-simulation-export"),
    path(f"{VERSION}cliffs/", cliffs.plan_cliffs, name="plan-cliffs"),
    path(f"{VERSION}publish/", plans.plan_publish, name="plan-publish"),
    path(f"{VERSION}cost/", plans.plan_cost, name="plan-cost"),
    path("incentives/assignments/<uuid:uid>/end/", plans.assignment_end, name="assignment-end"),
    path("incentives/runs/", runs.run_list, name="run-list"),
    path("incentives/runs/new/", runs.run_new, name="run-new"),
    path("incentives/runs/<uuid:uid>/", runs.run_detail, name="run-detail"),
    path("incentives/runs/<uuid:uid>/submit/", runs.run_submit, name="run-submit"),
    path("incentives/runs/<uuid:uid>/approve/", runs.run_approve, name="run-approve"),
    path("incentives/runs/<uuid:uid>/return/", runs.run_return, name="run-return"),
    path("incentives/runs/<uuid:uid>/mark/", runs.run_mark, name="run-mark"),
    path("incentives/runs/<uuid:uid>/progress/", runs.run_progress, name="run-progress"),
    path("incentives/runs/<uuid:uid>/cancel/", runs.run_cancel, name="run-cancel"),
    path("incentives/runs/<uuid:uid>/export/", runs.run_export, name="run-export"),
    path("incentives/runs/<uuid:uid>/payroll.<slug:kind>", runs.run_payroll, name="run-payroll"),
    path("incentives/runs/<uuid:uid>/journal.<slug:kind>", runs.run_journal, name="run-journal"),
    path("incentives/runs/<uuid:uid>/compare/", run_compare.run_compare, name="run-compare"),
    path(
        "incentives/runs/<uuid:uid>/compare/export.<slug:kind>",
        run_compare.run_compare_export,
        name="run-compare-export",
    ),
    path("incentives/runs/<uuid:uid>/recalculate/", runs.run_recalculate, name="run-recalculate"),
    path("incentives/corrections/", corrections.correction_list, name="correction-list"),
    path("incentives/corrections/look/", corrections.correction_look, name="correction-look"),
    path("incentives/corrections/take/", corrections.correction_take, name="correction-take"),
    path("incentives/corrections/<uuid:uid>/release/", corrections.correction_release, name="correction-release"),
    path("incentives/statements/", statements.statement_list, name="statement-list"),
    path("incentives/statements/<uuid:uid>/", statements.statement_detail, name="statement-detail"),
    path("incentives/statements/<uuid:uid>/pdf/", statement_pdf.statement_pdf, name="statement-pdf"),
    path("incentives/statements/<uuid:uid>/explain/", statements.statement_explain, name="statement-explain"),
    path(f"{LINE}explain/", statements.line_explain, name="line-explain"),
    path(f"{LINE}question/", statements.line_question, name="line-question"),
    path("people/<uuid:uid>/statements/", statements.person_statements, name="person-statements"),
]
