"""Awards and granted benefits for programs: the same rows as on the pages."""

from typing import Any

import django_filters
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from accounts.api.doors import PortalViewSet
from incentives import award_words as words
from incentives.api.filters import StrictFilterSet
from incentives.models_awards import Award, Benefit, BenefitGrant, Winner


class AwardFilterSet(StrictFilterSet):
    period = django_filters.CharFilter(label=_("A period, such as 2026-Q4."))
    kind = django_filters.ChoiceFilter(choices=Award.Kind.choices)
    status = django_filters.ChoiceFilter(choices=Award.Status.choices)

    class Meta:
        model = Award
        fields: list[str] = []


class BenefitGrantFilterSet(StrictFilterSet):
    person = django_filters.UUIDFilter(field_name="person__uid", label=_("The uid of a person."))
    benefit = django_filters.UUIDFilter(field_name="benefit__uid", label=_("The uid of a benefit."))
    status = django_filters.ChoiceFilter(choices=BenefitGrant.Status.choices)

    class Meta:
        model = BenefitGrant
        fields: list[str] = []


class PersonBriefSerializer(serializers.Serializer[Any]):
    uid = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()


class WinnerSerializer(serializers.ModelSerializer[Winner]):
    person = PersonBriefSerializer()
    team = serializers.CharField(source="team.code", default=None)

    class Meta:
        model = Winner
        fields = ("uid", "person", "team", "place", "awarded_on")


class AwardSerializer(serializers.ModelSerializer[Award]):
    team = serializers.CharField(source="team.code", default=None, help_text="null: the whole company.")
    kpi = serializers.CharField(source="kpi.code", default=None)
    deciding_rule = serializers.SerializerMethodField(help_text="Who wins, as it was published.")
    winners = WinnerSerializer(source="shown_winners", many=True, help_text="Confirmed ones.")

    class Meta:
        model = Award
        fields = (
            "uid",
            "name_en",
            "name_zh",
            "description_en",
            "description_zh",
            "kind",
            "status",
            "period",
            "team",
            "starts",
            "ends",
            "nominators",
            "voters",
            "places",
            "kpi",
            "rule",
            "measure",
            "threshold",
            "least_base",
            "deciding_rule",
            "confirmed_at",
            "winners",
        )

    def get_deciding_rule(self, award: Award) -> str:
        return words.deciding_rule(award)


class AwardViewSet(ListModelMixin, RetrieveModelMixin, PortalViewSet[Award]):
    """Awards with their published rule and the confirmed winners; drafts only for those who prepare them."""

    queryset = Award.objects.select_related("team", "kpi").prefetch_related(
        Prefetch(
            "winners", queryset=Winner.objects.confirmed().select_related("person", "team"), to_attr="shown_winners"
        )
    )
    serializer_class = AwardSerializer
    filterset_class = AwardFilterSet
    ordering_fields = ("starts", "ends")
    scope = "pay:read"
    permissions = {"list": "incentives.view_awards", "retrieve": "incentives.view_awards"}


class BenefitBriefSerializer(serializers.ModelSerializer[Benefit]):
    class Meta:
        model = Benefit
        fields = ("uid", "name_en", "name_zh", "kind", "unit", "value", "currency")


class BenefitGrantSerializer(serializers.ModelSerializer[BenefitGrant]):
    person = PersonBriefSerializer()
    benefit = BenefitBriefSerializer()
    starts = serializers.DateField(source="during.lower")
    ends = serializers.DateField(source="during.upper", allow_null=True, help_text="First day after; null: no end.")

    class Meta:
        model = BenefitGrant
        fields = ("uid", "person", "benefit", "status", "starts", "ends", "used_on", "granted_at")


class BenefitGrantViewSet(ListModelMixin, RetrieveModelMixin, PortalViewSet[BenefitGrant]):
    """Granted benefits: the own ones, those of the teams whose pay one sees, or all with the proposals for HR."""

    queryset = BenefitGrant.objects.select_related("person", "benefit")
    serializer_class = BenefitGrantSerializer
    filterset_class = BenefitGrantFilterSet
    ordering_fields = ("granted_at",)
    scope = "pay:read"
    permissions = {"list": "incentives.view_benefits", "retrieve": "incentives.view_benefits"}
