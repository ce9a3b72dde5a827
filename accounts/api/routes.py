"""This app's part of `/api/v1/`."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from accounts.api.views import PersonViewSet, TeamViewSet

router = SimpleRouter(use_regex_path=False)
router.register("people", PersonViewSet, basename="api-people")
router.register("teams", TeamViewSet, basename="api-teams")

routes: list[URLPattern | URLResolver] = router.urls
