from django.urls import URLPattern, URLResolver, path

from accounts import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("i18n/", views.set_language, name="set-language"),
    path("search/", views.search_palette, name="search"),
    path("settings/", views.settings_home, name="settings"),
]
