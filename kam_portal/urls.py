"""Every route of the portal."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from accounts.doors import public
from core import health, views_gallery

handler400 = "core.views.bad_request"
handler403 = "core.views.forbidden"
handler404 = "core.views.not_found"
handler500 = "core.views.server_error"

urlpatterns = [
    path("healthz", public(health.healthz), name="healthz"),
    path("readyz", public(health.readyz), name="readyz"),
    path("accounts/", include("accounts.login_urls")),
    path("admin/", admin.site.urls),
    path("ui/", public(views_gallery.gallery), name="gallery"),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("api/v1/", include("kam_portal.api_urls")),
    path("", include("accounts.urls")),
    path("", include("crm.urls")),
    path("", include("goals.urls")),
    path("", include("training.urls")),
    path("", include("incentives.urls")),
    path("", include("dashboards.urls")),
]
