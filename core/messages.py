"""The texts of the code and their translations, without gettext's programs: Babel reads Python, writes catalogues."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

# Function -> which arguments are texts (None: the first); "c" marks the context.
KEYWORDS: Mapping[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
LEFT_OUT = {"node_modules", "static", "tests", "migrations", "bench", "docs", "bin", "locale"}
PLACE = re.compile(r"%\((\w+)\)[sd]")

LITERAL = re.compile(r"""u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*\"""")
CALL = re.compile(rf"\b(?P<name>n?p?gettext|_)\((?P<arguments>(?:(?:{LITERAL.pattern})(?:, )?)+)", re.DOTALL)

Texts = str | tuple[str, ...]
# A message is known by its text (of plurals: the singular) and its context.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class State:
    """How a catalogue stands against the code: texts by what is wrong with them, each list in the order of the code."""

    missing: Sequence[str]
    fuzzy: Sequence[str]
    unused: Sequence[str]
    misplaced: Sequence[str]

    @property
    def is_good(self) -> bool:
        return not (self.missing or self.fuzzy or self.unused or self.misplaced)


def extracted(root: Path) -> Catalog:
    """All texts of the code and the templates under `root`, with the files in which they stand."""
    catalog = Catalog(fuzzy=False)
    for path in _sources(root):
        name = path.relative_to(root).as_posix()
        for texts, context in _texts_of_code(path) if path.suffix == ".py" else _texts_of_template(path, name):
            catalog.add(texts, locations=[(name, 0)], context=context)
    return catalog


def _texts_of_code(path: Path) -> Iterator[tuple[Texts, str | None]]:
    for _line, texts, _comments, context in extract("python", BytesIO(path.read_bytes()), keywords=KEYWORDS):
        yield texts, context


def _texts_of_template(path: Path, name: str) -> Iterator[tuple[Texts, str | None]]:
    """Django turns a template's tags into calls such as `ngettext('a', 'b', count)`, and all else into X."""
    for call in CALL.finditer(templatize(path.read_text(encoding="utf-8"), origin=name)):
        literals = [ast.literal_eval(literal) for literal in LITERAL.findall(call["arguments"])]
        context = literals.pop(0) if call["name"] in {"pgettext", "npgettext"} else None
        yield literals[0] if len(literals) == 1 else tuple(literals), context


def _sources(root: Path) -> Iterator[Path]:
    """Python files of the apps, then templates, in the order of their names."""
    folders = sorted(entry for entry in root.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    for folder in folders:
        if folder.name in LEFT_OUT:
            continue
        endings = (".html", ".txt") if folder.name == "templates" else (".py",)
        for path in sorted(folder.rglob("*")):
            if path.suffix in endings and LEFT_OUT.isdisjoint(path.relative_to(root).parts):
                yield path


def read_catalogue(path: Path, language: str) -> Catalog:
    """The translations of a .po file; empty where there is none yet."""
    if not path.exists():
        return Catalog(locale=language, project="KAM Portal", version="1", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def state(code: Catalog, translations: Catalog) -> State:
    """What is missing in the translations, what is unsure, what no code uses, and whose named places differ."""
    known = {key_of(message): message for message in translations if message.id}
    wanted = {key_of(message): message for message in code if message.id}
    translated = {key: known[key] for key in wanted if key in known and is_translated(known[key])}
    return State(
        missing=[key[0] for key in wanted if key not in translated],
        fuzzy=[key[0] for key, message in known.items() if message.fuzzy],
        unused=[key[0] for key in known if key not in wanted],
        misplaced=[key[0] for key, message in translated.items() if not same_places(message) or _refused(message)],
    )


def _refused(message: Message) -> bool:
    """Whether the compiler refuses it: for a place of the plural only, or a literal percent read as a place."""
    return bool(message.check())


def merged(code: Catalog, translations: Catalog) -> Catalog:
    """The code's texts in the code's order with the translations known; what no code uses any more is gone."""
    known = {key_of(message): message for message in translations if message.id}
    result = Catalog(
        locale=translations.locale,
        project="KAM Portal",
        version="1",
        creation_date=translations.creation_date,
        revision_date=translations.revision_date,
        fuzzy=False,
    )
    for message in code:
        if not message.id:
            continue
        before = known.get(key_of(message))
        string = before.string if before is not None and _fits(message, before) else None
        places = sorted(set(message.locations))
        result.add(message.id, string, locations=places, flags=message.flags, context=message.context)
    return result


def write_catalogue(path: Path, catalog: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=120, sort_by_file=True, include_lineno=False)


def compile_catalogue(path: Path) -> Path:
    """Writes the .mo file beside a .po file, which Django reads."""
    target = path.with_suffix(".mo")
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parts[-3])
    with target.open("wb") as file:
        write_mo(file, catalog)
    return target


def key_of(message: Message) -> Key:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return text, message.context or ""


def is_translated(message: Message) -> bool:
    """All its forms have a text."""
    forms = _forms(message)
    return bool(forms) and all(forms)


def same_places(message: Message) -> bool:
    """The same named places in the text and in each form of its translation."""
    texts = (message.id,) if isinstance(message.id, str) else message.id
    wanted = {name for text in texts for name in PLACE.findall(text)}
    return all(set(PLACE.findall(form)) == wanted for form in _forms(message))


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _fits(message: Message, before: Message) -> bool:
    return isinstance(message.id, str) == isinstance(before.id, str)
