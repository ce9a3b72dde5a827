"""Start-up checks: every page and API action of ours declares who may open it."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

# Views of libraries; each is named with its permission in tests/accounts/route_matrix.csv.
THIRD_PARTY = ("allauth.", "django.", "django_celery_beat.", "drf_spectacular.", "rest_framework.")


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every route of the portal as (path pattern, view)."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from routes(entry, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), entry.callback


def is_ours(view: Any) -> bool:
    cls = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
    return not cls.__module__.startswith(THIRD_PARTY)


@register()
def every_door_is_declared(**_: Any) -> list[CheckMessage]:
    """An undeclared page, or an API action without a permission, stops the start."""
    errors: list[CheckMessage] = []
    for path, view in routes():
        if not is_ours(view):
            continue
        cls = getattr(view, "cls", None)
        if cls is None and not hasattr(view, "permission"):
            errors.append(
                Error(f"/{path} declares no permission. Decorate it with @requires(…) or @public.", id="accounts.E001")
            )
        if cls is not None:
            missing = (
                set(view.actions.values()) - set(getattr(cls, "permissions", {})) if hasattr(view, "actions") else set()
            )
            errors += [
                Error(f"/{path} action {name} has no permission.", id="accounts.E002") for name in sorted(missing)
            ]
    return errors
