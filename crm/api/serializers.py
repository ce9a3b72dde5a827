"""Key accounts and opportunities as programs read them: rows come flat from the database, these say their shape."""

from rest_framework import serializers

from crm.models import KeyAccount, Opportunity


class KeyAccountSerializer(serializers.Serializer[KeyAccount]):
    """`owner` is the person who owns the account today; null where nobody does."""

    uid = serializers.UUIDField()
    name = serializers.CharField()
    sector = serializers.CharField()
    country = serializers.CharField()
    founded = serializers.IntegerField(allow_null=True)
    annual_revenue = serializers.DecimalField(18, 2, allow_null=True)
    employees = serializers.IntegerField(allow_null=True)
    parent = serializers.UUIDField(  # type: ignore[assignment]  # the metaclass takes fields off the class
        allow_null=True, help_text="uid of the account it belongs to."
    )
    owner = serializers.UUIDField(allow_null=True, help_text="uid of the person.")
    owner_name = serializers.CharField(allow_null=True)


class OpportunitySerializer(serializers.Serializer[Opportunity]):
    """`amount`: won: the booking; lost: 0; open: expected. Prospecting has no dates."""

    uid = serializers.UUIDField()
    external_id = serializers.CharField()
    stage = serializers.ChoiceField(Opportunity.Stage.choices)
    product_name = serializers.CharField()
    key_account = serializers.UUIDField(allow_null=True, help_text="uid of the key account.")
    key_account_name = serializers.CharField(allow_null=True)
    owner = serializers.UUIDField(help_text="uid of the person.")
    owner_name = serializers.CharField()
    engaged_on = serializers.DateField(allow_null=True)
    closed_on = serializers.DateField(allow_null=True)
    amount = serializers.DecimalField(16, 2)
    currency = serializers.CharField()
