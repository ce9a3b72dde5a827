from django.urls import URLPattern, URLResolver, path

from crm import views

app_name = "crm"

urlpatterns: list[URLPattern | URLResolver] = [
    path("crm/accounts/", views.account_list, name="account-list"),
    path("crm/accounts/export/<str:kind>/", views.account_export, name="account-export"),
    path("crm/accounts/explain/<slug:figure>/", views.accounts_explain, name="accounts-explain"),
    path("crm/accounts/<uuid:uid>/", views.account_detail, name="account-detail"),
    path("crm/accounts/<uuid:uid>/explain/<slug:figure>/", views.account_explain, name="account-explain"),
    path("crm/deals/", views.deal_list, name="deal-list"),
    path("crm/deals/export/<str:kind>/", views.deal_export, name="deal-export"),
    path("crm/deals/explain/", views.deals_explain, name="deals-explain"),
    path("crm/deals/<uuid:uid>/", views.deal_detail, name="deal-detail"),
    path("crm/deals/<uuid:uid>/explain/", views.deal_explain, name="deal-explain"),
    path("crm/pipeline/explain/<slug:figure>/", views.pipeline_explain, name="pipeline-explain"),
    path("people/<uuid:uid>/deals/", views.person_deals, name="person-deals"),
    path("people/<uuid:uid>/accounts/", views.person_accounts, name="person-accounts"),
    path("settings/imports/", views.import_list, name="import-list"),
    path("settings/imports/<uuid:uid>/", views.import_detail, name="import-detail"),
    path("settings/imports/<uuid:uid>/quarantine/", views.import_quarantine, name="import-quarantine"),
]
