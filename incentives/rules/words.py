"""What kinds and fields of plans are called, in both languages: rules know no translation catalogue."""

from typing import NamedTuple


class Words(NamedTuple):
    """A text in English and Chinese."""

    en: str
    zh: str

    def of(self, language: str) -> str:
        """In a language such as 'en' or 'zh-hans'."""
        return self.zh if language.startswith("zh") else self.en
