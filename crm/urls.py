from django.urls import URLPattern, URLResolver, path

from crm import views

app_name = "crm"

urlpatterns: list[URLPattern | URLResolver] = [
    path("crm/accounts/", views.account_list, name="account-list"),
    path("crm/accounts/<uuid:uid>/", views.account_detail, name="account-detail"),
    path("crm/deals/", views.deal_list, name="deal-list"),
    path("crm/deals/export/<str:kind>/", views.deal_export, name="deal-export"),
    path("crm/deals/<uuid:uid>/", views.deal_detail, name="deal-detail"),
    path("people/<uuid:uid>/deals/", views.person_deals, name="person-deals"),
    path("people/<uuid:uid>/accounts/", views.person_accounts, name="person-accounts"),
    path("settings/imports/", views.import_list, name="import-list"),
    path("settings/imports/<uuid:uid>/", views.import_detail, name="import-detail"),
    path("settings/imports/<uuid:uid>/quarantine/", views.import_quarantine, name="import-quarantine"),
]
