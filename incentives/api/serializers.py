"""The shapes of plans, runs and statements in the API. Decimals are strings, percentages ratios."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from incentives import messages
from incentives.forms.entries import check_evidence
from incentives.models import Dispute, Plan, PlanVersion, Run, Statement
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


class DisputeSerializer(serializers.ModelSerializer[Dispute]):
    statement = serializers.UUIDField(source="statement.uid")
    person = serializers.CharField(source="statement.person.name")
    period = serializers.CharField(source="statement.run.period")
    asked_by = serializers.CharField(source="asked_by.name")
    owner = serializers.CharField(source="owner.name")
    answered_by = serializers.CharField(source="answered_by.name", default=None)
    first_answer = serializers.JSONField(source="facts", help_text="What the portal answered by itself.")
    correction = serializers.CharField(source="correction.amount", default=None, help_text="The difference it led to.")

    class Meta:
        model = Dispute
        fields = (
            "uid",
            "statement",
            "person",
            "period",
            "position",
            "deal",
            "state",
            "text",
            "first_answer",
            "evidence_name",
            "asked_by",
            "asked_at",
            "owner",
            "due_on",
            "answer",
            "answered_by",
            "answered_at",
            "correction",
        )
        read_only_fields = fields


class AskSerializer(serializers.Serializer[Any]):
    statement = serializers.UUIDField()
    position = serializers.IntegerField(min_value=1, required=False, help_text="Of the line that is questioned.")
    deal = serializers.CharField(max_length=120, required=False, help_text="A missing deal: its number or customer.")
    text = serializers.CharField(max_length=2000)
    evidence = serializers.FileField(required=False)

    def validate_evidence(self, given: Any) -> Any:
        try:
            check_evidence(given)
        except ValidationError as error:
            raise serializers.ValidationError(error.messages) from None
        return given

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("position" in attrs) == ("deal" in attrs):
            raise serializers.ValidationError({"position": [_("Give either the line or the missing deal.")]})
        return attrs


class AnswerSerializer(serializers.Serializer[Any]):
    accepted = serializers.BooleanField()
    text = serializers.CharField(max_length=2000)


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
