"""Products, key accounts and deals for tests: the smallest valid thing.

DealFactory(owner=person)                                     engaged, open, at list price
DealFactory(owner=person, won_on=date(2026, 10, 5), amount=900)
DealFactory(owner=person, lost_on=…)
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from factory.declarations import Sequence, SubFactory
from factory.django import DjangoModelFactory

from crm.models import KeyAccount, KeyAccountOwner, Opportunity, Product
from tests.accounts.factories import PersonFactory

Stage = Opportunity.Stage


class ProductFactory(DjangoModelFactory[Product]):
    class Meta:
        model = Product

    name = Sequence(lambda n: f"Product {n}")
    list_price = Decimal(1000)
    currency = "USD"


class KeyAccountFactory(DjangoModelFactory[KeyAccount]):
    """`owner`: who has owned it since 2020."""

    class Meta:
        model = KeyAccount
        skip_postgeneration_save = True

    name = Sequence(lambda n: f"Customer {n}")
    sector = "retail"
    country = "Kenya"

    @classmethod
    def _create(cls, model_class: type[KeyAccount], *args: Any, **kwargs: Any) -> KeyAccount:
        owner = kwargs.pop("owner", None)
        account = model_class.objects.create(*args, **kwargs)
        if owner is not None:
            KeyAccountOwner.objects.create(key_account=account, person=owner, during=(date(2020, 1, 1), None))
        return account


class DealFactory(DjangoModelFactory[Opportunity]):
    """A deal; `won_on` or `lost_on` closes it, 30 days after it was engaged unless `engaged_on` says otherwise."""

    class Meta:
        model = Opportunity

    external_id = Sequence(lambda n: f"D{n:07d}")
    owner = SubFactory(PersonFactory)
    product = SubFactory(ProductFactory)
    key_account = SubFactory(KeyAccountFactory)
    stage = Stage.ENGAGING
    currency = "USD"

    @classmethod
    def _create(cls, model_class: type[Opportunity], *args: Any, **kwargs: Any) -> Opportunity:
        won_on, lost_on = kwargs.pop("won_on", None), kwargs.pop("lost_on", None)
        closed_on = won_on or lost_on
        if closed_on is not None:
            kwargs |= {"stage": Stage.WON if won_on else Stage.LOST, "closed_on": closed_on}
            kwargs.setdefault("engaged_on", closed_on - timedelta(days=30))
        elif kwargs["stage"] == Stage.ENGAGING:
            kwargs.setdefault("engaged_on", date(2026, 10, 1))
        kwargs.setdefault("amount", 0 if lost_on else kwargs["product"].list_price)
        return model_class.objects.create(*args, **kwargs)
