"""This app's part of `/api/v1/`."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from goals.api.viewsets import KpiResultViewSet, KpiViewSet, TargetViewSet

router = SimpleRouter(use_regex_path=False)
router.register("kpi-results", KpiResultViewSet, basename="kpi-result")
router.register("targets", TargetViewSet, basename="target")
router.register("kpis", KpiViewSet, basename="kpi")

routes: list[URLPattern | URLResolver] = router.urls
