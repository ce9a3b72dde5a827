"""Documents as PDF: a template and its style sheets become pages, without a network, with the fonts of this machine.

    pdf.document("incentives/certificate_pdf.html", {"certificate": certificate}, language="zh-hans")

WeasyPrint is loaded when the first document is made: it needs Pango, which a server that makes none may lack. A
template reaches static files only, as `static:css/certificate.css`; any other address is refused, `file:` too.
"""

import ctypes
import ctypes.util
import logging
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import translation
from django.utils._os import safe_join
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

SCHEME = "static:"
CHINESE = b":lang=zh-cn"


class PdfNeedsPango(DomainError):
    code = "pdf_needs_pango"
    message = _(
        "This server cannot make PDF documents yet, because the library Pango is missing. "
        "Ask an administrator to install it: apt-get install libpango-1.0-0 libpangoft2-1.0-0."
    )
    status = 503


class PdfNeedsAChineseFont(DomainError):
    code = "pdf_needs_a_chinese_font"
    message = _(
        "This server cannot make PDF documents yet, because it has no Chinese font. "
        "Ask an administrator to install one: apt-get install fonts-noto-cjk."
    )
    status = 503


class NotAStaticFile(ValueError):
    """A document asked for an address that is no static file of the portal."""


def document(template: str, context: Mapping[str, Any], *, language: str) -> bytes:
    """The template as PDF in a language. Raises PdfNeedsPango, PdfNeedsAChineseFont."""
    weasyprint = _weasyprint()
    if not has_chinese_font():
        raise PdfNeedsAChineseFont
    with translation.override(language):
        html = render_to_string(template, {**context, "language": language})
    return bytes(weasyprint.HTML(string=html, base_url=SCHEME, url_fetcher=_fetcher()).write_pdf())


@cache
def _weasyprint() -> Any:
    for name in ("weasyprint.progress", "fontTools"):
        logging.getLogger(name).setLevel(logging.WARNING)  # each step of each document is no news
    try:
        import weasyprint  # noqa: PLC0415  (loads Pango; only for those who make a document)
    except OSError as error:
        raise PdfNeedsPango from error
    return weasyprint


@cache
def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher  # noqa: PLC0415  (see `_weasyprint`)

    class StaticFiles(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
        def fetch(self, url: str, headers: object = None) -> Any:  # noqa: ARG002  (WeasyPrint's signature)
            return static_file(url)

    return StaticFiles()


def static_file(url: str) -> Any:
    """What WeasyPrint fetches: a static file of the portal by `static:PATH`. Raises NotAStaticFile, which leaves out
    a picture and is logged; nothing is ever read from a network or from elsewhere on the disk.
    """
    from weasyprint.urls import URLFetcherResponse  # noqa: PLC0415  (see `_weasyprint`)

    path = _path(url)
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return URLFetcherResponse(url, body=path.read_bytes(), headers={"Content-Type": kind})


def _path(url: str) -> Path:
    """Where a static file lies: among the sources of an installation for development, else where they are collected."""
    if not url.startswith(SCHEME):
        raise NotAStaticFile(url)
    name = unquote(url.removeprefix(SCHEME)).lstrip("/")
    found = finders.find(name) if settings.WHITENOISE_USE_FINDERS else safe_join(str(settings.STATIC_ROOT), name)
    path = Path(found) if isinstance(found, str) else None
    if path is None or not path.is_file():
        raise NotAStaticFile(url)
    return path


@cache
def has_chinese_font() -> bool:
    """Whether fontconfig knows a font that can write Simplified Chinese."""
    name = ctypes.util.find_library("fontconfig")
    if name is None:
        return False
    library = ctypes.CDLL(name)
    for function in ("FcNameParse", "FcObjectSetCreate", "FcFontList"):
        getattr(library, function).restype = ctypes.c_void_p
    pattern = ctypes.c_void_p(library.FcNameParse(CHINESE))
    wanted = ctypes.c_void_p(library.FcObjectSetCreate())
    library.FcObjectSetAdd(wanted, b"family")
    fonts = library.FcFontList(None, pattern, wanted)
    # The list begins with how many there are. It is asked for once a process, so it is left to the process's end.
    return bool(fonts) and ctypes.cast(fonts, ctypes.POINTER(ctypes.c_int))[0] > 0
