"""Notes and promises for programs: the shared part, by name and nothing else."""

from rest_framework import serializers

from accounts.models import Person
from training.models import ActionItem, CoachingNote, NoteAddendum, NoteLink


class PersonRefSerializer(serializers.ModelSerializer[Person]):
    class Meta:
        model = Person
        fields = ("uid", "name")


class ActionItemSerializer(serializers.ModelSerializer[ActionItem]):
    """A promise: who, what, by when, and when it was kept."""

    owner = PersonRefSerializer()
    note = serializers.UUIDField(source="note.uid")

    class Meta:
        model = ActionItem
        fields = ("uid", "note", "owner", "text", "due_on", "created_at", "done_at")


class NoteLinkSerializer(serializers.ModelSerializer[NoteLink]):
    """What a note is about: a deal or a KPI result by its uid, with its state then."""

    deal = serializers.UUIDField(source="opportunity.uid", default=None)
    result = serializers.UUIDField(source="result.uid", default=None)
    state_then = serializers.DictField()

    class Meta:
        model = NoteLink
        fields = ("uid", "deal", "result", "state_then")


class NoteAddendumSerializer(serializers.ModelSerializer[NoteAddendum]):
    author = PersonRefSerializer()

    class Meta:
        model = NoteAddendum
        fields = ("uid", "author", "text", "written_at")


class CoachingNoteSerializer(serializers.ModelSerializer[CoachingNote]):
    """The shared part of a note. There is no private part here, and no field that could carry it."""

    person = PersonRefSerializer()
    author = PersonRefSerializer()
    actions = ActionItemSerializer(many=True)
    links = NoteLinkSerializer(many=True)
    addenda = NoteAddendumSerializer(many=True)

    class Meta:
        model = CoachingNote
        fields = (
            "uid", "person", "author", "held_on", "topic", "shared_text", "created_at", "changed_at", "closed_at",
            "version", "actions", "links", "addenda",
        )  # fmt: skip
