"""Notes and promises for tests.

manager, [kam] = a_team()        a manager and the people led
CoachingNoteFactory(author=manager, person=kam, private="…")
ActionItemFactory(note=note)   a promise of the person coached
"""

from datetime import date
from typing import Any

from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.access import Role
from accounts.models import Person
from tests.accounts.factories import PersonFactory, TeamFactory, person_with_role
from training.models import ActionItem, CoachingNote, NoteAddendum, PrivateNote


class CoachingNoteFactory(DjangoModelFactory[CoachingNote]):
    """A note that was saved once. `private="…"` writes the private part, too."""

    class Meta:
        model = CoachingNote
        skip_postgeneration_save = True

    author = SubFactory(PersonFactory)
    person = SubFactory(PersonFactory)
    topic = Sequence(lambda n: f"Topic {n}")
    shared_text = "Goal: win back two accounts."
    version = 2

    @classmethod
    def _create(cls, model_class: type[CoachingNote], *args: Any, **kwargs: Any) -> CoachingNote:
        private = kwargs.pop("private", None)
        note = model_class.objects.create(*args, **kwargs)
        if private is not None:
            PrivateNote.objects.create(note=note, text=private)
        return note


class ActionItemFactory(DjangoModelFactory[ActionItem]):
    class Meta:
        model = ActionItem

    note = SubFactory(CoachingNoteFactory)
    owner = LazyAttribute(lambda item: item.note.person)
    text = Sequence(lambda n: f"Do thing {n}")
    due_on = date(2026, 12, 4)


class NoteAddendumFactory(DjangoModelFactory[NoteAddendum]):
    class Meta:
        model = NoteAddendum

    note = SubFactory(CoachingNoteFactory)
    author = LazyAttribute(lambda addendum: addendum.note.author)
    text = "Added later."


def a_team(kams: int = 1) -> tuple[Person, list[Person]]:
    """A manager and the KAMs of the team that the manager leads."""
    team = TeamFactory.create()
    manager = person_with_role(Role.MANAGER, team)
    return manager, [person_with_role(Role.KAM, team) for _ in range(kams)]
