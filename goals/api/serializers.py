"""The shapes of the API. Results are built as JSON by PostgreSQL (`goals.selectors.json_results`); their serializers
document it.
"""

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from goals.models import Kpi, Target


class KpiSerializer(serializers.ModelSerializer[Kpi]):
    name = serializers.CharField(read_only=True, help_text="In the language of Accept-Language.")
    definition = serializers.CharField(read_only=True)

    class Meta:
        model = Kpi
        fields = ("code", "name", "definition", "unit", "direction", "aggregation", "source", "is_active", "version")


class KpiBriefSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.ChoiceField(choices=Kpi.Unit.choices)


class SubjectSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["person", "team"])
    uid = serializers.UUIDField(required=False, help_text="Of a person.")
    code = serializers.CharField(required=False, help_text="Of a team.")
    kind = serializers.CharField(required=False, help_text="Of a team: company, region or team.")
    name = serializers.CharField()
    team = serializers.CharField(allow_null=True, help_text="Code of the person's team, or of the team above.")


class PeriodSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    starts = serializers.DateField()
    ends = serializers.DateField(help_text="First day after the period.")


class KpiResultSerializer(serializers.Serializer[Any]):
    uid = serializers.UUIDField()
    kpi = KpiBriefSerializer()
    subject = SubjectSerializer()
    period = PeriodSerializer()
    actual = serializers.CharField(allow_null=True, help_text="Decimal as text; percentages are ratios (0.63 is 63 %).")
    target = serializers.CharField(allow_null=True)
    attainment = serializers.CharField(allow_null=True, help_text="Ratio, never clipped.")
    computed_at = serializers.DateTimeField()
    explain = serializers.URLField()


class KpiResultPageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True, help_text="Always null: pages are followed forwards.")
    results = KpiResultSerializer(many=True)


class TargetSubjectSerializer(serializers.Serializer[Target]):
    type = serializers.SerializerMethodField()
    uid = serializers.UUIDField(source="person.uid", required=False)
    code = serializers.CharField(source="team.code", required=False)
    name = serializers.CharField(source="subject.name")

    def get_type(self, target: Target) -> str:
        return "person" if target.person_id else "team"


class TargetSerializer(serializers.ModelSerializer[Target]):
    kpi = serializers.SlugRelatedField[Kpi](slug_field="code", read_only=True)
    subject = TargetSubjectSerializer(source="*", read_only=True)
    set_by = serializers.CharField(source="set_by.name", default=None, read_only=True)
    basis = serializers.CharField(read_only=True, help_text="Where the number came from, in words.")

    class Meta:
        model = Target
        fields = (
            "uid", "kpi", "subject", "period", "starts", "ends", "threshold", "value", "stretch", "origin", "basis",
            "set_by", "set_at",
        )  # fmt: skip


class TargetValuesSerializer(serializers.Serializer[Any]):
    """What may be changed of a target."""

    value = serializers.DecimalField(max_digits=20, decimal_places=6, min_value=Decimal("0.000001"))
    threshold = serializers.DecimalField(max_digits=20, decimal_places=6, required=False, allow_null=True)
    stretch = serializers.DecimalField(max_digits=20, decimal_places=6, required=False, allow_null=True)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class NewTargetSerializer(TargetValuesSerializer):
    """A target of a person or of a team; an existing one of the same KPI and period is changed."""

    kpi = serializers.CharField()
    person = serializers.UUIDField(required=False, help_text="The person's uid; or give `team`.")
    team = serializers.CharField(required=False, help_text="The team's code; or give `person`.")
    period = serializers.CharField(help_text="A month, quarter or year: 2026-11, 2026-Q4, 2026.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("person" in attrs) == ("team" in attrs):
            raise serializers.ValidationError("Give either person or team.")
        return attrs
