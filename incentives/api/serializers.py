"""The shapes of plans, runs and statements in the API. Decimals are strings, percentages ratios."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incentives import messages
from incentives.models import Plan, PlanVersion, Run, Statement
from incentives.selectors.silence import run_checks
from incentives.selectors.statements import LineRow


class VersionSerializer(serializers.ModelSerializer[PlanVersion]):
    content = serializers.JSONField(help_text="The plan document; its schema is incentives/plan.schema.json.")

    class Meta:
        model = PlanVersion
        fields = ("uid", "number", "status", "starts", "ends", "currency", "digest", "published_at", "content")


class VersionBriefSerializer(serializers.ModelSerializer[PlanVersion]):
    class Meta:
        model = PlanVersion
        fields = ("uid", "number", "status", "starts", "ends", "currency", "digest")


class PlanSerializer(serializers.ModelSerializer[Plan]):
    versions = VersionBriefSerializer(many=True)

    class Meta:
        model = Plan
        fields = ("uid", "code", "name", "versions")


class RunSerializer(serializers.ModelSerializer[Run]):
    plan = serializers.CharField(source="plan.code", default=None, help_text="null: all plans.")
    prepared_by = serializers.CharField(source="prepared_by.name", default=None)
    submitted_by = serializers.CharField(source="submitted_by.name", default=None)
    approved_by = serializers.CharField(source="approved_by.name", default=None)

    # What all people of a run are paid is for those who work on runs; others see null.
    OF_ALL = ("people", "lines", "failed", "total")

    def to_representation(self, instance: Run) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if not self.context["user"].may("incentives.view_draft_run"):
            shown |= dict.fromkeys(self.OF_ALL)
        return shown

    class Meta:
        model = Run
        fields = (
            "uid",
            "code",
            "kind",
            "period",
            "starts",
            "ends",
            "plan",
            "status",
            "people",
            "lines",
            "failed",
            "total",
            "currency",
            "digest",
            "calculated_at",
            "prepared_by",
            "submitted_by",
            "submitted_at",
            "returned_reason",
            "approved_by",
            "approved_at",
            "exported_at",
            "paid_at",
            "closed_at",
        )
        read_only_fields = fields


class MarkSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["exported", "paid", "closed"])


class ReturnSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)


class StatementPersonSerializer(serializers.Serializer[Any]):
    uid = serializers.UUIDField()
    number = serializers.CharField()
    name = serializers.CharField()


class StatementRunSerializer(serializers.Serializer[Any]):
    uid = serializers.UUIDField()
    code = serializers.CharField()
    period = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()


class StatementSerializer(serializers.ModelSerializer[Statement]):
    run = StatementRunSerializer()
    person = StatementPersonSerializer()
    team = serializers.CharField(source="team.code", default=None)
    plan = serializers.CharField(source="version.plan.code", default=None)
    version = serializers.IntegerField(source="version.number", default=None)
    notes = serializers.SerializerMethodField(help_text="What a reader must know, above all why nothing is paid.")
    error = serializers.SerializerMethodField(help_text="Why there is no result; null where there is one.")

    class Meta:
        model = Statement
        fields = (
            "uid",
            "run",
            "person",
            "team",
            "plan",
            "version",
            "quota",
            "target_pay",
            "credited",
            "attainment",
            "total",
            "currency",
            "notes",
            "error",
            "digest",
        )

    def get_notes(self, statement: Statement) -> list[str]:
        notes = statement.facts.get("notes", [])
        return [messages.note_text(note["code"], note["values"], statement.currency) for note in notes]

    def get_error(self, statement: Statement) -> str | None:
        return messages.error_text(statement.error) if statement.error else None


class CheckSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    met = serializers.BooleanField(allow_null=True, help_text="null: told, but neither pays nor prevents pay.")
    text = serializers.CharField()


class RunDetailSerializer(RunSerializer):
    checks = serializers.SerializerMethodField(help_text="Why the run pays nothing, point by point; else empty.")

    class Meta(RunSerializer.Meta):
        fields = (*RunSerializer.Meta.fields, "checks")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(CheckSerializer(many=True))
    def get_checks(self, run: Run) -> list[dict[str, Any]]:
        if not self.context["user"].may("incentives.view_draft_run"):
            return []
        return [check.as_json() for check in run_checks(run)]


class TierPartSerializer(serializers.Serializer[Any]):
    tier = serializers.IntegerField(allow_null=True, help_text="From 1; null above a closed top.")
    bounds = serializers.CharField(source="label")
    part = serializers.CharField()
    rate = serializers.CharField()
    pay = serializers.CharField(help_text="Unrounded; the line is rounded.")


class LineSerializer(serializers.Serializer[LineRow]):
    position = serializers.IntegerField()
    component = serializers.IntegerField(allow_null=True, help_text="Place in the plan from 0; null: the whole plan.")
    kind = serializers.CharField(help_text="credit, override or cap.")
    on = serializers.DateField(allow_null=True)
    deal = serializers.UUIDField(source="deal.uid", default=None)
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the line, not the serializer's own
    credit = serializers.CharField(help_text="What the rule applied to.")
    share = serializers.CharField(allow_null=True)
    before = serializers.CharField(source="line.before", help_text="Running credit before the line.")
    amount = serializers.CharField()
    why = serializers.CharField()
    parts = TierPartSerializer(many=True)


class StatementDetailSerializer(StatementSerializer):
    lines = LineSerializer(many=True)
    checks = CheckSerializer(many=True, help_text="Why nothing is paid, point by point; empty where something is.")
    next_after = serializers.IntegerField(allow_null=True, help_text="Give it as `after` for the next lines.")

    class Meta(StatementSerializer.Meta):
        fields = (*StatementSerializer.Meta.fields, "checks", "lines", "next_after")  # type: ignore[assignment]
