"""What can go wrong in the domain. Each error says what is so and what to do, and is translated where it is shown."""

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """A rule was not met. `code` is for programs, `message` (with named places) for people, `values` fill the
    places.
    """

    code: ClassVar[str] = "error"
    message: ClassVar[str | Promise] = _("This cannot be done.")
    status: ClassVar[int] = 400

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(self.code, values)

    def __str__(self) -> str:
        return str(self.message) % self.values


class Invalid(DomainError):
    """What was given is wrong: 422."""

    code = "invalid"
    status = 422


class Conflict(DomainError):
    """What was asked does not fit the present state: 409."""

    code = "conflict"
    status = 409


class NotFound(DomainError):
    """There is no such thing, or the user may not know that there is: 404."""

    code = "not_found"
    message = _("There is no such page or record, or it is not open to this login.")
    status = 404


class UnknownFilter(Invalid):
    code = "unknown_filter"
    message = _("%(name)s cannot be %(given)s. Allowed: %(allowed)s.")
