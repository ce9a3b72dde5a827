"""Chinese names as they are typed, and the rows that keep that."""

import pytest

from accounts.models import Person
from core.spelling import fill_spellings, named_like, spelling
from crm.models import KeyAccount
from tests.accounts.factories import PersonFactory
from tests.crm.factories import KeyAccountFactory


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("王小明", {"wangxiaoming", "wxm", "wangxm", "xiaoming", "xm"}),
        ("吕布", {"lvbu", "lb"}),
        ("单雄信", {"shanxiongxin", "danxiongxin"}),  # a surname is read in its own way
        ("重庆银行", {"chongqingyinhang", "cqyh", "yinhang"}),
        ("Siemens 西门子", {"ximenzi", "xmz"}),
        ("Ada Kam", set()),
        ("", set()),
    ],
)
def test_a_name_is_spelled_in_the_ways_in_which_it_is_typed(name: str, typed: set[str]) -> None:
    ways = spelling(name).split(" ")
    assert typed <= set(ways)
    assert typed or ways == [""]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("王小明", True),
        ("小明", True),
        ("wangxiaoming", True),
        ("Wang Xiao-Ming", True),
        ("WXM", True),
        ("wangxm", True),
        ("xiaom", True),
        ("gxiao", False),  # in the middle of a syllable
        ("wxy", False),
        ("李", False),
        ("%", False),
    ],
)
def test_a_name_is_found_by_part_or_spelling(text: str, found: bool) -> None:
    PersonFactory.create(name="王小明")
    assert Person.objects.filter(named_like(text)).exists() is found


@pytest.mark.django_db
def test_a_changed_name_is_spelled_anew() -> None:
    person = PersonFactory.create(name="王小明")
    person.name = "李娜"
    person.save()
    assert not Person.objects.filter(named_like("wxm")).exists()
    assert Person.objects.filter(named_like("lina")).exists()


@pytest.mark.django_db
def test_rows_written_past_the_models_are_filled_once() -> None:
    KeyAccountFactory.create(name="华为")
    KeyAccount.objects.update(spelling="")
    KeyAccountFactory.create(name="Konex")
    assert fill_spellings(KeyAccount) == 1
    assert KeyAccount.objects.get(named_like("hw")).name == "华为"
    assert fill_spellings(KeyAccount) == 0
