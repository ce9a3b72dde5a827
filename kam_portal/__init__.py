"""Composition root: settings, urls, Celery, WSGI. It knows every app and holds no domain code."""

from kam_portal.celery import app as celery_app

__all__ = ["celery_app"]
