"""The audit trail: database triggers write a row for each change of a tracked table, with who did it and in which use
case.

Nothing escapes: bulk updates and raw SQL fire the same triggers (django-pghistory). Texts that only their author may
read are left out.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser


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
    """Changes inside carry the acting user and the use case's name, such as `run.approved`."""
    with pghistory.context(user=by.pk if by else None, action=action, **facts):
        yield
