"""GROW: the four parts of a coaching talk, as labels at the start of a line, in both languages."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """A part of the talk and the words that open it."""

    key: str
    english: str
    chinese: str


LABELS = (
    Label("goal", "Goal", "目标"),
    Label("reality", "Reality", "现状"),
    Label("options", "Options", "方案"),
    Label("will", "Will", "行动"),
)
_WORDS = "|".join(word for label in LABELS for word in (label.english, label.chinese))
_LABELLED = re.compile(rf"^(?P<label>{_WORDS})[ \t]*[:：][ \t]*", re.IGNORECASE | re.MULTILINE)


def as_markdown(text: str) -> str:
    """The text with each label in bold and as a paragraph of its own: 'Goal: more' becomes '**Goal** more'."""
    return _LABELLED.sub(lambda match: f"\n**{match['label']}** ", text).lstrip("\n")


def labels_in(text: str) -> list[str]:
    """Keys of the parts that the text has, in the order of GROW."""
    found = {match["label"].casefold() for match in _LABELLED.finditer(text)}
    return [label.key for label in LABELS if {label.english.casefold(), label.chinese} & found]
