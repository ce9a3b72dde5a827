"""PDF documents: without a network, with clear words where something is not installed."""

import ctypes.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.template import engines

from core import pdf
from tests.core.pdf_reading import characters


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    asked = (pdf._weasyprint, pdf._fetcher, pdf.has_chinese_font)
    for question in asked:
        question.cache_clear()
    yield
    for question in asked:
        question.cache_clear()


@pytest.fixture
def template(monkeypatch: pytest.MonkeyPatch) -> str:
    """A page with a heading in both languages."""
    source = "<html lang='{{ language }}'><h1>{{ title }}</h1><img src='https://example.com/pixel.png'></html>"
    page = engines["django"].from_string(source)
    monkeypatch.setattr(pdf, "render_to_string", lambda _name, context: page.render(context))
    return "page.html"


def test_a_document_holds_chinese_and_stays_off_the_network(template: str, caplog: pytest.LogCaptureFixture) -> None:
    made = pdf.document(template, {"title": "荣誉证书"}, language="zh-hans")

    assert made.startswith(b"%PDF-")
    assert {"荣", "誉", "证", "书"} <= characters(made)
    assert "pixel.png" in caplog.text, "the picture from elsewhere was refused, and that is logged"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/pixel.png",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "static:../kam_portal/settings.py",
        "static:/etc/passwd",
        "data:text/plain,x",
        "static:css/no-such-file.css",
    ],
)
def test_nothing_but_a_static_file_is_fetched(url: str) -> None:
    with pytest.raises((pdf.NotAStaticFile, SuspiciousFileOperation)):
        pdf.static_file(url)


def test_a_static_file_is_fetched() -> None:
    found = pdf.static_file("static:css/tokens.css")

    assert (found.read()[:2], found.content_type) == (Path("static/css/tokens.css").read_bytes()[:2], "text/css")


def test_without_pango_it_says_what_to_install(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoPango:
        """Loading WeasyPrint fails as it does where the library is not there."""

        def find_spec(self, name: str, *_rest: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoPango(), *sys.meta_path])

    with pytest.raises(pdf.PdfNeedsPango, match="apt-get install libpango") as seen:
        pdf.document(template, {"title": "x"}, language="en")
    assert seen.value.status == 503


def test_without_a_chinese_font_it_says_what_to_install(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """fontconfig answers for a language that no font on earth covers."""
    monkeypatch.setattr(pdf, "CHINESE", b":lang=zz-none")

    with pytest.raises(pdf.PdfNeedsAChineseFont, match="fonts-noto-cjk"):
        pdf.document(template, {"title": "x"}, language="en")


def test_without_fontconfig_there_is_no_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes.util, "find_library", lambda _name: None)

    assert pdf.has_chinese_font() is False
