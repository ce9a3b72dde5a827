"""Numbers as people type and read them, and as the plan document holds them.

People type percentages and multiples; the document holds ratios as decimal strings, or as exact fractions such as 1/3.
"""

import re
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_EXACT = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:/(\d+))?")
_WHOLE = re.compile(r"\d{1,6}")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．，％−－／", "0123456789.,%--/")
_LONGEST = 32
_PLACES = 12

PERCENT = "share"


class NotANumber(ValueError):
    """What was typed is no number; the message is for people."""


def number_typed(text: str) -> Decimal:
    """The number in '1,234.5', '50 %', '2 ×' or '$30,000'. Raises NotANumber."""
    bare = _bare(text)
    if not _NUMBER.fullmatch(bare):
        raise _no_number(text)
    return Decimal(bare)


def exact_typed(text: str) -> Fraction:
    """As `number_typed`, and also '1/3'. Raises NotANumber."""
    found = _EXACT.fullmatch(_bare(text))
    if found is None or (found[2] and not int(found[2])):
        raise _no_number(text)
    return Fraction(found[1]) / int(found[2] or 1)


def number_kept(text: str) -> str:
    """The digits as they were typed: '6,696.00' is kept as '6696.00'. Raises NotANumber."""
    number_typed(text)
    return _bare(text).removeprefix("+")


def _bare(text: str) -> str:
    bare = re.sub(r"[\s,$¥€£%×xX]", "", text.translate(_FULL_WIDTH))
    if not bare:
        raise NotANumber(_("Give a number."))
    if len(bare) > _LONGEST:
        raise _no_number(text)
    return bare


def _no_number(text: str) -> NotANumber:
    return NotANumber(_("“%(text)s” is not a number.") % {"text": text.strip()[:_LONGEST]})


def plain(value: Decimal) -> str:
    """A decimal as the document and a field hold it: no exponent, no trailing zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact_text(value: Fraction) -> str:
    """An exact number as the document holds it: a decimal where it ends within twelve places, else a fraction."""
    scaled = value * 10**_PLACES
    if scaled.denominator == 1:
        return plain(Decimal(scaled.numerator).scaleb(-_PLACES))
    return f"{value.numerator}/{value.denominator}"


def typed_from(text: str, widget: str) -> str:
    """A document's number as a field shows it; what is none stays as it is, so that it can be corrected."""
    try:
        value = exact_typed(text)
    except NotANumber:
        return text
    return exact_text(value * 100 if widget == PERCENT else value)


def kept_as(text: str, widget: str) -> str:
    """What was typed as the document holds it. Raises NotANumber."""
    if widget == "count":
        bare = _bare(text)
        if not _WHOLE.fullmatch(bare):
            raise NotANumber(_("Give a whole number."))
        return str(int(bare))
    value = exact_typed(text)
    return exact_text(value / 100 if widget == PERCENT else value)
