"""Query parameters of lists of runs and statements. An unknown name is an error, never silently ignored."""

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import UnknownFilter
from incentives.models import Dispute, Run, Statement

CONTROLS = {"cursor", "limit", "ordering", "format"}


class StrictFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter ships no types
    """Refuses parameters that it does not know."""

    @property
    def qs(self) -> QuerySet:  # type: ignore[type-arg]
        for name in self.data:
            if name not in self.filters and name not in CONTROLS:
                raise UnknownFilter(name="filter", given=name[:60], allowed=", ".join(self.filters))
        found: QuerySet = super().qs  # type: ignore[type-arg]
        return found


class RunFilterSet(StrictFilterSet):
    period = django_filters.CharFilter(label=_("A quarter, such as 2026-Q3."))
    kind = django_filters.ChoiceFilter(choices=Run.Kind.choices)
    status = django_filters.ChoiceFilter(choices=Run.Status.choices)

    class Meta:
        model = Run
        fields: list[str] = []


class DisputeFilterSet(StrictFilterSet):
    state = django_filters.ChoiceFilter(choices=Dispute.State.choices)
    statement = django_filters.UUIDFilter(field_name="statement__uid", label=_("The uid of a statement."))
    period = django_filters.CharFilter(field_name="statement__run__period", label=_("A quarter, such as 2026-Q3."))

    class Meta:
        model = Dispute
        fields: list[str] = []


class StatementFilterSet(StrictFilterSet):
    run = django_filters.UUIDFilter(field_name="run__uid", label=_("The uid of a run."))
    person = django_filters.UUIDFilter(field_name="person__uid", label=_("The uid of a person."))
    period = django_filters.CharFilter(field_name="run__period", label=_("A quarter, such as 2026-Q3."))
    kind = django_filters.ChoiceFilter(field_name="run__kind", choices=Run.Kind.choices)

    class Meta:
        model = Statement
        fields: list[str] = []
