"""This app's part of `/api/v1/`."""

from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from training.api.viewsets import ActionItemViewSet, CoachingNoteViewSet

_router = SimpleRouter(use_regex_path=False)
_router.register("coaching-notes", CoachingNoteViewSet, basename="coaching-note")
_router.register("action-items", ActionItemViewSet, basename="action-item")

routes: list[URLPattern | URLResolver] = list(_router.urls)
