"""The shape of an explanation in the API, the same for every figure."""

from typing import Any

from rest_framework import serializers


class ExplanationPartSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the answer, not the serializer's own
    value = serializers.CharField()
    detail = serializers.CharField()
    href = serializers.CharField(allow_null=True)


class ExplanationFactSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]  # a field of the answer, not the serializer's own
    value = serializers.CharField()
    href = serializers.CharField(allow_null=True)


class ExplanationHistorySerializer(serializers.Serializer[Any]):
    period = serializers.CharField()
    value = serializers.CharField()


class ExplanationSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    value = serializers.CharField()
    definition = serializers.CharField()
    formula = serializers.ListField(child=serializers.CharField())
    facts = ExplanationFactSerializer(many=True)
    target = serializers.CharField()
    basis = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # a field of the explanation, not the serializer's own
    parts = ExplanationPartSerializer(many=True)
    parts_total = serializers.IntegerField()
    all_href = serializers.CharField(allow_null=True)
    export_href = serializers.CharField(allow_null=True)
    rule = serializers.CharField()
    rule_version = serializers.CharField()
    history = ExplanationHistorySerializer(many=True)
    ask_href = serializers.CharField(allow_null=True)
