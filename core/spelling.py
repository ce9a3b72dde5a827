"""Chinese names found by how they are typed: 王小明 by `wangxiaoming`, `xiaoming`, `wxm` or `wangxm`.

class Person(models.Model):
    name = models.CharField(max_length=120)
    spelling = SpellingField(of="name")
    class Meta:
        indexes = search_indexes("person")

Person.objects.filter(named_like(text))            by a part of the name, or by its spelling
KeyAccount.objects.filter(named_like(text, "parent__name", "parent__spelling"))

Every model write keeps the spelling; set-based writes that bypass the models call `fill_spellings` afterwards.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

CHINESE = re.compile(r"[\u3400-\u9fff]+")
TYPED = re.compile(r"[^a-z0-9]+")
READINGS = 4  # of a first character with many, such as 单 in a surname or not


if TYPE_CHECKING:
    _Text = models.TextField[Any, Any]
else:
    _Text = models.TextField


def spelling(name: str) -> str:
    """The ways in which the Chinese parts of a name are typed, each after a space; '' where there are none.

    Whole, from each later character on, initials, and the first character whole with the initials of the others.
    """
    ways = dict.fromkeys(way for part in CHINESE.findall(name) for way in _ways(part))
    return "".join(f" {way}" for way in ways)


def _ways(part: str) -> Iterator[str]:
    from pypinyin import Style, lazy_pinyin, pinyin  # noqa: PLC0415 (a large dictionary, for Chinese names only)

    usual = [syllable.replace("ü", "v") for syllable in lazy_pinyin(part, errors="ignore", v_to_u=False)]
    if len(usual) != len(part):
        return
    others = pinyin(part[0], style=Style.NORMAL, heteronym=True)[0][:READINGS]
    for first in dict.fromkeys([usual[0], *others]):
        yield from _typed([first, *usual[1:]])
    for start in range(1, len(usual)):
        yield from _typed(usual[start:])


def _typed(syllables: list[str]) -> Iterator[str]:
    initials = "".join(syllable[0] for syllable in syllables)
    yield "".join(syllables)
    yield initials
    yield syllables[0] + initials[1:]


def named_like(text: str, name: str = "name", spelled: str = "spelling") -> Q:
    """Names with the text in them, or with a spelling that begins like it. `wang xiao-ming` is typed, too."""
    typed = TYPED.sub("", text.lower())
    part_of_name = Q(**{f"{name}__icontains": text})
    return part_of_name | Q(**{f"{spelled}__contains": f" {typed}"}) if typed else part_of_name


class SpellingField(_Text):
    """`spelling` of another field, kept with each save. Rows written past the models have '' until filled."""

    def __init__(self, *args: Any, of: str = "name", **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **{**kwargs, "default": "", "db_default": "", "blank": True, "editable": False})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:  # noqa: ARG002 (Django's signature)
        value = spelling(str(getattr(model_instance, self.of)))  # a label may be translated late
        setattr(model_instance, self.attname, value)
        return value


def fill_spellings(model: type[models.Model], *, name: str = "name", spelled: str = "spelling") -> int:
    """Spells the Chinese names of rows that have no spelling yet. Two queries where there is nothing to do or a
    thousand rows. Returns how many were filled.
    """
    rows: Any = model._base_manager.filter(**{spelled: "", f"{name}__regex": "[\u3400-\u9fff]"})
    found = list(rows.only("pk", name))
    for row in found:
        setattr(row, spelled, spelling(getattr(row, name)))
    model._base_manager.bulk_update(found, [spelled], batch_size=1000)
    return len(found)


def search_indexes(table: str, name: str = "name", spelled: str = "spelling") -> list[models.Index]:
    """Trigrams for `named_like`: a text anywhere in the name, a spelling from the beginning of one of its ways."""
    return [
        GinIndex(OpClass(Upper(F(name)), name="gin_trgm_ops"), name=f"{table}_name_search"),
        GinIndex(OpClass(F(spelled), name="gin_trgm_ops"), name=f"{table}_spelling_search"),
    ]
