"""The API's routes: each app's viewsets under `/api/v1/`."""

from django.urls import URLPattern, URLResolver

from accounts.api.routes import routes as accounts_routes
from crm.api.routes import routes as crm_routes
from goals.api.routes import routes as goals_routes
from incentives.api.routes import routes as incentives_routes
from training.api.routes import routes as training_routes

urlpatterns: list[URLPattern | URLResolver] = [
    *accounts_routes,
    *crm_routes,
    *goals_routes,
    *incentives_routes,
    *training_routes,
]
