"""This app's part of `/api/v1/`."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from crm.api.views import KeyAccountViewSet, OpportunityViewSet

router = SimpleRouter(use_regex_path=False)
router.register("key-accounts", KeyAccountViewSet, basename="api-key-accounts")
router.register("opportunities", OpportunityViewSet, basename="api-opportunities")

routes: list[URLPattern | URLResolver] = router.urls
