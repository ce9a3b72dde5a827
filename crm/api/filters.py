"""Filters of key accounts and opportunities: the same names as on the pages."""

from typing import Any
from uuid import UUID

import django_filters
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from core.calendar import period, today
from core.errors import UnknownFilter
from core.spelling import named_like
from crm.models import KeyAccount, KeyAccountOwner, KeyAccountQuerySet, Opportunity, OpportunityQuerySet
from crm.selectors import DealFilter
from crm.selectors.deals import STAGES, deals


class KeyAccountFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    q = django_filters.CharFilter(method="called", label=_("Part of the name, or how it is typed."))
    owner = django_filters.UUIDFilter(method="owned_by", label=_("uid of the person who owns the account today."))

    class Meta:
        model = KeyAccount
        fields = ("sector", "country", "q", "owner")

    def called(self, accounts: KeyAccountQuerySet, _name: str, text: str) -> KeyAccountQuerySet:
        return accounts.filter(named_like(text))

    def owned_by(self, accounts: KeyAccountQuerySet, _name: str, uid: UUID) -> KeyAccountQuerySet:
        owned = KeyAccountOwner.objects.filter(person__uid=uid, during__contains=today())
        return accounts.filter(pk__in=owned.values("key_account"))


class OpportunityFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    stage = django_filters.ChoiceFilter(
        choices=[(key, key) for key in STAGES], method="of_stage", label=_("A stage, or open, closed, all.")
    )
    period = django_filters.CharFilter(
        method="in_period", label=_("Closed in the period, such as 2026-Q4; an open one engaged in it.")
    )
    team = django_filters.CharFilter(method="in_team", label=_("Code of a team; those under it are included."))
    owner = django_filters.UUIDFilter(field_name="owner__uid", label=_("uid of the person."))
    account = django_filters.UUIDFilter(field_name="key_account__uid", label=_("uid of the key account."))
    product = django_filters.CharFilter(field_name="product__name", label=_("Name of the product."))
    q = django_filters.CharFilter(method="fitting", label=_("Part of the id, the account, the product or the owner."))

    class Meta:
        model = Opportunity
        fields = ("stage", "period", "team", "owner", "account", "product", "q")

    def _narrowed(self, found: OpportunityQuerySet, chosen: DealFilter) -> OpportunityQuerySet:
        """By the rule of the list on the page."""
        user: Any = self.request.user
        return found.filter(pk__in=deals(viewer=user, chosen=chosen, on=today()).values("pk"))

    def of_stage(self, found: OpportunityQuerySet, _name: str, stage: str) -> OpportunityQuerySet:
        return self._narrowed(found, DealFilter(stage=stage))

    def in_period(self, found: OpportunityQuerySet, _name: str, code: str) -> OpportunityQuerySet:
        return self._narrowed(found, DealFilter(stage="all", period=period(code)))

    def in_team(self, found: OpportunityQuerySet, _name: str, code: str) -> OpportunityQuerySet:
        """A team that the login may not see does not exist here either."""
        user: Any = self.request.user
        team = Team.objects.visible_to(user).filter(code=code).first() if isinstance(user, User) else None
        if team is None:
            raise UnknownFilter(name="team", given=code[:60], allowed="/api/v1/teams/")
        return self._narrowed(found, DealFilter(stage="all", team=team))

    def fitting(self, found: OpportunityQuerySet, _name: str, text: str) -> OpportunityQuerySet:
        return self._narrowed(found, DealFilter(stage="all", text=text))
