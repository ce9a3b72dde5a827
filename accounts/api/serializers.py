"""People and teams as programs read them."""

from rest_framework import serializers

from accounts.models import Person, Team


class PersonSerializer(serializers.ModelSerializer[Person]):
    """`team` and `level` are those of today; null where there is none."""

    email = serializers.EmailField(source="user.email", read_only=True)
    team = serializers.CharField(source="team_code", read_only=True, allow_null=True, help_text="Code of the team.")
    team_name = serializers.CharField(read_only=True, allow_null=True)
    level = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Person
        fields = ("uid", "number", "name", "title", "email", "team", "team_name", "level", "hired_on", "left_on")


class TeamSerializer(serializers.ModelSerializer[Team]):
    """`parent` is null for the company. `leader` is who leads it today."""

    parent = serializers.SlugRelatedField[Team](slug_field="code", read_only=True)  # type: ignore[assignment]  # our name, not DRF's
    leader = serializers.UUIDField(source="leader_uid", read_only=True, allow_null=True, help_text="uid of the person.")
    leader_name = serializers.CharField(read_only=True, allow_null=True)
    people = serializers.IntegerField(read_only=True, help_text="Members today, without those of the teams under it.")

    class Meta:
        model = Team
        fields = ("code", "name", "kind", "parent", "leader", "leader_name", "people")
