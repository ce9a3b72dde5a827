"""The audit trail: database triggers write a row for each change of a tracked table, with who did it and in which use
case.

Nothing escapes: bulk updates and raw SQL fire the same triggers (django-pghistory). Texts that only their author may
read are left out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser
from pghistory.runtime import Context, _tracker


def tracked(*, exclude: list[str] | None = None) -> Any:
    """Class decorator: keep each insert, update and delete of the model's rows. `exclude` names fields whose text
    stays out.
    """
    return pghistory.track(
        pghistory.InsertEvent("created"),
        pghistory.UpdateEvent("changed"),
        pghistory.DeleteEvent("deleted"),
        exclude=exclude,
        append_only=True,
    )


@contextmanager
def acting(by: AbstractBaseUser | None, action: str, **facts: Any) -> Iterator[None]:
    """Changes inside carry the acting user and the use case's name, such as `run.approved`.

    A use case inside another one, or inside a request, is named by itself: pghistory alone would give all of them the
    last name, since it keeps one context for the outermost block.
    """
    with pghistory.context():
        outer = _tracker.value
        known = {key: value for key, value in outer.metadata.items() if key != "action"}
        _tracker.value = Context(uuid4(), {**known, "user": by.pk if by else None, "action": action, **facts})
        try:
            yield
        finally:
            _tracker.value = outer
