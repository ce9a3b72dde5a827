"""Filters of people and teams: the same names as on the pages."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Person, PersonQuerySet, Team, TeamQuerySet, User
from core.calendar import today
from core.errors import UnknownFilter
from core.spelling import named_like


class PersonFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    team = django_filters.CharFilter(method="in_team", label=_("Code of a team; those under it are included."))
    level = django_filters.NumberFilter(method="on_level", label=_("Level today."))
    q = django_filters.CharFilter(method="fitting", label=_("Part of the name, number or e-mail."))

    class Meta:
        model = Person
        fields = ("team", "level", "q")

    def in_team(self, people: PersonQuerySet, _name: str, code: str) -> PersonQuerySet:
        """A team that the login may not see does not exist here either."""
        user: Any = self.request.user
        team = Team.objects.visible_to(user).filter(code=code).first() if isinstance(user, User) else None
        if team is None:
            raise UnknownFilter(name="team", given=code[:60], allowed="/api/v1/teams/")
        return people.in_team(team, today())

    def on_level(self, people: PersonQuerySet, _name: str, level: int) -> PersonQuerySet:
        return people.filter(levels__level=level, levels__during__contains=today())

    def fitting(self, people: PersonQuerySet, _name: str, text: str) -> PersonQuerySet:
        return people.filter(named_like(text) | Q(number__icontains=text) | Q(user__email__icontains=text))


class TeamFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    parent = django_filters.CharFilter(field_name="parent__code", label=_("Code of the team above."))
    q = django_filters.CharFilter(method="fitting", label=_("Part of the name or code."))

    class Meta:
        model = Team
        fields = ("kind", "parent", "q")

    def fitting(self, teams: TeamQuerySet, _name: str, text: str) -> TeamQuerySet:
        return teams.filter(named_like(text) | Q(code__icontains=text))
