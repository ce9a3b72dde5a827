"""This app's part of `/api/v1/`."""

from django.urls import URLPattern, URLResolver

routes: list[URLPattern | URLResolver] = []
