"""Pages of a list by key, not by offset: the hundredth costs what the first does, no row is skipped or seen twice.

page = keyset_page(rows, order=("-level", "name", "pk"), after=request.GET.get("after", ""))
next_url = next_page_url(request, page.after)
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import orjson
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid

M = TypeVar("M", bound=models.Model)
SIZE = 50


class UnknownPlace(Invalid):
    code = "unknown_place"
    message = _("The list cannot go on from there. Open it again from its beginning.")


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[M]):
    """Some rows of a list; `after` names the place where the next page begins, None at the end."""

    rows: Sequence[M]
    after: str | None


def keyset_page(
    rows: "models.QuerySet[M]", *, order: Sequence[str], after: str = "", size: int = SIZE
) -> KeysetPage[M]:
    """The rows after a place, in an order of fields or annotations without NULL, the last one unique. One query.

    Raises UnknownPlace on an `after` that this list has not given.
    """
    ordered = rows.order_by(*order)
    try:
        if after:
            ordered = ordered.filter(_beyond(order, _decoded(after, len(order))))
        found = list(ordered[: size + 1])
    except (ValidationError, ValueError, TypeError):
        raise UnknownPlace from None
    has_more = len(found) > size
    return KeysetPage(found[:size], _encoded(found[size - 1], order) if has_more else None)


def next_page_url(request: HttpRequest, after: str | None) -> str | None:
    """The address of the next page with the list's other parameters; None at the end."""
    if after is None:
        return None
    query = {key: value for key, value in request.GET.items() if value} | {"after": after}
    return f"{request.path}?{urlencode(query)}"


def _beyond(order: Sequence[str], values: Sequence[Any]) -> Q:
    """(a, b) > (x, y), each field in its own direction: a > x, or a = x and b > y."""
    condition, same = Q(pk__in=[]), Q()
    for name, value in zip(order, values, strict=True):
        field, comparison = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        condition |= same & Q(**{f"{field}__{comparison}": value})
        same &= Q(**{field: value})
    return condition


def _encoded(row: models.Model, order: Sequence[str]) -> str:
    values = [_value_of(row, name.lstrip("-")) for name in order]
    return base64.urlsafe_b64encode(orjson.dumps(values, default=str)).decode().rstrip("=")


def _value_of(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _decoded(after: str, length: int) -> list[Any]:
    try:
        values = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (ValueError, binascii.Error):
        raise UnknownPlace from None
    if not isinstance(values, list) or len(values) != length or any(isinstance(v, list | dict) for v in values):
        raise UnknownPlace
    return values
