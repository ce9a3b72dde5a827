"""This app's part of `/api/v1/`."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from incentives.api.awards import AwardViewSet, BenefitGrantViewSet
from incentives.api.evaluate import EvaluateViewSet
from incentives.api.simulation import SimulationViewSet
from incentives.api.viewsets import DisputeViewSet, PlanViewSet, RunViewSet, StatementViewSet

router = SimpleRouter(use_regex_path=False)
router.register("plans", PlanViewSet, basename="plan")
router.register("runs", RunViewSet, basename="run")
router.register("disputes", DisputeViewSet, basename="dispute")
router.register("statements", StatementViewSet, basename="statement")
router.register("incentives/evaluate", EvaluateViewSet, basename="evaluate")
router.register("incentives/simulate", SimulationViewSet, basename="simulation")
router.register("awards", AwardViewSet, basename="award")
router.register("benefit-grants", BenefitGrantViewSet, basename="benefit-grant")

routes: list[URLPattern | URLResolver] = router.urls
