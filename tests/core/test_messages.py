"""Every text is translated, in the words and the typography that the design prescribes."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from django.conf import settings

from core import messages

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

# Names, keys of the keyboard, and what is shown as it is typed.
AS_THEY_ARE = {
    "KAM Portal",
    "K",
    "Esc",
    "Ctrl K",
    "EN",
    "中",
    "中文",
    "English",
    "切换到中文",
    "Switch to English",
    "GET",
    "POST",
    "CSV",
    "PNG",
    "XLSX",
    "PDF",
}
SHOWN_ATTRIBUTES = {"title", "aria-label", "placeholder", "alt"}
LETTERS = re.compile(r"[^\W\d_]{2,}")


def translations() -> list[Message]:
    catalogue = messages.read_catalogue(CATALOGUE, "zh_Hans")
    return [message for message in catalogue if message.id]


def forms(message: Message) -> Iterator[str]:
    yield from (message.string,) if isinstance(message.string, str) else message.string or ()


def test_the_chinese_catalogue_fits_the_code() -> None:
    found = messages.state(messages.extracted(ROOT), messages.read_catalogue(CATALOGUE, "zh_Hans"))

    assert not found.missing, "not translated"
    assert not found.fuzzy, "unsure"
    assert not found.unused, "in no code"
    assert not found.misplaced, "other named places than the English text"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("完成度", "the glossary says 达成率"),
        ("您", "only customers who answer a survey are addressed so"),
        ("进行(?!中)", "a verb will do"),
        (r"\.\.\.", "an ellipsis is one character"),
        ("机会", "the glossary says 商机"),
    ],
)
def test_no_translation_uses_words_that_the_design_refuses(wrong: str, why: str) -> None:
    found = re.compile(wrong)
    used = [
        text for message in translations() for text in forms(message) if found.search(text) and not _of_survey(message)
    ]

    assert not used, why


def _of_survey(message: Message) -> bool:
    return all("survey" in path for path, _line in message.locations)


CHINESE = "\u4e00-\u9fff"
UNSPACED = re.compile(rf"[{CHINESE}](?=[A-Za-z0-9%$])|[A-Za-z0-9%](?=[{CHINESE}])")
HALF_WIDTH = re.compile(rf"[{CHINESE}][,;:?!](?=\s|$|[{CHINESE}])")


def test_chinese_and_latin_stand_one_space_apart() -> None:
    wrong = [
        text for message in translations() for text in forms(message) if UNSPACED.search(_with_places_as_words(text))
    ]

    assert not wrong


def _with_places_as_words(text: str) -> str:
    """A place may be filled with anything, so nothing is asked of its neighbours."""
    return re.sub(r"%\(\w+\)[sd]|%%|\{\w+\}", "·", text)


def test_chinese_sentences_have_full_width_punctuation() -> None:
    wrong = [text for message in translations() for text in forms(message) if HALF_WIDTH.search(text)]

    assert not wrong


class _ShownTexts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"script", "style", "code"}
        self.found += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style", "code"}

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


TRANSLATED = re.compile(r"\{%\s*blocktrans(?:late)?\b.*?\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL)
COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?\{%\s*endcomment\s*%\}", re.DOTALL)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TEXT_ARGUMENT = re.compile(
    r"\b(?:title|subtitle|label|sub|text|note|pill|empty)=(?P<quote>[\"'])(?P<text>[^\"']*)(?P=quote)"
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT / "templates").as_posix())
def test_no_visible_text_is_written_into_a_template(path: Path) -> None:
    source = COMMENT.sub("", path.read_text(encoding="utf-8"))
    arguments = [match["text"] for tag in TAG.findall(source) for match in TEXT_ARGUMENT.finditer(tag)]
    parser = _ShownTexts()
    parser.feed(TAG.sub("", TRANSLATED.sub(" ", source)))
    texts = [text.strip(" ·\n") for text in [*parser.found, *arguments]]

    assert [text for text in texts if LETTERS.search(text) and text not in AS_THEY_ARE] == []


def test_texts_are_found_in_code_and_templates(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "templates").mkdir()
    (tmp_path / "app" / "models.py").write_text(
        'label = _("Long " "text")\nngettext("%(n)s deal", "%(n)s deals", n)\npgettext("status", "open")\n'
    )
    (tmp_path / "templates" / "page.html").write_text(
        '<p title="it\'s">{% card title=_("A card") %}{% translate \'Say "hi"\' %}'
        "{% blocktranslate count n=rows|length %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}</p>"
    )

    found = [(message.id, message.context) for message in messages.extracted(tmp_path) if message.id]

    assert found == [
        ("Long text", None),
        (("%(n)s deal", "%(n)s deals"), None),
        ("open", "status"),
        ("A card", None),
        ('Say "hi"', None),
        (("%(n)s row", "%(n)s rows"), None),
    ]


def test_a_merge_keeps_what_is_translated_and_drops_what_no_code_uses(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text('_("Run")\n_("Pay %(name)s")\n')
    before = messages.read_catalogue(tmp_path / "none.po", "zh_Hans")
    before.add("Run", "核算")
    before.add("Gone", "没了")
    code = messages.extracted(tmp_path)

    after = messages.merged(code, before)

    assert {message.id: message.string for message in after if message.id} == {"Run": "核算", "Pay %(name)s": None}
    assert messages.state(code, before).unused == ["Gone"]
    assert messages.state(code, after).missing == ["Pay %(name)s"]


def test_a_translation_with_other_places_is_found(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text('_("Pay %(name)s")\n')
    code = messages.extracted(tmp_path)
    wrong = messages.merged(code, messages.read_catalogue(tmp_path / "none.po", "zh_Hans"))
    wrong.get("Pay %(name)s").string = "付给 %(nome)s"  # type: ignore[union-attr]  # it was just extracted

    assert messages.state(code, wrong).misplaced == ["Pay %(name)s"]
