"""Why a row is in quarantine: codes for programs, sentences for people, translated where they are shown."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, str | Promise] = {}


def declare_reason(code: str, message: str | Promise) -> None:
    """Add a reason. `message` has named places that the rejection's values fill."""
    REASONS[code] = message


def reason_text(code: str, values: Mapping[str, object]) -> str:
    """The reason in the active language; of a code that nobody declares any more the code itself."""
    return str(REASONS[code]) % values if code in REASONS else code


declare_reason("wrong_column_count", _("The row has %(found)s cells, the heading has %(expected)s."))
declare_reason("not_utf8", _("The row has characters that are not UTF-8. Save the file as UTF-8."))
declare_reason("too_long", _("%(column)s is longer than %(most)s characters."))
